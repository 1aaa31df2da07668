// SPDX-License-Identifier: GPL-2.0
/*
 * Sockets of the fuzzer. Requests are handled while they are sent, so whatever
 * comes back is there afterwards, and nobody waits: what cannot be received at
 * once does not come.
 */
#define _GNU_SOURCE
#include "genl_raw.h"
#include "../testprocs/rng.h"
#include "fuzz_talk.h"

/**
 * fuzz_op_index() - place of an operation in the tables
 * @op: the operation
 *
 * Return: its place.
 */
int fuzz_op_index(const struct fuzz_op *op)
{
	return op - fuzz_ops;
}

static const struct fuzz_op *find_op(int cmd)
{
	int i;

	for (i = 0; i < fuzz_nr_ops; i++)
		if (fuzz_ops[i].cmd == cmd)
			return &fuzz_ops[i];
	return NULL;
}

/**
 * fuzz_talk_open() - begin anew over another socket
 * @talk: the conversation
 * @fd: a socket that is open already, or below 0 for one's own
 */
void fuzz_talk_open(struct fuzz_talk *talk, int fd)
{
	unsigned long long *rng = &talk->source->rng;
	int one = 1, room = 1;

	memset(talk->asked, 0, sizeof(talk->asked));
	if (fd < 0)
		fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC,
			    NETLINK_GENERIC);
	talk->fd = fd;
	talk->ext_ack = rng_below(rng, 8);
	if (talk->ext_ack)
		setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
	if (rng_below(rng, 2))
		setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one));
	if (!rng_below(rng, 4))
		setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &one,
			   sizeof(one));
	if (!rng_below(rng, 8))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	if (!rng_below(rng, 4))
		setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP,
			   &talk->group, sizeof(talk->group));
}

/**
 * fuzz_talk_close() - close the socket, whatever is under way on it
 * @talk: the conversation
 */
void fuzz_talk_close(struct fuzz_talk *talk)
{
	close(talk->fd);
	talk->fd = -1;
	memset(&talk->source->victims, 0, sizeof(talk->source->victims));
}

/* What the handler will see, where the message is whole. */
static void read_attrs(struct fuzz_asked *asked, const struct nlmsghdr *header)
{
	struct raw_attrs attrs;

	raw_parse((const char *)NLMSG_DATA(header) + GENL_HDRLEN,
		  header->nlmsg_len - NLMSG_LENGTH(GENL_HDRLEN), &attrs);
	asked->has = 0;
	for (int i = 1; i < RAW_ATTRS; i++)
		if (raw_has(&attrs, i))
			asked->has |= 1ULL << i;
	if (strcmp(asked->op->set->name, "job"))
		return;
	if (raw_has(&attrs, OOMK_A_JOB_PID) &&
	    attrs.attr[OOMK_A_JOB_PID]->nla_len == NLA_HDRLEN + 4)
		asked->pid = raw_number(&attrs, OOMK_A_JOB_PID);
	if (raw_has(&attrs, OOMK_A_JOB_UTILITY) &&
	    attrs.attr[OOMK_A_JOB_UTILITY]->nla_len == NLA_HDRLEN + 4)
		asked->utility = raw_number(&attrs, OOMK_A_JOB_UTILITY);
}

static void note(struct fuzz_talk *talk, const struct nlmsghdr *header)
{
	struct fuzz_asked *asked;
	const struct genlmsghdr *genl = NLMSG_DATA(header);

	asked = &talk->asked[header->nlmsg_seq % FUZZ_ASKED];
	memset(asked, 0, sizeof(*asked));
	asked->seq = header->nlmsg_seq;
	/* What is no request is acknowledged, and not carried out. */
	if (header->nlmsg_type != talk->source->family ||
	    !(header->nlmsg_flags & NLM_F_REQUEST) ||
	    header->nlmsg_len < NLMSG_LENGTH(GENL_HDRLEN))
		return;
	asked->op = find_op(genl->cmd);
	if (!asked->op)
		return;
	asked->dump = (header->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
	read_attrs(asked, header);
	fuzz_add(&fuzz_world->count[talk->persona][fuzz_op_index(asked->op)]
		 [FUZZ_SENT]);
}

/**
 * fuzz_talk_send() - send messages, and remember what was asked
 * @talk: the conversation
 * @buffer: one or more messages
 */
void fuzz_talk_send(struct fuzz_talk *talk, const struct fuzz_buffer *buffer)
{
	const struct nlmsghdr *header;
	size_t at = 0;

	while (at + NLMSG_HDRLEN <= buffer->len) {
		header = (const void *)(buffer->bytes + at);
		if (header->nlmsg_len < NLMSG_HDRLEN ||
		    header->nlmsg_len > buffer->len - at)
			break;
		note(talk, header);
		at += NLMSG_ALIGN(header->nlmsg_len);
	}
	send(talk->fd, buffer->bytes, buffer->len, MSG_DONTWAIT);
}

/**
 * fuzz_talk_receive() - take one datagram
 * @talk: the conversation
 * @room: bytes to receive at the most; what is cut off is not looked at
 *
 * Return: false if there was none.
 */
bool fuzz_talk_receive(struct fuzz_talk *talk, size_t room)
{
	static unsigned long long bytes[8192];
	ssize_t len;

	if (room > sizeof(bytes))
		room = sizeof(bytes);
	len = recv(talk->fd, bytes, room, MSG_DONTWAIT | MSG_TRUNC);
	if (len < 0)
		return errno == ENOBUFS || errno == EINTR;
	if ((size_t)len <= room)
		fuzz_reply_read(talk, bytes, len);
	return len > 0;
}
