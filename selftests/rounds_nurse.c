// SPDX-License-Identifier: GPL-2.0
/*
 * rounds_nurse - keeps an executor running, and harms it as told
 *
 * usage: rounds_nurse LOG PROGRAM ARG...
 *
 * PROGRAM is started, with its output appended to LOG, and started again
 * whenever it ends. What comes on stdin, a line at a time:
 *
 *	harm KIND WHEN DELAY AWAY	once, DELAY ms after WHEN
 *	rest				no harm any more; heal at once
 *	leave				end the program, and then itself
 *
 * KIND is kill (SIGKILL, started again after AWAY ms), stop (SIGSTOP, continued
 * after AWAY ms) or restart (SIGTERM, started again when it has ended). WHEN is
 * now, or cycle: the next cycle that the kernel's log tells of. What is done is
 * told on stdout; all memory is locked, since this is to work when there is
 * none.
 */
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
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NEVER	(-1LL)
/* A program that ends as soon as it is started is not tried more often. */
#define AGAIN_MS	100

enum kind { NONE, KILL, STOP, RESTART };

static struct {
	char **command;
	const char *log;
	pid_t pid;
	enum kind kind;		/* harm to be done */
	bool at_cycle;		/* once a cycle has begun */
	long long delay_ms;
	long long away_ms;
	long long harm_at;	/* NEVER: not yet, or none */
	long long cont_at;
	long long start_at;
	bool leaving;
} nurse = {
	.harm_at = NEVER,
	.cont_at = NEVER,
	.start_at = NEVER,
};

static long long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static void say(const char *what, int number)
{
	char line[64];
	int len = snprintf(line, sizeof(line), "%s %d\n", what, number);

	if (write(STDOUT_FILENO, line, len) != len)
		exit(EXIT_FAILURE);
}

static void start(void)
{
	sigset_t none;
	int fd;

	nurse.start_at = NEVER;
	nurse.pid = fork();
	if (nurse.pid < 0) {
		nurse.pid = 0;
		nurse.start_at = now_ms() + AGAIN_MS;
		return;
	}
	if (nurse.pid) {
		say("started", nurse.pid);
		return;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	fd = open(nurse.log, O_WRONLY | O_APPEND | O_CREAT, 0600);
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	execvp(nurse.command[0], nurse.command);
	_exit(127);
}

static void reap(void)
{
	int status;

	if (!nurse.pid || waitpid(nurse.pid, &status, WNOHANG) != nurse.pid)
		return;
	say("ended", WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
					   WEXITSTATUS(status));
	nurse.pid = 0;
	nurse.cont_at = NEVER;
	if (nurse.leaving)
		exit(EXIT_SUCCESS);
	if (nurse.start_at == NEVER)
		nurse.start_at = now_ms() + AGAIN_MS;
}

static void harm(void)
{
	enum kind kind = nurse.kind;

	nurse.kind = NONE;
	nurse.harm_at = NEVER;
	if (!nurse.pid) {
		say("missed", kind);
		return;
	}
	switch (kind) {
	case KILL:
		kill(nurse.pid, SIGKILL);
		nurse.start_at = now_ms() + nurse.away_ms;
		say("killed", nurse.pid);
		break;
	case STOP:
		kill(nurse.pid, SIGSTOP);
		nurse.cont_at = now_ms() + nurse.away_ms;
		say("stopped", nurse.pid);
		break;
	case RESTART:
		kill(nurse.pid, SIGTERM);
		nurse.start_at = now_ms();
		say("terminated", nurse.pid);
		break;
	case NONE:
		break;
	}
}

static void cont(void)
{
	nurse.cont_at = NEVER;
	kill(nurse.pid, SIGCONT);
	say("continued", nurse.pid);
}

static void heal(void)
{
	nurse.kind = NONE;
	nurse.harm_at = NEVER;
	if (nurse.cont_at != NEVER)
		cont();
	if (nurse.start_at != NEVER)
		nurse.start_at = now_ms();
}

static void be_told(const char *line)
{
	static const char *const kinds[] = { "none", "kill", "stop", "restart" };
	char kind[16], when[16];
	unsigned int i;

	if (sscanf(line, "harm %15s %15s %lld %lld", kind, when,
		   &nurse.delay_ms, &nurse.away_ms) == 4) {
		for (i = 0; i < 4; i++)
			if (!strcmp(kind, kinds[i]))
				nurse.kind = (enum kind)i;
		nurse.at_cycle = !strcmp(when, "cycle");
		nurse.harm_at = nurse.at_cycle || nurse.kind == NONE ?
				NEVER : now_ms() + nurse.delay_ms;
		say("will", nurse.kind);
	} else if (!strcmp(line, "rest")) {
		heal();
		say("rested", 0);
	} else if (!strcmp(line, "leave")) {
		nurse.leaving = true;
		heal();
		if (!nurse.pid)
			exit(EXIT_SUCCESS);
		kill(nurse.pid, SIGTERM);
	} else {
		say("what", 0);
	}
}

static void read_orders(void)
{
	static char text[256];
	static size_t fill;
	char *end;
	ssize_t len;

	len = read(STDIN_FILENO, text + fill, sizeof(text) - 1 - fill);
	if (len <= 0) {
		if (nurse.pid)
			kill(nurse.pid, SIGKILL);
		exit(EXIT_FAILURE);
	}
	fill += len;
	text[fill] = 0;
	while ((end = strchr(text, '\n'))) {
		*end = 0;
		be_told(text);
		fill -= end + 1 - text;
		memmove(text, end + 1, fill + 1);
	}
	if (fill == sizeof(text) - 1)
		fill = 0;
}

/* A record a read; EPIPE says that some were overwritten. */
static void read_log(int fd)
{
	char record[1024];
	ssize_t len;

	for (;;) {
		len = read(fd, record, sizeof(record) - 1);
		if (len < 0 && errno == EPIPE)
			continue;
		if (len <= 0)
			return;
		record[len] = 0;
		if (nurse.at_cycle && nurse.kind != NONE &&
		    nurse.harm_at == NEVER && strstr(record, ";oomk: cycle ")) {
			say("cycle", 0);
			nurse.harm_at = now_ms() + nurse.delay_ms;
		}
	}
}

static int open_signals(void)
{
	sigset_t signals;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&signals);
	sigaddset(&signals, SIGCHLD);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int until_next(void)
{
	const long long times[] = {
		nurse.harm_at, nurse.cont_at, nurse.pid ? NEVER : nurse.start_at
	};
	long long next = NEVER;
	unsigned int i;

	for (i = 0; i < 3; i++)
		if (times[i] != NEVER && (next == NEVER || times[i] < next))
			next = times[i];
	if (next == NEVER)
		return -1;
	next -= now_ms();
	return next > 0 ? next : 0;
}

static void do_what_is_due(void)
{
	long long now = now_ms();

	if (nurse.harm_at != NEVER && now >= nurse.harm_at)
		harm();
	if (nurse.cont_at != NEVER && now >= nurse.cont_at)
		cont();
	if (!nurse.pid && nurse.start_at != NEVER && now >= nurse.start_at)
		start();
}

int main(int argc, char **argv)
{
	struct pollfd fds[3] = { { .fd = STDIN_FILENO, .events = POLLIN } };
	struct signalfd_siginfo info;

	if (argc < 3)
		errx(2, "usage: rounds_nurse LOG PROGRAM ARG...");
	nurse.log = argv[1];
	nurse.command = argv + 2;
	fds[1].fd = open_signals();
	fds[1].events = POLLIN;
	fds[2].fd = open("/dev/kmsg", O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	fds[2].events = POLLIN;
	if (fds[1].fd < 0 || fds[2].fd < 0)
		err(EXIT_FAILURE, "cannot set up");
	lseek(fds[2].fd, 0, SEEK_END);
	setpriority(PRIO_PROCESS, 0, -20);
	if (mlockall(MCL_CURRENT | MCL_FUTURE))
		err(EXIT_FAILURE, "cannot lock memory");
	start();
	for (;;) {
		poll(fds, 3, until_next());
		if (fds[0].revents)
			read_orders();
		if (fds[1].revents)
			while (read(fds[1].fd, &info, sizeof(info)) > 0)
				;
		if (fds[2].revents)
			read_log(fds[2].fd);
		reap();
		do_what_is_due();
	}
}
