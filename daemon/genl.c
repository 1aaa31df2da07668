// SPDX-License-Identifier: GPL-2.0
/*
 * The only door to the kernel, over libnl-3 and libnl-genl-3.
 *
 * One struct oomk_genl is one socket. A socket that subscribed is for events
 * only: replies and events on one socket would have to be told apart, and an
 * overrun of the events would be taken for the loss of a reply.
 *
 * This works when memory is short: all that a request takes is there since the
 * socket was opened, and nothing waits. The kernel has put its answer in the
 * queue by the time that sendmsg(2) returns, and the next part of a dump by the
 * time that recvmsg(2) does. One that is not there was lost.
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

#include "genl.h"
#include "types.h"

#ifndef SOL_NETLINK
#define SOL_NETLINK	270
#endif

/* The kernel fills dump messages up to what the reader offers, 32 KiB at most. */
#define RECV_BYTES	(32 * 1024)
/* Room for a report of 256 victims. */
#define REQUEST_BYTES	(16 * 1024)
/* Losses after which a dump is given up. */
#define LOSSES_MAX	100
/* Datagrams read in a row, so that a flood of events gets no one stuck. */
#define EVENTS_AT_ONCE	1024

#define EXTACK_BYTES	256

/**
 * struct oomk_genl - one socket of the family
 * @sock: libnl's socket
 * @msg: the one request, filled anew each time
 * @family: numeric id of the family
 * @seq: sequence number of the request under way
 * @events: the socket subscribed
 * @reply: the caller's callback, or NULL
 * @arg: its argument
 * @done: the request under way has been answered
 * @err: its result so far
 * @extack: the kernel's sentence about the last failure, or ""
 * @buffer: the datagram being read
 */
struct oomk_genl {
	struct nl_sock *sock;
	struct nl_msg *msg;
	int family;
	unsigned int seq;
	bool events;
	oomk_genl_reply_t reply;
	void *arg;
	bool done;
	int err;
	char extack[EXTACK_BYTES];
	char buffer[RECV_BYTES] __aligned(8);
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

static void on_error(struct oomk_genl *genl, struct nlmsghdr *hdr)
{
	const struct nlmsgerr *err = nlmsg_data(hdr);
	int used = NLMSG_HDRLEN + sizeof(*err);

	if (nlmsg_datalen(hdr) < (int)sizeof(*err)) {
		settle(genl, -EBADMSG);
		return;
	}
	if (!(hdr->nlmsg_flags & NLM_F_CAPPED))
		used += err->msg.nlmsg_len - NLMSG_HDRLEN;
	used = NLMSG_ALIGN(used);
	if (hdr->nlmsg_flags & NLM_F_ACK_TLVS && used > 0)
		extack_parse(genl, (const char *)hdr + used,
			     (int)hdr->nlmsg_len - used);
	settle(genl, err->error);
}

/* A dump that fails after its first message says so in the final one. */
static void on_finish(struct oomk_genl *genl, struct nlmsghdr *hdr)
{
	int used = NLMSG_ALIGN(NLMSG_HDRLEN + sizeof(int));
	int err = 0;

	if (nlmsg_datalen(hdr) >= (int)sizeof(err))
		memcpy(&err, nlmsg_data(hdr), sizeof(err));
	if (err < 0 && hdr->nlmsg_flags & NLM_F_ACK_TLVS)
		extack_parse(genl, (const char *)hdr + used,
			     (int)hdr->nlmsg_len - used);
	settle(genl, err < 0 ? err : 0);
}

/* The family's end is told to the controller's listeners, not to its own. */
static void on_controller(struct oomk_genl *genl, struct nlmsghdr *hdr)
{
	struct nlattr *attrs[CTRL_ATTR_MAX + 1];
	const struct genlmsghdr *ghdr = nlmsg_data(hdr);

	if (ghdr->cmd != CTRL_CMD_DELFAMILY)
		return;
	if (genlmsg_parse(hdr, 0, attrs, CTRL_ATTR_MAX, NULL) < 0)
		return;
	if (attrs[CTRL_ATTR_FAMILY_NAME] &&
	    !nla_strcmp(attrs[CTRL_ATTR_FAMILY_NAME], OOMK_FAMILY_NAME))
		genl->err = -ENODEV;
}

static void on_valid(struct oomk_genl *genl, struct nlmsghdr *hdr)
{
	struct nlattr *attrs[OOMK_GENL_ATTRS];
	const struct genlmsghdr *ghdr;

	if (!genlmsg_valid_hdr(hdr, 0))
		return;
	if (genl->events && hdr->nlmsg_type == GENL_ID_CTRL) {
		on_controller(genl, hdr);
		return;
	}
	if (hdr->nlmsg_type != genl->family || genl->err || !genl->reply)
		return;
	ghdr = nlmsg_data(hdr);
	if (genlmsg_parse(hdr, 0, attrs, OOMK_GENL_ATTRS - 1, NULL) < 0)
		genl->err = -EBADMSG;
	else
		genl->err = genl->reply(ghdr->cmd, attrs, genl->arg);
}

static void on_message(struct oomk_genl *genl, struct nlmsghdr *hdr)
{
	/* A late answer to an earlier request is none to this one. */
	if (!genl->events && hdr->nlmsg_seq != genl->seq)
		return;
	if (hdr->nlmsg_flags & NLM_F_DUMP_INTR && !genl->err)
		genl->err = -EINTR;
	switch (hdr->nlmsg_type) {
	case NLMSG_NOOP:
	case NLMSG_OVERRUN:
		break;
	case NLMSG_ERROR:
		on_error(genl, hdr);
		break;
	case NLMSG_DONE:
		on_finish(genl, hdr);
		break;
	default:
		on_valid(genl, hdr);
	}
}

/* One datagram, without waiting. Nobody but the kernel is listened to. */
static int receive(struct oomk_genl *genl)
{
	struct nlmsghdr *hdr = (struct nlmsghdr *)genl->buffer;
	struct iovec iov = {
		.iov_base = genl->buffer,
		.iov_len = sizeof(genl->buffer),
	};
	struct sockaddr_nl from;
	struct msghdr msg = {
		.msg_name = &from,
		.msg_namelen = sizeof(from),
		.msg_iov = &iov,
		.msg_iovlen = 1,
	};
	ssize_t n;
	int left;

	do {
		n = recvmsg(nl_socket_get_fd(genl->sock), &msg, MSG_DONTWAIT);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == ENOMEM ? -ENOBUFS : -errno;
	if (msg.msg_flags & MSG_TRUNC)
		return -EMSGSIZE;
	if (msg.msg_namelen != sizeof(from) || from.nl_pid)
		return 0;
	for (left = n; nlmsg_ok(hdr, left); hdr = nlmsg_next(hdr, &left))
		on_message(genl, hdr);
	return 0;
}

static void set_options(struct oomk_genl *genl)
{
	int fd = nl_socket_get_fd(genl->sock);
	int one = 1;

	/* Without these a refusal has a number but no sentence; no failure. */
	setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
	setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one));
	/* Capped by net.core.rmem_max; dumps wait for their reader anyway. */
	nl_socket_set_buffer_size(genl->sock, 16 * RECV_BYTES, 0);
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
	new->msg = nlmsg_alloc_size(REQUEST_BYTES);
	new->sock = nl_socket_alloc();
	if (!new->msg || !new->sock)
		goto fail;
	err = to_errno(genl_connect(new->sock));
	if (err)
		goto fail;
	set_options(new);
	/* Touched now, they need no page when there is none to be had. */
	memset(new->buffer, 0xff, sizeof(new->buffer));
	memset(nlmsg_hdr(new->msg) + 1, 0xff, REQUEST_BYTES - NLMSG_HDRLEN);
	new->family = genl_ctrl_resolve(new->sock, OOMK_FAMILY_NAME);
	if (new->family < 0) {
		err = to_errno(new->family);
		goto fail;
	}
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
	nlmsg_free(genl->msg);
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
 * It is the same one each time, so there is one request at a time.
 *
 * Return: the message; NULL if it has no room for a header, which it has.
 */
struct nl_msg *oomk_genl_request(struct oomk_genl *genl, int cmd)
{
	nlmsg_hdr(genl->msg)->nlmsg_len = NLMSG_HDRLEN;
	if (!genlmsg_put(genl->msg, NL_AUTO_PORT, NL_AUTO_SEQ, genl->family, 0,
			 0, cmd, OOMK_FAMILY_VERSION))
		return NULL;
	nlmsg_get(genl->msg);
	return genl->msg;
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
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct nlmsghdr *hdr = nlmsg_hdr(msg);
	struct iovec iov = { .iov_base = hdr, .iov_len = hdr->nlmsg_len };
	const struct msghdr out = {
		.msg_name = &kernel,
		.msg_namelen = sizeof(kernel),
		.msg_iov = &iov,
		.msg_iovlen = 1,
	};
	ssize_t n;

	hdr->nlmsg_flags |= flags;
	hdr->nlmsg_pid = nl_socket_get_local_port(genl->sock);
	hdr->nlmsg_seq = nl_socket_use_seq(genl->sock);
	genl->seq = hdr->nlmsg_seq;
	do {
		n = sendmsg(nl_socket_get_fd(genl->sock), &out, MSG_DONTWAIT);
	} while (n < 0 && errno == EINTR);
	nlmsg_free(msg);
	if (n < 0)
		return errno == ENOMEM || errno == EAGAIN ? -ENOBUFS : -errno;
	return 0;
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
 * want of memory, the request may have been carried out.
 */
int oomk_genl_do(struct oomk_genl *genl, struct nl_msg *msg,
		 oomk_genl_reply_t reply, void *arg)
{
	int err;

	prepare(genl, reply, arg);
	err = send_request(genl, msg, NLM_F_REQUEST | NLM_F_ACK);
	while (!err && !genl->done)
		err = receive(genl);
	if (genl->done)
		return genl->err;
	return err == -EAGAIN ? -ENOBUFS : err;
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
 * meanwhile; -ENOBUFS: the rest of it was lost for want of memory, and there
 * may be no further dump on this socket.
 */
int oomk_genl_dump(struct oomk_genl *genl, struct nl_msg *msg,
		   oomk_genl_reply_t reply, void *arg)
{
	int losses = 0;
	int err;

	prepare(genl, reply, arg);
	err = send_request(genl, msg, NLM_F_REQUEST | NLM_F_DUMP);
	while (!err && !genl->done) {
		err = receive(genl);
		/* What was lost makes itself known before what is left. */
		if (err == -ENOBUFS && losses++ < LOSSES_MAX)
			err = 0;
	}
	if (genl->done)
		return genl->err;
	return err == -EAGAIN ? -ENOBUFS : err;
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
 * disappears.
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
 * Return: 0: all that were there have been read, or very many; -ENOBUFS:
 * events were lost, ask for the state anew and call again; -ENODEV: the module
 * is being unloaded; what @event returned; another negative errno.
 */
int oomk_genl_recv(struct oomk_genl *genl, oomk_genl_reply_t event, void *arg)
{
	int left = EVENTS_AT_ONCE;
	int err = 0;

	prepare(genl, event, arg);
	while (!err && !genl->err && left--)
		err = receive(genl);
	if (genl->err)
		return genl->err;
	return err == -EAGAIN ? 0 : err;
}
