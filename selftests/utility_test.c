// SPDX-License-Identifier: GPL-2.0
/*
 * Who belongs to a job: over fork, threads, exec and exit, and never by a pid
 * number alone. What tasks weigh and cost is the script's beside this file.
 *
 * Expects the module to be loaded and no job to exist.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/sched.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "harness.h"

#include "actor.h"
#include "door.h"

#define PATIENCE_MS	20000
#define ALICE		1000
#define BOB		1001
#define STORM		1500	/* more than the pool holds */

static void sleep_ms(unsigned int ms)
{
	usleep(ms * 1000);
}

/* Wait until exactly @members tasks are in @jobs jobs. */
static bool settles(struct door *door, unsigned int jobs, unsigned int members)
{
	struct door_status status = {};
	unsigned int ms;

	for (ms = 0; ms < PATIENCE_MS; ms += 20) {
		if (door_status(door, &status))
			return false;
		if (status.jobs == jobs && status.members == members)
			return true;
		sleep_ms(20);
	}
	fprintf(stderr, "# %u jobs, %u members instead of %u, %u\n",
		status.jobs, status.members, jobs, members);
	return false;
}

/* Does @pid belong to the job that was named by @root? */
static bool belongs(struct door *door, pid_t pid, pid_t root)
{
	struct door_view view;

	return !door_get(door, pid, &view) && view.root == root &&
	       view.source == OOMK_SOURCE_JOB;
}

static bool unnamed(struct door *door, pid_t pid)
{
	struct door_view view;

	return !door_get(door, pid, &view) && !view.nr_tasks && !view.root &&
	       view.source == OOMK_SOURCE_DEFAULT;
}

static bool is_called(pid_t pid, const char *name)
{
	char path[32], comm[32] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	file = fopen(path, "r");
	if (!file)
		return false;
	if (!fgets(comm, sizeof(comm), file))
		comm[0] = '\0';
	fclose(file);
	comm[strcspn(comm, "\n")] = '\0';
	return !strcmp(comm, name);
}

static bool becomes(pid_t pid, const char *name)
{
	unsigned int ms;

	for (ms = 0; ms < PATIENCE_MS; ms += 20) {
		if (is_called(pid, name))
			return true;
		sleep_ms(20);
	}
	return false;
}

/* Kill a child of ours and give its number free. */
static void bury(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* Fork a child that gets the pid number @pid. */
static pid_t be_reborn(pid_t pid)
{
	__u64 set_tid = pid;
	struct clone_args args = {
		.exit_signal = SIGCHLD,
		.set_tid = (uintptr_t)&set_tid,
		.set_tid_size = 1,
	};
	pid_t child = syscall(SYS_clone3, &args, sizeof(args));

	if (child)
		return child;
	for (;;)
		pause();
}

FIXTURE(job) {
	struct door door;
	struct actor root;
	pid_t group;
};

FIXTURE_SETUP(job)
{
	/* Orphans come to us, so that the teardown sees the end of them. */
	ASSERT_EQ(0, prctl(PR_SET_CHILD_SUBREAPER, 1));
	ASSERT_EQ(0, door_open(&self->door));
	ASSERT_TRUE(settles(&self->door, 0, 0));
	self->group = fork();
	ASSERT_NE(-1, self->group);
	if (!self->group) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		setpgid(0, 0);
		for (;;)
			pause();
	}
	setpgid(self->group, self->group);
	self->root = actor_start(self->group);
	ASSERT_NE(-1, self->root.pid);
}

FIXTURE_TEARDOWN(job)
{
	kill(-self->group, SIGKILL);
	while (waitpid(-1, NULL, 0) > 0)
		;
	EXPECT_TRUE(settles(&self->door, 0, 0));
	door_close(&self->door);
}

TEST_F(job, fork_inherits)
{
	pid_t older = actor_tell(&self->root, ACTOR_FORK);
	struct door_view view;
	pid_t child, grandchild;

	ASSERT_EQ(0, door_set(&self->door, self->root.pid, 700));
	child = actor_tell(&self->root, ACTOR_FORK);
	grandchild = actor_tell(&self->root, ACTOR_FORK_TWICE);
	EXPECT_TRUE(belongs(&self->door, self->root.pid, self->root.pid));
	EXPECT_TRUE(belongs(&self->door, child, self->root.pid));
	EXPECT_TRUE(belongs(&self->door, grandchild, self->root.pid));
	ASSERT_EQ(0, door_get(&self->door, grandchild, &view));
	EXPECT_EQ(700, view.utility);
	EXPECT_EQ(4, view.nr_tasks);
	EXPECT_TRUE(unnamed(&self->door, older));
	EXPECT_TRUE(settles(&self->door, 1, 4));
}

TEST_F(job, fork_in_a_thread_inherits)
{
	pid_t child;

	ASSERT_EQ(0, door_set(&self->door, self->root.pid, 1));
	child = actor_tell(&self->root, ACTOR_FORK_IN_THREAD);
	EXPECT_TRUE(belongs(&self->door, child, self->root.pid));
	EXPECT_TRUE(settles(&self->door, 1, 2));
}

TEST_F(job, a_thread_is_no_member)
{
	int i;

	ASSERT_EQ(0, door_set(&self->door, self->root.pid, 1000));
	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, actor_tell(&self->root, ACTOR_THREAD));
	EXPECT_TRUE(settles(&self->door, 1, 1));
}

TEST_F(job, exec_keeps)
{
	struct actor other = actor_start(self->group);

	ASSERT_EQ(0, door_set(&self->door, self->root.pid, 300));
	ASSERT_EQ(0, door_set(&self->door, other.pid, 400));
	ASSERT_EQ(0, actor_tell(&self->root, ACTOR_EXEC));
	ASSERT_EQ(0, actor_tell(&other, ACTOR_EXEC_IN_THREAD));
	ASSERT_TRUE(becomes(self->root.pid, "busybox"));
	ASSERT_TRUE(becomes(other.pid, "busybox"));
	EXPECT_TRUE(belongs(&self->door, self->root.pid, self->root.pid));
	EXPECT_TRUE(belongs(&self->door, other.pid, other.pid));
	EXPECT_TRUE(settles(&self->door, 2, 2));
	bury(other.pid);
	EXPECT_TRUE(settles(&self->door, 1, 1));
}

TEST_F(job, lives_as_long_as_its_last_task)
{
	struct door_view view;
	pid_t child;

	ASSERT_EQ(0, door_set(&self->door, self->root.pid, 300));
	child = actor_tell(&self->root, ACTOR_FORK);
	bury(self->root.pid);
	EXPECT_TRUE(settles(&self->door, 1, 1));
	ASSERT_EQ(0, door_get(&self->door, child, &view));
	EXPECT_EQ(OOMK_SOURCE_JOB, view.source);
	EXPECT_EQ(300, view.utility);
	EXPECT_EQ(0, view.root);
	bury(child);
	EXPECT_TRUE(settles(&self->door, 0, 0));
}

TEST_F(job, outlives_its_leader)
{
	pid_t child;

	ASSERT_EQ(0, door_set(&self->door, self->root.pid, 300));
	ASSERT_EQ(0, actor_tell(&self->root, ACTOR_LEADER_EXIT));
	child = actor_tell(&self->root, ACTOR_FORK);
	EXPECT_TRUE(belongs(&self->door, self->root.pid, self->root.pid));
	EXPECT_TRUE(belongs(&self->door, child, self->root.pid));
	EXPECT_TRUE(settles(&self->door, 1, 2));
	bury(child);
	EXPECT_TRUE(settles(&self->door, 1, 1));
	bury(self->root.pid);
	EXPECT_TRUE(settles(&self->door, 0, 0));
}

TEST_F(job, a_recycled_number_never_inherits)
{
	pid_t child, stranger;

	ASSERT_EQ(0, door_set(&self->door, self->root.pid, 900));
	child = actor_tell(&self->root, ACTOR_FORK);
	bury(self->root.pid);
	/* The job is still there, its root's number is somebody else's. */
	stranger = be_reborn(self->root.pid);
	ASSERT_EQ(self->root.pid, stranger);
	setpgid(stranger, self->group);
	EXPECT_TRUE(unnamed(&self->door, stranger));
	EXPECT_TRUE(settles(&self->door, 1, 1));
	/* And it may be named without touching the other job. */
	ASSERT_EQ(0, door_set(&self->door, stranger, 5));
	EXPECT_TRUE(settles(&self->door, 2, 2));
	bury(child);
	EXPECT_TRUE(belongs(&self->door, stranger, stranger));
	bury(stranger);
	EXPECT_TRUE(settles(&self->door, 0, 0));
	stranger = be_reborn(child);
	ASSERT_EQ(child, stranger);
	setpgid(stranger, self->group);
	EXPECT_TRUE(unnamed(&self->door, stranger));
}

static void spin(unsigned int rounds)
{
	while (rounds--)
		asm("" ::: "memory");
}

/* One task that ends at some moment while it is being named. */
static int name_while_exiting(struct door *door, unsigned int lives,
			      unsigned int waits)
{
	pid_t pid = fork();
	int err;

	if (!pid) {
		spin(lives);
		_exit(0);
	}
	spin(waits);
	err = door_set(door, pid, 10);
	waitpid(pid, NULL, 0);
	return err;
}

TEST_F(job, named_while_it_exits)
{
	unsigned int lives = 1, waits = 0, i;
	int late = 0, early = 0, err;

	/*
	 * Search the moment itself: after a miss it lives longer, else less; on
	 * one CPU it does not live at all before we have waited.
	 */
	for (i = 0; i < 400; i++) {
		err = name_while_exiting(&self->door, lives, waits);
		ASSERT_TRUE(!err || err == -ESRCH);
		late += err == -ESRCH;
		early += !err;
		if (err) {
			waits = waits * 2 / 3;
			if (!waits)
				lives = lives * 3 / 2 + 1;
		} else {
			lives = lives * 2 / 3;
			if (!lives)
				waits = waits * 3 / 2 + 1;
		}
	}
	TH_LOG("%d early, %d late", early, late);
	EXPECT_LT(0, early);
	EXPECT_LT(0, late);
	EXPECT_TRUE(settles(&self->door, 0, 0));
}

TEST_F(job, a_named_member_has_its_own)
{
	pid_t child, later;
	struct door_view view;

	ASSERT_EQ(0, door_set(&self->door, self->root.pid, 700));
	child = actor_tell(&self->root, ACTOR_FORK);
	ASSERT_EQ(0, door_set(&self->door, child, 200));
	EXPECT_TRUE(belongs(&self->door, child, child));
	EXPECT_TRUE(settles(&self->door, 2, 2));
	later = actor_tell(&self->root, ACTOR_FORK);
	EXPECT_TRUE(belongs(&self->door, later, self->root.pid));
	/* Named again, the root speaks for its whole job and for no other. */
	ASSERT_EQ(0, door_set(&self->door, self->root.pid, 701));
	ASSERT_EQ(0, door_get(&self->door, later, &view));
	EXPECT_EQ(701, view.utility);
	EXPECT_EQ(2, view.nr_tasks);
	ASSERT_EQ(0, door_get(&self->door, child, &view));
	EXPECT_EQ(200, view.utility);
}

TEST_F(job, protection)
{
	struct door *door = &self->door;
	pid_t pid = self->root.pid;
	struct door_view view;
	pid_t child;

	ASSERT_EQ(0, door_set(door, pid, 300));
	ASSERT_EQ(0, door_job(door, OOMK_CMD_JOB_SET, pid, DOOR_NO_UTILITY,
			      DOOR_PROTECTED));
	child = actor_tell(&self->root, ACTOR_FORK);
	ASSERT_EQ(0, door_get(door, child, &view));
	EXPECT_TRUE(view.protected);
	EXPECT_EQ(300, view.utility);
	EXPECT_EQ(-EBUSY, door_set(door, pid, 5));
	EXPECT_EQ(-EBUSY, door_job(door, OOMK_CMD_JOB_CLEAR, pid,
				   DOOR_NO_UTILITY, 0));
	/* The utility survives the protection. */
	ASSERT_EQ(0, door_job(door, OOMK_CMD_JOB_CLEAR, pid, DOOR_NO_UTILITY,
			      DOOR_PROTECTED));
	ASSERT_EQ(0, door_get(door, child, &view));
	EXPECT_FALSE(view.protected);
	EXPECT_EQ(300, view.utility);
	EXPECT_EQ(-ENOENT, door_job(door, OOMK_CMD_JOB_CLEAR, pid,
				    DOOR_NO_UTILITY, DOOR_PROTECTED));
}

TEST_F(job, protection_alone_leaves_nothing)
{
	ASSERT_EQ(0, door_job(&self->door, OOMK_CMD_JOB_SET, self->root.pid,
			      DOOR_NO_UTILITY, DOOR_PROTECTED));
	EXPECT_TRUE(settles(&self->door, 1, 1));
	ASSERT_EQ(0, door_job(&self->door, OOMK_CMD_JOB_CLEAR, self->root.pid,
			      DOOR_NO_UTILITY, DOOR_PROTECTED));
	EXPECT_TRUE(unnamed(&self->door, self->root.pid));
	EXPECT_TRUE(settles(&self->door, 0, 0));
}

TEST_F(job, clear)
{
	pid_t child;

	EXPECT_EQ(-ENOENT, door_job(&self->door, OOMK_CMD_JOB_CLEAR,
				    self->root.pid, DOOR_NO_UTILITY, 0));
	ASSERT_EQ(0, door_set(&self->door, self->root.pid, 700));
	child = actor_tell(&self->root, ACTOR_FORK);
	EXPECT_EQ(-ENOENT, door_job(&self->door, OOMK_CMD_JOB_CLEAR, child,
				    DOOR_NO_UTILITY, 0));
	EXPECT_TRUE(belongs(&self->door, child, self->root.pid));
	ASSERT_EQ(0, door_job(&self->door, OOMK_CMD_JOB_CLEAR, self->root.pid,
			      DOOR_NO_UTILITY, 0));
	EXPECT_TRUE(unnamed(&self->door, self->root.pid));
	EXPECT_TRUE(unnamed(&self->door, child));
	EXPECT_TRUE(settles(&self->door, 0, 0));
}

static int clear(struct door *door, pid_t pid, unsigned int flags)
{
	return door_job(door, OOMK_CMD_JOB_CLEAR, pid, DOOR_NO_UTILITY, flags);
}

/* Whoever it was named by has exited: any of those that are left will do. */
TEST_F(job, cleared_without_its_root)
{
	pid_t child, other;

	ASSERT_EQ(0, door_set(&self->door, self->root.pid, 700));
	ASSERT_EQ(0, door_job(&self->door, OOMK_CMD_JOB_SET, self->root.pid,
			      DOOR_NO_UTILITY, DOOR_PROTECTED));
	child = actor_tell(&self->root, ACTOR_FORK);
	other = actor_tell(&self->root, ACTOR_FORK);
	EXPECT_EQ(-ENOENT, clear(&self->door, child, DOOR_PROTECTED));
	bury(self->root.pid);
	EXPECT_TRUE(settles(&self->door, 1, 2));
	EXPECT_EQ(-EBUSY, clear(&self->door, child, 0));
	EXPECT_EQ(0, clear(&self->door, child, DOOR_PROTECTED));
	EXPECT_EQ(-ENOENT, clear(&self->door, other, DOOR_PROTECTED));
	EXPECT_EQ(0, clear(&self->door, other, 0));
	EXPECT_TRUE(unnamed(&self->door, child));
	EXPECT_TRUE(unnamed(&self->door, other));
	EXPECT_TRUE(settles(&self->door, 0, 0));
}

TEST_F(job, each)
{
	struct door_view view;
	pid_t child;

	ASSERT_EQ(0, door_job(&self->door, OOMK_CMD_JOB_SET, self->root.pid, 40,
			      DOOR_EACH));
	child = actor_tell(&self->root, ACTOR_FORK);
	ASSERT_EQ(0, door_get(&self->door, child, &view));
	EXPECT_TRUE(view.each);
	EXPECT_EQ(40, view.utility);
	/* Named again without it, the job is one again. */
	ASSERT_EQ(0, door_set(&self->door, self->root.pid, 40));
	ASSERT_EQ(0, door_get(&self->door, child, &view));
	EXPECT_FALSE(view.each);
}

/* A storm of forks empties the pool; a walk makes good for what was missed. */
TEST_F(job, more_forks_than_the_pool_holds)
{
	struct door_view view;
	unsigned int i;

	ASSERT_EQ(0, door_set(&self->door, self->root.pid, 600));
	for (i = 0; i < STORM; i++)
		ASSERT_LT(0, actor_tell(&self->root, ACTOR_FORK));
	ASSERT_EQ(0, door_ask(&self->door,
			      door_request(&self->door, OOMK_CMD_ITEM_GET,
					   NLM_F_DUMP), NULL, NULL));
	ASSERT_EQ(0, door_get(&self->door, self->root.pid, &view));
	EXPECT_EQ(STORM + 1, view.nr_tasks);
}

/* Ask as @uid; returns the negative errno of the answer. */
static int ask_as(uid_t uid, int cmd, pid_t pid, int utility, int flags)
{
	struct door door;
	pid_t child = fork();
	int status;

	if (!child) {
		if (setgid(uid) || setuid(uid) || door_open(&door))
			_exit(255);
		_exit(-door_job(&door, cmd, pid, utility, flags));
	}
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -255;
}

static int set_as(uid_t uid, pid_t pid, int utility, int flags)
{
	return ask_as(uid, OOMK_CMD_JOB_SET, pid, utility, flags);
}

static int clear_as(uid_t uid, pid_t pid)
{
	return ask_as(uid, OOMK_CMD_JOB_CLEAR, pid, DOOR_NO_UTILITY, 0);
}

static int unprotect_as(uid_t uid, pid_t pid)
{
	return ask_as(uid, OOMK_CMD_JOB_CLEAR, pid, DOOR_NO_UTILITY,
		      DOOR_PROTECTED);
}

/* A process of @uid that forks a child, and tells of it, once it may. */
static pid_t start_mother(uid_t uid, pid_t group, int order, int answer)
{
	pid_t pid = fork(), child;
	char go;

	if (pid)
		return pid;
	if (setpgid(0, group) || setgid(uid) || setuid(uid) ||
	    write(answer, &pid, sizeof(pid)) < 0 || read(order, &go, 1) != 1)
		_exit(1);
	child = fork();
	if (child && write(answer, &child, sizeof(child)) < 0)
		_exit(1);
	for (;;)
		pause();
}

/* Of a job of her own Alice may clear what is left; of an administrator's not. */
TEST_F(job, cleared_without_its_root_by_its_owner)
{
	pid_t root, child;
	int order[2], answer[2], by_root;

	ASSERT_FALSE(pipe(order) || pipe(answer));
	for (by_root = 0; by_root <= 1; by_root++) {
		root = start_mother(ALICE, self->group, order[0], answer[1]);
		ASSERT_LT(0, read(answer[0], &child, sizeof(child)));
		ASSERT_EQ(0, set_as(by_root ? 0 : ALICE, root, 30, 0));
		ASSERT_EQ(1, write(order[1], "", 1));
		ASSERT_LT(0, read(answer[0], &child, sizeof(child)));
		EXPECT_EQ(-ENOENT, clear_as(ALICE, child));
		bury(root);
		EXPECT_TRUE(settles(&self->door, 1, 1));
		EXPECT_EQ(-EPERM, clear_as(BOB, child));
		EXPECT_EQ(by_root ? -EPERM : 0, clear_as(ALICE, child));
		EXPECT_TRUE(settles(&self->door, by_root, by_root));
		bury(child);
	}
}

/* Protection Alice may give up for as long as that lives which was named. */
TEST_F(job, unprotected_by_its_owner)
{
	int order[2], answer[2];
	pid_t root, child;

	ASSERT_FALSE(pipe(order) || pipe(answer));
	root = start_mother(ALICE, self->group, order[0], answer[1]);
	ASSERT_LT(0, read(answer[0], &child, sizeof(child)));
	ASSERT_EQ(0, set_as(0, root, 500, DOOR_PROTECTED));
	EXPECT_EQ(-EPERM, unprotect_as(BOB, root));
	EXPECT_EQ(0, unprotect_as(ALICE, root));
	EXPECT_EQ(-EPERM, clear_as(ALICE, root));
	ASSERT_EQ(0, set_as(0, root, 500, DOOR_PROTECTED));
	ASSERT_EQ(1, write(order[1], "", 1));
	ASSERT_LT(0, read(answer[0], &child, sizeof(child)));
	bury(root);
	EXPECT_TRUE(settles(&self->door, 1, 1));
	EXPECT_EQ(-EPERM, unprotect_as(ALICE, child));
	EXPECT_EQ(0, unprotect_as(0, child));
	bury(child);
}

TEST_F(job, hint_of_its_owner)
{
	struct door_view view;
	pid_t pid = fork();

	if (!pid) {
		if (setgid(ALICE) || setuid(ALICE))
			_exit(1);
		prctl(PR_SET_NAME, "alices");
		for (;;)
			pause();
	}
	setpgid(pid, self->group);
	ASSERT_TRUE(becomes(pid, "alices"));
	EXPECT_EQ(-EPERM, set_as(ALICE, pid, 101, 0));
	EXPECT_EQ(-EPERM, set_as(BOB, pid, 10, 0));
	EXPECT_EQ(-EPERM, set_as(ALICE, pid, DOOR_NO_UTILITY, DOOR_PROTECTED));
	EXPECT_TRUE(unnamed(&self->door, pid));
	ASSERT_EQ(0, set_as(ALICE, pid, 30, 0));
	ASSERT_EQ(0, door_get(&self->door, pid, &view));
	EXPECT_EQ(OOMK_SOURCE_HINT, view.source);
	EXPECT_EQ(30, view.utility);
	EXPECT_EQ(-EPERM, set_as(ALICE, pid, 31, 0));
	ASSERT_EQ(0, set_as(ALICE, pid, 20, 0));
	/* An administrator's word makes it his. */
	ASSERT_EQ(0, door_set(&self->door, pid, 500));
	EXPECT_TRUE(belongs(&self->door, pid, pid));
	ASSERT_EQ(0, set_as(ALICE, pid, 400, 0));
	ASSERT_EQ(0, door_get(&self->door, pid, &view));
	EXPECT_EQ(OOMK_SOURCE_JOB, view.source);
	EXPECT_EQ(400, view.utility);
}

TEST_HARNESS_MAIN
