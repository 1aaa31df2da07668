// SPDX-License-Identifier: GPL-2.0
/* Victims and surroundings for the tests of the executor. */
#define _GNU_SOURCE		/* pipe2 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "executor_world.h"
#include "log.h"

#define NSEC_PER_SEC	1000000000ULL
#define WORLD_FDS	1024

struct world world;
int checks_failed;

static int ready_fd = -1;
static u64 started_ms;
static pid_t waker;

/* Whose a descriptor is, as far as faults are concerned. */
static struct owner {
	pid_t pid;
	char file;
} owners[WORLD_FDS];

static void set_owner(int fd, pid_t pid, char file)
{
	if (fd < 0 || fd >= WORLD_FDS)
		return;
	owners[fd].pid = pid;
	owners[fd].file = file;
}

/* 's' stat, 'a' oom_score_adj, 'p' pidfd, of the process that is to suffer. */
static char file_of(int fd)
{
	if (fd < 0 || fd >= WORLD_FDS || owners[fd].pid != world.fault.pid)
		return 0;
	return owners[fd].file;
}

static bool fails(enum fault_at at)
{
	if (world.fault.at != at || !world.fault.times)
		return false;
	world.fault.times--;
	errno = world.fault.err;
	return true;
}

static bool syscall_fails(long number, long a, long b)
{
	if (number == SYS_pidfd_open)
		return a == world.fault.pid && fails(FAULT_PIDFD_OPEN);
	if (file_of(a) != 'p')
		return false;
	if (number == SYS_pidfd_send_signal)
		return (b == SIGTERM && fails(FAULT_TERM)) ||
		       (b == SIGKILL && fails(FAULT_KILL));
	return number == SYS_process_mrelease && fails(FAULT_RELEASE);
}

/* Every syscall(2) of the code under test comes through here. */
long __wrap_syscall(long number, long a, long b, long c, long d)
{
	bool is_signal = number == SYS_pidfd_send_signal;
	long ret;

	if (is_signal)
		world.skipped_ms += world.signal_ms;
	if (world.nr_calls < WORLD_CALLS) {
		world.calls[world.nr_calls].number = number;
		world.calls[world.nr_calls++].sig = is_signal ? b : 0;
	}
	if (world.fail && number == world.fail &&
	    !(is_signal && world.fail_sig && b != world.fail_sig)) {
		errno = world.fail_errno;
		return world.fail_errno ? -1 : 0;
	}
	if (syscall_fails(number, a, b))
		return -1;
	ret = __real_syscall(number, a, b, c, d);
	if (number == SYS_pidfd_open)
		set_owner(ret, a, 'p');
	return ret;
}

int __wrap_open(const char *path, int flags, mode_t mode)
{
	char name[16] = "";
	int pid = 0;
	int fd;

	if (sscanf(path, "/proc/%d/%15s", &pid, name) == 2 &&
	    pid == world.fault.pid &&
	    ((*name == 's' && fails(FAULT_STAT_OPEN)) ||
	     (*name == 'o' && fails(FAULT_ADJ_OPEN))))
		return -1;
	fd = __real_open(path, flags, mode);
	set_owner(fd, pid, *name == 'o' ? 'a' : *name);
	return fd;
}

ssize_t __wrap_pread(int fd, void *to, size_t size, off_t at)
{
	if ((file_of(fd) == 's' && fails(FAULT_STAT_READ)) ||
	    (file_of(fd) == 'a' && fails(FAULT_ADJ_READ)))
		return -1;
	return __real_pread(fd, to, size, at);
}

ssize_t __wrap_pwrite(int fd, const void *from, size_t size, off_t at)
{
	if (file_of(fd) == 'a' && fails(FAULT_ADJ_WRITE))
		return -1;
	return __real_pwrite(fd, from, size, at);
}

int __wrap_epoll_ctl(int fd, int op, int target, struct epoll_event *event)
{
	if (file_of(target) == 'p' && fails(FAULT_EPOLL))
		return -1;
	return __real_epoll_ctl(fd, op, target, event);
}

static u64 clock_ms(void *arg)
{
	return oomk_executor_clock_ms(NULL) + world.skipped_ms;
}

static int check(void *arg, struct oomk_condition *condition)
{
	const struct answer *answer;
	unsigned int i = world.nr_checks++;

	if (world.nr)
		world.adj_seen = world_adj(world.victims[0].pid);
	if (!world.nr_answers)
		return 0;
	if (i >= world.nr_answers)
		i = world.nr_answers - 1;
	answer = &world.answers[i];
	condition->level = answer->level;
	condition->needed = answer->needed;
	condition->timeout_ms = answer->timeout_ms;
	return answer->err;
}

static enum oomk_executor_wake wake(void *arg)
{
	char byte;

	CHECK_EQ(read(world.wake_pipe[0], &byte, 1), 1);
	return world.wake_says;
}

static void report(void *arg, const struct oomk_victim *victims,
		   unsigned int nr)
{
	unsigned int i;

	world.nr_reports++;
	world.report_ms = oomk_executor_clock_ms(NULL) - started_ms;
	for (i = 0; i < nr; i++)
		world.reported[i] = victims[i].status;
}

/* Opens the directory of the record. */
int world_open_dir(void)
{
	return open(world.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Fresh surroundings; every test starts with this. */
void world_begin(void)
{
	struct oomk_executor_ops ops = {
		.check = check,
		.now_ms = clock_ms,
		.wake = wake,
		.report = report,
	};
	int dir;

	memset(&world, 0, sizeof(world));
	oomk_procfs_root("/proc");
	strcpy(world.dir, "/tmp/oomk-test-XXXXXX");
	if (!mkdtemp(world.dir) || pipe2(world.wake_pipe, O_CLOEXEC))
		abort();
	dir = world_open_dir();
	if (dir < 0 || oomk_adjust_open(&world.adjust, dir, WORLD_VICTIMS))
		abort();
	close(dir);
	ops.wake_fd = world.wake_pipe[0];
	if (oomk_executor_open(&world.executor, &ops, &world.adjust))
		abort();
}

/* No child, no descriptor and no file stays behind. */
void world_end(void)
{
	unsigned int i;
	char path[96];

	world.fail = 0;
	for (i = 0; i < world.nr; i++)
		if (world.victims[i].pid > 1 && world.victims[i].pid != getpid())
			kill(world.victims[i].pid, SIGKILL);
	if (waker > 0)
		kill(waker, SIGKILL);
	waker = 0;
	while (wait(NULL) > 0)
		;
	oomk_executor_close(&world.executor);
	oomk_adjust_close(&world.adjust);
	close(world.wake_pipe[0]);
	close(world.wake_pipe[1]);
	snprintf(path, sizeof(path), "%s/adjusted", world.dir);
	unlink(path);
	rmdir(world.dir);
}

/* Called by a child that is as its test wants it. */
void world_ready(void)
{
	if (write(ready_fd, "", 1) != 1)
		_exit(1);
}

/* Starts a child and waits until it is ready. */
pid_t world_spawn(void (*body)(void))
{
	int fds[2];
	pid_t pid;
	char byte;

	if (pipe2(fds, O_CLOEXEC))
		abort();
	pid = fork();
	if (pid < 0)
		abort();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		ready_fd = fds[1];
		body();
		_exit(0);
	}
	close(fds[1]);
	if (read(fds[0], &byte, 1) != 1)
		abort();
	close(fds[0]);
	return pid;
}

/* Adds a task to the victims, as it is now. */
void world_add_pid(pid_t pid, u32 action, u32 item)
{
	struct oomk_victim *victim = &world.victims[world.nr++];
	struct oomk_procfs_stat stat = { 0 };

	oomk_procfs_stat(pid, &stat);
	victim->pid = pid;
	victim->start_ns = stat.start_ticks *
			   (NSEC_PER_SEC / sysconf(_SC_CLK_TCK));
	victim->action = action;
	victim->item = item;
	strcpy(victim->comm, "test");
}

/* Adds a child that does what @body does. */
pid_t world_add(void (*body)(void), u32 action, u32 item)
{
	pid_t pid = world_spawn(body);

	world_add_pid(pid, action, item);
	return pid;
}

/* Appends to the answers that checks get. */
void world_answer(int err, enum oomk_level level, bool needed)
{
	struct answer *answer = &world.answers[world.nr_answers++];

	answer->err = err;
	answer->level = level;
	answer->needed = needed;
}

/* Executes the victims. */
void world_run(enum oomk_level level, u32 grace_ms)
{
	struct oomk_order order = {
		.cycle = 7,
		.victims = world.victims,
		.nr = world.nr,
		.level = level,
		.grace_ms = grace_ms,
		.timeout_ms = world.timeout_ms,
	};

	world.nr_calls = 0;
	started_ms = oomk_executor_clock_ms(NULL);
	oomk_executor_run(&world.executor, &order);
	world.elapsed_ms = oomk_executor_clock_ms(NULL) - started_ms;
}

/* What became of victim @i, or the check fails. */
void world_expect(unsigned int i, u32 status, u32 signals)
{
	const struct oomk_victim *victim = &world.victims[i];

	if (victim->status == status && victim->signals == signals)
		return;
	printf("# victim %u: status %u signals %u, not %u and %u\n", i,
	       victim->status, victim->signals, status, signals);
	checks_failed++;
}

/* Wakes the executor later on. */
void world_wake_after(u64 delay_ms, enum oomk_executor_wake says)
{
	const struct timespec delay = {
		.tv_sec = delay_ms / 1000,
		.tv_nsec = delay_ms % 1000 * 1000000,
	};

	world.wake_says = says;
	waker = fork();
	if (waker < 0)
		abort();
	if (waker)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	nanosleep(&delay, NULL);
	_exit(write(world.wake_pipe[1], "", 1) != 1);
}

/* A child that is dead and not reaped is not alive. */
bool world_alive(pid_t pid)
{
	struct oomk_procfs_stat stat;

	return !oomk_procfs_stat(pid, &stat) && !oomk_procfs_dead(&stat);
}

/* Reads an oom_score_adj; -9999 if there is none. */
int world_adj(pid_t pid)
{
	int fd = oomk_procfs_adj_open(pid);
	int adj = -9999;

	if (fd < 0)
		return adj;
	if (oomk_procfs_adj_read(fd, &adj))
		adj = -9999;
	close(fd);
	return adj;
}

/* Writes an oom_score_adj as its owner would. */
void world_set_adj(pid_t pid, int adj)
{
	char path[64], text[16];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", (int)pid);
	snprintf(text, sizeof(text), "%d", adj);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		printf("# cannot write %s: %s\n", path, strerror(errno));
	close(fd);
}

/* Dies of SIGTERM. */
void body_obey(void)
{
	world_ready();
	for (;;)
		pause();
}

/* Does not die of SIGTERM. */
void body_ignore(void)
{
	signal(SIGTERM, SIG_IGN);
	body_obey();
}

static void leave_slowly(int sig)
{
	const struct timespec delay = { .tv_nsec = 100 * 1000 * 1000 };

	nanosleep(&delay, NULL);
	_exit(0);
}

/* Dies of SIGTERM after a tenth of a second of cleaning up. */
void body_slow(void)
{
	signal(SIGTERM, leave_slowly);
	body_obey();
}

/* Runs tests and speaks TAP; returns the exit status. */
int world_main(const struct test *tests)
{
	unsigned int i, nr = 0;
	int failed = 0, ret;

	setvbuf(stdout, NULL, _IOLBF, 0);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	oomk_log_open(getenv("OOMK_TEST_LOG") ? LOG_DEBUG : LOG_EMERG);
	while (tests[nr].name)
		nr++;
	printf("TAP version 13\n1..%u\n", nr);
	for (i = 0; i < nr; i++) {
		checks_failed = 0;
		world_begin();
		ret = tests[i].run();
		world_end();
		if (checks_failed)
			failed++;
		printf("%sok %u %s%s\n", checks_failed ? "not " : "", i + 1,
		       tests[i].name, ret == SKIPPED ? " # SKIP" : "");
	}
	return failed ? 1 : 0;
}
