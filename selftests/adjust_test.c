// SPDX-License-Identifier: GPL-2.0
/*
 * Raised oom_score_adj values and the record they come back from; what is
 * read of /proc, from a tree made up where the real one cannot be had.
 */
#include <fcntl.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "executor_world.h"

/* No task has a pid above 2^22. */
#define FAKE_PID	5000000

/* All fields from the fifth to the nineteenth. */
#define MIDDLE	"1 1 0 -1 4194560 110 0 0 0 7 3 0 0 20 0"

static char fake_root[64];

static void fake_file(const char *name, const char *text)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%d", fake_root, FAKE_PID);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/%d/%s", fake_root, FAKE_PID, name);
	file = fopen(path, "w");
	if (!file)
		abort();
	fputs(text, file);
	fclose(file);
}

static void fake_begin(void)
{
	strcpy(fake_root, "/tmp/oomk-proc-XXXXXX");
	if (!mkdtemp(fake_root))
		abort();
	oomk_procfs_root(fake_root);
}

static void fake_end(void)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%d/stat", fake_root, FAKE_PID);
	unlink(path);
	snprintf(path, sizeof(path), "%s/%d/oom_score_adj", fake_root, FAKE_PID);
	unlink(path);
	snprintf(path, sizeof(path), "%s/%d", fake_root, FAKE_PID);
	rmdir(path);
	rmdir(fake_root);
	oomk_procfs_root("/proc");
}

static int test_stat_lines(void)
{
	static const struct {
		const char *line;
		int err;
		u64 start_ticks;
		bool dead;
	} rows[] = {
		{ "5 (a) S 0 " MIDDLE " 1 0 777 1 2\n", 0, 777, false },
		{ "5 (a b) R (c) R 0 " MIDDLE " 1 0 778 1\n", 0, 778, false },
		{ "5 (a\nb)) S 0 " MIDDLE " 1 0 779 1\n", 0, 779, false },
		{ "5 () Z 0 " MIDDLE " 1 0 780 1\n", 0, 780, true },
		{ "5 (a) Z 0 " MIDDLE " 2 0 781 1\n", 0, 781, false },
		{ "5 (a) X 0 " MIDDLE " 1 0 782", 0, 782, true },
		{ "5 (a) S 0 " MIDDLE " 1 0\n", -EBADMSG, 0, false },
		{ "5 (a) S 0 " MIDDLE " 1 0 7x7 1\n", -EBADMSG, 0, false },
		{ "5 (a) S 0 " MIDDLE " 1 0 -7 1\n", -EBADMSG, 0, false },
		{ "5 (a) S 0 " MIDDLE " 1 0 99999999999999999999 1\n",
		  -EBADMSG, 0, false },
		{ "5 a S 0 " MIDDLE " 1 0 777 1\n", -EBADMSG, 0, false },
		{ "5 (a)S 0 " MIDDLE " 1 0 777 1\n", -EBADMSG, 0, false },
		{ "5 (a)", -EBADMSG, 0, false },
		{ "", -EBADMSG, 0, false },
	};
	struct oomk_procfs_stat stat;
	unsigned int i;

	fake_begin();
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		memset(&stat, 0, sizeof(stat));
		fake_file("stat", rows[i].line);
		printf("# line %u\n", i);
		CHECK_EQ(oomk_procfs_stat(FAKE_PID, &stat), rows[i].err);
		if (rows[i].err)
			continue;
		CHECK_EQ(stat.start_ticks, rows[i].start_ticks);
		CHECK_EQ(oomk_procfs_dead(&stat), rows[i].dead);
	}
	fake_end();
	return 0;
}

static int test_no_task(void)
{
	struct oomk_procfs_stat stat;

	CHECK_EQ(oomk_procfs_stat(FAKE_PID, &stat), -ESRCH);
	CHECK_EQ(oomk_procfs_adj_open(FAKE_PID), -ESRCH);
	CHECK_EQ(oomk_adjust_raise(&world.adjust, 0, FAKE_PID, 1), -ESRCH);
	return 0;
}

static int test_adj_range(void)
{
	int fd = oomk_procfs_adj_open(getpid());

	CHECK_EQ(oomk_procfs_adj_write(fd, -1000), -EINVAL);
	CHECK_EQ(oomk_procfs_adj_write(fd, 1001), -EINVAL);
	CHECK_EQ(world_adj(getpid()), 0);
	close(fd);
	return 0;
}

/* The number found, then what raising it must come to. */
static int test_adj_found(void)
{
	static const struct {
		const char *found;
		int ret;
		int after;
	} rows[] = {
		{ "0\n", 1, 1000 },
		{ "-999\n", 1, 1000 },
		{ "999\n", 1, 1000 },
		{ "1000\n", 0, 1000 },
		{ "-1000\n", 0, -1000 },
		{ "-1001\n", -EBADMSG, -9999 },
		{ "x\n", -EBADMSG, -9999 },
		{ "", -EBADMSG, -9999 },
	};
	unsigned int i;

	fake_begin();
	fake_file("stat", "5 (a) S 0 " MIDDLE " 1 0 777 1\n");
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		fake_file("oom_score_adj", rows[i].found);
		printf("# found %u\n", i);
		CHECK_EQ(oomk_adjust_raise(&world.adjust, i, FAKE_PID, 777),
			 rows[i].ret);
		CHECK_EQ(world_adj(FAKE_PID), rows[i].after);
		CHECK_EQ(oomk_adjust_restore(&world.adjust, i),
			 rows[i].ret == 1);
	}
	fake_end();
	return 0;
}

static u64 start_of(pid_t pid)
{
	struct oomk_procfs_stat stat = { 0 };

	CHECK_EQ(oomk_procfs_stat(pid, &stat), 0);
	return stat.start_ticks;
}

static int test_raise_and_restore(void)
{
	pid_t pid = world_add(body_obey, OOMK_ACTION_TERM, 1);

	world_set_adj(pid, 123);
	CHECK_EQ(oomk_adjust_raise(&world.adjust, 0, pid, start_of(pid)), 1);
	CHECK_EQ(world_adj(pid), 1000);
	CHECK_EQ(oomk_adjust_restore(&world.adjust, 0), 1);
	CHECK_EQ(world_adj(pid), 123);
	/* Once restored it is its owner's, whatever he makes of it. */
	world_set_adj(pid, 1000);
	CHECK_EQ(oomk_adjust_restore(&world.adjust, 0), 0);
	CHECK_EQ(world_adj(pid), 1000);
	return 0;
}

static int test_other_task(void)
{
	pid_t pid = world_add(body_obey, OOMK_ACTION_TERM, 1);

	CHECK_EQ(oomk_adjust_raise(&world.adjust, 0, pid, start_of(pid) - 1),
		 -ESRCH);
	CHECK_EQ(world_adj(pid), 0);
	return 0;
}

/* The next executor finds what the one before left behind. */
static int test_crash(void)
{
	pid_t tasks[4];
	int dir, i;

	for (i = 0; i < 4; i++) {
		tasks[i] = world_add(body_obey, OOMK_ACTION_TERM, i);
		world_set_adj(tasks[i], 10 * i);
		CHECK_EQ(oomk_adjust_raise(&world.adjust, 3 * i, tasks[i],
					   start_of(tasks[i])), 1);
	}
	/* One has died, one has a value of its own by now. */
	kill(tasks[2], SIGKILL);
	waitpid(tasks[2], NULL, 0);
	world.victims[2].pid = 0;
	world_set_adj(tasks[3], 500);
	oomk_adjust_close(&world.adjust);
	dir = world_open_dir();
	CHECK_EQ(oomk_adjust_open(&world.adjust, dir, WORLD_VICTIMS), 0);
	close(dir);
	CHECK_EQ(oomk_adjust_recover(&world.adjust), 2);
	CHECK_EQ(world_adj(tasks[0]), 0);
	CHECK_EQ(world_adj(tasks[1]), 10);
	CHECK_EQ(world_adj(tasks[3]), 500);
	CHECK_EQ(oomk_adjust_recover(&world.adjust), 0);
	return 0;
}

/* A pid that was reused in the meantime names a stranger. */
static int test_crash_and_reuse(void)
{
	fake_begin();
	fake_file("stat", "5 (a) S 0 " MIDDLE " 1 0 777 1\n");
	fake_file("oom_score_adj", "5\n");
	CHECK_EQ(oomk_adjust_raise(&world.adjust, 0, FAKE_PID, 777), 1);
	fake_file("stat", "5 (a) S 0 " MIDDLE " 1 0 778 1\n");
	CHECK_EQ(oomk_adjust_recover(&world.adjust), 0);
	CHECK_EQ(world_adj(FAKE_PID), 1000);
	fake_end();
	return 0;
}

/* Written down before it is changed, or not changed. */
static int test_no_record(void)
{
	pid_t pid = world_add(body_obey, OOMK_ACTION_TERM, 1);
	char path[96];

	oomk_adjust_close(&world.adjust);
	CHECK_EQ(oomk_adjust_raise(&world.adjust, 0, pid, start_of(pid)), 0);
	CHECK_EQ(world_adj(pid), 0);
	snprintf(path, sizeof(path), "%s/adjusted", world.dir);
	world.adjust.fd = open(path, O_RDONLY | O_CLOEXEC);
	CHECK_EQ(oomk_adjust_raise(&world.adjust, 0, pid, start_of(pid)),
		 -EBADF);
	CHECK_EQ(world_adj(pid), 0);
	return 0;
}

/* Seen by all of a family. */
static struct {
	pid_t child;
	pid_t orphan;
	pid_t stranger;
} *family;

static pid_t family_member(void)
{
	pid_t pid = fork();

	if (!pid)
		body_ignore();
	return pid;
}

static void have_children(int sig)
{
	pid_t middle;

	family->child = family_member();
	middle = fork();
	if (!middle) {
		family->orphan = family_member();
		_exit(0);
	}
	waitpid(middle, NULL, 0);
}

/*
 * The child that it has first is older than all that is done to it. Of a
 * session of its own: whoever starts the test may be in another pid namespace.
 */
static void body_mother(void)
{
	setsid();
	signal(SIGUSR1, have_children);
	family->stranger = family_member();
	for (;;)
		pause();
}

/*
 * What a victim forks while it is raised gets what the victim had, whether it
 * is spared or dies, also if the executor crashes before it has looked for them.
 * Another child of the same value is none of ours.
 */
static int check_children(bool spared, bool crash)
{
	u64 start_ticks;
	pid_t pid;
	int i, dir;

	family = mmap(NULL, sizeof(*family), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid = world_add(body_mother, OOMK_ACTION_TERM, 1);
	for (i = 0; i < 500 && !family->stranger; i++)
		usleep(10000);
	start_ticks = start_of(pid);
	world_set_adj(pid, 11);
	world_set_adj(family->stranger, 1000);
	usleep(30000);
	CHECK_EQ(oomk_adjust_raise(&world.adjust, 0, pid, start_ticks), 1);
	kill(pid, SIGUSR1);
	for (i = 0; i < 500 && !family->orphan; i++)
		usleep(10000);
	CHECK_EQ(world_adj(family->child), 1000);
	CHECK_EQ(world_adj(family->orphan), 1000);
	if (spared) {
		CHECK_EQ(oomk_adjust_restore(&world.adjust, 0), 1);
		CHECK_EQ(world_adj(pid), 11);
	} else {
		oomk_adjust_forget(&world.adjust, 0);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		world.victims[0].pid = 0;
	}
	if (crash) {
		/* The next executor knows what is written down. */
		oomk_adjust_close(&world.adjust);
		dir = world_open_dir();
		CHECK_EQ(oomk_adjust_open(&world.adjust, dir, WORLD_VICTIMS), 0);
		close(dir);
		CHECK_EQ(oomk_adjust_recover(&world.adjust), 2);
	} else {
		CHECK_EQ(oomk_adjust_settle(&world.adjust), 2);
	}
	CHECK_EQ(world_adj(family->child), 11);
	CHECK_EQ(world_adj(family->orphan), 11);
	CHECK_EQ(world_adj(family->stranger), 1000);
	CHECK_EQ(oomk_adjust_settle(&world.adjust), 0);
	/* Whose birth took longer is found until they are dismissed. */
	world_set_adj(family->child, 1000);
	CHECK_EQ(oomk_adjust_settle(&world.adjust), !crash);
	CHECK_EQ(world_adj(family->child), crash ? 1000 : 11);
	oomk_adjust_dismiss(&world.adjust);
	world_set_adj(family->child, 1000);
	CHECK_EQ(oomk_adjust_settle(&world.adjust), 0);
	CHECK_EQ(world_adj(family->child), 1000);
	kill(family->child, SIGKILL);
	kill(family->orphan, SIGKILL);
	kill(family->stranger, SIGKILL);
	munmap(family, sizeof(*family));
	return 0;
}

static int test_children_of_the_spared(void)
{
	return check_children(true, false);
}

static int test_children_of_the_dead(void)
{
	return check_children(false, false);
}

static int test_children_of_the_spared_after_a_crash(void)
{
	return check_children(true, true);
}

static int test_children_of_the_dead_after_a_crash(void)
{
	return check_children(false, true);
}

static unsigned int effective(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct caps[_LINUX_CAPABILITY_U32S_3] = { 0 };

	syscall(SYS_capget, &header, caps);
	return caps[CAP_TO_INDEX(CAP_SYS_RESOURCE)].effective;
}

/* Of no privilege, and asked by SIGUSR1 to lower its oom_score_adj to 0. */
static void lower(int sig)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	_exit(fd < 0 || write(fd, "0", 1) != 1);
}

static void body_unprivileged(void)
{
	if (setgid(65534) || setuid(65534))
		_exit(1);
	prctl(PR_SET_DUMPABLE, 1);
	signal(SIGUSR1, lower);
	body_ignore();
}

static int test_hidden_minimum(void)
{
	unsigned int before = effective();
	siginfo_t info;
	pid_t pid;

	if (!(before & CAP_TO_MASK(CAP_SYS_RESOURCE)) || geteuid()) {
		printf("# needs root with CAP_SYS_RESOURCE\n");
		return SKIPPED;
	}
	pid = world_add(body_unprivileged, OOMK_ACTION_TERM, 1);
	CHECK_EQ(oomk_adjust_raise(&world.adjust, 0, pid, start_of(pid)), 1);
	CHECK_EQ(world_adj(pid), 1000);
	CHECK_EQ(effective(), before);
	kill(pid, SIGUSR1);
	CHECK_EQ(waitid(P_PID, pid, &info, WEXITED | WNOWAIT), 0);
	CHECK_EQ(info.si_code, CLD_EXITED);
	CHECK_EQ(info.si_status, 0);
	return 0;
}

int main(void)
{
	static const struct test tests[] = {
		TEST(stat_lines), TEST(no_task), TEST(adj_range),
		TEST(adj_found), TEST(raise_and_restore), TEST(other_task),
		TEST(crash), TEST(crash_and_reuse), TEST(no_record),
		TEST(children_of_the_spared), TEST(children_of_the_dead),
		TEST(children_of_the_spared_after_a_crash),
		TEST(children_of_the_dead_after_a_crash),
		TEST(hidden_minimum),
		{}
	};

	return world_main(tests);
}
