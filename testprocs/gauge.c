// SPDX-License-Identifier: GPL-2.0
/*
 * gauge - writes down how a machine fares: memory, swap and pressure at fixed
 * times, the end of given processes, lines of the kernel's log, all on one
 * clock. Locked in memory, so that it goes on when everything else stalls.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "args.h"

#define PIDS_MAX	64

static struct {
	unsigned long every_ms;
	const char *pids;
	const char *word;
} opt = {
	.every_ms = 250,
};

static const struct args_option options[] = {
	{ "every", ARGS_COUNT, &opt.every_ms, "MS",
	  "milliseconds between two samples, 250 by default; 0: none" },
	{ "pids", ARGS_TEXT, &opt.pids, "LIST",
	  "tell when one of these ends; commas between them" },
	{ "log", ARGS_TEXT, &opt.word, "WORD",
	  "repeat kernel messages from now on that have WORD" },
	{ }
};

static struct {
	struct pollfd polls[PIDS_MAX + 1];
	int pids[PIDS_MAX + 1];
	unsigned int nr;
} watched;

static unsigned long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000UL + now.tv_nsec / 1000000;
}

static void watch(int fd, int pid)
{
	watched.polls[watched.nr].fd = fd;
	watched.polls[watched.nr].events = POLLIN;
	watched.pids[watched.nr++] = pid;
}

static void watch_pids(const char *list)
{
	char *copy = strdup(list);
	unsigned long pid;
	char *word;
	int fd;

	if (!copy)
		err(EXIT_FAILURE, "--pids");
	for (word = strtok(copy, ","); word; word = strtok(NULL, ",")) {
		if (args_count(word, &pid) || watched.nr > PIDS_MAX)
			errx(2, "--pids %s: not a list of at most %d pids",
			     list, PIDS_MAX);
		fd = syscall(SYS_pidfd_open, (int)pid, 0);
		if (fd < 0)
			err(EXIT_FAILURE, "pid %lu", pid);
		watch(fd, pid);
	}
	free(copy);
}

static void watch_log(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0 || lseek(fd, 0, SEEK_END) < 0)
		err(EXIT_FAILURE, "/dev/kmsg");
	watch(fd, 0);
}

/* Return: the text after @key in @text, "0" if it is not there. */
static const char *after(const char *text, const char *key)
{
	const char *at = strstr(text, key);

	return at ? at + strlen(key) : "0";
}

static void reread(int fd, char *text, size_t size)
{
	ssize_t len = pread(fd, text, size - 1, 0);

	text[len > 0 ? len : 0] = '\0';
}

static void take_sample(int meminfo, int pressure)
{
	static char mem[8192];
	static char psi[512];
	const char *full;

	reread(meminfo, mem, sizeof(mem));
	reread(pressure, psi, sizeof(psi));
	full = after(after(psi, "full "), "avg10=");
	printf("sample %lu %lu %lu %lu %lu %.*s\n", now_ms(),
	       strtoul(after(mem, "MemAvailable:"), NULL, 10),
	       strtoul(after(mem, "MemTotal:"), NULL, 10),
	       strtoul(after(mem, "SwapFree:"), NULL, 10),
	       strtoul(after(mem, "SwapTotal:"), NULL, 10),
	       (int)strspn(full, "0123456789."), full);
}

/* A read gives one record: "priority,number,microseconds,flags;text". */
static void relay_log(int fd)
{
	static char record[8192];
	ssize_t len;
	char *text;

	for (;;) {
		len = read(fd, record, sizeof(record) - 1);
		/* EPIPE: records were overwritten, the next read goes on. */
		if (len < 0 && errno == EPIPE)
			continue;
		if (len <= 0)
			return;
		record[len] = '\0';
		text = strchr(record, ';');
		if (!text++ || !strstr(text, opt.word))
			continue;
		printf("log %lu %.*s\n", now_ms(), (int)strcspn(text, "\n"),
		       text);
	}
}

static void attend(struct pollfd *watch, int pid)
{
	if (!watch->revents)
		return;
	if (!pid) {
		relay_log(watch->fd);
		return;
	}
	printf("gone %lu %d\n", now_ms(), pid);
	close(watch->fd);
	/* poll() passes over it from now on. */
	watch->fd = -1;
	watch->revents = 0;
}

/* Attend to whatever happens until it is time for the next sample. */
static void wait_until(unsigned long until_ms)
{
	unsigned long ms = now_ms();
	unsigned int i;

	while (!opt.every_ms || ms < until_ms) {
		poll(watched.polls, watched.nr,
		     opt.every_ms ? (int)(until_ms - ms) : -1);
		for (i = 0; i < watched.nr; i++)
			attend(&watched.polls[i], watched.pids[i]);
		fflush(stdout);
		ms = now_ms();
	}
}

static void be_the_last_to_die(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, "-1000", 5) != 5)
		warn("cannot set oom_score_adj");
	if (fd >= 0)
		close(fd);
	if (mlockall(MCL_CURRENT | MCL_FUTURE))
		warn("cannot lock memory");
}

int main(int argc, char **argv)
{
	unsigned long next_ms;
	int meminfo, pressure;

	args_parse(argc, argv,
		   "Write down memory, swap and pressure:\n"
		   "  sample MS AVAILABLE TOTAL SWAP_FREE SWAP_TOTAL PSI_FULL_AVG10 (kB, %)\n"
		   "  gone MS PID\n"
		   "  log MS TEXT\n"
		   "with MS on the monotonic clock. Ends when it is killed.",
		   options);
	meminfo = open("/proc/meminfo", O_RDONLY | O_CLOEXEC);
	if (meminfo < 0)
		err(EXIT_FAILURE, "/proc/meminfo");
	/* Not there if the kernel has PSI off: then pressure reads as 0. */
	pressure = open("/proc/pressure/memory", O_RDONLY | O_CLOEXEC);
	if (opt.word)
		watch_log();
	if (opt.pids)
		watch_pids(opt.pids);
	be_the_last_to_die();
	args_ready();
	for (next_ms = now_ms();; next_ms += opt.every_ms) {
		if (opt.every_ms)
			take_sample(meminfo, pressure);
		fflush(stdout);
		wait_until(next_ms + opt.every_ms);
	}
}
