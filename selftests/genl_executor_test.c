// SPDX-License-Identifier: GPL-2.0
/*
 * The executor's side of the door: a victim set from READY to its end, carried
 * out here instead of by oomkd.
 *
 * A mark of 50 % and a hog that crosses it start a cycle without bringing the
 * guest into trouble. Expects the module to be loaded, no job, no swap, no
 * executor, and half of the memory free.
 */
#define _GNU_SOURCE
#include <limits.h>
#include <stdio.h>

#include "harness.h"

#include "genl_child.h"
#include "genl_executor.h"

#define FAMILY_SIZE	3

/* What the tests turn, and what they turn it to. */
static const struct {
	int type;
	unsigned int value;
} settings[] = {
	{ OOMK_A_POLICY_SOFT_PERCENT, 50 },
	{ OOMK_A_POLICY_HARD_PERCENT, 0 },
	{ OOMK_A_POLICY_PSI_FULL_PERCENT, 0 },
	{ OOMK_A_POLICY_GRACE_MS, 60000 },
	{ OOMK_A_POLICY_EXECUTOR_TIMEOUT_MS, 50000 },
	{ OOMK_A_POLICY_EXECUTOR_TIMEOUT_HARD_MS, 60000 },
};

static bool alive(pid_t pid)
{
	return !waitpid(pid, NULL, WNOHANG);
}

/**
 * struct wait - for an event
 * @cmd: which
 * @seen: it came
 * @values: its numbers
 */
struct wait {
	int cmd;
	bool seen;
	long long values[RAW_ATTRS];
};

static void on_event(const struct raw_attrs *attrs, void *arg)
{
	struct wait *wait = arg;

	if (wait->seen || attrs->cmd != wait->cmd)
		return;
	wait->seen = true;
	raw_keep(attrs, wait->values);
}

/* The next event @cmd; false if none comes. */
static bool next_event(struct raw *raw, int cmd, struct wait *wait)
{
	memset(wait, 0, sizeof(*wait));
	wait->cmd = cmd;
	while (!wait->seen)
		if (raw_recv(raw, on_event, wait))
			return false;
	return true;
}

FIXTURE(executor) {
	struct raw raw;
	struct raw other;
	struct raw events;
	long long policy[RAW_ATTRS];
	long long values[RAW_ATTRS];
	size_t hog_bytes;
	pid_t hog;
};

FIXTURE_SETUP(executor)
{
	int err = raw_open(&self->raw);
	long long total, available;
	unsigned int i;

	if (err == -ENOENT)
		SKIP(return, "oomk is not loaded");
	ASSERT_EQ(0, err);
	ASSERT_EQ(0, raw_open(&self->other));
	ASSERT_EQ(0, raw_open(&self->events));
	ASSERT_EQ(0, setsockopt(self->events.fd, SOL_NETLINK,
				NETLINK_ADD_MEMBERSHIP, &self->events.group,
				sizeof(self->events.group)));
	ASSERT_EQ(0, raw_read(&self->raw, OOMK_CMD_POLICY_GET, self->policy));
	raw_do(&self->raw, &msg, OOMK_CMD_POLICY_SET);
	for (i = 0; i < ARRAY_SIZE(settings); i++)
		raw_u32(&msg, settings[i].type, settings[i].value);
	ASSERT_EQ(0, raw_ask(&self->raw, &msg, NULL, NULL));

	/* Whoever takes this much leaves 40 %. */
	ASSERT_EQ(0, raw_read(&self->raw, OOMK_CMD_STATUS_GET, self->values));
	total = self->values[OOMK_A_STATUS_TOTAL_PAGES];
	available = self->values[OOMK_A_STATUS_AVAILABLE_PAGES];
	ASSERT_LT(total * 55 / 100, available);
	self->hog_bytes = (available - total * 40 / 100) *
			  sysconf(_SC_PAGESIZE);
}

FIXTURE_TEARDOWN(executor)
{
	struct raw last;
	struct set set;
	unsigned int i;

	if (!self->raw.family)
		return;
	raw_do(&self->raw, &msg, OOMK_CMD_POLICY_SET);
	for (i = 0; i < ARRAY_SIZE(settings); i++)
		raw_u32(&msg, settings[i].type,
			self->policy[settings[i].type]);
	EXPECT_EQ(0, raw_ask(&self->raw, &msg, NULL, NULL));
	if (self->hog > 0)
		stop_child(self->hog);
	/* Whoever has the seat leaves it; what is still in flight is ended. */
	raw_close(&self->raw);
	raw_close(&self->other);
	raw_close(&self->events);
	ASSERT_EQ(0, raw_open(&last));
	EXPECT_EQ(0, sit_down(&last));
	if (!take(&last, 0, &set)) {
		begin_report(&last, set.header[OOMK_A_REQUEST_CYCLE]);
		EXPECT_EQ(0, end_report(&last));
	}
	EXPECT_TRUE(comes_to(&last, OOMK_REQUEST_IDLE));
	raw_close(&last);
}

/* Brings a cycle about; its set waits for @raw, which has the seat. */
#define START_CYCLE(wait)						\
	do {								\
		ASSERT_EQ(0, sit_down(&self->raw));			\
		self->hog = start_child(self->hog_bytes);		\
		ASSERT_LT(0, self->hog);				\
		ASSERT_TRUE(next_event(&self->events, OOMK_CMD_READY,	\
				       &(wait)));			\
	} while (0)

TEST_F(executor, a_set_is_accepted_once)
{
	struct raw *raw = &self->raw;
	struct wait ready;
	struct set set;
	long long cycle;

	START_CYCLE(ready);
	cycle = ready.values[OOMK_A_REQUEST_CYCLE];
	EXPECT_LT(0, cycle);
	EXPECT_EQ(OOMK_LEVEL_SOFT, ready.values[OOMK_A_REQUEST_LEVEL]);
	EXPECT_EQ(OOMK_REQUEST_READY, status(raw, OOMK_A_STATUS_REQUEST_STATE));

	/* Not before it is accepted, not by another, not another cycle's. */
	EXPECT_EQ(-ESTALE, check(raw, cycle, self->values));
	EXPECT_EQ(-EPERM, take(&self->other, cycle, &set));
	EXPECT_EQ(-ENOENT, take(raw, cycle + 1, &set));

	ASSERT_EQ(0, take(raw, cycle, &set));
	EXPECT_EQ(cycle, set.header[OOMK_A_REQUEST_CYCLE]);
	EXPECT_EQ(60000, set.header[OOMK_A_REQUEST_GRACE_MS]);
	EXPECT_EQ(50000, set.header[OOMK_A_REQUEST_TIMEOUT_MS]);
	EXPECT_EQ(1, set.header[OOMK_A_REQUEST_NR_VICTIMS]);
	ASSERT_EQ(1, set.nr);
	EXPECT_EQ(self->hog, set.victims[0][OOMK_A_VICTIM_PID]);
	EXPECT_EQ(OOMK_ACTION_TERM, set.victims[0][OOMK_A_VICTIM_ACTION]);
	/* The mark was crossed before it had all that it wanted. */
	EXPECT_LT((long long)self->hog_bytes / sysconf(_SC_PAGESIZE) / 2,
		  set.victims[0][OOMK_A_VICTIM_PAGES]);
	take(raw, cycle, &set);
	EXPECT_TRUE(raw_refused(raw, ENOENT, NOTHING));

	ASSERT_EQ(0, check(raw, cycle, self->values));
	EXPECT_EQ(1, self->values[OOMK_A_REQUEST_NEEDED]);
	EXPECT_EQ(OOMK_LEVEL_SOFT, self->values[OOMK_A_REQUEST_LEVEL]);
	EXPECT_EQ(50000, self->values[OOMK_A_REQUEST_TIMEOUT_MS]);
	EXPECT_EQ(-ESTALE, check(raw, cycle + 1, self->values));
	EXPECT_EQ(-EPERM, check(&self->other, cycle, self->values));
}

TEST_F(executor, a_report_counts_whole_or_not_at_all)
{
	struct raw *raw = &self->raw;
	struct wait ready;
	struct set set;
	long long cycle;

	START_CYCLE(ready);
	cycle = ready.values[OOMK_A_REQUEST_CYCLE];
	ASSERT_EQ(0, take(raw, cycle, &set));
	ASSERT_EQ(1, set.nr);

	/* The right pid at another start time is another task. */
	begin_report(raw, cycle);
	put_report(self->hog, set.victims[0][OOMK_A_VICTIM_START_NS] + 1,
		   OOMK_VICTIM_SPARED, 0);
	end_report(raw);
	EXPECT_TRUE(raw_refused(raw, EINVAL, "the victim is not of this set"));
	begin_report(raw, cycle);
	put_victim(&set, 0, OOMK_VICTIM_SPARED, 0);
	put_report(1, 1, OOMK_VICTIM_GONE, 0);
	end_report(raw);
	EXPECT_TRUE(raw_refused(raw, EINVAL, "the victim is not of this set"));
	begin_report(raw, cycle);
	put_victim(&set, 0, OOMK_VICTIM_SPARED, 0);
	raw_flag(&msg, OOMK_A_REQUEST_MORE);
	raw_put(&msg, OOMK_A_REQUEST_LEVEL, NULL, 0);
	EXPECT_EQ(-EINVAL, end_report(raw));

	/* Had one of them been recorded, the module would spare the hog. */
	begin_report(raw, cycle);
	EXPECT_EQ(0, end_report(raw));
	EXPECT_TRUE(comes_to(raw, OOMK_REQUEST_IDLE));
	EXPECT_FALSE(alive(self->hog));
	self->hog = 0;
	begin_report(raw, cycle);
	end_report(raw);
	EXPECT_TRUE(raw_refused(raw, ESTALE, NOT_MINE));
}

TEST_F(executor, a_killed_victim_ends_the_cycle)
{
	long long before = status(&self->raw, OOMK_A_STATUS_VICTIMS);
	struct raw *raw = &self->raw;
	struct wait ready;
	struct set set;

	START_CYCLE(ready);
	ASSERT_EQ(0, take(raw, 0, &set));
	stop_child(self->hog);
	self->hog = 0;
	begin_report(raw, ready.values[OOMK_A_REQUEST_CYCLE]);
	put_victim(&set, 0, OOMK_VICTIM_GONE, 2);
	EXPECT_EQ(0, end_report(raw));
	ASSERT_TRUE(comes_to(raw, OOMK_REQUEST_IDLE));
	EXPECT_EQ(before + 1, status(raw, OOMK_A_STATUS_VICTIMS));
	EXPECT_EQ(OOMK_OUTCOME_KILLED, status(raw, OOMK_A_STATUS_OUTCOME));
}

TEST_F(executor, a_set_is_spared_when_pressure_is_over)
{
	long long before = status(&self->raw, OOMK_A_STATUS_SPARED);
	struct raw *raw = &self->raw;
	struct wait ready;
	struct set set;
	long long cycle;

	START_CYCLE(ready);
	cycle = ready.values[OOMK_A_REQUEST_CYCLE];
	ASSERT_EQ(0, take(raw, cycle, &set));
	ASSERT_EQ(0, raw_policy_set(raw, OOMK_A_POLICY_SOFT_PERCENT, 10));
	ASSERT_EQ(0, check(raw, cycle, self->values));
	EXPECT_EQ(0, self->values[OOMK_A_REQUEST_NEEDED]);
	begin_report(raw, cycle);
	put_victim(&set, 0, OOMK_VICTIM_SPARED, 0);
	EXPECT_EQ(0, end_report(raw));
	ASSERT_TRUE(comes_to(raw, OOMK_REQUEST_IDLE));
	EXPECT_EQ(before + 1, status(raw, OOMK_A_STATUS_SPARED));
	EXPECT_EQ(OOMK_OUTCOME_SPARED, status(raw, OOMK_A_STATUS_OUTCOME));
	EXPECT_TRUE(alive(self->hog));
}

TEST_F(executor, a_set_is_given_back)
{
	struct wait ready;
	struct set set;
	long long cycle;

	START_CYCLE(ready);
	cycle = ready.values[OOMK_A_REQUEST_CYCLE];
	ASSERT_EQ(0, take(&self->raw, cycle, &set));
	raw_close(&self->raw);
	ASSERT_EQ(0, raw_open(&self->raw));
	EXPECT_EQ(OOMK_REQUEST_READY,
		  status(&self->raw, OOMK_A_STATUS_REQUEST_STATE));
	ASSERT_EQ(0, sit_down(&self->other));
	ASSERT_EQ(0, take(&self->other, cycle, &set));
	ASSERT_EQ(1, set.nr);
	EXPECT_EQ(self->hog, set.victims[0][OOMK_A_VICTIM_PID]);
	EXPECT_EQ(0, check(&self->other, cycle, self->values));
}

TEST_F(executor, a_late_executor_is_refused)
{
	long long before = status(&self->raw, OOMK_A_STATUS_BACKSTOPS);
	struct raw *raw = &self->raw;
	struct wait ready, event;
	struct set set;
	long long cycle;

	ASSERT_EQ(0, raw_policy_set(raw, OOMK_A_POLICY_GRACE_MS, 100));
	START_CYCLE(ready);
	cycle = ready.values[OOMK_A_REQUEST_CYCLE];
	ASSERT_EQ(0, raw_policy_set(raw, OOMK_A_POLICY_EXECUTOR_TIMEOUT_MS,
				    3000 * slow_factor()));
	ASSERT_EQ(0, take(raw, cycle, &set));
	do {
		ASSERT_TRUE(next_event(&self->events, OOMK_CMD_CYCLE_NTF,
				       &event));
	} while (event.values[OOMK_A_CYCLE_STAGE] != OOMK_STAGE_BACKSTOP);
	EXPECT_EQ(cycle, event.values[OOMK_A_CYCLE_NUMBER]);
	EXPECT_EQ(-ESTALE, check(raw, cycle, self->values));
	begin_report(raw, cycle);
	put_victim(&set, 0, OOMK_VICTIM_SPARED, 0);
	end_report(raw);
	EXPECT_TRUE(raw_refused(raw, ESTALE, NOT_MINE));
	ASSERT_TRUE(comes_to(raw, OOMK_REQUEST_IDLE));
	EXPECT_FALSE(alive(self->hog));
	self->hog = 0;
	EXPECT_EQ(before + 1, status(raw, OOMK_A_STATUS_BACKSTOPS));
}

TEST_F(executor, a_rise_to_the_hard_level)
{
	struct raw *raw = &self->raw;
	struct wait ready;
	struct set set;
	long long cycle;

	START_CYCLE(ready);
	cycle = ready.values[OOMK_A_REQUEST_CYCLE];
	ASSERT_EQ(0, raw_policy_set(raw, OOMK_A_POLICY_HARD_PERCENT, 49));
	ASSERT_TRUE(next_event(&self->events, OOMK_CMD_READY, &ready));
	EXPECT_EQ(cycle, ready.values[OOMK_A_REQUEST_CYCLE]);
	EXPECT_EQ(OOMK_LEVEL_HARD, ready.values[OOMK_A_REQUEST_LEVEL]);
	ASSERT_EQ(0, take(raw, cycle, &set));
	EXPECT_EQ(OOMK_LEVEL_HARD, set.header[OOMK_A_REQUEST_LEVEL]);
	ASSERT_EQ(1, set.nr);
	EXPECT_EQ(OOMK_ACTION_KILL, set.victims[0][OOMK_A_VICTIM_ACTION]);
	/* What was raised stays raised, though the mark goes down again. */
	ASSERT_EQ(0, raw_policy_set(raw, OOMK_A_POLICY_HARD_PERCENT, 0));
	ASSERT_EQ(0, check(raw, cycle, self->values));
	EXPECT_EQ(OOMK_LEVEL_HARD, self->values[OOMK_A_REQUEST_LEVEL]);
	EXPECT_EQ(60000, self->values[OOMK_A_REQUEST_TIMEOUT_MS]);
}

/* Stopped, it would be as silent as this. */
TEST_F(executor, silence_loses_the_set_and_a_word_keeps_it)
{
	struct raw *raw = &self->raw;
	const int slow = slow_factor(), timeout = 2000 * slow;
	long long before, heard;
	struct wait ready;
	struct set set;
	long long cycle;
	int i;

	before = status(raw, OOMK_A_STATUS_BACKSTOPS);
	EXPECT_EQ(0, status(raw, OOMK_A_STATUS_EXECUTOR_HEARD_MS));
	START_CYCLE(ready);
	cycle = ready.values[OOMK_A_REQUEST_CYCLE];
	ASSERT_EQ(0, raw_policy_set(raw, OOMK_A_POLICY_EXECUTOR_TIMEOUT_MS,
				    timeout));
	ASSERT_EQ(0, take(raw, cycle, &set));
	EXPECT_EQ(timeout, set.header[OOMK_A_REQUEST_TIMEOUT_MS]);
	/* Twice the timeout, with words in between. */
	for (i = 0; i < 40 * slow; i++) {
		usleep(100000);
		ASSERT_EQ(0, check(raw, cycle, self->values));
	}
	heard = status(raw, OOMK_A_STATUS_EXECUTOR_HEARD_MS);
	EXPECT_LE(0, heard);
	EXPECT_GT(timeout, heard);
	EXPECT_EQ(before, status(raw, OOMK_A_STATUS_BACKSTOPS));
	/* Others may ask what they like: it is the seat that has to speak. */
	for (i = 0; i < 200 * slow; i++) {
		if (check(&self->other, cycle, self->values) != -EPERM ||
		    status(&self->other, OOMK_A_STATUS_REQUEST_STATE) !=
		    OOMK_REQUEST_ACCEPTED)
			break;
		usleep(100000);
	}
	EXPECT_LT(10, i);
	EXPECT_GT(200 * slow, i);
	EXPECT_EQ(before + 1, status(raw, OOMK_A_STATUS_BACKSTOPS));
	EXPECT_EQ(-ESTALE, check(raw, cycle, self->values));
}

/* The named process, and those that it forks once it is told to. */
static pid_t start_family(int go, int ready, size_t bytes)
{
	pid_t pid = fork();
	char *mem, c;
	int i;

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close_all_but(go, ready);
	if (read(go, &c, 1) != 1)
		_exit(1);
	for (i = 1; i < FAMILY_SIZE && !pid; i++) {
		pid = fork();
		if (!pid)
			break;
		pid = 0;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	mem = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (mem == MAP_FAILED || write(ready, "r", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

TEST_F(executor, reports_in_parts)
{
	struct raw *raw = &self->raw;
	int go[2], up[2], i;
	struct wait ready;
	struct set set;
	long long cycle;
	char c;

	ASSERT_EQ(0, pipe(go));
	ASSERT_EQ(0, pipe(up));
	ASSERT_EQ(0, sit_down(raw));
	self->hog = start_family(go[0], up[1], self->hog_bytes / FAMILY_SIZE);
	ASSERT_LT(0, self->hog);
	ASSERT_EQ(0, raw_job_set(raw, self->hog, 1));
	ASSERT_EQ(1, write(go[1], "g", 1));
	for (i = 0; i < FAMILY_SIZE; i++)
		ASSERT_EQ(1, read(up[0], &c, 1));
	ASSERT_TRUE(next_event(&self->events, OOMK_CMD_READY, &ready));
	cycle = ready.values[OOMK_A_REQUEST_CYCLE];
	ASSERT_EQ(0, take(raw, cycle, &set));
	/* A job dies as one, but the crossing may have come before its end. */
	ASSERT_LT(1, set.nr);
	for (i = 0; i < set.nr; i++) {
		EXPECT_EQ(set.victims[0][OOMK_A_VICTIM_ITEM],
			  set.victims[i][OOMK_A_VICTIM_ITEM]);
		EXPECT_EQ(1, set.victims[i][OOMK_A_VICTIM_UTILITY]);
		kill(set.victims[i][OOMK_A_VICTIM_PID], SIGKILL);
	}
	for (i = set.nr; i--;) {
		begin_report(raw, cycle);
		put_victim(&set, i, OOMK_VICTIM_KILLED, 2);
		if (i)
			raw_flag(&msg, OOMK_A_REQUEST_MORE);
		EXPECT_EQ(0, end_report(raw));
		if (i)
			EXPECT_EQ(OOMK_REQUEST_ACCEPTED,
				  status(raw, OOMK_A_STATUS_REQUEST_STATE));
	}
	ASSERT_TRUE(comes_to(raw, OOMK_REQUEST_IDLE));
	EXPECT_EQ(OOMK_OUTCOME_KILLED, status(raw, OOMK_A_STATUS_OUTCOME));
	stop_child(self->hog);
	self->hog = 0;
}

TEST_HARNESS_MAIN
