// SPDX-License-Identifier: GPL-2.0
/*
 * fuzz_genl - talk to the family as it does not expect, from many sides at once
 *
 * usage: fuzz_genl [--seconds N] [--seed N]
 *
 * Eight workers, each as somebody else, send messages that are well-formed,
 * slightly wrong or nothing at all, while processes come and go and the marks
 * are moved so that cycle follows cycle. Expects the module to be loaded, root,
 * and an oom_score_adj of -1000 for whoever started it.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <time.h>

#include "kselftest.h"

#include "genl_child.h"
#include "genl_executor.h"
#include "../testprocs/rng.h"
#include "fuzz_worker.h"
#include "slow.h"

#define SLEEPERS	4
#define TICK_US		250000
#define BALLAST_STEP	(4 * 1024 * 1024)
#define AVAILABLE_MAX	38	/* per cent, well below the greatest mark */
#define REST_S		60
#define LONGER_S	90

static struct raw raw;
static unsigned long long rng;
static long seconds = 30;
static int nr_children;
static int early_deaths;

static time_t now(void)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	return at.tv_sec;
}

static void misused(void)
{
	ksft_exit_fail_msg("usage: fuzz_genl [--seconds N] [--seed N]\n");
}

static unsigned long long parse(int argc, char **argv)
{
	unsigned long long seed = time(NULL) ^ (unsigned long long)getpid() << 32;
	int i;

	for (i = 1; i + 1 < argc; i += 2) {
		if (!strcmp(argv[i], "--seconds"))
			seconds = atol(argv[i + 1]);
		else if (!strcmp(argv[i], "--seed"))
			seed = strtoull(argv[i + 1], NULL, 0);
		else
			misused();
	}
	if (i != argc || seconds < 1)
		misused();
	return seed;
}

static int available_percent(void)
{
	long long values[RAW_ATTRS];

	if (raw_read(&raw, OOMK_CMD_STATUS_GET, values) ||
	    !values[OOMK_A_STATUS_TOTAL_PAGES])
		return 100;
	return values[OOMK_A_STATUS_AVAILABLE_PAGES] * 100 /
	       values[OOMK_A_STATUS_TOTAL_PAGES];
}

/* Memory that nobody maps, so that a mark can be above what is left. */
static void take_ballast(void)
{
	static char step[BALLAST_STEP];
	int fd = memfd_create("ballast", MFD_CLOEXEC);

	memset(step, 1, sizeof(step));
	while (available_percent() > AVAILABLE_MAX)
		if (fd < 0 || write(fd, step, sizeof(step)) != sizeof(step))
			ksft_exit_fail_msg("no ballast\n");
}

static void add_guard(pid_t pid)
{
	if (pid < 0)
		ksft_exit_fail_msg("a process does not start\n");
	fuzz_world->guards[fuzz_world->nr_guards++] = pid;
}

static pid_t parent_of(pid_t pid)
{
	char path[32], line[256], *rest;
	pid_t parent = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "r");
	if (!file)
		return 0;
	/* The name is in parentheses, and may hold one. */
	rest = fgets(line, sizeof(line), file) ? strrchr(line, ')') : NULL;
	if (!rest || sscanf(rest, ") %*c %d", &parent) != 1)
		parent = 0;
	fclose(file);
	return parent;
}

/* Those who wait for us are no part of the game, and shall stay unnamed. */
static void add_ancestors(void)
{
	pid_t pid = getppid();

	while (pid > 1 && fuzz_world->nr_guards < FUZZ_GUARDS) {
		add_guard(pid);
		pid = parent_of(pid);
	}
}

/* The farmer comes first: what he forks shall be in no job. */
static void start_all(void)
{
	int i, fd = open("/proc/self/oom_score_adj", O_WRONLY);

	add_guard(fuzz_farm_start());
	if (fd < 0 || write(fd, "0", 1) != 1)
		ksft_exit_fail_msg("no oom_score_adj\n");
	close(fd);
	add_guard(getpid());
	if (raw_job(&raw, OOMK_CMD_JOB_SET, getpid(), RAW_NO_UTILITY,
		    RAW_PROTECTED))
		ksft_exit_fail_msg("not protected: %s\n", raw.why);
	for (i = 0; i < SLEEPERS; i++)
		add_guard(start_child(1024 * 1024));
	for (i = 0; i < FUZZ_PERSONAS; i++)
		add_guard(fuzz_worker_start(i, &raw));
	nr_children = fuzz_world->nr_guards - 1;
	add_ancestors();
}

static unsigned int below(unsigned int limit)
{
	return rng_below(&rng, limit);
}

/* Marks that bring the next cycle about, and everything else as it should be. */
static void set_policy(void)
{
	unsigned int available = available_percent();
	unsigned int soft = available + 1 + below(4);
	unsigned int hard = below(4) ? 0 : available + 1;

	if (soft > 50 || !below(5))
		soft = 2;
	if (hard >= soft)
		hard = 0;
	raw_do(&raw, &msg, OOMK_CMD_POLICY_SET);
	raw_u32(&msg, OOMK_A_POLICY_SOFT_PERCENT, soft);
	raw_u32(&msg, OOMK_A_POLICY_HARD_PERCENT, hard);
	raw_u32(&msg, OOMK_A_POLICY_RECOVERY_POINTS, below(4));
	raw_u32(&msg, OOMK_A_POLICY_PSI_FULL_PERCENT, 0);
	raw_u32(&msg, OOMK_A_POLICY_PERIOD_MIN_MS, 50);
	raw_u32(&msg, OOMK_A_POLICY_PERIOD_MAX_MS, 200);
	raw_u32(&msg, OOMK_A_POLICY_GRACE_MS, below(400));
	raw_u32(&msg, OOMK_A_POLICY_EXECUTOR_TIMEOUT_MS, 50 + below(500));
	raw_u32(&msg, OOMK_A_POLICY_EXECUTOR_TIMEOUT_HARD_MS, 20 + below(200));
	raw_u32(&msg, OOMK_A_POLICY_STUCK_MS, 1000);
	raw_u32(&msg, OOMK_A_POLICY_COOLDOWN_MS, below(100));
	raw_u32(&msg, OOMK_A_POLICY_KILL, below(2));
	raw_u32(&msg, OOMK_A_POLICY_INFEASIBLE, !below(8));
	raw_u64(&msg, OOMK_A_POLICY_CAPACITY_PAGES, 0);
	raw_u32(&msg, OOMK_A_POLICY_CAPACITY_PERMILLE, 0);
	raw_u32(&msg, OOMK_A_POLICY_WEDGED, OOMK_WEDGED_NOTHING);
	raw_ask(&raw, &msg, NULL, NULL);
}

/* Toys that an administrator named. */
static void name_toys(void)
{
	pid_t pid = fuzz_world->toys[below(FUZZ_TOYS)].pid;

	if (pid)
		raw_job(&raw, OOMK_CMD_JOB_SET, pid, below(1001),
			below(2) ? RAW_EACH : 0);
}

/* Whoever ends before he was told to has been killed, or has crashed. */
static void look_for_deaths(void)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		early_deaths++;
		ksft_print_msg("%d ended early, status %#x\n", pid, status);
	}
}

static unsigned long sum(int op, int outcome)
{
	unsigned long all = 0;
	int i;

	for (i = 0; i < FUZZ_PERSONAS; i++)
		all += fuzz_world->count[i][op][outcome];
	return all;
}

static bool all_succeeded(bool tell)
{
	bool all = true;
	int i;

	for (i = 0; i < fuzz_nr_ops; i++) {
		if (fuzz_ops[i].kind == FUZZ_EVENT ? fuzz_world->events[i] :
						     sum(i, 0))
			continue;
		all = false;
		if (tell)
			ksft_print_msg("%s was never seen to succeed\n",
				       fuzz_ops[i].name);
	}
	return all;
}

static void conduct(void)
{
	time_t until = now() + seconds;
	time_t later = until + LONGER_S * slow_factor();

	/* On a busy machine it takes longer until all was tried once. */
	while (!early_deaths &&
	       (now() < until ||
		(now() < later && !all_succeeded(false)))) {
		set_policy();
		name_toys();
		look_for_deaths();
		usleep(TICK_US);
	}
	/* Those who must live do so to the end, the sleepers among them. */
	look_for_deaths();
}

/* All but the sleepers, who do not listen, end by themselves. */
static void go_home(void)
{
	int i, left = nr_children - early_deaths;
	time_t until = now() + REST_S;

	__atomic_store_n(&fuzz_world->stop, true, __ATOMIC_RELAXED);
	for (i = 2; i < 2 + SLEEPERS; i++)
		kill(fuzz_world->guards[i], SIGKILL);
	while (left > 0 && now() < until) {
		if (waitpid(-1, NULL, WNOHANG) > 0)
			left--;
		else
			usleep(20000);
	}
	if (left > 0)
		ksft_print_msg("%d do not end\n", left);
}

static bool at_rest(void)
{
	time_t until = now() + REST_S;

	raw_job(&raw, OOMK_CMD_JOB_CLEAR, getpid(), RAW_NO_UTILITY,
		RAW_PROTECTED);
	raw_do(&raw, &msg, OOMK_CMD_POLICY_SET);
	raw_u32(&msg, OOMK_A_POLICY_SOFT_PERCENT, 2);
	raw_u32(&msg, OOMK_A_POLICY_HARD_PERCENT, 0);
	raw_u32(&msg, OOMK_A_POLICY_STUCK_MS, 1000);
	raw_ask(&raw, &msg, NULL, NULL);
	while (now() < until) {
		if (status(&raw, OOMK_A_STATUS_REQUEST_STATE) ==
		    OOMK_REQUEST_IDLE &&
		    !status(&raw, OOMK_A_STATUS_EXECUTOR_PID) &&
		    !status(&raw, OOMK_A_STATUS_JOBS) &&
		    !status(&raw, OOMK_A_STATUS_MEMBERS))
			return true;
		usleep(100000);
	}
	ksft_print_msg("state %lld, executor %lld, %lld jobs, %lld members\n",
		       status(&raw, OOMK_A_STATUS_REQUEST_STATE),
		       status(&raw, OOMK_A_STATUS_EXECUTOR_PID),
		       status(&raw, OOMK_A_STATUS_JOBS),
		       status(&raw, OOMK_A_STATUS_MEMBERS));
	return false;
}

static void print_op(int op)
{
	char line[400];
	int used, i, err;

	if (fuzz_ops[op].kind == FUZZ_EVENT) {
		ksft_print_msg("%-16s received %lu\n", fuzz_ops[op].name,
			       fuzz_world->events[op]);
		return;
	}
	used = snprintf(line, sizeof(line), "%-16s sent %lu, ok %lu (",
			fuzz_ops[op].name, sum(op, FUZZ_SENT), sum(op, 0));
	for (i = 0; i < FUZZ_PERSONAS; i++)
		if (fuzz_world->count[i][op][0])
			used += snprintf(line + used, sizeof(line) - used,
					 " %s %lu", fuzz_personas[i].name,
					 fuzz_world->count[i][op][0]);
	used += snprintf(line + used, sizeof(line) - used, " )");
	for (err = 1; err < FUZZ_ERRNO_END; err++)
		if (sum(op, err))
			used += snprintf(line + used, sizeof(line) - used,
					 ", %s %lu", strerrorname_np(err),
					 sum(op, err));
	ksft_print_msg("%s\n", line);
}

static void print_figures(void)
{
	unsigned long steps = 0;
	int i;

	for (i = 0; i < FUZZ_PERSONAS; i++)
		steps += fuzz_world->steps[i];
	ksft_print_msg("%lu steps, %lld cycles, %lld victims, %lld backstops\n",
		       steps, status(&raw, OOMK_A_STATUS_CYCLE),
		       status(&raw, OOMK_A_STATUS_VICTIMS),
		       status(&raw, OOMK_A_STATUS_BACKSTOPS));
	for (i = 0; i < fuzz_nr_ops; i++)
		print_op(i);
	for (i = 0; i < fuzz_world->nr_complaints && i < FUZZ_COMPLAINTS; i++)
		ksft_print_msg("%s\n", fuzz_world->complaints[i]);
}

static void judge(bool rests)
{
	static const char *const names[] = {
		[FUZZ_FAULT_SHAPE] = "answers and events are as specified",
		[FUZZ_FAULT_ERRNO] = "refusals are those specified",
		[FUZZ_FAULT_SENTENCE] = "refusals say why",
		[FUZZ_FAULT_PERMISSION] = "nobody did what he may not",
		[FUZZ_FAULT_VICTIM] = "nobody protected was chosen",
	};
	int i;

	ksft_test_result(all_succeeded(true), "every operation succeeded\n");
	for (i = 0; i < FUZZ_FAULTS; i++)
		ksft_test_result(!fuzz_world->faults[i], "%s\n", names[i]);
	ksft_test_result(!early_deaths, "all who are protected live\n");
	ksft_test_result(rests, "the module is at rest afterwards\n");
}

int main(int argc, char **argv)
{
	unsigned long long seed = parse(argc, argv);
	bool rests;

	ksft_print_header();
	ksft_set_plan(FUZZ_FAULTS + 3);
	ksft_print_msg("again: fuzz_genl --seconds %ld --seed %llu\n", seconds,
		       seed);
	if (raw_open(&raw))
		ksft_exit_fail_msg("oomk is not loaded\n");
	if (!fuzz_world_make(seed))
		ksft_exit_fail_msg("no memory\n");
	rng = seed | 1;
	take_ballast();
	start_all();
	conduct();
	go_home();
	rests = at_rest();
	print_figures();
	judge(rests);
	ksft_finished();
}
