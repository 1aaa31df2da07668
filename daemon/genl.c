// SPDX-License-Identifier: GPL-2.0
/*
 * The only door to the kernel, over libnl-3 and libnl-genl-3.
 *
 * One struct oomk_genl is one socket. A socket that subscribed is for events
 * only: replies and events on one socket would have to be told apart, and an
 * overrun of the events would be taken for the loss of a reply.
 */
#include <errno.h>
#include <netlink/errno.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>

#include "genl.h"

#ifndef SOL_NETLINK
#define SOL_NETLINK	270
#endif

/* The kernel fills dump messages up to what the reader offers, 32 KiB at most. */
#define RECV_BYTES	(32 * 1024)
/* Room for a report of 256 victims. */
#define REQUEST_BYTES	(16 * 1024)
/* Replies are made before send returns; this only ends a wait for a lost one. */
#define REPLY_TIMEOUT_S	10
/* Memory is short when this daemon works: a starved dump is worth resuming. */
#define DUMP_RETRIES	200
#define DUMP_RETRY_NS	(5 * 1000 * 1000)

#define EXTACK_BYTES	256

/**
 * struct oomk_genl - one socket of the family
 * @sock: libnl's socket
 * @cb: libnl's callbacks, all of them of this file
 * @family: numeric id of the family
 * @seq: sequence number of the request under way
 * @events: the socket subscribed
 * @reply: the caller's callback, or NULL
 * @arg: its argument
 * @done: the request under way has been answered
 * @err: its result so far
 * @extack: the kernel's sentence about the last failure, or ""
 */
struct oomk_genl {
	struct nl_sock *sock;
	struct nl_cb *cb;
	int family;
	unsigned int seq;
	bool events;
	oomk_genl_reply_t reply;
	void *arg;
	bool done;
	int err;
	char extack[EXTACK_BYTES];
};

/* libnl has error numbers of its own; only what a caller acts on is kept. */
static int to_errno(int nlerr)
{
	switch (nlerr < 0 ? -nlerr : nlerr) {
	case NLE_SUCCESS:
		return 0;
	case NLE_NOMEM:
		return -ENOBUFS;
	case NLE_OBJ_NOTFOUND:
		return -ENOENT;
	case NLE_PERM:
		return -EPERM;
	case NLE_NOACCESS:
		return -EACCES;
	case NLE_BUSY:
		return -EBUSY;
	case NLE_AGAIN:
		return -EAGAIN;
	case NLE_INTR:
	case NLE_DUMP_INTR:
		return -EINTR;
	case NLE_MSGSIZE:
	case NLE_MSG_TRUNC:
		return -EMSGSIZE;
	case NLE_MSG_TOOSHORT:
	case NLE_SEQ_MISMATCH:
		return -EBADMSG;
	case NLE_AF_NOSUPPORT:
	case NLE_PROTO_MISMATCH:
		return -EPROTONOSUPPORT;
	default:
		return -EIO;
	}
}

static void extack_parse(struct oomk_genl *genl, const void *tlvs, int len)
{
	struct nlattr *attrs[NLMSGERR_ATTR_MAX + 1];
	struct nlattr *msg;
	size_t size;

	if (len <= 0 || nla_parse(attrs, NLMSGERR_ATTR_MAX,
				  (struct nlattr *)tlvs, len, NULL) < 0)
		return;
	msg = attrs[NLMSGERR_ATTR_MSG];
	if (!msg)
		return;
	size = nla_len(msg);
	if (size >= sizeof(genl->extack))
		size = sizeof(genl->extack) - 1;
	memcpy(genl->extack, nla_data(msg), size);
	genl->extack[size] = '\0';
}

static void settle(struct oomk_genl *genl, int err)
{
	genl->done = true;
	if (!genl->err)
		genl->err = err;
}

static int on_error(struct sockaddr_nl *from, struct nlmsgerr *err, void *arg)
{
	const struct nlmsghdr *hdr = (const void *)((char *)err - NLMSG_HDRLEN);
	struct oomk_genl *genl = arg;
	int used = NLMSG_HDRLEN + sizeof(*err);

	if (!(hdr->nlmsg_flags & NLM_F_CAPPED))
		used += err->msg.nlmsg_len - NLMSG_HDRLEN;
	used = NLMSG_ALIGN(used);
	if (hdr->nlmsg_flags & NLM_F_ACK_TLVS && used > 0)
		extack_parse(genl, (const char *)hdr + used,
			     (int)hdr->nlmsg_len - used);
	settle(genl, err->error);
	return NL_STOP;
}

static int on_ack(struct nl_msg *msg, void *arg)
{
	settle(arg, 0);
	return NL_STOP;
}

/* A dump that fails after its first message says so in the final one. */
static int on_finish(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *hdr = nlmsg_hdr(msg);
	struct oomk_genl *genl = arg;
	int used = NLMSG_ALIGN(NLMSG_HDRLEN + sizeof(int));
	int err = 0;

	if (nlmsg_datalen(hdr) >= (int)sizeof(err))
		memcpy(&err, nlmsg_data(hdr), sizeof(err));
	if (err < 0 && hdr->nlmsg_flags & NLM_F_ACK_TLVS)
		extack_parse(genl, (const char *)hdr + used,
			     (int)hdr->nlmsg_len - used);
	settle(genl, err < 0 ? err : 0);
	return NL_STOP;
}

/*
 * Stands in for libnl's own check, which would end the request under way on
 * a late answer to an earlier one. Nobody but the kernel is listened to.
 */
static int on_seq_check(struct nl_msg *msg, void *arg)
{
	const struct oomk_genl *genl = arg;
	const struct sockaddr_nl *from = nlmsg_get_src(msg);

	if (from->nl_pid)
		return NL_SKIP;
	if (!genl->events && nlmsg_hdr(msg)->nlmsg_seq != genl->seq)
		return NL_SKIP;
	return NL_OK;
}

static int on_interrupted(struct nl_msg *msg, void *arg)
{
	struct oomk_genl *genl = arg;

	if (!genl->err)
		genl->err = -EINTR;
	return NL_OK;
}

/* The family's end is told to the controller's listeners, not to its own. */
static int on_controller(struct oomk_genl *genl, struct nlmsghdr *hdr)
{
	struct nlattr *attrs[CTRL_ATTR_MAX + 1];
	const struct genlmsghdr *ghdr = nlmsg_data(hdr);

	if (ghdr->cmd != CTRL_CMD_DELFAMILY)
		return NL_OK;
	if (genlmsg_parse(hdr, 0, attrs, CTRL_ATTR_MAX, NULL) < 0)
		return NL_OK;
	if (attrs[CTRL_ATTR_FAMILY_NAME] &&
	    !nla_strcmp(attrs[CTRL_ATTR_FAMILY_NAME], OOMK_FAMILY_NAME))
		genl->err = -ENODEV;
	return NL_OK;
}

static int on_valid(struct nl_msg *msg, void *arg)
{
	struct nlattr *attrs[OOMK_GENL_ATTRS];
	struct nlmsghdr *hdr = nlmsg_hdr(msg);
	const struct genlmsghdr *ghdr;
	struct oomk_genl *genl = arg;

	if (!genlmsg_valid_hdr(hdr, 0))
		return NL_SKIP;
	if (genl->events && hdr->nlmsg_type == GENL_ID_CTRL)
		return on_controller(genl, hdr);
	if (hdr->nlmsg_type != genl->family || genl->err || !genl->reply)
		return NL_SKIP;
	ghdr = nlmsg_data(hdr);
	if (genlmsg_parse(hdr, 0, attrs, OOMK_GENL_ATTRS - 1, NULL) < 0)
		genl->err = -EBADMSG;
	else
		genl->err = genl->reply(ghdr->cmd, attrs, genl->arg);
	return NL_OK;
}

static int set_callbacks(struct oomk_genl *genl)
{
	struct nl_cb *cb = nl_cb_alloc(NL_CB_CUSTOM);

	if (!cb)
		return -ENOMEM;
	genl->cb = cb;
	if (nl_cb_err(cb, NL_CB_CUSTOM, on_error, genl) < 0 ||
	    nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_ack, genl) < 0 ||
	    nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, on_finish, genl) < 0 ||
	    nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_valid, genl) < 0 ||
	    nl_cb_set(cb, NL_CB_DUMP_INTR, NL_CB_CUSTOM, on_interrupted,
		      genl) < 0 ||
	    nl_cb_set(cb, NL_CB_SEQ_CHECK, NL_CB_CUSTOM, on_seq_check,
		      genl) < 0)
		return -EINVAL;
	return 0;
}

static int set_options(struct oomk_genl *genl)
{
	const struct timeval timeout = { .tv_sec = REPLY_TIMEOUT_S };
	int fd = nl_socket_get_fd(genl->sock);
	int one = 1;

	/* Without these a refusal has a number but no sentence; no failure. */
	setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
	setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one));
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)))
		return -errno;
	if (nl_socket_set_msg_buf_size(genl->sock, RECV_BYTES) < 0)
		return -ENOMEM;
	/* Capped by net.core.rmem_max; dumps wait for their reader anyway. */
	nl_socket_set_buffer_size(genl->sock, 16 * RECV_BYTES, 0);
	return 0;
}

/**
 * oomk_genl_open() - connect to the family
 * @genl: out: the new socket; NULL on failure
 *
 * Return: 0; -ENOENT: the kernel does not know the family, the module is not
 * loaded; -ENOMEM; another negative errno of socket(2) or bind(2).
 */
int oomk_genl_open(struct oomk_genl **genl)
{
	struct oomk_genl *new = calloc(1, sizeof(*new));
	int err;

	*genl = NULL;
	if (!new)
		return -ENOMEM;
	err = -ENOMEM;
	new->sock = nl_socket_alloc();
	if (!new->sock)
		goto fail;
	err = to_errno(genl_connect(new->sock));
	if (err)
		goto fail;
	err = set_options(new);
	if (err)
		goto fail;
	new->family = genl_ctrl_resolve(new->sock, OOMK_FAMILY_NAME);
	if (new->family < 0) {
		err = to_errno(new->family);
		goto fail;
	}
	err = set_callbacks(new);
	if (err)
		goto fail;
	*genl = new;
	return 0;

fail:
	oomk_genl_close(new);
	return err;
}

/**
 * oomk_genl_close() - disconnect
 * @genl: socket, or NULL
 *
 * Gives up the executor's seat if this socket holds it.
 */
void oomk_genl_close(struct oomk_genl *genl)
{
	if (!genl)
		return;
	if (genl->cb)
		nl_cb_put(genl->cb);
	if (genl->sock)
		nl_socket_free(genl->sock);
	free(genl);
}

/**
 * oomk_genl_request() - start a request
 * @genl: socket
 * @cmd: enum oomk_cmd
 *
 * The caller adds attributes with nla_put_*() and hands the message to
 * oomk_genl_do() or oomk_genl_dump(), which free it; or calls nlmsg_free().
 *
 * Return: the message, or NULL without memory.
 */
struct nl_msg *oomk_genl_request(struct oomk_genl *genl, int cmd)
{
	struct nl_msg *msg = nlmsg_alloc_size(REQUEST_BYTES);

	if (!msg)
		return NULL;
	if (!genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, genl->family, 0, 0,
			 cmd, OOMK_FAMILY_VERSION)) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

static void prepare(struct oomk_genl *genl, oomk_genl_reply_t reply, void *arg)
{
	genl->reply = reply;
	genl->arg = arg;
	genl->done = false;
	genl->err = 0;
	genl->extack[0] = '\0';
}

static int send_request(struct oomk_genl *genl, struct nl_msg *msg, int flags)
{
	int err;

	nlmsg_hdr(msg)->nlmsg_flags |= flags;
	nl_complete_msg(genl->sock, msg);
	genl->seq = nlmsg_hdr(msg)->nlmsg_seq;
	err = nl_send(genl->sock, msg);
	nlmsg_free(msg);
	return err < 0 ? to_errno(err) : 0;
}

/**
 * oomk_genl_do() - send a request and read its answer
 * @genl: socket that did not subscribe
 * @msg: from oomk_genl_request(); freed in every case
 * @reply: called for the reply if the command has one, or NULL
 * @arg: passed to @reply
 *
 * Return: 0; what @reply returned; a negative errno of the kernel, whose
 * sentence oomk_genl_extack() then gives; -ENOBUFS: the answer was lost for
 * want of memory, the request may have been carried out; -ETIMEDOUT.
 */
int oomk_genl_do(struct oomk_genl *genl, struct nl_msg *msg,
		 oomk_genl_reply_t reply, void *arg)
{
	int err;

	prepare(genl, reply, arg);
	err = send_request(genl, msg, NLM_F_REQUEST | NLM_F_ACK);
	if (err)
		return err;
	while (!genl->done) {
		err = to_errno(nl_recvmsgs(genl->sock, genl->cb));
		if (genl->done)
			break;
		if (err == -EAGAIN)
			return -ETIMEDOUT;
		if (err && err != -EINTR)
			return err;
	}
	return genl->err;
}

/**
 * oomk_genl_dump() - send a request and read its many answers
 * @genl: socket that did not subscribe
 * @msg: from oomk_genl_request(); freed in every case
 * @reply: called for each message
 * @arg: passed to @reply
 *
 * Return: 0; what @reply returned; a negative errno of the kernel, whose
 * sentence oomk_genl_extack() then gives; -EINTR: what was dumped changed
 * meanwhile; -ENOBUFS; -ETIMEDOUT.
 */
int oomk_genl_dump(struct oomk_genl *genl, struct nl_msg *msg,
		   oomk_genl_reply_t reply, void *arg)
{
	const struct timespec pause = { .tv_nsec = DUMP_RETRY_NS };
	int retries = DUMP_RETRIES;
	int err;

	prepare(genl, reply, arg);
	err = send_request(genl, msg, NLM_F_REQUEST | NLM_F_DUMP);
	if (err)
		return err;
	while (!genl->done) {
		err = to_errno(nl_recvmsgs(genl->sock, genl->cb));
		if (genl->done)
			break;
		if (err == -EAGAIN)
			return -ETIMEDOUT;
		if (err == -ENOBUFS && retries-- > 0) {
			nanosleep(&pause, NULL);
			continue;
		}
		if (err && err != -EINTR)
			return err;
	}
	return genl->err;
}

/**
 * oomk_genl_extack() - why the kernel refused the last request
 * @genl: socket
 *
 * Return: the kernel's sentence, "" if it gave none; valid until the next
 * request on @genl.
 */
const char *oomk_genl_extack(const struct oomk_genl *genl)
{
	return genl->extack;
}

/**
 * oomk_genl_subscribe() - turn a socket into one that receives events
 * @genl: socket, used for nothing but oomk_genl_recv() from now on
 *
 * Joins the family's group and the controller's, which tells when the family
 * disappears. The socket becomes non-blocking.
 *
 * Return: 0; -ENOENT: the module is not loaded any more; -EPERM; -EIO.
 */
int oomk_genl_subscribe(struct oomk_genl *genl)
{
	int events, control, err;

	events = genl_ctrl_resolve_grp(genl->sock, OOMK_FAMILY_NAME,
				       OOMK_MCGRP_EVENTS);
	if (events < 0)
		return to_errno(events);
	control = genl_ctrl_resolve_grp(genl->sock, "nlctrl", "notify");
	if (control < 0)
		return to_errno(control);
	err = nl_socket_add_memberships(genl->sock, events, control, 0);
	if (err < 0)
		return to_errno(err);
	err = nl_socket_set_nonblocking(genl->sock);
	if (err < 0)
		return to_errno(err);
	genl->events = true;
	return 0;
}

/**
 * oomk_genl_fd() - the descriptor to poll for POLLIN
 * @genl: socket
 *
 * Return: the descriptor; it stays @genl's.
 */
int oomk_genl_fd(const struct oomk_genl *genl)
{
	return nl_socket_get_fd(genl->sock);
}

/**
 * oomk_genl_recv() - read the events that are there, without waiting
 * @genl: socket that subscribed
 * @event: called for each event
 * @arg: passed to @event
 *
 * Return: 0: all that were there have been read; -ENOBUFS: events were lost,
 * ask for the state anew and call again; -ENODEV: the module is being
 * unloaded; what @event returned; another negative errno.
 */
int oomk_genl_recv(struct oomk_genl *genl, oomk_genl_reply_t event, void *arg)
{
	int err;

	prepare(genl, event, arg);
	for (;;) {
		err = to_errno(nl_recvmsgs(genl->sock, genl->cb));
		if (genl->err)
			return genl->err;
		if (err == -EAGAIN)
			return 0;
		if (err && err != -EINTR)
			return err;
	}
}
