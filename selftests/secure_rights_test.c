// SPDX-License-Identifier: GPL-2.0
/*
 * What somebody without privilege can learn from refusals, get out of by the
 * door or around it, and leave behind in the kernel.
 *
 * Expects the module to be loaded, root, no job and no executor.
 */
#define _GNU_SOURCE
#include <glob.h>
#include <stdio.h>

#include "harness.h"

#include "genl_errand.h"

#define ALICE		1000
#define BOB		1001
#define KIN		4
#define STACK		(64 * 1024)
#define FLOOD		6000
#define FLOOD_S		200
#define PATIENCE_MS	60000

#define MEMBERS		"telling of the members of jobs needs CAP_SYS_ADMIN"
#define LEAVING		"leaving a job that counts for less needs CAP_SYS_RESOURCE"
#define RAISING		"raising a utility needs CAP_SYS_RESOURCE"
#define SETTING		"setting the utility of another user's task needs CAP_SYS_RESOURCE"
#define CLEARING	"clearing another user's task needs CAP_SYS_RESOURCE"
#define READING		"reading the utility of another user's task needs CAP_SYS_PTRACE"

/**
 * struct kin - a process and children of its own, who come when they are told
 * @pid: the process
 * @go: a byte for each child that is to come
 * @from: their pids
 * @child: those who came
 * @nr: how many
 */
struct kin {
	pid_t pid;
	int go;
	int from;
	pid_t child[KIN];
	int nr;
};

static int kin_idle(void *unused)
{
	while (pause())
		;
	return 0;
}

static void kin_parent(uid_t uid, int in, int out)
{
	static char stacks[KIN][STACK];
	char how;
	pid_t pid = getpid();
	int i;

	close_all_but(in, out);
	if (!become(uid, NO_CAPS) || write(out, &pid, sizeof(pid)) < 0)
		_exit(1);
	for (i = 0; i < KIN && read(in, &how, 1) == 1; i++) {
		/* It may outlive its parent, and is ended by its pid. */
		pid = clone(kin_idle, stacks[i] + STACK,
			    (how == 'm' ? CLONE_VM : 0) | SIGCHLD, NULL);
		if (write(out, &pid, sizeof(pid)) < 0)
			_exit(1);
	}
	kin_idle(NULL);
}

static bool kin_start(struct kin *kin, uid_t uid)
{
	int in[2], out[2];
	pid_t pid;

	memset(kin, 0, sizeof(*kin));
	if (pipe(in) || pipe(out))
		return false;
	kin->pid = fork();
	if (!kin->pid)
		kin_parent(uid, in[0], out[1]);
	close(in[0]);
	close(out[1]);
	kin->go = in[1];
	kin->from = out[0];
	return read(kin->from, &pid, sizeof(pid)) == sizeof(pid);
}

/* A child; 'm': one that shares its parent's memory. */
static pid_t kin_fork(struct kin *kin, char how)
{
	pid_t pid;

	if (kin->nr == KIN || write(kin->go, &how, 1) != 1 ||
	    read(kin->from, &pid, sizeof(pid)) != sizeof(pid) || pid <= 0)
		return -1;
	kin->child[kin->nr++] = pid;
	return pid;
}

static void kin_stop(struct kin *kin)
{
	while (kin->nr)
		kill(kin->child[--kin->nr], SIGKILL);
	stop_child(kin->pid);
	close(kin->go);
	close(kin->from);
}

static int ask_members(struct raw *raw, struct errand *errand)
{
	static struct raw_msg msg;

	raw_dump(raw, &msg, OOMK_CMD_MEMBER_GET);
	return raw_ask(raw, &msg, NULL, NULL);
}

static void on_price(const struct raw_attrs *attrs, void *arg)
{
	struct errand *errand = arg;

	if (raw_number(attrs, OOMK_A_ITEM_PID) == errand->pid)
		errand->values[0] = raw_number(attrs, OOMK_A_ITEM_PRICE);
}

static int ask_price(struct raw *raw, struct errand *errand)
{
	static struct raw_msg msg;

	raw_dump(raw, &msg, OOMK_CMD_ITEM_GET);
	return raw_ask(raw, &msg, on_price, errand);
}

/* Price of the item of @pid, in units of utility; -1: none. */
static long long price_of(struct raw *raw, pid_t pid)
{
	struct errand errand = { .pid = pid, .values = { -1 } };

	if (ask_price(raw, &errand))
		return -1;
	return errand.values[0] / OOMK_PRICE_PER_UTILITY;
}

FIXTURE(rights) {
	struct raw raw;
	struct kin alice;
};

FIXTURE_SETUP(rights)
{
	int err = raw_open(&self->raw);

	if (err == -ENOENT)
		SKIP(return, "oomk is not loaded");
	if (getuid())
		SKIP(return, "not root");
	ASSERT_EQ(0, err);
	ASSERT_TRUE(kin_start(&self->alice, ALICE));
}

FIXTURE_TEARDOWN(rights)
{
	kin_stop(&self->alice);
	raw_close(&self->raw);
}

TEST_F(rights, members_take_sys_admin)
{
	struct errand errand = { .uid = BOB, .ask = ask_members };

	errand_run(&errand);
	EXPECT_TRUE(errand_refused(&errand, EPERM, MEMBERS));
	errand.caps = ALL_CAPS & ~CAP(SYS_ADMIN);
	errand_run(&errand);
	EXPECT_TRUE(errand_refused(&errand, EPERM, MEMBERS));
	errand.uid = 0;
	errand_run(&errand);
	EXPECT_TRUE(errand_refused(&errand, EPERM, MEMBERS));
	/* Root of a namespace of one's own. */
	errand.uid = ALICE;
	errand.caps = NO_CAPS;
	errand.unshare = CLONE_NEWUSER;
	errand_run(&errand);
	EXPECT_TRUE(errand_refused(&errand, EPERM, MEMBERS));
	/* Over a socket that root opened, and by root over another's. */
	errand.unshare = 0;
	errand.socket = &self->raw;
	errand_run(&errand);
	EXPECT_TRUE(errand_refused(&errand, EPERM, MEMBERS));
	errand.socket = NULL;
	errand.uid = BOB;
	errand.caps = CAP(SYS_ADMIN);
	EXPECT_EQ(0, errand_run(&errand));
}

/* Whatever somebody else's task is worth, the refusal is the same. */
TEST_F(rights, refusals_tell_nothing)
{
	static const struct {
		int (*ask)(struct raw *raw, struct errand *errand);
		int utility;
		const char *why;
	} rows[] = {
		{ ask_job_get, 0, READING },
		{ ask_job_set, 0, SETTING },
		{ ask_job_set, 1000, SETTING },
		{ ask_job_clear, 0, CLEARING },
	};
	enum { PLAIN, NAMED, PROTECTED, NR };
	struct errand errand = { .uid = ALICE };
	pid_t pids[NR];
	unsigned int i, j;

	for (i = 0; i < NR; i++) {
		pids[i] = start_as(BOB);
		ASSERT_LT(0, pids[i]);
	}
	ASSERT_EQ(0, raw_job_set(&self->raw, pids[NAMED], 900));
	ASSERT_EQ(0, raw_job(&self->raw, OOMK_CMD_JOB_SET, pids[PROTECTED],
			     RAW_NO_UTILITY, RAW_PROTECTED));
	for (i = 0; i < NR; i++) {
		for (j = 0; j < ARRAY_SIZE(rows); j++) {
			errand.ask = rows[j].ask;
			errand.utility = rows[j].utility;
			errand.pid = pids[i];
			errand_run(&errand);
			EXPECT_TRUE(errand_refused(&errand, EPERM,
						   rows[j].why));
		}
	}
	for (i = 0; i < NR; i++)
		stop_child(pids[i]);
}

/* What an administrator made cheap stays so, in every part. */
TEST_F(rights, nobody_leaves_a_cheap_job)
{
	struct errand errand = { .uid = ALICE, .ask = ask_job_set };
	pid_t child;

	ASSERT_EQ(0, raw_job_set(&self->raw, self->alice.pid, 1));
	child = kin_fork(&self->alice, 'f');
	ASSERT_LT(0, child);
	errand.pid = child;
	errand.utility = 1;
	errand_run(&errand);
	EXPECT_TRUE(errand_refused(&errand, EPERM, LEAVING));
	errand.utility = 0;
	errand_run(&errand);
	EXPECT_TRUE(errand_refused(&errand, EPERM, LEAVING));
	EXPECT_EQ(1, price_of(&self->raw, child));
	/* Nor does it help to be an orphan, and to forget. */
	stop_child(self->alice.pid);
	errand_run(&errand);
	EXPECT_TRUE(errand_refused(&errand, EPERM, LEAVING));
	errand.ask = ask_job_clear;
	EXPECT_EQ(-EPERM, errand_run(&errand));
	EXPECT_EQ(1, price_of(&self->raw, child));
}

/* Who leaves a dear one is worth beside it what he would be without it. */
TEST_F(rights, a_dear_job_is_not_multiplied)
{
	struct errand errand = { .uid = ALICE, .ask = ask_job_set };

	ASSERT_EQ(0, raw_job_set(&self->raw, self->alice.pid, 900));
	errand.pid = kin_fork(&self->alice, 'f');
	ASSERT_LT(0, errand.pid);
	errand.utility = 101;
	errand_run(&errand);
	EXPECT_TRUE(errand_refused(&errand, EPERM, RAISING));
	errand.utility = 100;
	EXPECT_EQ(0, errand_run(&errand));
	EXPECT_EQ(100, price_of(&self->raw, errand.pid));
	EXPECT_EQ(900, price_of(&self->raw, self->alice.pid));
}

/* Hints of those who share an address space with a job add nothing to it. */
TEST_F(rights, hints_add_nothing_to_a_job)
{
	struct errand errand = { .uid = ALICE, .ask = ask_job_set };
	int i;

	ASSERT_EQ(0, raw_job_set(&self->raw, self->alice.pid, 500));
	for (i = 0; i < KIN; i++) {
		errand.pid = kin_fork(&self->alice, 'm');
		errand.utility = 100;
		ASSERT_LT(0, errand.pid);
		EXPECT_EQ(0, errand_run(&errand));
	}
	EXPECT_EQ(500, price_of(&self->raw, self->alice.pid));
	/* An administrator's words do add up. */
	ASSERT_EQ(0, raw_job_set(&self->raw, errand.pid, 70));
	EXPECT_EQ(570, price_of(&self->raw, self->alice.pid));
}

/* KASAN keeps what was freed, until its cache is to shrink. */
static void shrink_caches(void)
{
	glob_t caches;
	FILE *file;
	size_t i;

	if (glob("/sys/kernel/slab/kmalloc*-64/shrink", 0, NULL, &caches))
		return;
	for (i = 0; i < caches.gl_pathc; i++) {
		file = fopen(caches.gl_pathv[i], "w");
		if (file) {
			fputs("1", file);
			fclose(file);
		}
	}
	globfree(&caches);
}

/* Objects of 64 bytes that the kernel has handed out. */
static long objects(void)
{
	char line[256], name[64];
	long sum = 0, nr;
	FILE *file;
	size_t len;

	shrink_caches();
	file = fopen("/proc/slabinfo", "r");
	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%63s %ld", name, &nr) != 2)
			continue;
		len = strlen(name);
		if (!strncmp(name, "kmalloc", 7) && len > 3 &&
		    !strcmp(name + len - 3, "-64"))
			sum += nr;
	}
	if (file)
		fclose(file);
	return sum;
}

/* Names itself and forgets it, again and again; then stays, named. */
static pid_t start_fickle(int times)
{
	struct raw raw;
	int ready[2];
	pid_t pid;
	int i;

	if (pipe(ready))
		return -1;
	pid = fork();
	if (!pid) {
		close_all_but(ready[1], -1);
		if (!become(ALICE, NO_CAPS) || raw_open(&raw))
			_exit(1);
		for (i = 0; i < times; i++)
			if (raw_job_set(&raw, getpid(), 50) ||
			    raw_job(&raw, OOMK_CMD_JOB_CLEAR, getpid(),
				    RAW_NO_UTILITY, 0))
				_exit(1);
		/* Forgotten, it would soon be no member, which frees a lot. */
		if (raw_job_set(&raw, getpid(), 50) ||
		    write(ready[1], "r", 1) != 1)
			_exit(1);
		kin_idle(NULL);
	}
	return child_ready(pid, ready);
}

/* A job that is forgotten takes no memory, though its task lives. */
TEST_F_TIMEOUT(rights, forgotten_jobs_are_freed, FLOOD_S)
{
	long before = objects(), now;
	unsigned int ms;
	pid_t pid;

	ASSERT_LT(0, before);
	pid = start_fickle(FLOOD);
	ASSERT_LT(0, pid);
	for (ms = 0; ms < PATIENCE_MS; ms += 500) {
		now = objects();
		if (now - before < FLOOD / 2)
			break;
		usleep(500 * 1000);
	}
	TH_LOG("%ld objects of 64 bytes more", now - before);
	EXPECT_GT(FLOOD / 2, now - before);
	stop_child(pid);
}

/* Takes the executor's port for itself; -1: it cannot be had. */
static int ask_same_port(struct raw *raw, struct errand *errand)
{
	struct sockaddr_nl name = {
		.nl_family = AF_NETLINK, .nl_pid = errand->utility,
	};
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC);
	int err = bind(fd, (struct sockaddr *)&name, sizeof(name)) ? -errno : 0;

	close(fd);
	return err;
}

/* A message to the executor, as if it were the kernel's. */
static int ask_letter(struct raw *raw, struct errand *errand)
{
	struct sockaddr_nl name = {
		.nl_family = AF_NETLINK, .nl_pid = errand->utility,
	};
	static struct raw_msg msg;

	raw_do(raw, &msg, OOMK_CMD_READY);
	return sendto(raw->fd, &msg, msg.header.nlmsg_len, 0,
		      (struct sockaddr *)&name, sizeof(name)) < 0 ? -errno : 0;
}

TEST_F(rights, the_executors_port)
{
	struct errand errand = { .uid = ALICE };
	struct sockaddr_nl name = {};
	socklen_t len = sizeof(name);

	ASSERT_EQ(0, ask_bind(&self->raw, NULL));
	ASSERT_EQ(0, getsockname(self->raw.fd, (struct sockaddr *)&name, &len));
	errand.utility = name.nl_pid;
	errand.ask = ask_same_port;
	EXPECT_EQ(-EADDRINUSE, errand_run(&errand));
	errand.ask = ask_letter;
	EXPECT_EQ(-EPERM, errand_run(&errand));
	/* Nor as root of a network of one's own, where no such port is. */
	errand.unshare = CLONE_NEWUSER;
	EXPECT_EQ(-EPERM, errand_run(&errand));
	/* It takes what everybody who steers networks has. */
	errand.unshare = 0;
	errand.caps = CAP(NET_ADMIN);
	EXPECT_EQ(0, errand_run(&errand));
}

TEST_HARNESS_MAIN
