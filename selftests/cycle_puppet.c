// SPDX-License-Identifier: GPL-2.0
/*
 * cycle_puppet - an executor that does only as it is told, on stdin
 *
 *	accept		fetch the set that waits
 *	check		ask whether it is still needed
 *	beat MS		ask that every MS from now on, and say so only if refused
 *	kill SIG	send a signal to its victims, by number alone
 *	done STATUS	report the same of all victims (enum oomk_victim_status)
 *
 * Every answer is a line on stdout; "refused ERRNO" if the kernel says no.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "door.h"

#define VICTIMS_MAX	8192

static struct {
	unsigned long long cycle;
	unsigned int nr;
	struct {
		int pid;
		unsigned long long start_ns;
	} victims[VICTIMS_MAX];
	int signals;
} set;

static struct door door, events;
static int beat_ms = -1;	/* below 0: not */

static void say(const char *what, int err)
{
	if (err)
		printf("refused %d\n", -err);
	else
		printf("%s\n", what);
	fflush(stdout);
}

static void on_victim(struct nlattr **attrs, void *arg)
{
	struct nlattr *inner[DOOR_ATTRS] = {};

	if (attrs[OOMK_A_REQUEST_CYCLE]) {
		set.cycle = door_number(attrs, OOMK_A_REQUEST_CYCLE);
		set.nr = 0;
		set.signals = 0;
	}
	if (!attrs[OOMK_A_REQUEST_VICTIM] || set.nr == VICTIMS_MAX ||
	    nla_parse_nested(inner, DOOR_ATTRS - 1,
			     attrs[OOMK_A_REQUEST_VICTIM], NULL))
		return;
	set.victims[set.nr].pid = door_number(inner, OOMK_A_VICTIM_PID);
	set.victims[set.nr++].start_ns =
		door_number(inner, OOMK_A_VICTIM_START_NS);
	printf("victim %d\n", set.victims[set.nr - 1].pid);
}

static void do_accept(void)
{
	int err = door_ask(&door, door_request(&door, OOMK_CMD_REQUEST_ACCEPT,
					       NLM_F_DUMP), on_victim, NULL);

	say("accepted", err);
}

static void on_check(struct nlattr **attrs, void *arg)
{
	printf("level %llu needed %llu\n",
	       (unsigned long long)door_number(attrs, OOMK_A_REQUEST_LEVEL),
	       (unsigned long long)door_number(attrs, OOMK_A_REQUEST_NEEDED));
}

static void do_check(void)
{
	struct nl_msg *msg = door_request(&door, OOMK_CMD_REQUEST_CHECK,
					  NLM_F_ACK);

	nla_put_u64(msg, OOMK_A_REQUEST_CYCLE, set.cycle);
	say("checked", door_ask(&door, msg, on_check, NULL));
}

static void do_beat(void)
{
	struct nl_msg *msg = door_request(&door, OOMK_CMD_REQUEST_CHECK,
					  NLM_F_ACK);
	int err;

	nla_put_u64(msg, OOMK_A_REQUEST_CYCLE, set.cycle);
	err = door_ask(&door, msg, NULL, NULL);
	if (err) {
		say("beat", err);
		beat_ms = -1;
	}
}

static void do_kill(int sig)
{
	unsigned int i;

	for (i = 0; i < set.nr; i++)
		kill(set.victims[i].pid, sig);
	set.signals |= sig == SIGTERM ? 1 : 2;
	say("killed", 0);
}

static void do_done(int status)
{
	struct nl_msg *msg = door_request(&door, OOMK_CMD_REQUEST_DONE,
					  NLM_F_ACK);
	struct nlattr *nest;
	unsigned int i;

	nla_put_u64(msg, OOMK_A_REQUEST_CYCLE, set.cycle);
	for (i = 0; i < set.nr; i++) {
		nest = nla_nest_start(msg, OOMK_A_REQUEST_VICTIM);
		nla_put_u32(msg, OOMK_A_VICTIM_PID, set.victims[i].pid);
		nla_put_u64(msg, OOMK_A_VICTIM_START_NS,
			    set.victims[i].start_ns);
		nla_put_u32(msg, OOMK_A_VICTIM_STATUS, status);
		nla_put_u32(msg, OOMK_A_VICTIM_ERRNO,
			    status == OOMK_VICTIM_FAILED ? EPERM : 0);
		nla_put_u32(msg, OOMK_A_VICTIM_SIGNALS, set.signals);
		nla_nest_end(msg, nest);
	}
	say("done", door_ask(&door, msg, NULL, NULL));
}

static void obey(const char *line)
{
	int number;

	if (!strncmp(line, "accept", 6))
		do_accept();
	else if (!strncmp(line, "check", 5))
		do_check();
	else if (sscanf(line, "beat %d", &number) == 1)
		beat_ms = number;
	else if (sscanf(line, "kill %d", &number) == 1)
		do_kill(number);
	else if (sscanf(line, "done %d", &number) == 1)
		do_done(number);
	else
		say("what?", 0);
}

static int on_event(struct nl_msg *msg, void *arg)
{
	struct genlmsghdr *header = nlmsg_data(nlmsg_hdr(msg));

	if (header->cmd == OOMK_CMD_READY)
		say("ready", 0);
	return NL_OK;
}

static int open_doors(void)
{
	int group;

	if (door_open(&door) || door_open(&events))
		return -1;
	group = genl_ctrl_resolve_grp(events.sock, OOMK_FAMILY_NAME,
				      OOMK_MCGRP_EVENTS);
	nl_socket_disable_seq_check(events.sock);
	nl_socket_modify_cb(events.sock, NL_CB_VALID, NL_CB_CUSTOM, on_event,
			    NULL);
	if (group < 0 || nl_socket_add_membership(events.sock, group))
		return -1;
	return door_ask(&door, door_request(&door, OOMK_CMD_EXECUTOR_BIND,
					    NLM_F_ACK), NULL, NULL);
}

int main(void)
{
	struct pollfd polls[2] = { { .fd = STDIN_FILENO, .events = POLLIN } };
	char line[64];

	if (open_doors()) {
		say("no seat", 0);
		return EXIT_FAILURE;
	}
	setvbuf(stdin, NULL, _IONBF, 0);
	polls[1].fd = nl_socket_get_fd(events.sock);
	polls[1].events = POLLIN;
	say("bound", 0);
	for (;;) {
		if (!poll(polls, 2, beat_ms))
			do_beat();
		if (polls[1].revents)
			nl_recvmsgs_default(events.sock);
		if (polls[0].revents & POLLIN) {
			if (!fgets(line, sizeof(line), stdin))
				return EXIT_SUCCESS;
			obey(line);
		} else if (polls[0].revents) {
			return EXIT_SUCCESS;
		}
	}
}
