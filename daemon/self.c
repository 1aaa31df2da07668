// SPDX-License-Identifier: GPL-2.0
/*
 * What the executor claims of the machine for itself: CPU time, memory and
 * descriptors. None of it is a condition: it goes on with what it gets.
 */
#define _GNU_SOURCE		/* dl_iterate_phdr */
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "log.h"
#include "self.h"

#define PRIORITY	(-20)
/* More than the deepest call takes. */
#define STACK_BYTES	(48 * 1024)

/* A hog that keeps all CPUs busy must not keep us from its end. */
static int schedule_nice(void)
{
	const struct sched_param none = { 0 };

	if (sched_setscheduler(0, SCHED_OTHER, &none) ||
	    setpriority(PRIO_PROCESS, 0, PRIORITY))
		return -errno;
	return 0;
}

static int schedule_fifo(void)
{
	const struct sched_param lowest = {
		.sched_priority = sched_get_priority_min(SCHED_FIFO),
	};

	return sched_setscheduler(0, SCHED_FIFO, &lowest) ? -errno : 0;
}

/**
 * oomk_self_schedule() - get CPU time as the policy has it
 * @sched: which way
 *
 * Real time that is refused (no CAP_SYS_NICE, a cgroup without a share of it)
 * is replaced by the highest priority below it. Says what came of it, and does
 * nothing if the same was asked for the time before.
 */
void oomk_self_schedule(enum oomk_executor_sched sched)
{
	static int asked = -1;
	int err;

	if (asked == (int)sched)
		return;
	asked = sched;
	if (sched == OOMK_EXECUTOR_SCHED_FIFO) {
		err = schedule_fifo();
		if (!err) {
			oomk_log(LOG_INFO, "scheduled SCHED_FIFO, priority %d",
				 sched_get_priority_min(SCHED_FIFO));
			return;
		}
		oomk_log(LOG_WARNING, "SCHED_FIFO refused, nice instead: %s",
			 oomk_log_reason(-err));
	}
	err = schedule_nice();
	if (err)
		oomk_log(LOG_WARNING, "cannot raise my priority: %s",
			 oomk_log_reason(-err));
	else
		oomk_log(LOG_INFO, "scheduled nice %d", PRIORITY);
}

/**
 * oomk_self_raise_limits() - have one descriptor for each of many victims
 */
void oomk_self_raise_limits(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/**
 * oomk_self_protect() - be exempt from the kernel's killer
 */
void oomk_self_protect(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, "-1000", 5) != 5)
		oomk_log(LOG_WARNING, "cannot protect myself from the kernel's killer: %s",
			 oomk_log_reason(errno));
	if (fd >= 0)
		close(fd);
}

/*
 * Of the program and of libnl; of the C library the rehearsal used enough. To
 * lock by address means to fetch, and for what can be written to have it for
 * oneself.
 */
static int lock_object(struct dl_phdr_info *object, size_t size, void *arg)
{
	uintptr_t page = sysconf(_SC_PAGESIZE);
	unsigned int i;

	if (*object->dlpi_name && !strstr(object->dlpi_name, "/libnl-"))
		return 0;
	for (i = 0; i < object->dlpi_phnum; i++) {
		const typeof(*object->dlpi_phdr) *segment =
			&object->dlpi_phdr[i];
		uintptr_t from = object->dlpi_addr + segment->p_vaddr;
		uintptr_t to = from + segment->p_memsz;

		from &= ~(page - 1);
		if (segment->p_type == PT_LOAD &&
		    mlock((const void *)from, to - from))
			return -errno;
	}
	return 0;
}

static void touch_stack(void)
{
	char room[STACK_BYTES];

	explicit_bzero(room, sizeof(room));
}

/**
 * oomk_self_lock() - keep in memory what killing takes
 *
 * Locked on fault, since most of a library is never used. What will be is
 * fetched: code, data and stack here, heap by those who own it.
 */
void oomk_self_lock(void)
{
	int err;

	if (mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT))
		err = -errno;
	else
		err = dl_iterate_phdr(lock_object, NULL);
	if (err)
		oomk_log(LOG_WARNING, "cannot lock my memory: %s",
			 oomk_log_reason(err));
	touch_stack();
}
