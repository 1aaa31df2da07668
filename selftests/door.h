/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The family oomk as tests need it: one request at a time, the plain errno of
 * its answer, and views of the few attribute sets that are looked at. Apart
 * from the tools' own door, so that one does not share the other's mistakes.
 */
#ifndef OOMK_SELFTESTS_DOOR_H
#define OOMK_SELFTESTS_DOOR_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <netlink/netlink.h>
#include <netlink/genl/genl.h>
#include <netlink/genl/ctrl.h>

#include <linux/oomk.h>

#define DOOR_ATTRS	64

/**
 * struct door - a socket, and what the last answer left
 * @sock: the socket
 * @family: number of the family
 * @handle: called for each message of an answer, may be NULL
 * @arg: passed on to @handle
 * @err: negative errno of the answer
 * @done: the answer is complete
 */
struct door {
	struct nl_sock *sock;
	int family;
	void (*handle)(struct nlattr **attrs, void *arg);
	void *arg;
	int err;
	bool done;
};

static inline int door_on_valid(struct nl_msg *msg, void *arg)
{
	struct nlattr *attrs[DOOR_ATTRS] = {};
	struct door *door = arg;

	if (!genlmsg_parse(nlmsg_hdr(msg), 0, attrs, DOOR_ATTRS - 1, NULL) &&
	    door->handle)
		door->handle(attrs, door->arg);
	return NL_OK;
}

static inline int door_on_end(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *header = nlmsg_hdr(msg);
	struct door *door = arg;

	/* A dump that fails half way says so in its last message. */
	if (header->nlmsg_type == NLMSG_DONE &&
	    nlmsg_datalen(header) >= (int)sizeof(int))
		door->err = *(int *)nlmsg_data(header);
	door->done = true;
	return NL_STOP;
}

static inline int door_on_error(struct sockaddr_nl *from,
				struct nlmsgerr *error, void *arg)
{
	struct door *door = arg;

	door->err = error->error;
	door->done = true;
	return NL_STOP;
}

/* Returns 0, or a negative number if there is no module. */
static inline int door_open(struct door *door)
{
	memset(door, 0, sizeof(*door));
	door->sock = nl_socket_alloc();
	if (!door->sock)
		return -ENOMEM;
	nl_socket_disable_auto_ack(door->sock);
	if (genl_connect(door->sock))
		return -EIO;
	door->family = genl_ctrl_resolve(door->sock, OOMK_FAMILY_NAME);
	return door->family < 0 ? -ENOENT : 0;
}

static inline void door_close(struct door *door)
{
	nl_socket_free(door->sock);
	door->sock = NULL;
}

static inline struct nl_msg *door_request(struct door *door, int cmd, int flags)
{
	struct nl_msg *msg = nlmsg_alloc();

	if (msg)
		genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, door->family, 0,
			    NLM_F_REQUEST | flags, cmd, OOMK_FAMILY_VERSION);
	return msg;
}

/* Sends @msg and consumes it; returns 0 or the negative errno of the answer. */
static inline int door_ask(struct door *door, struct nl_msg *msg,
			   void (*handle)(struct nlattr **attrs, void *arg),
			   void *arg)
{
	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);
	int ret = -ENOMEM;

	if (cb && msg) {
		nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, door_on_valid, door);
		nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, door_on_end, door);
		nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, door_on_end, door);
		nl_cb_err(cb, NL_CB_CUSTOM, door_on_error, door);
		door->handle = handle;
		door->arg = arg;
		door->err = 0;
		door->done = false;
		ret = nl_send_auto(door->sock, msg);
		while (ret >= 0 && !door->done)
			ret = nl_recvmsgs(door->sock, cb);
		ret = door->done ? door->err : -EIO;
	}
	nl_cb_put(cb);
	nlmsg_free(msg);
	return ret;
}

static inline uint64_t door_number(struct nlattr **attrs, int type)
{
	if (!attrs[type])
		return 0;
	return nla_len(attrs[type]) == 8 ? nla_get_u64(attrs[type]) :
					   nla_get_u32(attrs[type]);
}

/* Attribute set job, as a request. */
#define DOOR_PROTECTED	1
#define DOOR_EACH	2
#define DOOR_NO_UTILITY	(-1)

static inline int door_job(struct door *door, int cmd, int pid, int utility,
			   int flags)
{
	struct nl_msg *msg = door_request(door, cmd, NLM_F_ACK);

	if (!msg)
		return -ENOMEM;
	nla_put_u32(msg, OOMK_A_JOB_PID, pid);
	if (utility != DOOR_NO_UTILITY)
		nla_put_u32(msg, OOMK_A_JOB_UTILITY, utility);
	if (flags & DOOR_PROTECTED)
		nla_put_flag(msg, OOMK_A_JOB_PROTECTED);
	if (flags & DOOR_EACH)
		nla_put_flag(msg, OOMK_A_JOB_EACH);
	return door_ask(door, msg, NULL, NULL);
}

static inline int door_set(struct door *door, int pid, int utility)
{
	return door_job(door, OOMK_CMD_JOB_SET, pid, utility, 0);
}

/**
 * struct door_view - what the kernel says of a task's job
 * @utility: what it is worth
 * @root: the named task, 0: gone or no job
 * @source: enum oomk_source
 * @nr_tasks: members
 * @protected: the job is
 * @each: every process is an item
 */
struct door_view {
	int utility;
	int root;
	int source;
	int nr_tasks;
	bool protected;
	bool each;
};

static inline void door_on_job(struct nlattr **attrs, void *arg)
{
	struct door_view *view = arg;

	view->utility = door_number(attrs, OOMK_A_JOB_UTILITY);
	view->root = door_number(attrs, OOMK_A_JOB_ROOT);
	view->source = door_number(attrs, OOMK_A_JOB_SOURCE);
	view->nr_tasks = door_number(attrs, OOMK_A_JOB_NR_TASKS);
	view->protected = attrs[OOMK_A_JOB_PROTECTED];
	view->each = attrs[OOMK_A_JOB_EACH];
}

static inline int door_get(struct door *door, int pid, struct door_view *view)
{
	struct nl_msg *msg = door_request(door, OOMK_CMD_JOB_GET, NLM_F_ACK);

	memset(view, 0, sizeof(*view));
	if (!msg)
		return -ENOMEM;
	nla_put_u32(msg, OOMK_A_JOB_PID, pid);
	return door_ask(door, msg, door_on_job, view);
}

/**
 * struct door_status - the figures that tests look at
 * @jobs: jobs
 * @members: tasks in jobs
 * @spare: nodes that are left for forks
 * @tasks_max: tasks that the array of a cycle holds
 */
struct door_status {
	unsigned int jobs;
	unsigned int members;
	unsigned int spare;
	unsigned int tasks_max;
};

static inline void door_on_status(struct nlattr **attrs, void *arg)
{
	struct door_status *status = arg;

	status->jobs = door_number(attrs, OOMK_A_STATUS_JOBS);
	status->members = door_number(attrs, OOMK_A_STATUS_MEMBERS);
	status->spare = door_number(attrs, OOMK_A_STATUS_MEMBERS_FREE);
	status->tasks_max = door_number(attrs, OOMK_A_STATUS_TASKS_MAX);
}

static inline int door_status(struct door *door, struct door_status *status)
{
	memset(status, 0, sizeof(*status));
	return door_ask(door, door_request(door, OOMK_CMD_STATUS_GET,
					   NLM_F_ACK),
			door_on_status, status);
}

#endif /* OOMK_SELFTESTS_DOOR_H */
