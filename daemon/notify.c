// SPDX-License-Identifier: GPL-2.0
/*
 * Readiness, status and signs of life for the service manager.
 *
 * The protocol of sd_notify(3) is a datagram to a socket that the environment
 * names. Spoken here, it saves the locked memory of a library and of what
 * that library is linked with.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "notify.h"

static int notify_fd = -1;

/**
 * oomk_notify_open() - find the service manager
 *
 * Without one, oomk_notify() does nothing.
 */
void oomk_notify_open(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const char *path = getenv("NOTIFY_SOCKET");
	size_t length = path ? strlen(path) : 0;

	if (length < 2 || length >= sizeof(address.sun_path) ||
	    (path[0] != '/' && path[0] != '@'))
		return;
	memcpy(address.sun_path, path, length);
	if (path[0] == '@')
		address.sun_path[0] = '\0';
	notify_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (notify_fd >= 0 &&
	    connect(notify_fd, (struct sockaddr *)&address,
		    offsetof(struct sockaddr_un, sun_path) + length)) {
		close(notify_fd);
		notify_fd = -1;
	}
}

/**
 * oomk_notify() - tell the service manager
 * @format: assignments as in sd_notify(3), one a line
 *
 * Never waits: a manager that does not read misses it.
 */
void oomk_notify(const char *format, ...)
{
	char text[256];
	va_list args;

	if (notify_fd < 0)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	send(notify_fd, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL);
}

/**
 * oomk_notify_watchdog_us() - how often the manager wants a sign of life
 *
 * Return: microseconds; 0: never.
 */
u64 oomk_notify_watchdog_us(void)
{
	const char *usec = getenv("WATCHDOG_USEC");
	const char *pid = getenv("WATCHDOG_PID");

	if (notify_fd < 0 || !usec)
		return 0;
	if (pid && strtol(pid, NULL, 10) != getpid())
		return 0;
	return strtoull(usec, NULL, 10);
}
