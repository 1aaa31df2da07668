// SPDX-License-Identifier: GPL-2.0
/*
 * Who may do what: each capability by itself, owners, sockets that were passed
 * on, and what a namespace of one's own is good for.
 *
 * Expects the module to be loaded, root, no job and no executor.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>

#include "harness.h"

#include "genl_errand.h"

#define ALICE		1000
#define BOB		1001
#define NS_FIRST	100000
#define NS_SIZE		2000

#define RAISING		"raising a utility needs CAP_SYS_RESOURCE"
#define PROTECTING	"protecting a task needs CAP_SYS_RESOURCE"
#define SETTING		"setting the utility of another user's task needs CAP_SYS_RESOURCE"
#define CLEARING	"clearing another user's task needs CAP_SYS_RESOURCE"
#define READING		"reading the utility of another user's task needs CAP_SYS_PTRACE"
#define POLICY		"setting the policy needs CAP_SYS_ADMIN"
#define SEAT		"the executor's seat needs CAP_SYS_ADMIN"
#define SEAT_NS		"the executor has to be in the initial pid namespace"
#define PLAN		"a plan needs CAP_SYS_PTRACE"

FIXTURE(caps) {
	struct raw raw;
	pid_t root;	/* a process of root's */
	pid_t alice;	/* and one of hers */
};

FIXTURE_SETUP(caps)
{
	int err = raw_open(&self->raw);

	if (err == -ENOENT)
		SKIP(return, "oomk is not loaded");
	if (getuid())
		SKIP(return, "not root");
	ASSERT_EQ(0, err);
	self->root = start_as(0);
	ASSERT_LT(0, self->root);
	self->alice = start_as(ALICE);
	ASSERT_LT(0, self->alice);
}

FIXTURE_TEARDOWN(caps)
{
	if (self->root > 0)
		stop_child(self->root);
	if (self->alice > 0)
		stop_child(self->alice);
	raw_close(&self->raw);
}

/* What one capability opens, in any hands, and nothing else does. */
TEST_F(caps, one_capability_each)
{
	static const struct {
		const char *name;
		int (*ask)(struct raw *raw, struct errand *errand);
		unsigned long long cap;
		const char *why;
	} rows[] = {
		{ "policy-set", ask_policy_set, CAP(SYS_ADMIN), POLICY },
		{ "executor-bind", ask_bind, CAP(SYS_ADMIN), SEAT },
		{ "plan-get", ask_plan, CAP(SYS_PTRACE), PLAN },
		{ "job-set", ask_job_set, CAP(SYS_RESOURCE), SETTING },
		{ "job-get", ask_job_get, CAP(SYS_PTRACE), READING },
		{ "job-clear", ask_job_clear, CAP(SYS_RESOURCE), CLEARING },
	};
	struct errand errand;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		TH_LOG("%s", rows[i].name);
		errand = (struct errand){
			.ask = rows[i].ask, .pid = self->alice, .utility = 900,
		};
		errand.uid = BOB;
		errand.caps = NO_CAPS;
		errand_run(&errand);
		EXPECT_TRUE(errand_refused(&errand, EPERM, rows[i].why));
		errand.caps = ALL_CAPS & ~rows[i].cap;
		errand_run(&errand);
		EXPECT_TRUE(errand_refused(&errand, EPERM, rows[i].why));
		errand.uid = 0;
		errand_run(&errand);
		EXPECT_TRUE(errand_refused(&errand, EPERM, rows[i].why));
		errand.uid = BOB;
		errand.caps = rows[i].cap;
		EXPECT_EQ(0, errand_run(&errand));
	}
}

TEST_F(caps, owner)
{
	struct errand get = {
		.uid = ALICE, .ask = ask_job_get, .pid = self->alice,
	};
	struct errand set = {
		.uid = ALICE, .ask = ask_job_set, .pid = self->alice,
	};
	struct errand clear = {
		.uid = ALICE, .ask = ask_job_clear, .pid = self->alice,
	};

	/* More than it counts for without a name is more than it may get. */
	set.utility = 101;
	errand_run(&set);
	EXPECT_TRUE(errand_refused(&set, EPERM, RAISING));
	set.utility = 50;
	EXPECT_EQ(0, errand_run(&set));
	EXPECT_EQ(0, errand_run(&get));
	EXPECT_EQ(50, get.values[OOMK_A_JOB_UTILITY]);
	EXPECT_EQ(OOMK_SOURCE_HINT, get.values[OOMK_A_JOB_SOURCE]);

	set.utility = 51;
	errand_run(&set);
	EXPECT_TRUE(errand_refused(&set, EPERM, RAISING));
	set.flags = RAW_PROTECTED;
	set.utility = RAW_NO_UTILITY;
	errand_run(&set);
	EXPECT_TRUE(errand_refused(&set, EPERM, PROTECTING));
	set.flags = 0;
	set.utility = 20;
	EXPECT_EQ(0, errand_run(&set));
	EXPECT_EQ(0, errand_run(&get));
	EXPECT_EQ(20, get.values[OOMK_A_JOB_UTILITY]);
	EXPECT_EQ(0, errand_run(&clear));

	/* What an administrator named she may lower, but not forget. */
	EXPECT_EQ(0, raw_job_set(&self->raw, self->alice, 30));
	errand_run(&clear);
	EXPECT_EQ(-EPERM, clear.err);
	EXPECT_STREQ("clearing a utility an administrator set needs CAP_SYS_RESOURCE",
		     clear.why);
	EXPECT_EQ(0, errand_run(&set));
	set.utility = 30;
	errand_run(&set);
	EXPECT_TRUE(errand_refused(&set, EPERM, RAISING));
}

TEST_F(caps, items)
{
	struct errand items = {
		.uid = ALICE, .ask = ask_items, .pid = self->alice,
	};

	/* Her own two: the process, and the one that asks. */
	EXPECT_EQ(0, errand_run(&items));
	EXPECT_EQ(2, items.values[SEEN_TASKS]);
	EXPECT_EQ(0, items.values[SEEN_FOREIGN]);
	EXPECT_EQ(1, items.values[SEEN_PID]);

	items.caps = CAP(SYS_PTRACE);
	EXPECT_EQ(0, errand_run(&items));
	EXPECT_LT(0, items.values[SEEN_FOREIGN]);
	EXPECT_EQ(1, items.values[SEEN_PID]);

	items.uid = 0;
	items.caps = ALL_CAPS & ~CAP(SYS_PTRACE);
	EXPECT_EQ(0, errand_run(&items));
	EXPECT_EQ(0, items.values[SEEN_FOREIGN]);
	EXPECT_EQ(0, items.values[SEEN_PID]);
	EXPECT_LT(1, items.values[SEEN_TASKS]);
}

TEST_F(caps, everybody_may_listen)
{
	struct errand listen = { .uid = ALICE, .ask = ask_events };

	EXPECT_EQ(0, errand_run(&listen));
}

/* A socket that @uid opened with @caps, and left to us. */
static bool socket_of(uid_t uid, unsigned long long caps, struct raw *raw)
{
	char room[CMSG_SPACE(sizeof(int))] = {};
	struct iovec data = { .iov_base = raw, .iov_len = sizeof(*raw) };
	struct msghdr letter = {
		.msg_iov = &data, .msg_iovlen = 1,
		.msg_control = room, .msg_controllen = sizeof(room),
	};
	struct cmsghdr *stamp = CMSG_FIRSTHDR(&letter);
	int pair[2];
	bool came;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair))
		return false;
	pid = fork();
	if (!pid) {
		if (!become(uid, caps) || raw_open(raw))
			_exit(1);
		stamp->cmsg_level = SOL_SOCKET;
		stamp->cmsg_type = SCM_RIGHTS;
		stamp->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(stamp), &raw->fd, sizeof(int));
		_exit(sendmsg(pair[0], &letter, 0) < 0);
	}
	close(pair[0]);
	came = recvmsg(pair[1], &letter, 0) == (ssize_t)sizeof(*raw);
	close(pair[1]);
	waitpid(pid, NULL, 0);
	if (came)
		memcpy(&raw->fd, CMSG_DATA(stamp), sizeof(int));
	return came;
}

TEST_F(caps, socket_of_root_in_other_hands)
{
	struct errand errand = {
		.uid = ALICE, .socket = &self->raw, .pid = self->alice,
	};

	errand.ask = ask_policy_set;
	errand_run(&errand);
	EXPECT_TRUE(errand_refused(&errand, EPERM, POLICY));
	errand.ask = ask_bind;
	errand_run(&errand);
	EXPECT_TRUE(errand_refused(&errand, EPERM, SEAT));
	errand.ask = ask_plan;
	errand_run(&errand);
	EXPECT_TRUE(errand_refused(&errand, EPERM, PLAN));
	/* Not hers to use for her own, either: two users are nobody. */
	errand.ask = ask_job_set;
	errand.utility = 50;
	errand_run(&errand);
	EXPECT_TRUE(errand_refused(&errand, EPERM, SETTING));
	errand.ask = ask_job_get;
	errand_run(&errand);
	EXPECT_TRUE(errand_refused(&errand, EPERM, READING));
	errand.ask = ask_items;
	EXPECT_EQ(0, errand_run(&errand));
	EXPECT_EQ(0, errand.values[SEEN_TASKS]);
}

TEST_F(caps, socket_of_another_in_roots_hands)
{
	struct errand errand = { .pid = self->root, .utility = 500 };
	struct raw raw;

	ASSERT_TRUE(socket_of(ALICE, NO_CAPS, &raw));
	errand.caps = ALL_CAPS;
	errand.socket = &raw;
	errand.ask = ask_policy_set;
	errand_run(&errand);
	EXPECT_TRUE(errand_refused(&errand, EPERM, POLICY));
	errand.ask = ask_job_set;
	errand_run(&errand);
	EXPECT_TRUE(errand_refused(&errand, EPERM, SETTING));
	raw_close(&raw);

	/* Both may take the seat, but not with the other's socket. */
	ASSERT_TRUE(socket_of(ALICE, CAP(SYS_ADMIN), &raw));
	errand.ask = ask_bind;
	errand_run(&errand);
	EXPECT_TRUE(errand_refused(&errand, EPERM,
				   "the socket was opened by another user"));
	raw_close(&raw);
}

static int ask_accept(struct raw *raw, struct errand *errand)
{
	static struct raw_msg msg;

	raw_dump(raw, &msg, OOMK_CMD_REQUEST_ACCEPT);
	return raw_ask(raw, &msg, NULL, NULL);
}

static int ask_check(struct raw *raw, struct errand *errand)
{
	static struct raw_msg msg;

	raw_do(raw, &msg, OOMK_CMD_REQUEST_CHECK);
	raw_u64(&msg, OOMK_A_REQUEST_CYCLE, 1);
	return raw_ask(raw, &msg, NULL, NULL);
}

static int ask_done(struct raw *raw, struct errand *errand)
{
	static struct raw_msg msg;

	raw_do(raw, &msg, OOMK_CMD_REQUEST_DONE);
	raw_u64(&msg, OOMK_A_REQUEST_CYCLE, 1);
	return raw_ask(raw, &msg, NULL, NULL);
}

/* The number of the port alone is not the seat: it may have changed hands. */
TEST_F(caps, commands_of_the_executor)
{
	static const struct {
		int (*ask)(struct raw *raw, struct errand *errand);
		int none;	/* the answer of the seat's, without a set */
	} rows[] = {
		{ ask_accept, -ENOENT },
		{ ask_check, -ESTALE },
		{ ask_done, -ESTALE },
	};
	struct errand errand = { .socket = &self->raw };
	unsigned int i;

	ASSERT_EQ(0, ask_bind(&self->raw, NULL));
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		errand.ask = rows[i].ask;
		errand.uid = ALICE;
		errand.caps = NO_CAPS;
		errand_run(&errand);
		EXPECT_TRUE(errand_refused(&errand, EPERM, SEAT));
		errand.uid = 0;
		errand.caps = ALL_CAPS & ~CAP(SYS_ADMIN);
		errand_run(&errand);
		EXPECT_TRUE(errand_refused(&errand, EPERM, SEAT));
		errand.caps = CAP(SYS_ADMIN);
		EXPECT_EQ(rows[i].none, errand_run(&errand));
	}
}

TEST_F(caps, user_namespace_of_ones_own)
{
	struct errand errand = { .uid = ALICE, .unshare = CLONE_NEWUSER };

	/* He who asks is root there, and is asked about himself. */
	errand.ask = ask_job_set;
	errand.utility = 101;
	errand_run(&errand);
	EXPECT_TRUE(errand_refused(&errand, EPERM, RAISING));
	errand.pid = 0;
	errand.utility = RAW_NO_UTILITY;
	errand.flags = RAW_PROTECTED;
	errand_run(&errand);
	EXPECT_TRUE(errand_refused(&errand, EPERM, PROTECTING));
	errand.pid = 0;
	errand.flags = 0;
	errand.utility = 50;
	EXPECT_EQ(0, errand_run(&errand));

	errand.pid = self->root;
	errand_run(&errand);
	EXPECT_TRUE(errand_refused(&errand, EPERM, SETTING));
	errand.ask = ask_job_get;
	errand_run(&errand);
	EXPECT_TRUE(errand_refused(&errand, EPERM, READING));
	errand.ask = ask_policy_set;
	errand_run(&errand);
	EXPECT_TRUE(errand_refused(&errand, EPERM, POLICY));
	errand.ask = ask_bind;
	errand_run(&errand);
	EXPECT_TRUE(errand_refused(&errand, EPERM, SEAT));
	errand.ask = ask_plan;
	errand_run(&errand);
	EXPECT_TRUE(errand_refused(&errand, EPERM, PLAN));
}

static bool write_map(pid_t pid, const char *name)
{
	char path[64], map[64];
	int fd, len;
	bool ok;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	len = snprintf(map, sizeof(map), "0 %d %d", NS_FIRST, NS_SIZE);
	fd = open(path, O_WRONLY);
	ok = fd >= 0 && write(fd, map, len) == len;
	close(fd);
	return ok;
}

/* What its root may do in a namespace to a process of another user there. */
struct ns_answers {
	pid_t pid;	/* that process; 0: it did not come to it */
	int lower;
	int raise;
	int get;
	long long seen;
};

static void ns_root(int go, struct ns_answers *answers)
{
	struct errand items = { .uid = 1 };
	struct raw raw;
	pid_t pid;
	char c;

	if (read(go, &c, 1) != 1 || setresgid(0, 0, 0) || setresuid(0, 0, 0))
		_exit(1);
	pid = start_as(1);
	if (pid < 0 || raw_open(&raw))
		_exit(1);
	answers->lower = raw_job_set(&raw, pid, 40);
	answers->raise = raw_job_set(&raw, pid, 300);
	answers->get = raw_job_get(&raw, pid, items.values);
	memset(items.values, 0, sizeof(items.values));
	items.pid = pid;
	ask_items(&raw, &items);
	answers->seen = items.values[SEEN_PID];
	answers->pid = pid;
	stop_child(pid);
	_exit(0);
}

TEST_F(caps, user_namespace_with_users)
{
	struct ns_answers *answers = mmap(NULL, sizeof(*answers),
					  PROT_READ | PROT_WRITE,
					  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int go[2], up[2];
	pid_t pid;
	char c;

	ASSERT_NE(MAP_FAILED, answers);
	ASSERT_EQ(0, pipe(go));
	ASSERT_EQ(0, pipe(up));
	pid = fork();
	if (!pid) {
		if (unshare(CLONE_NEWUSER) || write(up[1], "u", 1) != 1)
			_exit(1);
		ns_root(go[0], answers);
	}
	close(up[1]);
	ASSERT_EQ(1, read(up[0], &c, 1));
	ASSERT_TRUE(write_map(pid, "uid_map"));
	ASSERT_TRUE(write_map(pid, "gid_map"));
	ASSERT_EQ(1, write(go[1], "g", 1));
	waitpid(pid, NULL, 0);
	ASSERT_LT(0, answers->pid);
	EXPECT_EQ(0, answers->lower);
	EXPECT_EQ(-EPERM, answers->raise);
	EXPECT_EQ(0, answers->get);
	EXPECT_EQ(1, answers->seen);
}

TEST_F(caps, pid_namespace)
{
	struct errand errand = {
		.caps = ALL_CAPS, .unshare = CLONE_NEWPID, .utility = 50,
	};

	errand.ask = ask_job_set;
	EXPECT_EQ(0, errand_run(&errand));
	EXPECT_EQ(1, errand.pid);
	errand.ask = ask_job_get;
	EXPECT_EQ(0, errand_run(&errand));
	EXPECT_EQ(1, errand.values[OOMK_A_JOB_PID]);
	errand.pid = self->alice;
	errand_run(&errand);
	EXPECT_TRUE(errand_refused(&errand, ESRCH, "no such process"));
	errand.ask = ask_items;
	EXPECT_EQ(0, errand_run(&errand));
	EXPECT_EQ(1, errand.values[SEEN_TASKS]);
	EXPECT_EQ(1, errand.values[SEEN_LAST_PID]);
	errand.ask = ask_bind;
	errand_run(&errand);
	EXPECT_TRUE(errand_refused(&errand, EPERM, SEAT_NS));
}

TEST_F(caps, network_namespace)
{
	struct errand errand = {
		.caps = ALL_CAPS, .unshare = CLONE_NEWNET, .ask = ask_job_get,
	};

	/* There the family does not exist: the socket is all that fails. */
	EXPECT_EQ(ERRAND_FAILED, errand_run(&errand));
	errand.unshare = 0;
	EXPECT_EQ(0, errand_run(&errand));
}

TEST_HARNESS_MAIN
