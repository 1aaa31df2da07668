// SPDX-License-Identifier: GPL-2.0
/*
 * oomkd, the executor of oomk: waits for victim sets and executes them.
 *
 * One loop, one thread, no timer of its own. While a set is being executed,
 * the executor polls this loop's epoll descriptor along with the victims, so
 * that a rising level or a request to leave is heard at once.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "adjust.h"
#include "executor.h"
#include "genl.h"
#include "log.h"
#include "notify.h"
#include "options.h"
#include "rehearse.h"
#include "rundir.h"
#include "safety.h"
#include "seat.h"
#include "self.h"
#include "settings.h"

/* Victims that there is room for without growing. */
#define NR_VICTIMS	8192
/* From one change that is followed to the next one. */
#define CHANGE_MS	100
/* When tasks were written to: who was forked meanwhile is in the open then. */
#define LOOK_MS		1000
/* And once more, for those whose birth takes longer. */
#define LAST_LOOK_MS	4000

/**
 * struct oomkd - all that there is
 * @options: of the command line
 * @adjust: record of raised oom_score_adj
 * @safety: oom_score_adj of tasks in jobs
 * @executor: carries orders out
 * @seat: socket of the requests
 * @events: socket of the events
 * @epoll_fd: @events, signals, watchdog
 * @signal_fd: SIGTERM and SIGINT
 * @timer_fd: half the watchdog's interval; -1: no watchdog
 * @cycle: being executed; 0: none
 * @waiting: a set may wait to be fetched
 * @changed: the policy, or what jobs are worth, may be another than before
 * @change_ms: not to be followed before
 * @look_ms: when to take it for changed anyhow; 0: never
 * @unsettled: the last look found something to be done
 * @settle_ms: when children of victims are looked for once more; 0: at once
 * @nudged: the set being executed may have become more urgent
 * @recovered: the seat was taken anew, and no set was fetched since
 * @leaving: asked to leave
 * @failed: cannot go on
 */
struct oomkd {
	struct oomk_options options;
	struct oomk_adjust adjust;
	struct oomk_safety safety;
	struct oomk_executor executor;
	struct oomk_seat seat;
	struct oomk_genl *events;
	int epoll_fd;
	int signal_fd;
	int timer_fd;
	u64 cycle;
	bool waiting;
	bool changed;
	u64 change_ms;
	u64 look_ms;
	bool unsettled;
	u64 settle_ms;
	bool nudged;
	bool recovered;
	bool leaving;
	bool failed;
};

static int on_event(int cmd, struct nlattr **attrs, void *arg)
{
	struct oomkd *oomkd = arg;
	u64 cycle;

	if (cmd == OOMK_CMD_CHANGE_NTF)
		oomkd->changed = true;
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
		oomkd->changed = true;
		oomkd->waiting = true;
		oomkd->nudged = true;
	} else if (err == -ENODEV) {
		oomk_log(LOG_ERR, "the module oomk was unloaded");
		oomkd->failed = true;
	} else if (err) {
		oomk_log(LOG_ERR, "cannot read events: %s", oomk_log_reason(-err));
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
		oomk_notify_try("WATCHDOG=1");
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
		oomk_log(LOG_ERR, "epoll_wait: %s", oomk_log_reason(errno));
		oomkd->failed = true;
	}
}

static int check(void *arg, struct oomk_condition *condition)
{
	struct oomkd *oomkd = arg;

	return oomk_seat_check(&oomkd->seat, oomkd->cycle, condition);
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
		 (unsigned long long)oomkd->cycle, oomk_log_reason(-err),
		 *oomk_genl_extack(oomkd->seat.genl) ? ": " : "",
		 oomk_genl_extack(oomkd->seat.genl));
}

/* The socket may be of no use any more. Once only: it must not go on so. */
static void recover_seat(struct oomkd *oomkd, int err)
{
	oomk_log(LOG_ERR, "cannot fetch the victims: %s%s%s",
		 oomk_log_reason(err),
		 *oomk_genl_extack(oomkd->seat.genl) ? ": " : "",
		 oomk_genl_extack(oomkd->seat.genl));
	err = oomk_seat_retake(&oomkd->seat);
	if (err) {
		oomk_log(LOG_ERR, "cannot take the seat anew: %s",
			 oomk_log_reason(err));
		oomkd->failed = true;
	}
	oomkd->waiting = !oomkd->recovered;
	oomkd->recovered = true;
}

/* In calm, or what comes nearest to it: the next set shall have room. */
static void make_room(struct oomkd *oomkd, u32 announced)
{
	if (announced > oomkd->seat.capacity &&
	    oomk_seat_reserve(&oomkd->seat, announced + announced / 2))
		oomk_log(LOG_WARNING, "no memory for sets of %u victims",
			 announced);
}

static void execute(struct oomkd *oomkd, const struct oomk_order *order)
{
	char text[64];

	oomk_log_hold();
	oomk_log(LOG_NOTICE, "cycle %llu: accepted: %u victims, level %s, grace %u ms%s",
		 (unsigned long long)order->cycle, order->nr,
		 order->level == OOMK_LEVEL_HARD ? "hard" : "soft",
		 order->grace_ms, oomkd->options.dry_run ? ", dry run" : "");
	oomkd->cycle = order->cycle;
	oomkd->nudged = false;
	oomk_executor_run(&oomkd->executor, order);
	oomkd->settle_ms = 0;
	oomkd->cycle = 0;
	snprintf(text, sizeof(text), "STATUS=Waiting, last cycle %llu",
		 (unsigned long long)order->cycle);
	oomk_notify_try(text);
}

/* Another may be waiting by the time one is done; each is announced anew. */
static void execute_waiting(struct oomkd *oomkd)
{
	struct oomk_order order;
	int err;

	oomkd->waiting = false;
	err = oomk_seat_accept(&oomkd->seat, &order);
	if (err && err != -ENOENT && err != -ESTALE) {
		recover_seat(oomkd, err);
		return;
	}
	oomkd->recovered = false;
	if (err)
		return;
	execute(oomkd, &order);
	make_room(oomkd, order.announced);
}

/* Whoever does what can wait asks this now and then. */
static bool interrupted(void *arg)
{
	struct oomkd *oomkd = arg;

	poll_once(oomkd, 0);
	return oomkd->waiting || oomkd->leaving || oomkd->failed;
}

/* What can wait does: for an order, and until the next change. */
static void follow_changes(struct oomkd *oomkd)
{
	struct oomk_settings settings;
	bool on;
	int ret;

	oomkd->changed = false;
	oomkd->look_ms = 0;
	ret = oomk_settings_get(oomkd->seat.genl, &settings);
	if (ret) {
		oomk_log(LOG_WARNING, "cannot read the policy: %s",
			 oomk_log_reason(-ret));
		oomkd->look_ms = oomk_executor_clock_ms(NULL) + LOOK_MS;
		return;
	}
	oomk_self_schedule(settings.sched);
	on = settings.safety_net == OOMK_SAFETY_NET_ON &&
	     !oomkd->options.dry_run;
	oomkd->safety.raised = oomkd->adjust.raised;
	ret = oomk_safety_follow(&oomkd->safety, oomkd->seat.genl,
				 settings.default_utility, on);
	oomkd->change_ms = oomk_executor_clock_ms(NULL) + CHANGE_MS;
	if (ret == -EINTR)
		oomkd->changed = true;
	else if (ret || oomkd->unsettled)
		oomkd->look_ms = oomk_executor_clock_ms(NULL) +
				 (ret ? LOOK_MS : LAST_LOOK_MS);
	/* Whoever has the value of victims from now on means it. */
	else if (!oomkd->adjust.nr_roots)
		oomkd->adjust.raised = false;
	if (ret != -EINTR)
		oomkd->unsettled = ret;
}

/*
 * Children that victims forked on their way, whatever became of them, until
 * there are none: who was in the midst of his birth is in the open by then.
 */
static void settle_victims(struct oomkd *oomkd)
{
	int nr = oomk_adjust_settle(&oomkd->adjust);

	if (nr > 0)
		oomk_log(LOG_INFO, "restored the oom_score_adj of %d children of victims",
			 nr);
	else if (nr < 0 && !oomkd->settle_ms)
		oomk_log(LOG_WARNING, "cannot look for children of victims yet: %s",
			 oomk_log_reason(-nr));
	if (!nr && oomkd->settle_ms)
		oomk_adjust_dismiss(&oomkd->adjust);
	oomkd->settle_ms = oomk_executor_clock_ms(NULL) + LOOK_MS;
	oomkd->changed = true;
	oomkd->unsettled = true;
}

/* Until there is something that could wait, -1: nothing is. */
static int idle_ms(const struct oomkd *oomkd)
{
	u64 now = oomk_executor_clock_ms(NULL);
	u64 until = oomkd->changed ? oomkd->change_ms : oomkd->look_ms;
	bool never = !until && !oomkd->changed;

	if (oomkd->adjust.nr_roots && (never || oomkd->settle_ms < until))
		until = oomkd->settle_ms;
	else if (never)
		return -1;
	return until > now ? (int)(until - now) : 0;
}

static void work(struct oomkd *oomkd)
{
	int ms = idle_ms(oomkd);

	if (oomkd->waiting)
		execute_waiting(oomkd);
	else if (oomkd->adjust.nr_roots &&
		 oomkd->settle_ms <= oomk_executor_clock_ms(NULL))
		settle_victims(oomkd);
	else if (!ms)
		follow_changes(oomkd);
	else
		poll_once(oomkd, ms);
}

static void leave(struct oomkd *oomkd)
{
	struct oomk_genl *genl = NULL;

	oomk_notify_try("STOPPING=1");
	oomk_adjust_recover(&oomkd->adjust);
	/* Whoever executes from now on shall not wait for what follows. */
	oomk_seat_leave(&oomkd->seat);
	oomk_genl_open(&genl);
	oomkd->safety.raised = oomkd->adjust.raised;
	oomk_safety_leave(&oomkd->safety, genl);
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
	int err;

	err = oomk_notify_open(&usec);
	if (err || !usec)
		return err;
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

static void open_records(struct oomkd *oomkd, int dir)
{
	const struct oomk_safety_ops ops = {
		.interrupted = interrupted,
		.arg = oomkd,
	};
	int err;

	err = oomk_adjust_open(&oomkd->adjust, dir, NR_VICTIMS);
	if (err)
		oomk_log(LOG_WARNING, "%s: no record, oom_score_adj will not be raised: %s",
			 oomkd->options.run_dir, oomk_log_reason(-err));
	err = oomk_safety_open(&oomkd->safety, dir, &ops);
	if (err)
		oomk_log(LOG_WARNING, "%s: no record, oom_score_adj will not follow utilities: %s",
			 oomkd->options.run_dir, oomk_log_reason(-err));
}

static int open_run_dir(struct oomkd *oomkd)
{
	unsigned int restored;
	int dir, holder = 0;
	int err;

	dir = oomk_rundir_open(oomkd->options.run_dir);
	if (dir < 0) {
		oomk_log(LOG_ERR, "%s: %s", oomkd->options.run_dir, oomk_log_reason(-dir));
		return dir;
	}
	/* Never closed: the lock lasts as long as the process. */
	err = oomk_rundir_lock(dir, &holder);
	if (err == -EBUSY)
		oomk_log(LOG_ERR, "another executor (pid %d) is running", holder);
	else if (err < 0)
		oomk_log(LOG_ERR, "%s: cannot lock: %s", oomkd->options.run_dir,
			 oomk_log_reason(-err));
	if (err >= 0) {
		open_records(oomkd, dir);
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

	if (!oomk_rehearse_sight())
		oomk_log(LOG_WARNING,
			 "/proc hides processes of others (hidepid), see oomkd(8)");
	/* Told of only if it goes wrong. */
	oomk_log_open(oomkd->options.verbose ? LOG_DEBUG : LOG_ERR);
	err = oomk_rehearse(&oomkd->adjust);
	oomk_log_open(oomkd->options.verbose ? LOG_DEBUG : LOG_INFO);
	if (err)
		oomk_log(LOG_ERR, "dry run failed, a victim could not be killed: %s",
			 oomk_log_reason(-err));
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
		 oomk_log_reason(-err), *sentence ? ": " : "", sentence);
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

	oomk_self_raise_limits();
	err = open_run_dir(oomkd);
	if (err)
		return err;
	err = open_loop(oomkd);
	if (err)
		goto fail;
	err = rehearse(oomkd);
	if (err)
		return err;
	oomk_self_protect();
	err = take_seat(oomkd);
	/* Nobody else knows any more what an executor before us changed. */
	if (err == -ENOENT)
		oomk_safety_leave(&oomkd->safety, NULL);
	if (err)
		return err;
	ops.wake_fd = oomkd->epoll_fd;
	err = oomk_executor_open(&oomkd->executor, &ops, &oomkd->adjust);
	if (err)
		goto fail;
	oomkd->executor.dry_run = oomkd->options.dry_run;
	err = oomk_seat_rehearse(&oomkd->seat);
	if (err)
		oomk_log(LOG_WARNING, "the kernel speaks another language: %s",
			 oomk_log_reason(err));
	/* Until the policy is read, which a set that waits comes before. */
	oomk_self_schedule(OOMK_EXECUTOR_SCHED_NICE);
	oomk_self_lock();
	return 0;

fail:
	oomk_log(LOG_ERR, "cannot set up: %s", oomk_log_reason(-err));
	return err;
}

static int run(struct oomkd *oomkd)
{
	if (set_up(oomkd))
		return EXIT_FAILURE;
	oomk_log(LOG_INFO, "ready%s", oomkd->options.dry_run ? ", dry run" : "");
	oomk_notify_say("READY=1\nSTATUS=Waiting");
	/* A set may have been offered before there was anybody to hear it. */
	oomkd->waiting = true;
	oomkd->changed = true;
	while (!oomkd->leaving && !oomkd->failed)
		work(oomkd);
	leave(oomkd);
	return oomkd->failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	struct oomkd oomkd = {
		.adjust.fd = -1,
		.safety.record.fd = -1,
		.epoll_fd = -1,
		.signal_fd = -1,
		.timer_fd = -1,
	};
	int status;

	status = oomk_options_parse(&oomkd.options, argc, argv);
	if (status >= 0)
		return status;
	oomk_log_open(oomkd.options.verbose ? LOG_DEBUG : LOG_INFO);
	return run(&oomkd);
}
