// SPDX-License-Identifier: GPL-2.0
/* What the executor says to standard error and to the journal. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"

static int failures;
static int real_stderr;

static void expect(bool ok, const char *what)
{
	if (ok)
		return;
	printf("# %s\n", what);
	failures++;
}

static void expect_text(const char *have, const char *want)
{
	if (!strcmp(have, want))
		return;
	printf("# have '%s', want '%s'\n", have, want);
	failures++;
}

static const char *hear(int fd)
{
	static char text[40000];
	ssize_t n = read(fd, text, sizeof(text) - 1);

	text[n < 0 ? 0 : n] = '\0';
	return text;
}

/* Puts one end of a socket where standard error is; returns the other. */
static int take_stderr(int type)
{
	int fds[2];

	if (socketpair(AF_UNIX, type, 0, fds))
		abort();
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	dup2(fds[1], STDERR_FILENO);
	close(fds[1]);
	return fds[0];
}

static void give_stderr_back(int fd)
{
	close(fd);
	dup2(real_stderr, STDERR_FILENO);
}

static void test_log_lines(void)
{
	int fd = take_stderr(SOCK_STREAM);

	unsetenv("JOURNAL_STREAM");
	oomk_log_open(LOG_INFO);
	oomk_log(LOG_INFO, "one %d", 1);
	oomk_log(LOG_DEBUG, "not asked for");
	oomk_log(LOG_ERR, "two");
	expect_text(hear(fd), "oomkd: one 1\noomkd: two\n");
	oomk_log_open(LOG_DEBUG);
	oomk_log(LOG_DEBUG, "three");
	expect_text(hear(fd), "oomkd: three\n");
	give_stderr_back(fd);
}

static void test_log_journal(void)
{
	int fd = take_stderr(SOCK_STREAM);
	char stream[64];
	struct stat st;

	fstat(STDERR_FILENO, &st);
	snprintf(stream, sizeof(stream), "%llu:%llu",
		 (unsigned long long)st.st_dev, (unsigned long long)st.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
	oomk_log_open(LOG_INFO);
	oomk_log(LOG_WARNING, "one");
	expect_text(hear(fd), "<4>one\n");
	/* Standard error was led elsewhere since. */
	snprintf(stream, sizeof(stream), "%llu:%llu",
		 (unsigned long long)st.st_dev,
		 (unsigned long long)st.st_ino + 1);
	setenv("JOURNAL_STREAM", stream, 1);
	oomk_log_open(LOG_INFO);
	oomk_log(LOG_WARNING, "two");
	expect_text(hear(fd), "oomkd: two\n");
	unsetenv("JOURNAL_STREAM");
	oomk_log_open(LOG_INFO);
	give_stderr_back(fd);
}

static void test_log_held(void)
{
	int fd = take_stderr(SOCK_STREAM);

	oomk_log_hold();
	oomk_log(LOG_INFO, "one");
	oomk_log(LOG_INFO, "two");
	expect_text(hear(fd), "");
	oomk_log_flush();
	expect_text(hear(fd), "oomkd: one\noomkd: two\n");
	oomk_log(LOG_INFO, "three");
	expect_text(hear(fd), "oomkd: three\n");
	give_stderr_back(fd);
}

static void test_log_cut(void)
{
	int fd = take_stderr(SOCK_STREAM);
	char line[1000];
	const char *have;

	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	oomk_log(LOG_INFO, "%s", line);
	oomk_log(LOG_INFO, "next");
	have = hear(fd);
	expect(strlen(have) < 600, "cut");
	expect(strstr(have, "xxx\noomkd: next\n"), "and still a line");
	give_stderr_back(fd);
}

/* A journal that does not read: lines are lost, and counted, and no wait. */
static void test_log_stuck(void)
{
	int fd = take_stderr(SOCK_STREAM);
	unsigned int i, lines = 0, lost = 0;
	const char *have, *at;

	alarm(20);
	for (i = 0; i < 20000; i++)
		oomk_log(LOG_INFO, "line %u of many, so that it gets full", i);
	alarm(0);
	do {
		have = hear(fd);
		for (at = have; (at = strstr(at, "of many")); at++)
			lines++;
		at = strstr(have, " log lines lost\n");
		if (at) {
			while (at[-1] >= '0' && at[-1] <= '9')
				at--;
			lost += strtoul(at, NULL, 10);
		}
		oomk_log(LOG_INFO, "again");
		oomk_log_flush();
	} while (strcmp(have, "oomkd: again\n") && *have);
	expect(lost > 0, "nothing was lost");
	expect(lines > 0, "all was lost");
	if (lines + lost < 20000 || lines + lost > 20010) {
		printf("# %u lines and %u lost are not 20000\n", lines, lost);
		failures++;
	}
	give_stderr_back(fd);
}

#define TEST(name) { #name, test_ ## name }

int main(void)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} tests[] = {
		TEST(log_lines), TEST(log_journal), TEST(log_held),
		TEST(log_cut), TEST(log_stuck),
	};
	const unsigned int nr = sizeof(tests) / sizeof(*tests);
	unsigned int i;
	int failed = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	real_stderr = dup(STDERR_FILENO);
	printf("TAP version 13\n1..%u\n", nr);
	for (i = 0; i < nr; i++) {
		failures = 0;
		tests[i].run();
		failed |= failures;
		printf("%sok %u %s\n", failures ? "not " : "", i + 1,
		       tests[i].name);
	}
	return failed ? 1 : 0;
}
