// SPDX-License-Identifier: GPL-2.0
/*
 * The door from outside: what is refused, with which errno and in which words,
 * and what is answered.
 *
 * Policy, many entries, rights and the executor's protocol have tests of their
 * own. Expects the module to be loaded, and no job.
 */
#define _GNU_SOURCE
#include <limits.h>
#include <pthread.h>
#include <stdio.h>

#include "harness.h"

#include "genl_child.h"
#include "genl_raw.h"

#define HOG_BYTES	(24 << 20)

static struct raw_msg msg;

FIXTURE(genl) {
	struct raw raw;
	long long values[RAW_ATTRS];
};

FIXTURE_SETUP(genl)
{
	int err = raw_open(&self->raw);

	if (err == -ENOENT)
		SKIP(return, "oomk is not loaded");
	ASSERT_EQ(0, err);
}

FIXTURE_TEARDOWN(genl)
{
	raw_close(&self->raw);
}

/* Commands, and whether they are dumps. */
static const struct {
	int cmd;
	bool dump;
} commands[] = {
	{ OOMK_CMD_JOB_SET, false },
	{ OOMK_CMD_JOB_CLEAR, false },
	{ OOMK_CMD_JOB_GET, false },
	{ OOMK_CMD_ITEM_GET, true },
	{ OOMK_CMD_PLAN_GET, true },
	{ OOMK_CMD_POLICY_GET, false },
	{ OOMK_CMD_POLICY_SET, false },
	{ OOMK_CMD_STATUS_GET, false },
	{ OOMK_CMD_EXECUTOR_BIND, false },
	{ OOMK_CMD_REQUEST_ACCEPT, true },
	{ OOMK_CMD_REQUEST_CHECK, false },
	{ OOMK_CMD_REQUEST_DONE, false },
};

#define NR_COMMANDS	ARRAY_SIZE(commands)

static int flags_of(unsigned int i)
{
	return commands[i].dump ? NLM_F_DUMP : NLM_F_ACK;
}

TEST_F(genl, unknown_attributes)
{
	unsigned int i;

	for (i = 0; i < NR_COMMANDS; i++) {
		TH_LOG("command %d", commands[i].cmd);
		raw_begin(&self->raw, &msg, self->raw.family, commands[i].cmd,
			  flags_of(i));
		raw_u32(&msg, 60, 1);
		raw_ask(&self->raw, &msg, NULL, NULL);
		EXPECT_TRUE(raw_refused(&self->raw, EINVAL,
					"Unknown attribute type"));
	}
}

TEST_F(genl, attributes_of_replies)
{
	static const struct {
		int cmd, type, flags;
	} rows[] = {
		{ OOMK_CMD_JOB_SET, OOMK_A_JOB_ROOT, NLM_F_ACK },
		{ OOMK_CMD_JOB_CLEAR, OOMK_A_JOB_UTILITY, NLM_F_ACK },
		{ OOMK_CMD_JOB_GET, OOMK_A_JOB_UTILITY, NLM_F_ACK },
		{ OOMK_CMD_ITEM_GET, OOMK_A_ITEM_ID, NLM_F_DUMP },
		{ OOMK_CMD_PLAN_GET, OOMK_A_PLAN_ITEMS, NLM_F_DUMP },
		{ OOMK_CMD_POLICY_GET, OOMK_A_POLICY_SOFT_PERCENT, NLM_F_ACK },
		{ OOMK_CMD_STATUS_GET, OOMK_A_STATUS_LEVEL, NLM_F_ACK },
		{ OOMK_CMD_EXECUTOR_BIND, OOMK_A_REQUEST_CYCLE, NLM_F_ACK },
		{ OOMK_CMD_REQUEST_ACCEPT, OOMK_A_REQUEST_LEVEL, NLM_F_DUMP },
		{ OOMK_CMD_REQUEST_CHECK, OOMK_A_REQUEST_LEVEL, NLM_F_ACK },
		{ OOMK_CMD_REQUEST_DONE, OOMK_A_REQUEST_LEVEL, NLM_F_ACK },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		TH_LOG("command %d", rows[i].cmd);
		raw_begin(&self->raw, &msg, self->raw.family, rows[i].cmd,
			  rows[i].flags);
		raw_u32(&msg, rows[i].type, 1);
		EXPECT_EQ(-EINVAL, raw_ask(&self->raw, &msg, NULL, NULL));
		EXPECT_NE('\0', self->raw.why[0]);
	}
}

TEST_F(genl, wrong_kind_of_command)
{
	unsigned int i;

	for (i = 0; i < NR_COMMANDS; i++) {
		TH_LOG("command %d", commands[i].cmd);
		raw_begin(&self->raw, &msg, self->raw.family, commands[i].cmd,
			  commands[i].dump ? NLM_F_ACK : NLM_F_DUMP);
		EXPECT_EQ(-EOPNOTSUPP, raw_ask(&self->raw, &msg, NULL, NULL));
	}
	/* Events are the kernel's to send, and the rest does not exist. */
	raw_do(&self->raw, &msg, OOMK_CMD_READY);
	EXPECT_EQ(-EOPNOTSUPP, raw_ask(&self->raw, &msg, NULL, NULL));
	raw_do(&self->raw, &msg, OOMK_CMD_CYCLE_NTF);
	EXPECT_EQ(-EOPNOTSUPP, raw_ask(&self->raw, &msg, NULL, NULL));
	raw_do(&self->raw, &msg, OOMK_CMD_MAX + 1);
	EXPECT_EQ(-EOPNOTSUPP, raw_ask(&self->raw, &msg, NULL, NULL));
}

TEST_F(genl, reserved_field_of_the_header)
{
	struct genlmsghdr *genl;
	unsigned int i;

	for (i = 0; i < NR_COMMANDS; i++) {
		TH_LOG("command %d", commands[i].cmd);
		raw_begin(&self->raw, &msg, self->raw.family, commands[i].cmd,
			  flags_of(i));
		genl = NLMSG_DATA(&msg.header);
		genl->reserved = 1;
		EXPECT_EQ(-EINVAL, raw_ask(&self->raw, &msg, NULL, NULL));
	}
}

TEST_F(genl, job_sentences)
{
	static const int jobs[] = {
		OOMK_CMD_JOB_SET, OOMK_CMD_JOB_CLEAR, OOMK_CMD_JOB_GET,
	};
	struct raw *raw = &self->raw;
	unsigned int i;

	for (i = 0; i < 3; i++) {
		raw_do(raw, &msg, jobs[i]);
		if (jobs[i] == OOMK_CMD_JOB_SET)
			raw_u32(&msg, OOMK_A_JOB_UTILITY, 1);
		raw_ask(raw, &msg, NULL, NULL);
		EXPECT_TRUE(raw_refused(raw, EINVAL, "no pid is given"));
		EXPECT_EQ(-ERANGE, raw_job(raw, jobs[i], 0, RAW_NO_UTILITY, 0));
		EXPECT_EQ(-ERANGE, raw_job(raw, jobs[i], INT_MIN,
					   RAW_NO_UTILITY, 0));
	}
	EXPECT_EQ(-ERANGE, raw_job_set(raw, getpid(), 1001));
	raw_job(raw, OOMK_CMD_JOB_SET, getpid(), RAW_NO_UTILITY, 0);
	EXPECT_TRUE(raw_refused(raw, EINVAL,
				"neither a utility nor protection is given"));
	raw_job(raw, OOMK_CMD_JOB_SET, getpid(), RAW_NO_UTILITY,
		RAW_EACH | RAW_PROTECTED);
	EXPECT_TRUE(raw_refused(raw, EINVAL,
				"pricing each process needs a utility"));
	/* A flag that carries something is none. */
	raw_do(raw, &msg, OOMK_CMD_JOB_SET);
	raw_u32(&msg, OOMK_A_JOB_PID, getpid());
	raw_u32(&msg, OOMK_A_JOB_PROTECTED, 0);
	EXPECT_EQ(-ERANGE, raw_ask(raw, &msg, NULL, NULL));
}

static void *wait_for_end(void *arg)
{
	pid_t *tid = arg;

	__atomic_store_n(tid, gettid(), __ATOMIC_RELEASE);
	for (;;)
		pause();
	return NULL;
}

/* None of the three commands takes @pid: they all say @why. */
static bool all_refuse(struct raw *raw, pid_t pid, int err, const char *why)
{
	long long values[RAW_ATTRS];
	bool refused;

	raw_job_set(raw, pid, 50);
	refused = raw_refused(raw, err, why);
	raw_job(raw, OOMK_CMD_JOB_CLEAR, pid, RAW_NO_UTILITY, 0);
	refused = refused && raw_refused(raw, err, why);
	raw_job_get(raw, pid, values);
	return refused && raw_refused(raw, err, why);
}

TEST_F(genl, who_is_no_process)
{
	static const char kthread[] =
		"the pid is a kernel thread; it is never chosen";
	struct raw *raw = &self->raw;
	siginfo_t info;
	pthread_t thread;
	pid_t tid = 0, pid;

	ASSERT_EQ(0, pthread_create(&thread, NULL, wait_for_end, &tid));
	while (!__atomic_load_n(&tid, __ATOMIC_ACQUIRE))
		usleep(1000);
	EXPECT_TRUE(all_refuse(raw, tid, EINVAL,
			       "the pid is a thread; name its process"));
	EXPECT_TRUE(all_refuse(raw, 2, EINVAL, kthread));

	pid = start_child(0);
	ASSERT_LT(0, pid);
	kill(pid, SIGKILL);
	ASSERT_EQ(0, waitid(P_PID, pid, &info, WEXITED | WNOWAIT));
	/* A zombie is still there, but can be named no more. */
	raw_job_set(raw, pid, 50);
	EXPECT_TRUE(raw_refused(raw, ESRCH, "the process has exited"));
	waitpid(pid, NULL, 0);
	EXPECT_TRUE(all_refuse(raw, pid, ESRCH, "no such process"));

	raw_job_set(raw, 1, 50);
	EXPECT_TRUE(raw_refused(raw, EINVAL,
				"init is never chosen; it needs no utility"));
}

TEST_F(genl, job_life)
{
	struct raw *raw = &self->raw;
	long long *got = self->values;
	pid_t pid = start_child(0);

	ASSERT_LT(0, pid);
	ASSERT_EQ(0, raw_job_get(raw, pid, got));
	EXPECT_EQ(100, got[OOMK_A_JOB_UTILITY]);
	EXPECT_EQ(OOMK_SOURCE_DEFAULT, got[OOMK_A_JOB_SOURCE]);
	EXPECT_EQ(0, got[OOMK_A_JOB_NR_TASKS]);
	raw_job(raw, OOMK_CMD_JOB_CLEAR, pid, RAW_NO_UTILITY, 0);
	EXPECT_TRUE(raw_refused(raw, ENOENT, "nobody named this process"));

	ASSERT_EQ(0, raw_job(raw, OOMK_CMD_JOB_SET, pid, 1000,
			     RAW_PROTECTED | RAW_EACH));
	ASSERT_EQ(0, raw_job_get(raw, pid, got));
	EXPECT_EQ(pid, got[OOMK_A_JOB_PID]);
	EXPECT_EQ(1000, got[OOMK_A_JOB_UTILITY]);
	EXPECT_EQ(OOMK_SOURCE_JOB, got[OOMK_A_JOB_SOURCE]);
	EXPECT_EQ(pid, got[OOMK_A_JOB_ROOT]);
	EXPECT_EQ(1, got[OOMK_A_JOB_NR_TASKS]);
	EXPECT_EQ(1, got[OOMK_A_JOB_PROTECTED]);
	EXPECT_EQ(1, got[OOMK_A_JOB_EACH]);

	raw_job(raw, OOMK_CMD_JOB_CLEAR, pid, RAW_NO_UTILITY, 0);
	EXPECT_EQ(-EBUSY, raw->err);
	EXPECT_NE('\0', raw->why[0]);
	EXPECT_EQ(0, raw_job(raw, OOMK_CMD_JOB_CLEAR, pid, RAW_NO_UTILITY,
			     RAW_PROTECTED));
	raw_job(raw, OOMK_CMD_JOB_CLEAR, pid, RAW_NO_UTILITY, RAW_PROTECTED);
	EXPECT_TRUE(raw_refused(raw, ENOENT, "the job is not protected"));
	EXPECT_EQ(0, raw_job(raw, OOMK_CMD_JOB_CLEAR, pid, RAW_NO_UTILITY, 0));
	ASSERT_EQ(0, raw_job_get(raw, pid, got));
	EXPECT_EQ(OOMK_SOURCE_DEFAULT, got[OOMK_A_JOB_SOURCE]);
	stop_child(pid);
}

static long long meminfo_pages(const char *name)
{
	FILE *file = fopen("/proc/meminfo", "r");
	unsigned long long kib = 0;
	char line[128];
	size_t len = strlen(name);

	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, name, len) && line[len] == ':')
			kib = strtoull(line + len + 1, NULL, 10);
	if (file)
		fclose(file);
	return kib * 1024 / sysconf(_SC_PAGESIZE);
}

TEST_F(genl, status)
{
	long long *got = self->values;
	long long available = meminfo_pages("MemAvailable");

	ASSERT_EQ(0, raw_read(&self->raw, OOMK_CMD_STATUS_GET, got));
	EXPECT_EQ(meminfo_pages("MemTotal"), got[OOMK_A_STATUS_TOTAL_PAGES]);
	EXPECT_LT(available / 10 * 9, got[OOMK_A_STATUS_AVAILABLE_PAGES]);
	EXPECT_GT(available / 10 * 11, got[OOMK_A_STATUS_AVAILABLE_PAGES]);
	EXPECT_EQ(meminfo_pages("SwapTotal"),
		  got[OOMK_A_STATUS_TOTAL_SWAP_PAGES]);
	EXPECT_EQ(OOMK_REQUEST_IDLE, got[OOMK_A_STATUS_REQUEST_STATE]);
	EXPECT_EQ(0, got[OOMK_A_STATUS_EXECUTOR_PID]);
	EXPECT_LT(0, got[OOMK_A_STATUS_PERIOD_MS]);
}

/**
 * struct plan - what a plan said
 * @totals: messages with totals
 * @victims: messages with a victim
 * @hog: who has to be among them
 * @hog_seen: he is
 * @values: of the totals
 */
struct plan {
	int totals;
	int victims;
	pid_t hog;
	bool hog_seen;
	long long values[RAW_ATTRS];
};

static void on_plan(const struct raw_attrs *attrs, void *arg)
{
	struct raw_attrs victim;
	struct plan *plan = arg;

	if (!raw_has(attrs, OOMK_A_PLAN_VICTIM)) {
		plan->totals++;
		raw_keep(attrs, plan->values);
		return;
	}
	plan->victims++;
	raw_inner(attrs, OOMK_A_PLAN_VICTIM, &victim);
	if (raw_number(&victim, OOMK_A_ITEM_PID) == plan->hog &&
	    raw_number(&victim, OOMK_A_ITEM_ID) > 0)
		plan->hog_seen = true;
}

static int ask_plan(struct raw *raw, long long need_pages, struct plan *plan)
{
	raw_dump(raw, &msg, OOMK_CMD_PLAN_GET);
	raw_u64(&msg, OOMK_A_PLAN_NEED_PAGES, need_pages);
	return raw_ask(raw, &msg, on_plan, plan);
}

TEST_F(genl, plan)
{
	struct plan plan = { .hog = start_child(HOG_BYTES) };
	long long need_pages = HOG_BYTES / sysconf(_SC_PAGESIZE);

	ASSERT_LT(0, plan.hog);
	ASSERT_EQ(0, ask_plan(&self->raw, need_pages, &plan));
	EXPECT_EQ(1, plan.totals);
	EXPECT_TRUE(plan.hog_seen);
	EXPECT_EQ(OOMK_REASON_PROVEN, plan.values[OOMK_A_PLAN_REASON]);
	EXPECT_EQ(need_pages, plan.values[OOMK_A_PLAN_NEED_PAGES]);
	EXPECT_LE(need_pages, plan.values[OOMK_A_PLAN_FREED_PAGES]);
	/* Nothing else here is named, grouped or shared: a task an item. */
	EXPECT_EQ(plan.victims, plan.values[OOMK_A_PLAN_VICTIMS]);

	plan = (struct plan){};
	ASSERT_EQ(0, ask_plan(&self->raw, 0, &plan));
	EXPECT_EQ(1, plan.totals);
	EXPECT_EQ(0, plan.victims);
	EXPECT_EQ(OOMK_REASON_NOTHING_TO_DO, plan.values[OOMK_A_PLAN_REASON]);

	plan = (struct plan){};
	ASSERT_EQ(0, ask_plan(&self->raw, LLONG_MAX, &plan));
	EXPECT_EQ(0, plan.victims);
	EXPECT_EQ(OOMK_REASON_INFEASIBLE, plan.values[OOMK_A_PLAN_REASON]);

	/* Looking killed nobody and started nothing. */
	ASSERT_EQ(0, raw_read(&self->raw, OOMK_CMD_STATUS_GET, self->values));
	EXPECT_EQ(OOMK_REQUEST_IDLE, self->values[OOMK_A_STATUS_REQUEST_STATE]);
	EXPECT_EQ(0, self->values[OOMK_A_STATUS_CYCLE]);
}

TEST_HARNESS_MAIN
