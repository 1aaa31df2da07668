/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Victims and surroundings for the tests of the executor: real children, a
 * scripted answer to each check, and a hand on the system calls.
 */
#ifndef EXECUTOR_WORLD_H
#define EXECUTOR_WORLD_H

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "adjust.h"
#include "executor.h"
#include "procfs.h"

#define TERM	OOMK_ACTION_TERM
#define KILL	OOMK_ACTION_KILL
#define SOFT	OOMK_LEVEL_SOFT
#define HARD	OOMK_LEVEL_HARD

#define BOTH	(OOMK_SIGNAL_TERM | OOMK_SIGNAL_KILL)
/* Long enough for a busy machine to be late in. */
#define LONG_MS	20000

#define WORLD_VICTIMS	256
#define WORLD_ANSWERS	8
#define WORLD_CALLS	1024

/* One answer to a check; the last one given is repeated for ever. */
struct answer {
	int err;
	enum oomk_level level;
	bool needed;
	u32 timeout_ms;
};

/* A system call that the executor made. */
struct call {
	long number;
	int sig;
};

/* Where a system call about one victim can be made to fail. */
enum fault_at {
	FAULT_NOWHERE,
	FAULT_PIDFD_OPEN,
	FAULT_STAT_OPEN,
	FAULT_STAT_READ,
	FAULT_ADJ_OPEN,
	FAULT_ADJ_READ,
	FAULT_ADJ_WRITE,
	FAULT_TERM,
	FAULT_EPOLL,
	FAULT_KILL,
	FAULT_RELEASE,
};

/*
 * @at: where
 * @pid: whose
 * @err: errno
 * @times: how often yet
 */
struct fault {
	enum fault_at at;
	pid_t pid;
	int err;
	unsigned int times;
};

/*
 * @adj_seen: of the first victim, at the latest check
 * @wake_says: what the next wake-up is taken for
 * @fail: system call to make fail, with @fail_errno; 0 as errno: pretend
 * @fail_sig: if @fail sends a signal: only this one
 * @fault: the same for one victim
 * @timeout_ms: of the order; 0: it is never lost by silence
 * @signal_ms: what a signal takes on the executor's clock
 * @skipped_ms: how far that clock is ahead by now
 */
struct world {
	struct oomk_adjust adjust;
	struct oomk_executor executor;
	struct oomk_victim victims[WORLD_VICTIMS];
	unsigned int nr;
	struct answer answers[WORLD_ANSWERS];
	unsigned int nr_answers;
	unsigned int nr_checks;
	int adj_seen;
	int wake_pipe[2];
	enum oomk_executor_wake wake_says;
	unsigned int nr_reports;
	u64 report_ms;
	u32 reported[WORLD_VICTIMS];
	u64 elapsed_ms;
	struct call calls[WORLD_CALLS];
	unsigned int nr_calls;
	long fail;
	int fail_errno;
	int fail_sig;
	struct fault fault;
	u32 timeout_ms;
	u64 signal_ms;
	u64 skipped_ms;
	char dir[64];
};

extern struct world world;

void world_begin(void);
void world_end(void);
pid_t world_spawn(void (*body)(void));
pid_t world_add(void (*body)(void), u32 action, u32 item);
void world_add_pid(pid_t pid, u32 action, u32 item);
void world_answer(int err, enum oomk_level level, bool needed);
void world_run(enum oomk_level level, u32 grace_ms);
void world_expect(unsigned int i, u32 status, u32 signals);
void world_wake_after(u64 delay_ms, enum oomk_executor_wake says);
bool world_alive(pid_t pid);
int world_adj(pid_t pid);
void world_set_adj(pid_t pid, int adj);
int world_open_dir(void);
void world_ready(void);

void body_obey(void);
void body_ignore(void);
void body_slow(void);

extern int checks_failed;

/* Tells where a test failed and goes on with it. */
#define CHECK(condition) \
	do { \
		if (!(condition)) { \
			printf("# %s:%d: %s\n", __FILE__, __LINE__, \
			       #condition); \
			checks_failed++; \
		} \
	} while (0)

#define CHECK_EQ(have, want) \
	do { \
		long long have_ = (have), want_ = (want); \
\
		if (have_ != want_) { \
			printf("# %s:%d: %s is %lld, not %lld\n", __FILE__, \
			       __LINE__, #have, have_, want_); \
			checks_failed++; \
		} \
	} while (0)

#define SKIPPED	1

/* A table of these ends with an empty one. */
struct test {
	const char *name;
	int (*run)(void);
};

#define TEST(name) { #name, test_ ## name }

int world_main(const struct test *tests);

/* The linker leads calls of syscall(2) here, see --wrap in ld(1). */
long __real_syscall(long number, long a, long b, long c, long d);
long __wrap_syscall(long number, long a, long b, long c, long d);

int __real_open(const char *path, int flags, mode_t mode);
int __wrap_open(const char *path, int flags, mode_t mode);
ssize_t __real_pread(int fd, void *to, size_t size, off_t at);
ssize_t __wrap_pread(int fd, void *to, size_t size, off_t at);
ssize_t __real_pwrite(int fd, const void *from, size_t size, off_t at);
ssize_t __wrap_pwrite(int fd, const void *from, size_t size, off_t at);
int __real_epoll_ctl(int fd, int op, int target, struct epoll_event *event);
int __wrap_epoll_ctl(int fd, int op, int target, struct epoll_event *event);

#endif /* EXECUTOR_WORLD_H */
