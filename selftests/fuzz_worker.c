// SPDX-License-Identifier: GPL-2.0
/*
 * One persona of the fuzzer. What a step does is drawn from the seed, the
 * persona and the number of the step; what it names depends on who lives then.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>

#include "genl_child.h"
#include "genl_errand.h"
#include "../testprocs/rng.h"
#include "fuzz_talk.h"
#include "fuzz_worker.h"

#define BORROWED	48
#define BATCH_MAX	6
#define PAUSE_US	400

static struct fuzz_talk talk;
static struct fuzz_source source;
static struct fuzz_buffer buffer;
static int borrowed[BORROWED];
static int nr_borrowed;

static unsigned long below(unsigned long limit)
{
	return rng_below(&source.rng, limit);
}

static const struct fuzz_op *op_of(int cmd)
{
	int i;

	for (i = 0; fuzz_ops[i].cmd != cmd; i++)
		;
	return &fuzz_ops[i];
}

static void open_socket(void)
{
	int fd = -1;

	if (nr_borrowed)
		fd = borrowed[--nr_borrowed];
	fuzz_talk_open(&talk, fd);
}

/* The last socket that root opened is worth more than what is under way. */
static void close_socket(void)
{
	if (fuzz_personas[talk.persona].borrows && !nr_borrowed)
		return;
	fuzz_talk_close(&talk);
}

static void receive_all(void)
{
	int left = 2000;

	while (left-- && fuzz_talk_receive(&talk, ~0UL))
		;
}

/* Mostly everything; a dump may be left half-way, or cut. */
static void receive(void)
{
	switch (below(10)) {
	case 0:
		break;
	case 1:
		fuzz_talk_receive(&talk, ~0UL);
		break;
	case 2:
		fuzz_talk_receive(&talk, 1 + below(200));
		break;
	default:
		receive_all();
	}
}

static void send_buffer(void)
{
	bool mighty = fuzz_personas[talk.persona].caps & CAP(SYS_RESOURCE);

	if (fuzz_message_tame(&buffer, mighty))
		fuzz_talk_send(&talk, &buffer);
	buffer.len = 0;
}

static void say_good(int cmd)
{
	fuzz_message_good(&source, &buffer, op_of(cmd));
	send_buffer();
}

static void say_any(void)
{
	const struct fuzz_op *op = &fuzz_ops[below(fuzz_nr_ops)];

	if (below(2))
		fuzz_message_good(&source, &buffer, op);
	else
		fuzz_message_bad(&source, &buffer, op);
}

static void kill_victims(void)
{
	const struct fuzz_victims *set = &source.victims;
	int i;

	for (i = 0; i < set->nr; i++)
		if (below(3) && set->victims[i].pid > 1 &&
		    !fuzz_is_guard(set->victims[i].pid))
			kill(set->victims[i].pid, below(2) ? SIGTERM : SIGKILL);
}

/* What an executor does, in any order, and it may be gone at any moment. */
static void serve(void)
{
	int nr = 1 + below(10);

	say_good(OOMK_CMD_EXECUTOR_BIND);
	say_good(OOMK_CMD_REQUEST_ACCEPT);
	if (below(8))
		receive_all();
	while (source.victims.cycle && nr-- && !fuzz_stopped()) {
		switch (below(7)) {
		case 0:
		case 1:
			say_good(OOMK_CMD_REQUEST_CHECK);
			break;
		case 2:
			kill_victims();
			break;
		case 3:
		case 4:
			say_good(OOMK_CMD_REQUEST_DONE);
			break;
		case 5:
			usleep(below(100000));
			break;
		default:
			say_any();
			send_buffer();
		}
		if (!below(12))
			return;
		receive_all();
	}
	source.victims.cycle = 0;
}

static void step(void)
{
	int nr;

	switch (below(16)) {
	case 0:
		close_socket();
		return;
	case 1:
		fuzz_message_garbage(&source, &buffer);
		break;
	case 2:
		for (nr = 2 + below(BATCH_MAX - 1); nr; nr--)
			say_any();
		break;
	default:
		say_any();
	}
	send_buffer();
	receive();
}

static unsigned long long mix(unsigned long long x)
{
	x ^= x >> 30;
	x *= 0xbf58476d1ce4e5b9ULL;
	x ^= x >> 27;
	x *= 0x94d049bb133111ebULL;
	return (x ^ x >> 31) | 1;
}

static void work(void)
{
	unsigned long long begin = mix(fuzz_world->seed) + talk.persona;
	unsigned long *steps = &fuzz_world->steps[talk.persona];

	while (!fuzz_stopped()) {
		source.rng = mix(begin + (*steps << 8));
		++*steps;
		if (talk.fd < 0)
			open_socket();
		if (fuzz_personas[talk.persona].serves && below(2))
			serve();
		else
			step();
		usleep(PAUSE_US);
	}
}

static bool write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);
	bool done = fd >= 0 &&
		    write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	close(fd);
	return done;
}

static bool enter_userns(uid_t uid)
{
	char map[32];

	snprintf(map, sizeof(map), "0 %u 1", uid);
	/* Whoever changed his uid has a /proc/self that is not his. */
	return !prctl(PR_SET_DUMPABLE, 1) && !unshare(CLONE_NEWUSER) &&
	       write_file("/proc/self/setgroups", "deny") &&
	       write_file("/proc/self/uid_map", map) &&
	       write_file("/proc/self/gid_map", map);
}

static bool dress(const struct fuzz_persona *persona)
{
	if (persona->borrows)
		while (nr_borrowed < BORROWED)
			borrowed[nr_borrowed++] =
				socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC,
				       NETLINK_GENERIC);
	if (!become(persona->uid, persona->caps))
		return false;
	return !persona->userns || enter_userns(persona->uid);
}

/**
 * fuzz_worker_start() - start a worker
 * @persona: number of its persona
 * @raw: an open socket, for the numbers of the family
 *
 * Return: its pid, below 0 if there is none.
 */
pid_t fuzz_worker_start(int persona, const struct raw *raw)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	close_all_but(-1, -1);
	talk.persona = persona;
	talk.fd = -1;
	talk.group = raw->group;
	talk.source = &source;
	source.family = raw->family;
	if (!dress(&fuzz_personas[persona]) ||
	    prctl(PR_SET_PDEATHSIG, SIGKILL))
		_exit(1);
	work();
	_exit(0);
}
