// SPDX-License-Identifier: GPL-2.0
/*
 * CAP_SYS_RESOURCE, put aside for a moment or taken up.
 *
 * Whether a writer of oom_score_adj has it decides more than whether he may:
 * with it the task's hidden minimum moves along. There are both sets, made at
 * the first use, so that in the middle of a shortage it is one system call.
 */
#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "caps.h"

#define TRIES		100
#define RESOURCE_INDEX	CAP_TO_INDEX(CAP_SYS_RESOURCE)
#define RESOURCE_MASK	CAP_TO_MASK(CAP_SYS_RESOURCE)

static struct __user_cap_header_struct header = {
	.version = _LINUX_CAPABILITY_VERSION_3,
};

/* As found, and the same without CAP_SYS_RESOURCE in the effective set. */
static struct __user_cap_data_struct full[_LINUX_CAPABILITY_U32S_3];
static struct __user_cap_data_struct less[_LINUX_CAPABILITY_U32S_3];
static bool prepared;

static int prepare(void)
{
	if (syscall(SYS_capget, &header, full))
		return -errno;
	memcpy(less, full, sizeof(less));
	less[RESOURCE_INDEX].effective &= ~RESOURCE_MASK;
	prepared = true;
	return 0;
}

/**
 * oomk_caps_set_aside() - make CAP_SYS_RESOURCE ineffective
 *
 * Return: 0; a negative errno of capget(2) or capset(2).
 */
int oomk_caps_set_aside(void)
{
	int err = prepared ? 0 : prepare();

	if (err)
		return err;
	return syscall(SYS_capset, &header, less) ? -errno : 0;
}

/**
 * oomk_caps_take_up() - make it effective again, if it was
 *
 * Only after oomk_caps_set_aside() succeeded.
 */
void oomk_caps_take_up(void)
{
	int tries = TRIES;

	/* What is permitted cannot be refused, but for want of memory. */
	while (syscall(SYS_capset, &header, full) && errno == ENOMEM &&
	       --tries > 0)
		;
}
