// SPDX-License-Identifier: GPL-2.0
/* One victim, with a pidfd and without. */
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "executor_world.h"
#include "victim.h"

static void take_descriptors(void)
{
	world.fail = SYS_pidfd_open;
	world.fail_errno = EMFILE;
}

/* From alive to dead to reaped. */
static void follow(struct oomk_victim *victim)
{
	siginfo_t info;

	CHECK_EQ(oomk_victim_open(victim, NULL), 0);
	CHECK(!oomk_victim_dead(victim));
	CHECK_EQ(oomk_victim_signal(victim, 0), 0);
	CHECK_EQ(oomk_victim_signal(victim, SIGKILL), 0);
	CHECK_EQ(waitid(P_PID, victim->pid, &info, WEXITED | WNOWAIT), 0);
	CHECK(oomk_victim_dead(victim));
	waitpid(victim->pid, NULL, 0);
	CHECK(oomk_victim_dead(victim));
	CHECK_EQ(oomk_victim_signal(victim, SIGKILL), -ESRCH);
	oomk_victim_close(victim);
	CHECK_EQ(victim->pidfd, -1);
	CHECK_EQ(oomk_victim_open(victim, NULL), -ESRCH);
	victim->pid = 0;
}

static int test_followed(void)
{
	world_add(body_ignore, OOMK_ACTION_KILL, 1);
	follow(&world.victims[0]);
	return 0;
}

static int test_followed_by_pid(void)
{
	take_descriptors();
	world_add(body_ignore, OOMK_ACTION_KILL, 1);
	follow(&world.victims[0]);
	return 0;
}

/* A pid that has come to mean another task. */
static int test_recycled(void)
{
	struct oomk_victim *victim = &world.victims[0];

	take_descriptors();
	world_add(body_obey, OOMK_ACTION_KILL, 1);
	CHECK_EQ(oomk_victim_open(victim, NULL), 0);
	victim->start_ns += 1000000000;
	CHECK(oomk_victim_dead(victim));
	CHECK_EQ(oomk_victim_signal(victim, SIGKILL), -ESTALE);
	CHECK(world_alive(victim->pid));
	return 0;
}

static int test_open_refused(void)
{
	struct oomk_victim *victim = &world.victims[0];

	world_add(body_obey, OOMK_ACTION_KILL, 1);
	world.fail = SYS_pidfd_open;
	world.fail_errno = EINVAL;
	CHECK_EQ(oomk_victim_open(victim, NULL), -ESTALE);
	world.fail_errno = EPERM;
	CHECK_EQ(oomk_victim_open(victim, NULL), -EPERM);
	world.fail = 0;
	victim->start_ns -= 1000000000;
	CHECK_EQ(oomk_victim_open(victim, NULL), -ESTALE);
	CHECK_EQ(victim->pidfd, -1);
	return 0;
}

static int test_stopped(void)
{
	struct oomk_victim *victim = &world.victims[0];
	bool stopped = true;

	world_add(body_obey, OOMK_ACTION_KILL, 1);
	CHECK_EQ(oomk_victim_open(victim, &stopped), 0);
	CHECK(!stopped);
	oomk_victim_close(victim);
	kill(victim->pid, SIGSTOP);
	waitpid(victim->pid, NULL, WUNTRACED);
	CHECK_EQ(oomk_victim_open(victim, &stopped), 0);
	CHECK(stopped);
	oomk_victim_close(victim);
	return 0;
}

/* At the real limit, not at a pretended one: /proc needs a descriptor, too. */
static int test_descriptor_limit(void)
{
	struct oomk_victim *victim = &world.victims[0];
	struct rlimit before, limit;
	int next;

	world_add(body_ignore, OOMK_ACTION_KILL, 1);
	next = dup(0);
	close(next);
	getrlimit(RLIMIT_NOFILE, &before);
	limit = before;
	for (limit.rlim_cur = next + 1; limit.rlim_cur < next + 4UL;
	     limit.rlim_cur++) {
		setrlimit(RLIMIT_NOFILE, &limit);
		CHECK_EQ(oomk_victim_open(victim, NULL), 0);
		CHECK_EQ(victim->pidfd, -1);
		CHECK_EQ(oomk_victim_signal(victim, 0), 0);
	}
	setrlimit(RLIMIT_NOFILE, &before);
	CHECK_EQ(oomk_victim_open(victim, NULL), 0);
	CHECK(victim->pidfd >= 0);
	oomk_victim_close(victim);
	return 0;
}

static int test_release(void)
{
	struct oomk_victim *victim = &world.victims[0];

	world_add(body_ignore, OOMK_ACTION_KILL, 1);
	CHECK_EQ(oomk_victim_release(victim), -EBADF);
	CHECK_EQ(oomk_victim_open(victim, NULL), 0);
	/* It is alive: the kernel would not have it robbed. */
	CHECK_EQ(oomk_victim_release(victim), -EINVAL);
	oomk_victim_close(victim);
	return 0;
}

int main(void)
{
	static const struct test tests[] = {
		TEST(followed), TEST(followed_by_pid), TEST(recycled),
		TEST(open_refused), TEST(stopped), TEST(descriptor_limit),
		TEST(release),
		{}
	};

	return world_main(tests);
}
