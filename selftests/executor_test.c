// SPDX-License-Identifier: GPL-2.0
/*
 * How victims die, with children of the test as victims. Needs no module and
 * no privilege; set OOMK_TEST_LOG to see the executor's own lines.
 */
#define _GNU_SOURCE		/* clone */
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "executor_world.h"
#include "rehearse.h"
#include "victim.h"

static const struct oomk_victim *victim(unsigned int i)
{
	return &world.victims[i];
}

static int test_term_obeyed(void)
{
	world_add(body_obey, TERM, 1);
	world_run(SOFT, LONG_MS);
	world_expect(0, OOMK_VICTIM_GONE, OOMK_SIGNAL_TERM);
	CHECK(world.elapsed_ms < LONG_MS / 2);
	CHECK_EQ(world.nr_reports, 1);
	CHECK_EQ(world.reported[0], OOMK_VICTIM_GONE);
	return 0;
}

static int test_term_obeyed_slowly(void)
{
	world_add(body_slow, TERM, 1);
	world_run(SOFT, LONG_MS);
	world_expect(0, OOMK_VICTIM_GONE, OOMK_SIGNAL_TERM);
	CHECK(world.elapsed_ms >= 100);
	return 0;
}

static int test_term_ignored(void)
{
	world_add(body_ignore, TERM, 1);
	world_run(SOFT, 300);
	world_expect(0, OOMK_VICTIM_GONE, BOTH);
	CHECK(world.elapsed_ms >= 300);
	CHECK(world.elapsed_ms < LONG_MS);
	CHECK_EQ(world.nr_checks, 2);
	/* What is told is the time of the last signal. */
	CHECK(victim(0)->signal_ns / 1000000 >=
	      victim(0)->first_signal_ms + 300);
	return 0;
}

static int test_changed(void)
{
	u64 tick_ns = 1000000000ULL / sysconf(_SC_CLK_TCK);
	pid_t first = world_add(body_obey, TERM, 1);
	pid_t second = world_add(body_obey, KILL, 2);

	world.victims[0].start_ns -= tick_ns;
	world.victims[1].start_ns += tick_ns;
	world_run(SOFT, 100);
	world_expect(0, OOMK_VICTIM_CHANGED, 0);
	world_expect(1, OOMK_VICTIM_CHANGED, 0);
	CHECK(world_alive(first));
	CHECK(world_alive(second));
	CHECK_EQ(world_adj(first), 0);
	return 0;
}

static int test_within_tick(void)
{
	u64 tick_ns = 1000000000ULL / sysconf(_SC_CLK_TCK);

	world_add(body_obey, TERM, 1);
	world.victims[0].start_ns += tick_ns - 1;
	world_run(SOFT, LONG_MS);
	world_expect(0, OOMK_VICTIM_GONE, OOMK_SIGNAL_TERM);
	return 0;
}

static int test_vanished(void)
{
	pid_t reaped = world_add(body_obey, TERM, 1);
	pid_t unreaped = world_add(body_obey, KILL, 2);
	siginfo_t info;

	kill(reaped, SIGKILL);
	waitpid(reaped, NULL, 0);
	kill(unreaped, SIGKILL);
	waitid(P_PID, unreaped, &info, WEXITED | WNOWAIT);
	world_run(SOFT, 100);
	world_expect(0, OOMK_VICTIM_VANISHED, 0);
	world_expect(1, OOMK_VICTIM_VANISHED, 0);
	CHECK_EQ(victim(0)->err, 0);
	return 0;
}

static int test_spared_before_term(void)
{
	pid_t pid = world_add(body_obey, TERM, 1);

	world_answer(0, SOFT, false);
	world_run(SOFT, 100);
	world_expect(0, OOMK_VICTIM_SPARED, 0);
	CHECK_EQ(victim(0)->signal_ns, 0);
	CHECK(world_alive(pid));
	CHECK_EQ(world_adj(pid), 0);
	CHECK_EQ(world.reported[0], OOMK_VICTIM_SPARED);
	return 0;
}

static int test_spared_before_kill(void)
{
	pid_t pid = world_add(body_ignore, TERM, 1);

	world_set_adj(pid, 42);
	world_answer(0, SOFT, true);
	world_answer(0, SOFT, false);
	world_run(SOFT, 100);
	world_expect(0, OOMK_VICTIM_SPARED, OOMK_SIGNAL_TERM);
	CHECK(world_alive(pid));
	CHECK_EQ(world.adj_seen, OOMK_ADJ_MAX);
	CHECK_EQ(world_adj(pid), 42);
	return 0;
}

/* An item dies or lives as a whole: one check each, none between tasks. */
static int test_items(void)
{
	pid_t spared;

	world_add(body_obey, TERM, 1);
	world_add(body_obey, TERM, 1);
	spared = world_add(body_obey, TERM, 2);
	world_answer(0, SOFT, true);
	world_answer(0, SOFT, false);
	world_run(SOFT, LONG_MS);
	world_expect(0, OOMK_VICTIM_GONE, OOMK_SIGNAL_TERM);
	world_expect(1, OOMK_VICTIM_GONE, OOMK_SIGNAL_TERM);
	world_expect(2, OOMK_VICTIM_SPARED, 0);
	CHECK(world_alive(spared));
	CHECK_EQ(world.nr_checks, 2);
	return 0;
}

/* The level rises during the grace: it ends at once. */
static int test_escalated(void)
{
	world_add(body_ignore, TERM, 1);
	world_answer(0, SOFT, true);
	world_answer(0, HARD, true);
	world_wake_after(200, OOMK_WAKE_CHECK);
	world_run(SOFT, LONG_MS);
	world_expect(0, OOMK_VICTIM_GONE, BOTH);
	CHECK(world.elapsed_ms < LONG_MS / 2);
	return 0;
}

/* A wake-up that finds the level as it was does not end the grace. */
static int test_not_escalated(void)
{
	world_add(body_ignore, TERM, 1);
	world_wake_after(50, OOMK_WAKE_CHECK);
	world_run(SOFT, 600);
	world_expect(0, OOMK_VICTIM_GONE, BOTH);
	CHECK(world.elapsed_ms >= 600);
	CHECK_EQ(world.nr_checks, 3);
	return 0;
}

/* Pressure is over for a moment only: what counts is the end of the grace. */
static int test_relapse(void)
{
	world_add(body_ignore, TERM, 1);
	world_answer(0, SOFT, true);
	world_answer(0, SOFT, false);
	world_answer(0, SOFT, true);
	world_wake_after(50, OOMK_WAKE_CHECK);
	world_run(SOFT, 400);
	world_expect(0, OOMK_VICTIM_GONE, BOTH);
	return 0;
}

/* The level rises between two SIGTERMs: the rest gets none. */
static int test_escalated_early(void)
{
	world_add(body_ignore, TERM, 1);
	world_add(body_ignore, TERM, 2);
	world_answer(0, SOFT, true);
	world_answer(0, HARD, true);
	world_run(SOFT, LONG_MS);
	world_expect(0, OOMK_VICTIM_GONE, BOTH);
	world_expect(1, OOMK_VICTIM_GONE, OOMK_SIGNAL_KILL);
	CHECK(world.elapsed_ms < LONG_MS / 2);
	return 0;
}

static int test_stopped_by_user(void)
{
	pid_t pid = world_add(body_ignore, TERM, 1);

	world_wake_after(50, OOMK_WAKE_STOP);
	world_run(SOFT, LONG_MS);
	world_expect(0, OOMK_VICTIM_SPARED, OOMK_SIGNAL_TERM);
	CHECK(world_alive(pid));
	CHECK_EQ(world_adj(pid), 0);
	CHECK(world.elapsed_ms < LONG_MS / 2);
	return 0;
}

static int test_hard(void)
{
	pid_t first = world_add(body_ignore, KILL, 1);
	unsigned int i;

	world_add(body_ignore, KILL, 2);
	world_set_adj(first, 42);
	world_run(HARD, LONG_MS);
	world_expect(0, OOMK_VICTIM_GONE, OOMK_SIGNAL_KILL);
	world_expect(1, OOMK_VICTIM_GONE, OOMK_SIGNAL_KILL);
	CHECK_EQ(world.nr_checks, 0);
	/* Capabilities are touched for writes to /proc only. */
	for (i = 0; i < world.nr_calls; i++)
		CHECK(world.calls[i].number != SYS_capset);
	return 0;
}

/* SIGKILL at once, but the level is soft: each item is checked. */
static int test_kill_soft(void)
{
	world_add(body_ignore, KILL, 1);
	world_add(body_ignore, KILL, 2);
	world_answer(0, SOFT, true);
	world_answer(0, SOFT, false);
	world_run(SOFT, LONG_MS);
	world_expect(0, OOMK_VICTIM_GONE, OOMK_SIGNAL_KILL);
	world_expect(1, OOMK_VICTIM_SPARED, 0);
	CHECK_EQ(world_adj(victim(1)->pid), 0);
	return 0;
}

static int test_lost(void)
{
	pid_t pid = world_add(body_ignore, TERM, 1);

	world_answer(0, SOFT, true);
	world_answer(-ENOENT, SOFT, true);
	world_run(SOFT, 50);
	world_expect(0, OOMK_VICTIM_SPARED, OOMK_SIGNAL_TERM);
	CHECK(world_alive(pid));
	return 0;
}

static int test_lost_in_grace(void)
{
	world_add(body_ignore, TERM, 1);
	world_answer(0, SOFT, true);
	world_answer(-ESTALE, SOFT, true);
	world_wake_after(50, OOMK_WAKE_CHECK);
	world_run(SOFT, LONG_MS);
	world_expect(0, OOMK_VICTIM_SPARED, OOMK_SIGNAL_TERM);
	CHECK(world.elapsed_ms < LONG_MS / 2);
	return 0;
}

/* Too little memory even to ask: that is an answer, too. */
static int test_check_starved(void)
{
	world_add(body_obey, TERM, 1);
	world_answer(-ENOBUFS, OOMK_LEVEL_CALM, false);
	world_run(SOFT, LONG_MS);
	world_expect(0, OOMK_VICTIM_GONE, OOMK_SIGNAL_TERM);
	return 0;
}

static int test_no_descriptors(void)
{
	pid_t changed;

	world_add(body_obey, TERM, 1);
	world_add(body_ignore, TERM, 2);
	world_add(body_ignore, KILL, 3);
	changed = world_add(body_obey, TERM, 4);
	world.victims[3].start_ns += 1000000000;
	world.fail = SYS_pidfd_open;
	world.fail_errno = EMFILE;
	world_run(SOFT, 300);
	world_expect(0, OOMK_VICTIM_GONE, OOMK_SIGNAL_TERM);
	world_expect(1, OOMK_VICTIM_GONE, BOTH);
	world_expect(2, OOMK_VICTIM_GONE, OOMK_SIGNAL_KILL);
	world_expect(3, OOMK_VICTIM_CHANGED, 0);
	CHECK(world_alive(changed));
	CHECK(world.elapsed_ms >= 300);
	return 0;
}

/* Without a pidfd nobody tells of a death: it is looked for. */
static int test_no_descriptors_prompt(void)
{
	world_add(body_slow, TERM, 1);
	world.fail = SYS_pidfd_open;
	world.fail_errno = EMFILE;
	world_run(SOFT, LONG_MS);
	world_expect(0, OOMK_VICTIM_GONE, OOMK_SIGNAL_TERM);
	CHECK(world.elapsed_ms < LONG_MS / 2);
	return 0;
}

static int test_forbidden(void)
{
	pid_t pid = world_add(body_obey, TERM, 1);

	world.fail = SYS_pidfd_send_signal;
	world.fail_errno = EPERM;
	world_run(SOFT, 100);
	world_expect(0, OOMK_VICTIM_FAILED, 0);
	CHECK_EQ(victim(0)->err, EPERM);
	CHECK_EQ(world_adj(pid), 0);
	return 0;
}

/* A broken request must not take the machine down with it. */
static int test_never_signalled(void)
{
	static const pid_t pids[] = { 1, 0, -1 };
	unsigned int i;

	for (i = 0; i < 3; i++) {
		world_add_pid(1, KILL, i);
		world.victims[i].pid = pids[i];
	}
	world_add_pid(getpid(), KILL, 3);
	world_run(HARD, 0);
	for (i = 0; i < 4; i++) {
		world_expect(i, OOMK_VICTIM_FAILED, 0);
		CHECK_EQ(victim(i)->err, EPERM);
	}
	for (i = 0; i < world.nr_calls; i++)
		CHECK(world.calls[i].number != SYS_pidfd_send_signal);
	return 0;
}

/* Not to be touched: marked by whoever read the request. */
static int test_refused_before(void)
{
	pid_t pid = world_add(body_obey, KILL, 1);

	world.victims[0].status = OOMK_VICTIM_FAILED;
	world.victims[0].err = EBADMSG;
	world_run(HARD, 0);
	world_expect(0, OOMK_VICTIM_FAILED, 0);
	CHECK_EQ(world.reported[0], OOMK_VICTIM_FAILED);
	CHECK_EQ(victim(0)->err, EBADMSG);
	CHECK(world_alive(pid));
	return 0;
}

static int test_many(void)
{
	unsigned int i;

	for (i = 0; i < 200; i++)
		world_add(i % 2 ? body_ignore : body_slow, TERM, i);
	world_run(SOFT, 1500);
	for (i = 0; i < 200; i++)
		world_expect(i, OOMK_VICTIM_GONE, i % 2 ? BOTH : OOMK_SIGNAL_TERM);
	/* One after the other the slow ones alone would take ten seconds. */
	CHECK(world.elapsed_ms >= 1500);
	CHECK(world.elapsed_ms < 9500);
	CHECK_EQ(world.nr_checks, 300);
	return 0;
}

static int test_stopped_victim(void)
{
	pid_t pid = world_add(body_obey, TERM, 1);
	int status;

	kill(pid, SIGSTOP);
	waitpid(pid, &status, WUNTRACED);
	CHECK(WIFSTOPPED(status));
	world_run(SOFT, LONG_MS);
	world_expect(0, OOMK_VICTIM_GONE, OOMK_SIGNAL_TERM);
	return 0;
}

static void *thread_body(void *arg)
{
	struct oomk_procfs_stat stat;

	/* What is to be tested is there when the leader is a zombie. */
	do {
		usleep(1000);
	} while (oomk_procfs_stat(getpid(), &stat) || stat.state != 'Z');
	world_ready();
	for (;;)
		pause();
	return NULL;
}

static void body_leaderless(void)
{
	pthread_t thread;

	signal(SIGTERM, SIG_IGN);
	if (pthread_create(&thread, NULL, thread_body, NULL))
		_exit(1);
	syscall(SYS_exit, 0);
}

static int test_leaderless(void)
{
	pid_t pid = world_add(body_leaderless, TERM, 1);

	CHECK(world_alive(pid));
	world_run(SOFT, 200);
	world_expect(0, OOMK_VICTIM_GONE, BOTH);
	CHECK(world.elapsed_ms >= 200);
	return 0;
}

static pid_t *sharer_pid;

static int sharer_body(void *arg)
{
	for (;;)
		pause();
	return 0;
}

static void body_sharing(void)
{
	static long double stack[4096];

	*sharer_pid = clone(sharer_body, stack + 4096,
			    CLONE_VM | SIGCHLD, NULL);
	body_ignore();
}

/* The kernel takes memory back early only if all that share it are dying. */
static int test_shared_memory(void)
{
	unsigned int i, releases = 0, kills = 0;

	sharer_pid = mmap(NULL, sizeof(*sharer_pid), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	world_add(body_sharing, KILL, 1);
	CHECK(*sharer_pid > 0);
	world_add_pid(*sharer_pid, KILL, 1);
	munmap(sharer_pid, sizeof(*sharer_pid));
	world_run(HARD, 0);
	world_expect(0, OOMK_VICTIM_GONE, OOMK_SIGNAL_KILL);
	world_expect(1, OOMK_VICTIM_GONE, OOMK_SIGNAL_KILL);
	for (i = 0; i < world.nr_calls; i++) {
		if (world.calls[i].sig == SIGKILL)
			kills++;
		if (world.calls[i].number == SYS_process_mrelease) {
			releases++;
			CHECK_EQ(kills, 2);
		}
	}
	CHECK_EQ(releases, 2);
	return 0;
}

/* Those that share memory share the value, too. */
static int test_shared_adj(void)
{
	pid_t pid;

	sharer_pid = mmap(NULL, sizeof(*sharer_pid), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid = world_add(body_sharing, TERM, 1);
	world_set_adj(pid, 17);
	world_add_pid(*sharer_pid, TERM, 1);
	munmap(sharer_pid, sizeof(*sharer_pid));
	world.fail = SYS_pidfd_send_signal;
	world_answer(0, SOFT, true);
	world_answer(0, SOFT, false);
	world_run(SOFT, 50);
	world_expect(0, OOMK_VICTIM_SPARED, OOMK_SIGNAL_TERM);
	world_expect(1, OOMK_VICTIM_SPARED, OOMK_SIGNAL_TERM);
	CHECK_EQ(world_adj(victim(0)->pid), 17);
	CHECK_EQ(world_adj(victim(1)->pid), 17);
	return 0;
}

/* One that will not die does not hold up the report for long. */
static int test_undead(void)
{
	world_add(body_ignore, KILL, 1);
	world.fail = SYS_pidfd_send_signal;
	world_run(HARD, 0);
	world_expect(0, OOMK_VICTIM_KILLED, OOMK_SIGNAL_KILL);
	CHECK_EQ(world.nr_reports, 1);
	CHECK_EQ(world.reported[0], OOMK_VICTIM_KILLED);
	CHECK(world.report_ms < 1500);
	CHECK(world.elapsed_ms >= 2000);
	return 0;
}

/* ... nor the others: it is as if it were in an uninterruptible sleep. */
static int test_undead_beside(void)
{
	world.fault.pid = world_add(body_ignore, KILL, 1);
	world.fault.at = FAULT_KILL;
	world.fault.times = 10;
	world_add(body_ignore, KILL, 2);
	world_run(HARD, 0);
	world_expect(0, OOMK_VICTIM_KILLED, OOMK_SIGNAL_KILL);
	world_expect(1, OOMK_VICTIM_GONE, OOMK_SIGNAL_KILL);
	CHECK(world.report_ms < 1500);
	return 0;
}

/* What comes after the report may wait for nothing. */
static int test_next_order(void)
{
	world_add(body_ignore, KILL, 1);
	world.fail = SYS_pidfd_send_signal;
	world_wake_after(300, OOMK_WAKE_CHECK);
	world_run(HARD, 0);
	world_expect(0, OOMK_VICTIM_KILLED, OOMK_SIGNAL_KILL);
	CHECK(world.elapsed_ms < 1900);
	return 0;
}

static int test_dry_run(void)
{
	pid_t first = world_add(body_obey, TERM, 1);
	pid_t second = world_add(body_obey, KILL, 2);

	world.executor.dry_run = true;
	world_run(HARD, 0);
	world_expect(0, OOMK_VICTIM_SPARED, 0);
	world_expect(1, OOMK_VICTIM_SPARED, 0);
	CHECK(world_alive(first));
	CHECK(world_alive(second));
	return 0;
}

static int test_rehearsal(void)
{
	CHECK_EQ(oomk_rehearse(&world.adjust), 0);
	/* It says nothing about values that tasks have. */
	CHECK(!world.adjust.raised);
	CHECK(oomk_rehearse_sight());
	world.fail = SYS_pidfd_send_signal;
	world.fail_errno = EOPNOTSUPP;
	CHECK_EQ(oomk_rehearse(&world.adjust), -EOPNOTSUPP);
	return 0;
}

int main(void)
{
	static const struct test tests[] = {
		TEST(term_obeyed), TEST(term_obeyed_slowly),
		TEST(term_ignored), TEST(changed), TEST(within_tick),
		TEST(vanished), TEST(spared_before_term),
		TEST(spared_before_kill), TEST(items), TEST(escalated),
		TEST(not_escalated), TEST(relapse), TEST(escalated_early),
		TEST(stopped_by_user), TEST(hard), TEST(kill_soft), TEST(lost),
		TEST(lost_in_grace), TEST(check_starved), TEST(no_descriptors),
		TEST(no_descriptors_prompt),
		TEST(forbidden), TEST(never_signalled), TEST(refused_before),
		TEST(many), TEST(stopped_victim), TEST(leaderless),
		TEST(shared_memory), TEST(shared_adj), TEST(undead),
		TEST(undead_beside),
		TEST(next_order), TEST(dry_run), TEST(rehearsal),
		{}
	};

	return world_main(tests);
}
