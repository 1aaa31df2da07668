// SPDX-License-Identifier: GPL-2.0
/*
 * That the executor is heard of while it works, and what it learns thereby.
 * Needs no module and no privilege.
 */
#include <sys/syscall.h>

#include "executor_world.h"

/* Three times within the limit, or a little less often on a busy machine. */
static int test_in_grace(void)
{
	world_add(body_ignore, TERM, 1);
	world.timeout_ms = 300;
	world_run(SOFT, 2000);
	world_expect(0, OOMK_VICTIM_GONE, BOTH);
	CHECK(world.elapsed_ms >= 2000);
	CHECK(world.nr_checks >= 10);
	CHECK(world.nr_checks <= 2 + 20);
	return 0;
}

/* Nobody waits for it: nothing is said in a grace. */
static int test_no_limit(void)
{
	world_add(body_ignore, TERM, 1);
	world_run(SOFT, 300);
	CHECK_EQ(world.nr_checks, 2);
	return 0;
}

/* No event came, or it was lost: the level is learnt all the same. */
static int test_level_rises(void)
{
	world_add(body_ignore, TERM, 1);
	world.timeout_ms = 300;
	world_answer(0, SOFT, true);
	world_answer(0, SOFT, true);
	world_answer(0, HARD, true);
	world_run(SOFT, LONG_MS);
	world_expect(0, OOMK_VICTIM_GONE, BOTH);
	CHECK(world.elapsed_ms < LONG_MS / 2);
	return 0;
}

static int test_lost_in_grace(void)
{
	pid_t pid = world_add(body_ignore, TERM, 1);

	world_set_adj(pid, 5);
	world.timeout_ms = 300;
	world_answer(0, SOFT, true);
	world_answer(-ESTALE, SOFT, true);
	world_run(SOFT, LONG_MS);
	world_expect(0, OOMK_VICTIM_SPARED, OOMK_SIGNAL_TERM);
	CHECK(world.elapsed_ms < LONG_MS / 2);
	CHECK_EQ(world_adj(pid), 5);
	return 0;
}

/* What counts is whether it is needed when SIGKILL is due. */
static int test_relapse(void)
{
	world_add(body_ignore, TERM, 1);
	world.timeout_ms = 300;
	world_answer(0, SOFT, true);
	world_answer(0, SOFT, false);
	world_answer(0, SOFT, true);
	world_run(SOFT, 600);
	world_expect(0, OOMK_VICTIM_GONE, BOTH);
	CHECK(world.elapsed_ms >= 600);
	return 0;
}

/* One item of many tasks, each of which takes its time. */
static int test_between_tasks(void)
{
	unsigned int i;

	for (i = 0; i < 20; i++)
		world_add(body_obey, TERM, 1);
	world.timeout_ms = 1000;
	world.signal_ms = 400;
	world_run(SOFT, LONG_MS);
	for (i = 0; i < 20; i++)
		world_expect(i, OOMK_VICTIM_GONE, OOMK_SIGNAL_TERM);
	CHECK(world.nr_checks >= 20);
	return 0;
}

/* At the hard level it is only heard: nobody asks whether it is needed. */
static int test_hard(void)
{
	unsigned int i;

	for (i = 0; i < 20; i++)
		world_add(body_ignore, KILL, i);
	world.timeout_ms = 100;
	world.signal_ms = 40;
	world_answer(0, OOMK_LEVEL_CALM, false);
	world_run(HARD, 0);
	for (i = 0; i < 20; i++)
		world_expect(i, OOMK_VICTIM_GONE, OOMK_SIGNAL_KILL);
	CHECK(world.nr_checks >= 18);
	return 0;
}

/* With the level the limit changes: each answer says anew what it is. */
static int test_hard_by_rise(void)
{
	unsigned int i;

	for (i = 0; i < 20; i++)
		world_add(body_ignore, TERM, i);
	world.timeout_ms = 1000;
	world.signal_ms = 40;
	world_answer(0, SOFT, true);
	world_answer(0, HARD, true);
	world.answers[1].timeout_ms = 100;
	world_run(SOFT, LONG_MS);
	for (i = 0; i < 20; i++)
		CHECK_EQ(world.victims[i].status, OOMK_VICTIM_GONE);
	CHECK(world.nr_checks >= 18);
	return 0;
}

/* Somebody else sees to them: two hands on one set would be one too many. */
static int test_hard_lost(void)
{
	unsigned int i, left = 0;

	for (i = 0; i < 10; i++)
		world_add(body_ignore, KILL, i);
	world.timeout_ms = 100;
	world.signal_ms = 40;
	world_answer(0, HARD, true);
	world_answer(-ESTALE, HARD, true);
	world_run(HARD, 0);
	world_expect(0, OOMK_VICTIM_GONE, OOMK_SIGNAL_KILL);
	for (i = 0; i < 10; i++)
		left += world.victims[i].status == OOMK_VICTIM_SPARED;
	CHECK(left >= 6);
	CHECK_EQ(world.nr_checks, 2);
	return 0;
}

/* The report ends it: the set is not ours any more. */
static int test_not_after_report(void)
{
	world_add(body_ignore, KILL, 1);
	world.timeout_ms = 300;
	world.fail = SYS_pidfd_send_signal;
	world_run(HARD, 0);
	world_expect(0, OOMK_VICTIM_KILLED, OOMK_SIGNAL_KILL);
	CHECK(world.elapsed_ms >= 1900);
	CHECK_EQ(world.nr_checks, 0);
	return 0;
}

int main(void)
{
	static const struct test tests[] = {
		TEST(in_grace), TEST(no_limit), TEST(level_rises),
		TEST(lost_in_grace), TEST(relapse), TEST(between_tasks),
		TEST(hard), TEST(hard_by_rise), TEST(hard_lost),
		TEST(not_after_report),
		{}
	};

	return world_main(tests);
}
