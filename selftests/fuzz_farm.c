// SPDX-License-Identifier: GPL-2.0
/*
 * Processes for the fuzzer to name, to look at and to have killed: small hogs,
 * some that fork and exit all the time, some with threads, of three users.
 * Whoever dies is replaced. The farmer himself is never an item.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <time.h>

#include "genl_child.h"
#include "genl_errand.h"
#include "../testprocs/rng.h"
#include "fuzz_world.h"

#define TICK_US		20000
#define MIB		(1024 * 1024)
#define HOG_MIB_MIN	4
#define HOG_MIB_MAX	14
#define AGE_MAX_S	12
#define HOGS		8	/* the first toys; then those that fork */
#define FORKERS		6

static unsigned long long rng;
static time_t ends[FUZZ_TOYS];

static time_t now(void)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	return at.tv_sec;
}

static bool set_adj(int adj)
{
	char text[16];
	int fd = open("/proc/self/oom_score_adj", O_WRONLY);
	int len = snprintf(text, sizeof(text), "%d", adj);
	bool done = fd >= 0 && write(fd, text, len) == len;

	close(fd);
	return done;
}

static void eat(size_t bytes)
{
	char *mem = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (mem != MAP_FAILED)
		memset(mem, 1, bytes);
}

static void fork_for_ever(void)
{
	pid_t pid;

	for (;;) {
		pid = fork();
		if (!pid) {
			/* A grandchild that is left behind now and then. */
			if (!rng_below(&rng, 4) && !fork())
				usleep(30000);
			_exit(0);
		}
		rng_next(&rng);
		usleep(5000 + rng_below(&rng, 20000));
		waitpid(pid, NULL, 0);
	}
}

static void *thread_main(void *arg)
{
	fuzz_world->thread = gettid();
	for (;;)
		pause();
	return NULL;
}

static void thread_for_ever(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, thread_main, NULL);
	/* Half of them are leaders that are gone before their threads. */
	if (rng_below(&rng, 2))
		pthread_exit(NULL);
	for (;;)
		pause();
}

static pid_t start_toy(int place, uid_t uid, int adj)
{
	size_t mib = HOG_MIB_MIN +
		     rng_below(&rng, HOG_MIB_MAX - HOG_MIB_MIN + 1);
	pid_t pid = fork();

	if (pid)
		return pid;
	if (!set_adj(adj) || (uid && !become(uid, NO_CAPS)) ||
	    prctl(PR_SET_PDEATHSIG, SIGKILL))
		_exit(1);
	if (!rng_below(&rng, 4))
		signal(SIGTERM, SIG_IGN);
	if (place < HOGS)
		eat(mib * MIB);
	else if (place < HOGS + FORKERS)
		fork_for_ever();
	else if (place < HOGS + 2 * FORKERS)
		thread_for_ever();
	for (;;)
		pause();
}

static void tend(int place)
{
	static const uid_t uids[] = { 0, 1000, 1000, 1001 };
	struct fuzz_toy *toy = &fuzz_world->toys[place];

	if (toy->pid && now() >= ends[place])
		kill(toy->pid, SIGKILL);
	if (toy->pid)
		return;
	toy->uid = uids[rng_below(&rng, 4)];
	toy->pid = start_toy(place, toy->uid,
			     rng_below(&rng, 3) ? 0 : rng_below(&rng, 1001));
	ends[place] = now() + 2 + rng_below(&rng, AGE_MAX_S);
}

static void bury(void)
{
	pid_t pid;
	int i;

	while ((pid = waitpid(-1, NULL, WNOHANG)) > 0) {
		for (i = 0; i < FUZZ_TOYS; i++)
			if (fuzz_world->toys[i].pid == pid)
				fuzz_world->toys[i].pid = 0;
		if (fuzz_world->low == pid)
			fuzz_world->low = 0;
	}
}

static void farm(void)
{
	int i;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close_all_but(-1, -1);
	rng = fuzz_world->seed * 2 + 1;
	if (!set_adj(-1000))
		_exit(1);
	while (!fuzz_stopped()) {
		bury();
		if (!fuzz_world->low)
			fuzz_world->low = start_toy(FUZZ_TOYS, 1000, 1000);
		for (i = 0; i < FUZZ_TOYS; i++)
			tend(i);
		usleep(TICK_US);
	}
	for (i = 0; i < FUZZ_TOYS; i++)
		if (fuzz_world->toys[i].pid)
			kill(fuzz_world->toys[i].pid, SIGKILL);
	if (fuzz_world->low)
		kill(fuzz_world->low, SIGKILL);
	while (waitpid(-1, NULL, 0) > 0)
		;
	_exit(0);
}

/**
 * fuzz_farm_start() - start the farmer
 *
 * Return: his pid, below 0 if there is none.
 */
pid_t fuzz_farm_start(void)
{
	pid_t pid = fork();

	if (!pid)
		farm();
	return pid;
}
