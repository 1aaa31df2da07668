/* SPDX-License-Identifier: GPL-2.0 */
/* A request sent as somebody else, from a process of its own. */
#ifndef OOMK_SELFTESTS_GENL_ERRAND_H
#define OOMK_SELFTESTS_GENL_ERRAND_H

#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "genl_child.h"
#include "genl_raw.h"

#define CAP(name)	(1ULL << CAP_##name)
#define NO_CAPS		0ULL
#define ALL_CAPS	((1ULL << (CAP_LAST_CAP + 1)) - 1)

/* A namespace could not be had, or the socket; not an errno of the family. */
#define ERRAND_FAILED	1000

/**
 * struct errand - what to ask, as whom, and what came back
 * @uid: as whom
 * @caps: with which capabilities
 * @unshare: namespaces to leave first, CLONE_NEW*; 0: none
 * @socket: send over this one, which somebody else opened; NULL: over one's own
 * @ask: the request; returns the negative errno
 * @pid: whom it is about; 0: the process that asks
 * @utility: for job-set
 * @flags: likewise
 * @values: out: numbers of the answer
 * @err: out: negative errno, or ERRAND_FAILED
 * @why: out: its sentence
 */
struct errand {
	uid_t uid;
	unsigned long long caps;
	int unshare;
	struct raw *socket;
	int (*ask)(struct raw *raw, struct errand *errand);
	pid_t pid;
	int utility;
	int flags;
	long long values[RAW_ATTRS];
	int err;
	char why[256];
};

static inline bool set_caps(unsigned long long caps)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2] = {
		{ .effective = caps, .permitted = caps },
		{ .effective = caps >> 32, .permitted = caps >> 32 },
	};

	return !syscall(SYS_capset, &header, data);
}

static inline bool become(uid_t uid, unsigned long long caps)
{
	return !prctl(PR_SET_KEEPCAPS, 1) && !setgroups(0, NULL) &&
	       !setresgid(uid, uid, uid) && !setresuid(uid, uid, uid) &&
	       set_caps(caps);
}

/* A process of @uid, without capabilities unless it is root's. */
static inline pid_t start_as(uid_t uid)
{
	int ready[2];
	pid_t pid;

	if (pipe(ready))
		return -1;
	pid = fork();
	if (!pid) {
		close_all_but(ready[1], -1);
		if ((uid && !become(uid, NO_CAPS)) ||
		    prctl(PR_SET_PDEATHSIG, SIGKILL) ||
		    write(ready[1], "r", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	return child_ready(pid, ready);
}

static inline void errand_ask(struct errand *errand)
{
	struct raw own = {};
	struct raw *raw = errand->socket ? errand->socket : &own;

	if (raw == &own && raw_open(raw))
		return;
	if (!errand->pid)
		errand->pid = getpid();
	errand->err = errand->ask(raw, errand);
	strcpy(errand->why, raw->why);
}

static inline void errand_child(struct errand *errand)
{
	pid_t pid;

	/* A new pid namespace begins with the next child. */
	if (errand->unshare & CLONE_NEWPID) {
		if (unshare(CLONE_NEWPID))
			_exit(1);
		pid = fork();
		if (pid) {
			waitpid(pid, NULL, 0);
			_exit(0);
		}
	}
	if (!become(errand->uid, errand->caps))
		_exit(1);
	if (errand->unshare & ~CLONE_NEWPID &&
	    unshare(errand->unshare & ~CLONE_NEWPID))
		_exit(1);
	errand_ask(errand);
	_exit(0);
}

/* Runs an errand; returns its errno. */
static inline int errand_run(struct errand *errand)
{
	struct errand *shared = mmap(NULL, sizeof(*shared),
				     PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid;

	if (shared == MAP_FAILED)
		return ERRAND_FAILED;
	errand->err = ERRAND_FAILED;
	errand->why[0] = '\0';
	memset(errand->values, 0, sizeof(errand->values));
	*shared = *errand;
	pid = fork();
	if (!pid)
		errand_child(shared);
	waitpid(pid, NULL, 0);
	*errand = *shared;
	munmap(shared, sizeof(*shared));
	return errand->err;
}

static inline bool errand_refused(const struct errand *errand, int err,
				  const char *why)
{
	if (errand->err == -err && !strcmp(errand->why, why))
		return true;
	fprintf(stderr, "# answer %d, \"%s\"\n", errand->err, errand->why);
	return false;
}

/* Requests. */

static inline int ask_job_set(struct raw *raw, struct errand *errand)
{
	return raw_job(raw, OOMK_CMD_JOB_SET, errand->pid, errand->utility,
		       errand->flags);
}

static inline int ask_job_clear(struct raw *raw, struct errand *errand)
{
	return raw_job(raw, OOMK_CMD_JOB_CLEAR, errand->pid, RAW_NO_UTILITY,
		       errand->flags);
}

static inline int ask_job_get(struct raw *raw, struct errand *errand)
{
	return raw_job_get(raw, errand->pid, errand->values);
}

static inline int ask_policy_set(struct raw *raw, struct errand *errand)
{
	return raw_policy_set(raw, OOMK_A_POLICY_GRACE_MS, 5000);
}

static inline int ask_bind(struct raw *raw, struct errand *errand)
{
	static struct raw_msg msg;

	raw_do(raw, &msg, OOMK_CMD_EXECUTOR_BIND);
	return raw_ask(raw, &msg, NULL, NULL);
}

static inline int ask_plan(struct raw *raw, struct errand *errand)
{
	static struct raw_msg msg;

	raw_dump(raw, &msg, OOMK_CMD_PLAN_GET);
	raw_u64(&msg, OOMK_A_PLAN_NEED_PAGES, 1);
	return raw_ask(raw, &msg, NULL, NULL);
}

static inline int ask_events(struct raw *raw, struct errand *errand)
{
	return setsockopt(raw->fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP,
			  &raw->group, sizeof(raw->group)) ? -errno : 0;
}

/* What a dump of items leaves in @values. */
enum {
	SEEN_TASKS,	/* messages */
	SEEN_FOREIGN,	/* of tasks that are not @uid's */
	SEEN_PID,	/* of @pid */
	SEEN_LAST_PID,	/* pid of the last */
};

static inline void on_item(const struct raw_attrs *attrs, void *arg)
{
	struct errand *errand = arg;

	errand->values[SEEN_TASKS]++;
	errand->values[SEEN_LAST_PID] = raw_number(attrs, OOMK_A_ITEM_PID);
	if (raw_number(attrs, OOMK_A_ITEM_UID) != errand->uid)
		errand->values[SEEN_FOREIGN]++;
	if (raw_number(attrs, OOMK_A_ITEM_PID) == errand->pid)
		errand->values[SEEN_PID]++;
}

static inline int ask_items(struct raw *raw, struct errand *errand)
{
	static struct raw_msg msg;

	raw_dump(raw, &msg, OOMK_CMD_ITEM_GET);
	return raw_ask(raw, &msg, on_item, errand);
}

#endif /* OOMK_SELFTESTS_GENL_ERRAND_H */
