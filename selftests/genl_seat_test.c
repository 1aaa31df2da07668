// SPDX-License-Identifier: GPL-2.0
/*
 * The one seat of the executor, and what its commands refuse while no victim
 * set is in flight.
 *
 * Expects the module to be loaded, no executor, and memory free.
 */
#define _GNU_SOURCE
#include <stdio.h>

#include "harness.h"

#include "genl_child.h"
#include "genl_executor.h"

FIXTURE(seat) {
	struct raw raw;
	struct raw other;
	long long values[RAW_ATTRS];
};

FIXTURE_SETUP(seat)
{
	int err = raw_open(&self->raw);

	if (err == -ENOENT)
		SKIP(return, "oomk is not loaded");
	ASSERT_EQ(0, err);
	ASSERT_EQ(0, raw_open(&self->other));
}

FIXTURE_TEARDOWN(seat)
{
	raw_close(&self->raw);
	raw_close(&self->other);
}

TEST_F(seat, one_seat)
{
	struct raw third;

	EXPECT_EQ(0, status(&self->raw, OOMK_A_STATUS_EXECUTOR_PID));
	EXPECT_EQ(0, sit_down(&self->raw));
	EXPECT_EQ(getpid(), status(&self->raw, OOMK_A_STATUS_EXECUTOR_PID));
	EXPECT_EQ(0, sit_down(&self->raw));
	sit_down(&self->other);
	EXPECT_TRUE(raw_refused(&self->other, EBUSY,
				"another executor holds the seat"));

	/* A socket that never had the seat takes nothing along. */
	ASSERT_EQ(0, raw_open(&third));
	raw_close(&third);
	EXPECT_EQ(getpid(), status(&self->raw, OOMK_A_STATUS_EXECUTOR_PID));

	raw_close(&self->raw);
	EXPECT_EQ(0, status(&self->other, OOMK_A_STATUS_EXECUTOR_PID));
	EXPECT_EQ(0, sit_down(&self->other));
	ASSERT_EQ(0, raw_open(&self->raw));
}

TEST_F(seat, seat_of_the_dead)
{
	int ready[2];
	pid_t pid;
	char c;

	ASSERT_EQ(0, pipe(ready));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		struct raw mine;

		if (raw_open(&mine) || sit_down(&mine) ||
		    write(ready[1], "r", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	ASSERT_EQ(1, read(ready[0], &c, 1));
	EXPECT_EQ(pid, status(&self->raw, OOMK_A_STATUS_EXECUTOR_PID));
	EXPECT_EQ(-EBUSY, sit_down(&self->raw));
	stop_child(pid);
	EXPECT_EQ(0, sit_down(&self->raw));
}

TEST_F(seat, commands_without_a_seat)
{
	struct raw *raw = &self->raw;
	struct set set;

	take(raw, 0, &set);
	EXPECT_TRUE(raw_refused(raw, EPERM, NO_SEAT));
	check(raw, 1, self->values);
	EXPECT_TRUE(raw_refused(raw, EPERM, NO_SEAT));
	begin_report(raw, 1);
	end_report(raw);
	EXPECT_TRUE(raw_refused(raw, EPERM, NO_SEAT));
	begin_report(raw, 1);
	put_report(1, 1, OOMK_VICTIM_GONE, 0);
	end_report(raw);
	EXPECT_TRUE(raw_refused(raw, EPERM, NO_SEAT));
}

TEST_F(seat, commands_without_a_set)
{
	struct raw *raw = &self->raw;
	struct set set;

	ASSERT_EQ(0, sit_down(raw));
	take(raw, 0, &set);
	EXPECT_TRUE(raw_refused(raw, ENOENT, NOTHING));
	check(raw, 1, self->values);
	EXPECT_TRUE(raw_refused(raw, ESTALE, NOT_MINE));
	check(raw, 0, self->values);
	EXPECT_TRUE(raw_refused(raw, ESTALE, NOT_MINE));
	begin_report(raw, 1);
	end_report(raw);
	EXPECT_TRUE(raw_refused(raw, ESTALE, NOT_MINE));
	raw_do(raw, &msg, OOMK_CMD_REQUEST_CHECK);
	raw_ask(raw, &msg, NULL, NULL);
	EXPECT_TRUE(raw_refused(raw, EINVAL, "no cycle is given"));
	raw_do(raw, &msg, OOMK_CMD_REQUEST_DONE);
	end_report(raw);
	EXPECT_TRUE(raw_refused(raw, EINVAL, "no cycle is given"));
	begin_report(raw, 1);
	raw_flag(&msg, OOMK_A_REQUEST_MORE);
	end_report(raw);
	EXPECT_TRUE(raw_refused(raw, EINVAL,
				"more is to follow, but no victim is given"));
}

/* A victim's nest with what @mask leaves of its attributes. */
static int send_nest(struct raw *raw, unsigned int mask, unsigned int state,
		     unsigned int err, unsigned int signals)
{
	struct nlattr *nest;

	begin_report(raw, 1);
	nest = raw_nest(&msg, OOMK_A_REQUEST_VICTIM);
	if (mask & 1)
		raw_u32(&msg, OOMK_A_VICTIM_PID, 1);
	if (mask & 2)
		raw_u64(&msg, OOMK_A_VICTIM_START_NS, 1);
	if (mask & 4)
		raw_u32(&msg, OOMK_A_VICTIM_STATUS, state);
	raw_u32(&msg, OOMK_A_VICTIM_ERRNO, err);
	raw_u32(&msg, OOMK_A_VICTIM_SIGNALS, signals);
	raw_nest_end(&msg, nest);
	return end_report(raw);
}

TEST_F(seat, malformed_reports)
{
	struct raw *raw = &self->raw;
	struct nlattr *nest;
	unsigned int mask;

	ASSERT_EQ(0, sit_down(raw));
	for (mask = 0; mask < 7; mask++) {
		send_nest(raw, mask, OOMK_VICTIM_GONE, 0, 0);
		EXPECT_EQ(-EINVAL, raw->err);
		EXPECT_STREQ("a victim needs pid, start time and status",
			     raw->why);
	}
	EXPECT_EQ(-ESTALE, send_nest(raw, 7, OOMK_VICTIM_GONE, 0, 0));
	EXPECT_EQ(-ERANGE, send_nest(raw, 7, OOMK_VICTIM_WAITING, 0, 0));
	EXPECT_EQ(-ERANGE, send_nest(raw, 7, OOMK_VICTIM_FAILED + 1, 0, 0));
	EXPECT_EQ(-ERANGE, send_nest(raw, 7, OOMK_VICTIM_FAILED, 4096, 0));
	EXPECT_EQ(-ERANGE, send_nest(raw, 7, OOMK_VICTIM_GONE, 0, 4));
	send_nest(raw, 7, OOMK_VICTIM_FAILED, 0, 0);
	EXPECT_TRUE(raw_refused(raw, EINVAL,
				"a victim that failed needs an errno"));

	/* Not marked as a nest, longer than its nest, and only the kernel's. */
	begin_report(raw, 1);
	nest = raw_put(&msg, OOMK_A_REQUEST_VICTIM, NULL, 0);
	raw_u32(&msg, OOMK_A_VICTIM_PID, 1);
	raw_nest_end(&msg, nest);
	EXPECT_EQ(-EINVAL, end_report(raw));
	EXPECT_STREQ("NLA_F_NESTED is missing", raw->why);
	begin_report(raw, 1);
	nest = raw_nest(&msg, OOMK_A_REQUEST_VICTIM);
	raw_u32(&msg, OOMK_A_VICTIM_PID, 1)->nla_len += 4;
	raw_nest_end(&msg, nest);
	EXPECT_EQ(-EINVAL, end_report(raw));
	begin_report(raw, 1);
	nest = raw_nest(&msg, OOMK_A_REQUEST_VICTIM);
	raw_u64(&msg, OOMK_A_VICTIM_PAGES, 1);
	raw_nest_end(&msg, nest);
	EXPECT_EQ(-EINVAL, end_report(raw));
}

TEST_HARNESS_MAIN
