// SPDX-License-Identifier: GPL-2.0
/*
 * latency_probe - how long from a mark being crossed to SIGKILL, and to the
 * pages being back, by clocks that the killer under test has no part in
 *
 * usage: latency_probe ROUNDS RATE SOFT HARD BACK
 *
 * In each round a child that ignores SIGTERM takes RATE KiB of memory a second
 * (0: as fast as it can) until somebody kills it. Its parent reads MemAvailable
 * every millisecond: when it falls below SOFT and below HARD per cent of
 * MemTotal, and when it is above BACK per cent again. When SIGKILL was sent is
 * what the tracepoint signal_generate says, when the killer's trigger ran,
 * oomk_trigger; whoever calls has turned them on, with the clock "mono". Prints
 * a line a round, in microseconds of CLOCK_MONOTONIC, 0 for what was not seen,
 * such as the hard mark if the child was dead before:
 *
 *	round NUMBER soft hard trigger signal exit back
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TRACE		"/sys/kernel/tracing/trace"
#define SAMPLE_US	1000
#define ROUND_US	(60LL * 1000 * 1000)
#define REST_US		(500 * 1000)
#define PAGE_BYTES	4096
#define CHUNK_BYTES	(1024UL * 1024)

static int meminfo_fd;
static char trace[1 << 18];

static long long now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

/* KiB of a line of /proc/meminfo; those asked for are among the first three. */
static long memory_kb(const char *key)
{
	char text[256];
	const char *at;
	ssize_t len;

	len = pread(meminfo_fd, text, sizeof(text) - 1, 0);
	if (len <= 0)
		err(EXIT_FAILURE, "/proc/meminfo");
	text[len] = 0;
	at = strstr(text, key);
	if (!at)
		errx(EXIT_FAILURE, "no %s in /proc/meminfo", key);
	return strtol(at + strlen(key), NULL, 10);
}

/* A child is to be what a killer may choose: nothing of ours is inherited. */
static void be_hog(long rate_kb)
{
	long long from = now_us();
	unsigned long taken = 0;
	size_t at;
	char *chunk;
	int fd;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setpriority(PRIO_PROCESS, 0, 0);
	signal(SIGTERM, SIG_IGN);
	fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "0", 1) != 1)
		_exit(EXIT_FAILURE);
	close(fd);
	for (;;) {
		chunk = mmap(NULL, CHUNK_BYTES, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (chunk == MAP_FAILED)
			_exit(EXIT_FAILURE);
		for (at = 0; at < CHUNK_BYTES; at += PAGE_BYTES)
			chunk[at] = 1;
		taken += CHUNK_BYTES / 1024;
		while (rate_kb &&
		       (now_us() - from) * rate_kb / 1000000 < (long)taken)
			usleep(1000);
	}
}

static void read_trace(void)
{
	int fd = open(TRACE, O_RDONLY | O_CLOEXEC);
	size_t fill = 0;
	ssize_t len = 1;

	while (fd >= 0 && len > 0 && fill < sizeof(trace) - 1) {
		len = read(fd, trace + fill, sizeof(trace) - 1 - fill);
		if (len > 0)
			fill += len;
	}
	trace[fill] = 0;
	if (fd >= 0)
		close(fd);
	fd = open(TRACE, O_WRONLY | O_TRUNC | O_CLOEXEC);
	if (fd >= 0)
		close(fd);
}

/* When the first event of that name, with that word in its line, happened. */
static long long traced_us(const char *event, const char *word)
{
	long long seconds, us;
	char *at = trace;
	char *line, *end;

	while ((at = strstr(at, event))) {
		end = strchrnul(at, '\n');
		for (line = at; line > trace && line[-1] != ' '; line--)
			;
		at = memmem(at, end - at, word, strlen(word));
		if (at && sscanf(line, "%lld.%lld:", &seconds, &us) == 2)
			return seconds * 1000000 + us;
		at = end;
	}
	return 0;
}

static long soft_kb, hard_kb, back_kb;

/* Returns false if the child was not killed in time. */
static bool play(int number, long rate_kb)
{
	long long from, due, soft = 0, hard = 0, gone_us = 0, back = 0;
	long long left_us;
	struct pollfd gone = { .events = POLLIN };
	char word[32];
	long kb;
	pid_t pid;

	from = now_us();
	due = from;
	pid = fork();
	if (!pid)
		be_hog(rate_kb);
	gone.fd = syscall(SYS_pidfd_open, pid, 0);
	if (pid < 0 || gone.fd < 0)
		err(EXIT_FAILURE, "no child");
	while (!back && now_us() - from < ROUND_US) {
		kb = memory_kb("MemAvailable:");
		if (!soft && kb < soft_kb)
			soft = now_us();
		if (!hard && kb < hard_kb)
			hard = now_us();
		if (!gone_us && poll(&gone, 1, 0) == 1)
			gone_us = now_us();
		if (hard && kb >= back_kb)
			back = now_us();
		if (gone_us && !hard)
			break;
		due += SAMPLE_US;
		left_us = due - now_us();
		if (left_us > 0)
			usleep(left_us);
		else
			due -= left_us;
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(gone.fd);
	read_trace();
	snprintf(word, sizeof(word), " pid=%d ", pid);
	printf("round %d %lld %lld %lld %lld %lld %lld\n", number, soft, hard,
	       traced_us(": oomk_trigger:", "cause="),
	       traced_us(": signal_generate: sig=9 ", word), gone_us, back);
	fflush(stdout);
	return back || (gone_us && !hard);
}

static void rest(void)
{
	long long until = now_us() + ROUND_US;

	/* Not in step with whatever ticks once a second. */
	usleep(REST_US + random() % 1000000);
	while (memory_kb("MemAvailable:") < back_kb && now_us() < until)
		usleep(10000);
}

int main(int argc, char **argv)
{
	long rounds, rate_kb, total_kb;
	int i;

	if (argc != 6)
		errx(2, "usage: latency_probe ROUNDS RATE SOFT HARD BACK");
	meminfo_fd = open("/proc/meminfo", O_RDONLY | O_CLOEXEC);
	total_kb = memory_kb("MemTotal:");
	rounds = strtol(argv[1], NULL, 10);
	rate_kb = strtol(argv[2], NULL, 10);
	soft_kb = total_kb * strtol(argv[3], NULL, 10) / 100;
	hard_kb = total_kb * strtol(argv[4], NULL, 10) / 100;
	back_kb = total_kb * strtol(argv[5], NULL, 10) / 100;
	setpriority(PRIO_PROCESS, 0, -20);
	/* A child inherits no locks: its pages are as others' are. */
	if (mlockall(MCL_CURRENT | MCL_FUTURE))
		err(EXIT_FAILURE, "cannot lock memory");
	read_trace();
	for (i = 1; i <= rounds; i++) {
		rest();
		if (!play(i, rate_kb))
			errx(EXIT_FAILURE, "round %d did not end", i);
	}
	return EXIT_SUCCESS;
}
