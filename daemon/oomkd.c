// SPDX-License-Identifier: GPL-2.0
/*
 * oomkd, the executor of oomk: waits for victim sets and executes them.
 *
 * One loop, one thread, no timer of its own. While a set is being executed,
 * the executor polls this loop's epoll descriptor along with the victims, so
 * that a rising level or a request to leave is heard at once.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "adjust.h"
#include "executor.h"
#include "genl.h"
#include "log.h"
#include "rehearse.h"
#include "rundir.h"
#include "seat.h"

#ifndef OOMK_VERSION
#define OOMK_VERSION "unknown"
#endif

#define RUN_DIR		"/run/oomk"
/* Victims that there is room for without growing. */
#define NR_VICTIMS	8192
#define EXIT_USAGE	2
#define PRIORITY	(-20)

/**
 * struct oomkd - all that there is
 * @run_dir: where lock and record are
 * @dry_run: signal nobody
 * @verbose: log debug lines
 * @adjust: record of raised oom_score_adj
 * @executor: carries orders out
 * @seat: socket of the requests
 * @events: socket of the events
 * @epoll_fd: @events, signals, watchdog
 * @signal_fd: SIGTERM and SIGINT
 * @timer_fd: half the watchdog's interval; -1: no watchdog
 * @cycle: being executed; 0: none
 * @waiting: a set may wait to be fetched
 * @nudged: the set being executed may have become more urgent
 * @leaving: asked to leave
 * @failed: cannot go on
 */
struct oomkd {
	const char *run_dir;
	bool dry_run;
	bool verbose;
	struct oomk_adjust adjust;
	struct oomk_executor executor;
	struct oomk_seat seat;
	struct oomk_genl *events;
	int epoll_fd;
	int signal_fd;
	int timer_fd;
	u64 cycle;
	bool waiting;
	bool nudged;
	bool leaving;
	bool failed;
};

static int on_event(int cmd, struct nlattr **attrs, void *arg)
{
	struct oomkd *oomkd = arg;
	u64 cycle;

	if (cmd != OOMK_CMD_READY)
		return 0;
	if (oomkd->cycle && oomk_genl_u64(attrs, OOMK_A_REQUEST_CYCLE, &cycle) &&
	    cycle == oomkd->cycle)
		oomkd->nudged = true;
	else
		oomkd->waiting = true;
	return 0;
}

static void read_events(struct oomkd *oomkd)
{
	int err = oomk_genl_recv(oomkd->events, on_event, oomkd);

	if (err == -ENOBUFS) {
		oomkd->waiting = true;
		oomkd->nudged = true;
	} else if (err == -ENODEV) {
		oomk_log(LOG_ERR, "the module oomk was unloaded");
		oomkd->failed = true;
	} else if (err) {
		oomk_log(LOG_ERR, "cannot read events: %s", strerror(-err));
		oomkd->failed = true;
	}
}

static void read_signal(struct oomkd *oomkd)
{
	struct signalfd_siginfo info;

	if (read(oomkd->signal_fd, &info, sizeof(info)) != sizeof(info))
		return;
	oomk_log(LOG_INFO, "%s from pid %u, leaving",
		 info.ssi_signo == SIGINT ? "SIGINT" : "SIGTERM", info.ssi_pid);
	oomkd->leaving = true;
}

static void read_timer(struct oomkd *oomkd)
{
	u64 expirations;

	if (read(oomkd->timer_fd, &expirations, sizeof(expirations)) > 0)
		sd_notify(0, "WATCHDOG=1");
}

static void poll_once(struct oomkd *oomkd, int timeout_ms)
{
	struct epoll_event events[4];
	int i, nr;

	nr = epoll_wait(oomkd->epoll_fd, events, 4, timeout_ms);
	for (i = 0; i < nr; i++) {
		if (events[i].data.fd == oomkd->signal_fd)
			read_signal(oomkd);
		else if (events[i].data.fd == oomkd->timer_fd)
			read_timer(oomkd);
		else
			read_events(oomkd);
	}
	if (nr < 0 && errno != EINTR) {
		oomk_log(LOG_ERR, "epoll_wait: %s", strerror(errno));
		oomkd->failed = true;
	}
}

static int check(void *arg, enum oomk_level *level, bool *needed)
{
	struct oomkd *oomkd = arg;

	return oomk_seat_check(&oomkd->seat, oomkd->cycle, level, needed);
}

static enum oomk_executor_wake wake(void *arg)
{
	struct oomkd *oomkd = arg;

	poll_once(oomkd, 0);
	if (oomkd->leaving || oomkd->failed)
		return OOMK_WAKE_STOP;
	if (oomkd->nudged || oomkd->waiting) {
		oomkd->nudged = false;
		return OOMK_WAKE_CHECK;
	}
	return OOMK_WAKE_NONE;
}

static void report(void *arg, const struct oomk_victim *victims,
		   unsigned int nr)
{
	struct oomkd *oomkd = arg;
	int err;

	err = oomk_seat_done(&oomkd->seat, oomkd->cycle, victims, nr);
	if (!err)
		return;
	oomk_log(err == -ENOENT || err == -ESTALE ? LOG_NOTICE : LOG_ERR,
		 "cycle %llu: DONE refused: %s%s%s",
		 (unsigned long long)oomkd->cycle, strerror(-err),
		 *oomk_genl_extack(oomkd->seat.genl) ? ": " : "",
		 oomk_genl_extack(oomkd->seat.genl));
}

/* Another may be waiting by the time one is done; each is announced anew. */
static void execute_waiting(struct oomkd *oomkd)
{
	struct oomk_order order;
	int err;

	oomkd->waiting = false;
	err = oomk_seat_accept(&oomkd->seat, &order);
	if (err == -ENOENT || err == -ESTALE || err == -EBUSY)
		return;
	if (err) {
		oomk_log(LOG_ERR, "cannot fetch the victims: %s%s%s",
			 strerror(-err),
			 *oomk_genl_extack(oomkd->seat.genl) ? ": " : "",
			 oomk_genl_extack(oomkd->seat.genl));
		return;
	}
	oomk_log_hold();
	oomk_log(LOG_NOTICE, "cycle %llu: accepted: %u victims, level %s, grace %u ms%s",
		 (unsigned long long)order.cycle, order.nr,
		 order.level == OOMK_LEVEL_HARD ? "hard" : "soft",
		 order.grace_ms, oomkd->dry_run ? ", dry run" : "");
	oomkd->cycle = order.cycle;
	oomkd->nudged = false;
	oomk_executor_run(&oomkd->executor, &order);
	oomkd->cycle = 0;
	/* Not before: sd_notify() may wait for a manager that is stalled. */
	sd_notifyf(0, "STATUS=Waiting, last cycle %llu",
		   (unsigned long long)order.cycle);
}

static int watch(struct oomkd *oomkd, int fd)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

	return epoll_ctl(oomkd->epoll_fd, EPOLL_CTL_ADD, fd, &event) ?
	       -errno : 0;
}

static int open_watchdog(struct oomkd *oomkd)
{
	struct itimerspec spec = { 0 };
	u64 usec;

	if (sd_watchdog_enabled(0, &usec) <= 0)
		return 0;
	/* Twice as often as asked for. */
	spec.it_interval.tv_sec = usec / 2 / 1000000;
	spec.it_interval.tv_nsec = usec / 2 % 1000000 * 1000;
	spec.it_value = spec.it_interval;
	oomkd->timer_fd = timerfd_create(CLOCK_MONOTONIC,
					 TFD_CLOEXEC | TFD_NONBLOCK);
	if (oomkd->timer_fd < 0 ||
	    timerfd_settime(oomkd->timer_fd, 0, &spec, NULL))
		return -errno;
	return watch(oomkd, oomkd->timer_fd);
}

static int open_loop(struct oomkd *oomkd)
{
	sigset_t signals;
	int err;

	oomkd->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (oomkd->epoll_fd < 0)
		return -errno;
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	if (sigprocmask(SIG_BLOCK, &signals, NULL))
		return -errno;
	signal(SIGPIPE, SIG_IGN);
	oomkd->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	if (oomkd->signal_fd < 0)
		return -errno;
	err = watch(oomkd, oomkd->signal_fd);
	return err ? err : open_watchdog(oomkd);
}

static void raise_limits(void)
{
	struct rlimit limit;

	/* A hog that keeps all CPUs busy must not keep us from its end. */
	if (setpriority(PRIO_PROCESS, 0, PRIORITY))
		oomk_log(LOG_DEBUG, "cannot raise my priority: %s",
			 strerror(errno));
	/* One descriptor a victim. */
	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static void protect_self(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, "-1000", 5) != 5)
		oomk_log(LOG_WARNING, "cannot protect myself from the kernel's killer: %s",
			 strerror(errno));
	if (fd >= 0)
		close(fd);
}

static int open_run_dir(struct oomkd *oomkd)
{
	unsigned int restored;
	int dir, holder = 0;
	int err;

	dir = oomk_rundir_open(oomkd->run_dir);
	if (dir < 0) {
		oomk_log(LOG_ERR, "%s: %s", oomkd->run_dir, strerror(-dir));
		return dir;
	}
	/* Never closed: the lock lasts as long as the process. */
	err = oomk_rundir_lock(dir, &holder);
	if (err == -EBUSY)
		oomk_log(LOG_ERR, "another executor (pid %d) is running", holder);
	else if (err < 0)
		oomk_log(LOG_ERR, "%s: cannot lock: %s", oomkd->run_dir,
			 strerror(-err));
	if (err >= 0) {
		err = oomk_adjust_open(&oomkd->adjust, dir, NR_VICTIMS);
		if (err)
			oomk_log(LOG_WARNING, "%s: no record, oom_score_adj will not be raised: %s",
				 oomkd->run_dir, strerror(-err));
		err = 0;
	}
	close(dir);
	restored = oomk_adjust_recover(&oomkd->adjust);
	if (restored)
		oomk_log(LOG_NOTICE, "restored the oom_score_adj of %u tasks after a crash",
			 restored);
	return err;
}

static int rehearse(struct oomkd *oomkd)
{
	int err;

	/* Told of only if it goes wrong. */
	oomk_log_open(oomkd->verbose ? LOG_DEBUG : LOG_ERR);
	err = oomk_rehearse(&oomkd->adjust);
	oomk_log_open(oomkd->verbose ? LOG_DEBUG : LOG_INFO);
	if (err)
		oomk_log(LOG_ERR, "dry run failed, a victim could not be killed: %s",
			 strerror(-err));
	return err;
}

static void explain_refusal(struct oomkd *oomkd, int err)
{
	const char *sentence;

	if (err == -ENOENT) {
		oomk_log(LOG_ERR, "the module oomk is not loaded; load it with: modprobe oomk");
		return;
	}
	if (err == -EBUSY) {
		oomk_log(LOG_ERR, "another executor (pid %u) is running",
			 oomk_seat_holder(&oomkd->seat));
		return;
	}
	sentence = oomkd->seat.genl ? oomk_genl_extack(oomkd->seat.genl) : "";
	oomk_log(LOG_ERR, "the executor's seat is refused: %s%s%s",
		 strerror(-err), *sentence ? ": " : "", sentence);
}

/* Subscribed before seated: no set may be offered unheard in between. */
static int take_seat(struct oomkd *oomkd)
{
	int err;

	err = oomk_genl_open(&oomkd->events);
	if (!err)
		err = oomk_genl_subscribe(oomkd->events);
	if (!err)
		err = oomk_seat_take(&oomkd->seat, NR_VICTIMS);
	if (err) {
		explain_refusal(oomkd, err);
		return err;
	}
	return watch(oomkd, oomk_genl_fd(oomkd->events));
}

static int set_up(struct oomkd *oomkd)
{
	struct oomk_executor_ops ops = {
		.check = check,
		.now_ms = oomk_executor_clock_ms,
		.wake = wake,
		.report = report,
		.arg = oomkd,
	};
	int err;

	raise_limits();
	err = open_run_dir(oomkd);
	if (err)
		return err;
	err = open_loop(oomkd);
	if (err)
		goto fail;
	err = rehearse(oomkd);
	if (err)
		return err;
	protect_self();
	err = take_seat(oomkd);
	if (err)
		return err;
	ops.wake_fd = oomkd->epoll_fd;
	err = oomk_executor_open(&oomkd->executor, &ops, &oomkd->adjust);
	if (err)
		goto fail;
	oomkd->executor.dry_run = oomkd->dry_run;
	/* On fault: a library's pages that nobody touches need not be there. */
	if (mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT))
		oomk_log(LOG_WARNING, "cannot lock my memory: %s",
			 strerror(errno));
	return 0;

fail:
	oomk_log(LOG_ERR, "cannot set up: %s", strerror(-err));
	return err;
}

static int run(struct oomkd *oomkd)
{
	if (set_up(oomkd))
		return EXIT_FAILURE;
	oomk_log(LOG_INFO, "ready%s", oomkd->dry_run ? ", dry run" : "");
	sd_notify(0, "READY=1\nSTATUS=Waiting");
	/* A set may have been offered before there was anybody to hear it. */
	oomkd->waiting = true;
	while (!oomkd->leaving && !oomkd->failed) {
		if (oomkd->waiting)
			execute_waiting(oomkd);
		else
			poll_once(oomkd, -1);
	}
	sd_notify(0, "STOPPING=1");
	oomk_adjust_recover(&oomkd->adjust);
	oomk_seat_leave(&oomkd->seat);
	return oomkd->failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

static void print_help(void)
{
	puts("Usage: oomkd [OPTION]...\n"
	     "Carry out what the kernel module oomk decides when memory runs out.\n"
	     "\n"
	     "  -n, --dry-run      accept victims, log them, spare them all\n"
	     "  -v, --verbose      log what is of use to find a fault, too\n"
	     "      --run-dir DIR  keep lock and record in DIR (" RUN_DIR ")\n"
	     "  -h, --help         print this and exit\n"
	     "  -V, --version      print the version and exit\n"
	     "\n"
	     "It stays in the foreground and logs to standard error. Exit status: 0 asked\n"
	     "to leave, 1 cannot start or go on, 2 wrong usage.");
}

/* Returns the status to exit with, or -1 to go on. */
static int parse_options(struct oomkd *oomkd, int argc, char **argv)
{
	static const struct option options[] = {
		{ "dry-run", no_argument, NULL, 'n' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "run-dir", required_argument, NULL, 'd' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{}
	};
	int option;

	while ((option = getopt_long(argc, argv, "nvhV", options, NULL)) != -1) {
		switch (option) {
		case 'n':
			oomkd->dry_run = true;
			break;
		case 'v':
			oomkd->verbose = true;
			break;
		case 'd':
			oomkd->run_dir = optarg;
			break;
		case 'h':
			print_help();
			return EXIT_SUCCESS;
		case 'V':
			puts("oomkd " OOMK_VERSION);
			return EXIT_SUCCESS;
		default:
			fputs("Try 'oomkd --help'.\n", stderr);
			return EXIT_USAGE;
		}
	}
	if (optind == argc)
		return -1;
	fprintf(stderr, "oomkd: unexpected argument '%s'\nTry 'oomkd --help'.\n",
		argv[optind]);
	return EXIT_USAGE;
}

int main(int argc, char **argv)
{
	struct oomkd oomkd = {
		.run_dir = RUN_DIR,
		.adjust.fd = -1,
		.epoll_fd = -1,
		.signal_fd = -1,
		.timer_fd = -1,
	};
	int status;

	status = parse_options(&oomkd, argc, argv);
	if (status >= 0)
		return status;
	oomk_log_open(oomkd.verbose ? LOG_DEBUG : LOG_INFO);
	return run(&oomkd);
}
