// SPDX-License-Identifier: GPL-2.0
/*
 * What a service manager is told, as sd_notify(3) describes it.
 *
 * Not by that function: it makes a socket each time and waits for a manager
 * that does not read. This one is asked for signs of life also while victims
 * die, and then neither may be.
 */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "notify.h"

static int fd = -1;
static struct sockaddr_un manager = { .sun_family = AF_UNIX };
static socklen_t manager_size;

static u64 watchdog(void)
{
	const char *usec = getenv("WATCHDOG_USEC");
	const char *pid = getenv("WATCHDOG_PID");

	if (!usec || (pid && strtoll(pid, NULL, 10) != getpid()))
		return 0;
	return strtoull(usec, NULL, 10);
}

/**
 * oomk_notify_open() - find out whether there is a service manager
 * @watchdog_us: out: how often it wants a sign of life at least; 0: never
 *
 * Return: 0, also without a manager; -EINVAL: its address is not understood; a
 * negative errno of socket(2).
 */
int oomk_notify_open(u64 *watchdog_us)
{
	const char *path = getenv("NOTIFY_SOCKET");
	size_t length = path ? strlen(path) : 0;

	*watchdog_us = 0;
	if (!length)
		return 0;
	if ((*path != '/' && *path != '@') ||
	    length >= sizeof(manager.sun_path))
		return -EINVAL;
	memcpy(manager.sun_path, path, length);
	/* A name that no file has begins with a zero. */
	if (*path == '@')
		manager.sun_path[0] = '\0';
	manager_size = offsetof(struct sockaddr_un, sun_path) + length;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	*watchdog_us = watchdog();
	return 0;
}

static void say(const char *text, int flags)
{
	if (fd >= 0)
		sendto(fd, text, strlen(text), MSG_NOSIGNAL | flags,
		       (const struct sockaddr *)&manager, manager_size);
}

/**
 * oomk_notify_say() - tell the manager, and wait until it can be told
 * @text: assignments, one a line
 */
void oomk_notify_say(const char *text)
{
	say(text, 0);
}

/**
 * oomk_notify_try() - tell the manager unless that would take waiting
 * @text: assignments, one a line
 */
void oomk_notify_try(const char *text)
{
	say(text, MSG_DONTWAIT);
}
