// SPDX-License-Identifier: GPL-2.0
/*
 * Log lines to standard error.
 *
 * A journal that is itself short of memory must not hold up a kill. So lines
 * can be held back in a buffer of fixed size while signals are being sent,
 * and nothing here waits for a reader that is a socket.
 */
#define _GNU_SOURCE		/* strerrordesc_np */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"

#define BUFFER_BYTES	(16 * 1024)
#define LINE_BYTES	512

static char buffer[BUFFER_BYTES];
static size_t used;
static unsigned int lost;
static bool held;
static bool journal;
static int max_priority = LOG_INFO;

static bool stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long dev, ino;
	struct stat st;

	if (!stream || sscanf(stream, "%llu:%llu", &dev, &ino) != 2)
		return false;
	return !fstat(STDERR_FILENO, &st) && st.st_dev == dev &&
	       st.st_ino == ino;
}

/**
 * oomk_log_open() - find out who reads
 * @level: least urgent priority of syslog(3) that is written
 */
void oomk_log_open(int level)
{
	max_priority = level;
	journal = stderr_is_journal();
}

static ssize_t put(const char *data, size_t size)
{
	ssize_t done = send(STDERR_FILENO, data, size,
			    MSG_DONTWAIT | MSG_NOSIGNAL);

	if (done < 0 && errno == ENOTSOCK)
		done = write(STDERR_FILENO, data, size);
	return done;
}

/* What cannot be written at all is dropped: nobody is there to read it. */
static void drain(void)
{
	size_t done = 0;

	while (done < used) {
		ssize_t n = put(buffer + done, used - done);

		if (n > 0)
			done += n;
		else if (n < 0 && errno == EAGAIN)
			break;
		else if (n == 0 || errno != EINTR)
			done = used;
	}
	memmove(buffer, buffer + done, used - done);
	used -= done;
}

static bool append(const char *line, size_t size)
{
	if (size > sizeof(buffer) - used)
		drain();
	if (size > sizeof(buffer) - used)
		return false;
	memcpy(buffer + used, line, size);
	used += size;
	return true;
}

static void append_loss(void)
{
	char line[64];
	int size;

	size = snprintf(line, sizeof(line), "%s%u log lines lost\n",
			journal ? "<4>" : "oomkd: ", lost);
	if (append(line, size))
		lost = 0;
}

/**
 * oomk_log() - write one line
 * @priority: as syslog(3)'s, LOG_ERR to LOG_DEBUG
 * @format: as printf(3)'s, without a newline
 *
 * Cut at 500 characters. While lines are held, or if the reader is a socket
 * that is full, the line waits in a buffer of 16 KiB; what does not fit is
 * counted, and the count is written as soon as there is room.
 */
void oomk_log(int priority, const char *format, ...)
{
	char line[LINE_BYTES];
	va_list args;
	int head, body;
	size_t size;

	if (priority > max_priority)
		return;
	if (journal)
		head = snprintf(line, sizeof(line), "<%d>", priority);
	else
		head = snprintf(line, sizeof(line), "oomkd: ");
	va_start(args, format);
	body = vsnprintf(line + head, sizeof(line) - head - 1, format, args);
	va_end(args);
	if (body < 0)
		return;
	size = strlen(line);
	line[size++] = '\n';
	if (lost)
		append_loss();
	if (lost || !append(line, size))
		lost++;
	if (!held)
		drain();
}

/**
 * oomk_log_hold() - keep lines in the buffer until oomk_log_flush()
 */
void oomk_log_hold(void)
{
	held = true;
}

/**
 * oomk_log_flush() - write what was held, and hold no more
 */
void oomk_log_flush(void)
{
	held = false;
	drain();
}

/**
 * oomk_log_reason() - an errno in words
 * @err: negative or positive
 *
 * Not strerror(3), which looks for a translation and may allocate.
 *
 * Return: text that stays.
 */
const char *oomk_log_reason(int err)
{
	const char *text = strerrordesc_np(err < 0 ? -err : err);

	return text ? text : "unknown error";
}
