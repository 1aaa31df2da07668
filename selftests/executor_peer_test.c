// SPDX-License-Identifier: GPL-2.0
/*
 * What befell others: faults that users of other killers reported, one test
 * for each, named after the report. Needs no module and no privilege.
 */
#include <pthread.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "executor_world.h"

/* earlyoom#354: SIGTERM is ignored, and nothing comes after it. */
static int test_earlyoom_354(void)
{
	world_add(body_ignore, TERM, 1);
	world_run(OOMK_LEVEL_SOFT, 100);
	world_expect(0, OOMK_VICTIM_GONE, BOTH);
	CHECK_EQ(world.reported[0] == OOMK_VICTIM_GONE ||
		 world.reported[0] == OOMK_VICTIM_KILLED, 1);
	return 0;
}

static void never_leave(int sig)
{
	for (;;)
		pause();
}

static void *threads_body(void *arg)
{
	for (;;)
		pause();
	return NULL;
}

/* Takes SIGTERM for a reason to clean up, which never ends. */
static void body_cleaning_up(void)
{
	pthread_t thread;

	signal(SIGTERM, never_leave);
	if (pthread_create(&thread, NULL, threads_body, NULL))
		_exit(1);
	body_obey();
}

/*
 * earlyoom#373: the victim is at its SIGTERM for ever, and the killer with it.
 * Here the rest of the set does not wait for it, and it gets its SIGKILL.
 */
static int test_earlyoom_373(void)
{
	world_add(body_cleaning_up, TERM, 1);
	world_add(body_obey, TERM, 2);
	world_run(OOMK_LEVEL_SOFT, 300);
	world_expect(0, OOMK_VICTIM_GONE, BOTH);
	world_expect(1, OOMK_VICTIM_GONE, OOMK_SIGNAL_TERM);
	return 0;
}

/* earlyoom#205: the killer kills itself, or everybody by a pid of -1 or 0. */
static int test_earlyoom_205(void)
{
	static const pid_t pids[] = { 0, -1, 1 };
	unsigned int i;

	world_add_pid(getpid(), KILL, 9);
	world_add_pid(getpid(), TERM, 10);
	for (i = 0; i < 3; i++) {
		world_add_pid(1, KILL, i);
		world.victims[2 + i].pid = pids[i];
	}
	world_add(body_ignore, KILL, 11);
	world_run(OOMK_LEVEL_SOFT, 20);
	for (i = 0; i < 5; i++) {
		world_expect(i, OOMK_VICTIM_FAILED, 0);
		CHECK_EQ(world.victims[i].err, EPERM);
	}
	world_expect(5, OOMK_VICTIM_GONE, OOMK_SIGNAL_KILL);
	return 0;
}

static u64 cpu_ms(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000ULL +
	       (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000;
}

/*
 * waydroid#1970: the killer spins on a victim that does not go. Two seconds
 * with one that is deaf to everything, polled or looked for, cost next to no
 * CPU time, and the next order is not waited for by then.
 */
static int test_waydroid_1970(void)
{
	unsigned int way;
	u64 before;

	for (way = 0; way < 2; way++) {
		world_end();
		world_begin();
		world_add(body_ignore, KILL, 1);
		world.fault.at = way ? FAULT_EPOLL : FAULT_NOWHERE;
		world.fault.pid = world.victims[0].pid;
		world.fault.err = ENOMEM;
		world.fault.times = 1000;
		world.fail = SYS_pidfd_send_signal;
		before = cpu_ms();
		world_run(OOMK_LEVEL_HARD, 0);
		world_expect(0, OOMK_VICTIM_KILLED, OOMK_SIGNAL_KILL);
		CHECK(world.report_ms < 1000);
		CHECK(world.elapsed_ms >= 1900);
		CHECK(world.elapsed_ms < LONG_MS);
		CHECK(cpu_ms() - before < 300);
		CHECK(world.nr_calls < 10);
	}
	return 0;
}

int main(void)
{
	static const struct test tests[] = {
		TEST(earlyoom_354), TEST(earlyoom_373), TEST(earlyoom_205),
		TEST(waydroid_1970),
		{}
	};

	return world_main(tests);
}
