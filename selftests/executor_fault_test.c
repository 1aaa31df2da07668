// SPDX-License-Identifier: GPL-2.0
/*
 * Every step of a victim, with every way to fail: what becomes of it, and that
 * the next one does not suffer. Needs no module and no privilege.
 */
#define _GNU_SOURCE		/* memfd_create */
#include <stdlib.h>
#include <sys/mman.h>

#include "executor_world.h"
#include "log.h"

#define TERM_SENT	OOMK_SIGNAL_TERM
#define KILL_SENT	OOMK_SIGNAL_KILL
#define BOTH_SENT	(OOMK_SIGNAL_TERM | OOMK_SIGNAL_KILL)

#define FOR_EVER	100000

/*
 * How a victim ends that is deaf to SIGTERM. One that is left alone may live:
 * a failure is told to the module, which holds on to the victim by other means.
 */
struct row {
	enum fault_at at;
	int err;
	unsigned int times;
	u32 status;
	u32 signals;
	enum oomk_victim_step step;
};

static const struct row rows[] = {
	/* No pidfd to be had: the pid will do, checked before each use. */
	{ FAULT_PIDFD_OPEN, EPERM, FOR_EVER,
	  OOMK_VICTIM_FAILED, 0, OOMK_STEP_NONE },
	{ FAULT_PIDFD_OPEN, ESRCH, FOR_EVER,
	  OOMK_VICTIM_VANISHED, 0, OOMK_STEP_NONE },
	{ FAULT_PIDFD_OPEN, ENOMEM, FOR_EVER,
	  OOMK_VICTIM_GONE, BOTH_SENT, OOMK_STEP_GONE },
	{ FAULT_PIDFD_OPEN, EMFILE, FOR_EVER,
	  OOMK_VICTIM_GONE, BOTH_SENT, OOMK_STEP_GONE },
	{ FAULT_PIDFD_OPEN, EINTR, FOR_EVER,
	  OOMK_VICTIM_GONE, BOTH_SENT, OOMK_STEP_GONE },
	{ FAULT_PIDFD_OPEN, EAGAIN, FOR_EVER,
	  OOMK_VICTIM_GONE, BOTH_SENT, OOMK_STEP_GONE },

	/* Who it is cannot be told: it is left alone, and tried again later. */
	{ FAULT_STAT_OPEN, EPERM, FOR_EVER,
	  OOMK_VICTIM_FAILED, 0, OOMK_STEP_OPENED },
	{ FAULT_STAT_OPEN, ESRCH, FOR_EVER,
	  OOMK_VICTIM_VANISHED, 0, OOMK_STEP_OPENED },
	{ FAULT_STAT_OPEN, ENOENT, FOR_EVER,
	  OOMK_VICTIM_VANISHED, 0, OOMK_STEP_OPENED },
	{ FAULT_STAT_OPEN, ENOMEM, FOR_EVER,
	  OOMK_VICTIM_FAILED, 0, OOMK_STEP_OPENED },
	{ FAULT_STAT_OPEN, EMFILE, FOR_EVER,
	  OOMK_VICTIM_FAILED, 0, OOMK_STEP_OPENED },
	{ FAULT_STAT_OPEN, EINTR, FOR_EVER,
	  OOMK_VICTIM_FAILED, 0, OOMK_STEP_OPENED },
	{ FAULT_STAT_OPEN, EAGAIN, FOR_EVER,
	  OOMK_VICTIM_FAILED, 0, OOMK_STEP_OPENED },
	{ FAULT_STAT_OPEN, EMFILE, 1,
	  OOMK_VICTIM_GONE, KILL_SENT, OOMK_STEP_GONE },
	{ FAULT_STAT_OPEN, EINTR, 1,
	  OOMK_VICTIM_GONE, BOTH_SENT, OOMK_STEP_GONE },
	{ FAULT_STAT_READ, EPERM, FOR_EVER,
	  OOMK_VICTIM_FAILED, 0, OOMK_STEP_OPENED },
	{ FAULT_STAT_READ, ESRCH, FOR_EVER,
	  OOMK_VICTIM_VANISHED, 0, OOMK_STEP_OPENED },
	{ FAULT_STAT_READ, ENOMEM, FOR_EVER,
	  OOMK_VICTIM_FAILED, 0, OOMK_STEP_OPENED },
	{ FAULT_STAT_READ, EINTR, FOR_EVER,
	  OOMK_VICTIM_FAILED, 0, OOMK_STEP_OPENED },
	{ FAULT_STAT_READ, EAGAIN, FOR_EVER,
	  OOMK_VICTIM_FAILED, 0, OOMK_STEP_OPENED },
	{ FAULT_STAT_READ, ENOMEM, 1,
	  OOMK_VICTIM_GONE, KILL_SENT, OOMK_STEP_GONE },
	{ FAULT_STAT_READ, EINTR, 1,
	  OOMK_VICTIM_GONE, BOTH_SENT, OOMK_STEP_GONE },

	/* The kernel's killer is not steered; that is no reason to wait. */
	{ FAULT_ADJ_OPEN, EPERM, FOR_EVER,
	  OOMK_VICTIM_GONE, BOTH_SENT, OOMK_STEP_GONE },
	{ FAULT_ADJ_OPEN, ESRCH, FOR_EVER,
	  OOMK_VICTIM_GONE, BOTH_SENT, OOMK_STEP_GONE },
	{ FAULT_ADJ_OPEN, ENOMEM, FOR_EVER,
	  OOMK_VICTIM_GONE, BOTH_SENT, OOMK_STEP_GONE },
	{ FAULT_ADJ_OPEN, EMFILE, FOR_EVER,
	  OOMK_VICTIM_GONE, BOTH_SENT, OOMK_STEP_GONE },
	{ FAULT_ADJ_OPEN, EINTR, FOR_EVER,
	  OOMK_VICTIM_GONE, BOTH_SENT, OOMK_STEP_GONE },
	{ FAULT_ADJ_OPEN, EAGAIN, FOR_EVER,
	  OOMK_VICTIM_GONE, BOTH_SENT, OOMK_STEP_GONE },
	{ FAULT_ADJ_READ, EPERM, FOR_EVER,
	  OOMK_VICTIM_GONE, BOTH_SENT, OOMK_STEP_GONE },
	{ FAULT_ADJ_READ, ESRCH, FOR_EVER,
	  OOMK_VICTIM_GONE, BOTH_SENT, OOMK_STEP_GONE },
	{ FAULT_ADJ_READ, ENOMEM, FOR_EVER,
	  OOMK_VICTIM_GONE, BOTH_SENT, OOMK_STEP_GONE },
	{ FAULT_ADJ_READ, EINTR, FOR_EVER,
	  OOMK_VICTIM_GONE, BOTH_SENT, OOMK_STEP_GONE },
	{ FAULT_ADJ_WRITE, EPERM, FOR_EVER,
	  OOMK_VICTIM_GONE, BOTH_SENT, OOMK_STEP_GONE },
	{ FAULT_ADJ_WRITE, EACCES, FOR_EVER,
	  OOMK_VICTIM_GONE, BOTH_SENT, OOMK_STEP_GONE },
	{ FAULT_ADJ_WRITE, ESRCH, FOR_EVER,
	  OOMK_VICTIM_GONE, BOTH_SENT, OOMK_STEP_GONE },
	{ FAULT_ADJ_WRITE, ENOMEM, FOR_EVER,
	  OOMK_VICTIM_GONE, BOTH_SENT, OOMK_STEP_GONE },
	{ FAULT_ADJ_WRITE, EINTR, FOR_EVER,
	  OOMK_VICTIM_GONE, BOTH_SENT, OOMK_STEP_GONE },

	/* No SIGTERM: SIGKILL is tried when it is due. */
	{ FAULT_TERM, EPERM, FOR_EVER,
	  OOMK_VICTIM_FAILED, 0, OOMK_STEP_ADJUSTED },
	{ FAULT_TERM, ESRCH, FOR_EVER,
	  OOMK_VICTIM_VANISHED, 0, OOMK_STEP_ADJUSTED },
	{ FAULT_TERM, ENOMEM, FOR_EVER,
	  OOMK_VICTIM_GONE, KILL_SENT, OOMK_STEP_GONE },
	{ FAULT_TERM, EMFILE, FOR_EVER,
	  OOMK_VICTIM_GONE, KILL_SENT, OOMK_STEP_GONE },
	{ FAULT_TERM, EINTR, FOR_EVER,
	  OOMK_VICTIM_GONE, KILL_SENT, OOMK_STEP_GONE },
	{ FAULT_TERM, EAGAIN, FOR_EVER,
	  OOMK_VICTIM_GONE, KILL_SENT, OOMK_STEP_GONE },
	{ FAULT_TERM, ENOMEM, 2,
	  OOMK_VICTIM_GONE, BOTH_SENT, OOMK_STEP_GONE },

	/* Not to be polled: it is looked for now and then. */
	{ FAULT_EPOLL, EPERM, FOR_EVER,
	  OOMK_VICTIM_GONE, BOTH_SENT, OOMK_STEP_GONE },
	{ FAULT_EPOLL, ENOMEM, FOR_EVER,
	  OOMK_VICTIM_GONE, BOTH_SENT, OOMK_STEP_GONE },
	{ FAULT_EPOLL, ENOSPC, FOR_EVER,
	  OOMK_VICTIM_GONE, BOTH_SENT, OOMK_STEP_GONE },

	/* Told to the module, which has its own SIGKILL. */
	{ FAULT_KILL, EPERM, FOR_EVER,
	  OOMK_VICTIM_FAILED, TERM_SENT, OOMK_STEP_TERM },
	{ FAULT_KILL, ESRCH, FOR_EVER,
	  OOMK_VICTIM_GONE, TERM_SENT, OOMK_STEP_GONE },
	{ FAULT_KILL, ENOMEM, FOR_EVER,
	  OOMK_VICTIM_FAILED, TERM_SENT, OOMK_STEP_TERM },
	{ FAULT_KILL, EMFILE, FOR_EVER,
	  OOMK_VICTIM_FAILED, TERM_SENT, OOMK_STEP_TERM },
	{ FAULT_KILL, EINTR, FOR_EVER,
	  OOMK_VICTIM_FAILED, TERM_SENT, OOMK_STEP_TERM },
	{ FAULT_KILL, EAGAIN, FOR_EVER,
	  OOMK_VICTIM_FAILED, TERM_SENT, OOMK_STEP_TERM },
	{ FAULT_KILL, EAGAIN, 2,
	  OOMK_VICTIM_GONE, BOTH_SENT, OOMK_STEP_GONE },

	/* It dies without that. */
	{ FAULT_RELEASE, EPERM, FOR_EVER,
	  OOMK_VICTIM_GONE, BOTH_SENT, OOMK_STEP_GONE },
	{ FAULT_RELEASE, ESRCH, FOR_EVER,
	  OOMK_VICTIM_GONE, BOTH_SENT, OOMK_STEP_GONE },
	{ FAULT_RELEASE, ENOMEM, FOR_EVER,
	  OOMK_VICTIM_GONE, BOTH_SENT, OOMK_STEP_GONE },
	{ FAULT_RELEASE, EINTR, FOR_EVER,
	  OOMK_VICTIM_GONE, BOTH_SENT, OOMK_STEP_GONE },
	{ FAULT_RELEASE, EAGAIN, FOR_EVER,
	  OOMK_VICTIM_GONE, BOTH_SENT, OOMK_STEP_GONE },
};

static const struct row *row;

static void expect(unsigned int i, u32 status, u32 signals,
		   enum oomk_victim_step step)
{
	const struct oomk_victim *victim = &world.victims[i];

	if (victim->status == status && victim->signals == signals &&
	    victim->step == step)
		return;
	printf("# fault %u, errno %d, %u times: victim %u: ", row->at, row->err,
	       row->times, i);
	printf("status %u signals %u step %u, not %u, %u, %u\n",
	       victim->status, victim->signals, victim->step, status, signals,
	       step);
	checks_failed++;
}

static void start_row(const struct row *next)
{
	world_end();
	world_begin();
	row = next;
}

static void suffer(pid_t pid)
{
	world.fault.at = row->at;
	world.fault.pid = pid;
	world.fault.err = row->err;
	world.fault.times = row->times;
}

static void soft_row(const struct row *next)
{
	bool left;
	pid_t pid;

	start_row(next);
	pid = world_add(body_ignore, OOMK_ACTION_TERM, 1);
	world_add(body_ignore, OOMK_ACTION_TERM, 2);
	world_set_adj(pid, 3);
	suffer(pid);
	world_run(OOMK_LEVEL_SOFT, 30);
	world.fault.at = FAULT_NOWHERE;
	expect(0, row->status, row->signals, row->step);
	expect(1, OOMK_VICTIM_GONE, BOTH_SENT, OOMK_STEP_GONE);
	CHECK_EQ(world.reported[0] == OOMK_VICTIM_WAITING, 0);
	CHECK_EQ(world.nr_reports, 1);
	left = row->status == OOMK_VICTIM_FAILED;
	CHECK_EQ(world.victims[0].err, left ? row->err : 0);
	if (left) {
		CHECK(world_alive(pid));
		CHECK_EQ(world_adj(pid), 3);
	}
	CHECK_EQ(world.victims[0].pidfd, -1);
	CHECK_EQ(world.victims[0].raised, false);
}

static int test_soft(void)
{
	unsigned int i;

	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		soft_row(&rows[i]);
	return 0;
}

/* At the hard level nothing of oom_score_adj and SIGTERM is done at all. */
static void hard_row(const struct row *next)
{
	bool dies = next->at == FAULT_RELEASE || next->at == FAULT_EPOLL ||
		    next->at == FAULT_ADJ_OPEN || next->at == FAULT_TERM;
	pid_t pid;

	start_row(next);
	pid = world_add(body_ignore, OOMK_ACTION_KILL, 1);
	world_add(body_ignore, OOMK_ACTION_KILL, 2);
	suffer(pid);
	world_run(OOMK_LEVEL_HARD, 0);
	world.fault.at = FAULT_NOWHERE;
	if (dies)
		expect(0, OOMK_VICTIM_GONE, KILL_SENT, OOMK_STEP_GONE);
	expect(1, OOMK_VICTIM_GONE, KILL_SENT, OOMK_STEP_GONE);
	CHECK_EQ(world.nr_reports, 1);
	CHECK_EQ(world.reported[0] == OOMK_VICTIM_WAITING, 0);
	if (row->status == OOMK_VICTIM_FAILED && row->at != FAULT_TERM) {
		CHECK_EQ(world.victims[0].status, OOMK_VICTIM_FAILED);
		CHECK_EQ(world.victims[0].err, row->err);
		CHECK(world_alive(pid));
	}
}

static int test_hard(void)
{
	unsigned int i;

	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		hard_row(&rows[i]);
	return 0;
}

/* What a check answers, and whether the victims are ours after it. */
static int test_check(void)
{
	static const struct {
		int err;
		bool ours;
	} answers[] = {
		{ EPERM, false }, { ESRCH, false }, { ESTALE, false },
		{ ENOENT, false }, { ENODEV, false }, { EBADMSG, false },
		{ ENOMEM, true }, { ENOBUFS, true }, { EMFILE, true },
		{ EINTR, true }, { EAGAIN, true },
	};
	static const struct row none;
	unsigned int i;

	for (i = 0; i < sizeof(answers) / sizeof(*answers); i++) {
		start_row(&none);
		world_add(body_ignore, OOMK_ACTION_TERM, 1);
		world_answer(-answers[i].err, OOMK_LEVEL_SOFT, false);
		world_run(OOMK_LEVEL_SOFT, 20);
		if (answers[i].ours)
			expect(0, OOMK_VICTIM_GONE, BOTH_SENT, OOMK_STEP_GONE);
		else
			expect(0, OOMK_VICTIM_SPARED, 0, OOMK_STEP_NONE);
	}
	return 0;
}

/* A set that was taken back is left to whoever has it: that is no mercy. */
static int test_left(void)
{
	int log = memfd_create("log", MFD_CLOEXEC), before = dup(STDERR_FILENO);
	char said[2048] = "";

	dup2(log, STDERR_FILENO);
	oomk_log_open(LOG_INFO);
	world_add(body_ignore, OOMK_ACTION_TERM, 1);
	world_answer(-ENOENT, OOMK_LEVEL_SOFT, false);
	world_run(OOMK_LEVEL_SOFT, 20);
	oomk_log_open(getenv("OOMK_TEST_LOG") ? LOG_DEBUG : LOG_EMERG);
	dup2(before, STDERR_FILENO);
	close(before);
	CHECK(lseek(log, 0, SEEK_SET) == 0 &&
	      read(log, said, sizeof(said) - 1) > 0);
	close(log);
	CHECK(strstr(said, ": done: ") && strstr(said, " 1 left, "));
	CHECK(!strstr(said, "spared"));
	return 0;
}

int main(void)
{
	static const struct test tests[] = {
		TEST(soft), TEST(hard), TEST(check), TEST(left),
		{}
	};

	return world_main(tests);
}
