// SPDX-License-Identifier: GPL-2.0
/*
 * oomkctl as a function that is called again and again, with a kernel behind it
 * that answers anything. Stands in for what daemon/genl.c asks of libnl and of
 * the system. A request on stdin is a seed, a number of words, and the words,
 * each behind its length; an answer on stdout is the exit status, the number of
 * messages that were sent, and what was written to stdout and stderr, each
 * behind its length. Numbers have 32 bits. See ctl_fuzz.py.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <poll.h>
#include <sanitizer/asan_interface.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/oomk.h>

#include "../testprocs/rng.h"
#include "ctl_fuzz_door.h"
#include "fuzz_message.h"

#define FAMILY		29
#define GROUP		5
#define ANSWERS_MAX	10

struct nl_sock;

static struct fuzz_source source;
static struct fuzz_buffer buffer;
static const struct fuzz_op *asked = fuzz_ops;
static unsigned int nr_sent;
static unsigned int answers;
static bool hostile, listens;

static unsigned long below(unsigned long limit)
{
	return rng_below(&source.rng, limit);
}

int __wrap_genl_connect(struct nl_sock *sock)
{
	(void)sock;
	return 0;
}

int __wrap_genl_ctrl_resolve(struct nl_sock *sock, const char *name)
{
	(void)sock;
	(void)name;
	return FAMILY;
}

int __wrap_genl_ctrl_resolve_grp(struct nl_sock *sock, const char *name,
				 const char *group)
{
	(void)sock;
	(void)name;
	(void)group;
	return GROUP;
}

int __wrap_nl_socket_add_memberships(struct nl_sock *sock, int group, ...)
{
	(void)sock;
	(void)group;
	listens = true;
	answers = below(ANSWERS_MAX);
	return 0;
}

int __wrap_poll(struct pollfd *fds, nfds_t nr, int timeout)
{
	(void)nr;
	(void)timeout;
	fds->revents = POLLIN;
	return 1;
}

ssize_t __wrap_sendmsg(int fd, const struct msghdr *msg, int flags)
{
	const struct nlmsghdr *header = msg->msg_iov->iov_base;
	const struct genlmsghdr *genl = NLMSG_DATA(header);
	int i;

	(void)fd;
	(void)flags;
	nr_sent++;
	for (i = 0; i < fuzz_nr_ops; i++)
		if (fuzz_ops[i].cmd == genl->cmd)
			asked = &fuzz_ops[i];
	source.seq = header->nlmsg_seq;
	answers = below(ANSWERS_MAX);
	if (!below(50)) {
		errno = below(2) ? ENOMEM : EPERM;
		return -1;
	}
	return msg->msg_iov->iov_len;
}

/* libnl's own would read what is not there, and no sanitizer looks. */
unsigned int __wrap_nla_get_u32(const struct nlattr *attr)
{
	unsigned int value;

	if (attr->nla_len != NLA_HDRLEN + sizeof(value))
		abort();
	memcpy(&value, attr + 1, sizeof(value));
	return value;
}

unsigned long long __wrap_nla_get_u64(const struct nlattr *attr)
{
	unsigned long long value;

	if (attr->nla_len != NLA_HDRLEN + sizeof(value))
		abort();
	memcpy(&value, attr + 1, sizeof(value));
	return value;
}

/* The operation as one that asks with what is told. */
static struct fuzz_op turned(void)
{
	struct fuzz_op op = *asked;

	if (listens)
		do {
			op = fuzz_ops[below(fuzz_nr_ops)];
		} while (op.kind != FUZZ_EVENT);
	op.request = op.reply;
	return op;
}

static void put_answer(void)
{
	struct nlmsghdr *header = (void *)(buffer.bytes + buffer.len);
	struct fuzz_op op = turned();

	source.seq--;
	if (hostile && !below(3))
		fuzz_message_bad(&source, &buffer, &op);
	else
		fuzz_message_good(&source, &buffer, &op);
	if (!hostile || below(8))
		header->nlmsg_flags &= ~NLM_F_DUMP_INTR;
}

/* A task whose name has no end before the datagram's own. */
static void put_endless_name(void)
{
	struct nlmsghdr *header = (void *)(buffer.bytes + buffer.len);
	struct fuzz_op op = *asked;
	const struct {
		struct nlattr pid;
		unsigned int number;
		struct nlattr comm;
		char name[8];
	} attrs = {
		{ NLA_HDRLEN + 4, OOMK_A_ITEM_PID }, 1 + below(1000),
		{ NLA_HDRLEN + 8, OOMK_A_ITEM_COMM }, "endless",
	};

	source.seq--;
	op.request = 0;
	fuzz_message_good(&source, &buffer, &op);
	memcpy(buffer.bytes + buffer.len, &attrs, sizeof(attrs));
	buffer.bytes[buffer.len + sizeof(attrs) - 1] = 'x';
	buffer.len += sizeof(attrs);
	header->nlmsg_len += sizeof(attrs);
	header->nlmsg_flags &= ~NLM_F_DUMP_INTR;
}

/* The end of an answer: an errno, with or without a sentence. */
static void put_verdict(void)
{
	struct nlmsghdr *header = (void *)(buffer.bytes + buffer.len);
	static const char why[] = "a sentence";
	struct nlmsgerr *err = NLMSG_DATA(header);
	struct nlattr *attr;

	memset(header, 0, 256);
	header->nlmsg_len = NLMSG_LENGTH(sizeof(*err));
	header->nlmsg_type = below(2) ? NLMSG_ERROR : NLMSG_DONE;
	header->nlmsg_flags = NLM_F_CAPPED;
	header->nlmsg_seq = source.seq;
	err->error = below(6) ? 0 : -(int)below(134);
	err->msg.nlmsg_len = NLMSG_HDRLEN;
	if (below(2)) {
		header->nlmsg_flags |= NLM_F_ACK_TLVS;
		attr = (void *)((char *)header + header->nlmsg_len);
		attr->nla_type = NLMSGERR_ATTR_MSG;
		attr->nla_len = NLA_HDRLEN + sizeof(why);
		memcpy(attr + 1, why, sizeof(why));
		header->nlmsg_len += NLMSG_ALIGN(attr->nla_len);
		if (hostile)
			attr->nla_len = below(40);
	}
	if (hostile && !below(4)) {
		header->nlmsg_flags = below(65536);
		err->error = below(1UL << 32);
		err->msg.nlmsg_len = below(2) ? below(64) : 0x7fffffff - below(64);
	}
	buffer.len += NLMSG_ALIGN(header->nlmsg_len);
	if (hostile && !below(6))
		header->nlmsg_len = below(2) ? below(64) : 0xffffffff;
}

static ssize_t no_more(void)
{
	struct nlmsghdr *header = (void *)buffer.bytes;

	if (!listens) {
		errno = EAGAIN;
		return -1;
	}
	/* What ends a listener: the family goes, as its controller tells. */
	header->nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN) + NLA_HDRLEN + 8;
	header->nlmsg_type = GENL_ID_CTRL;
	*(struct genlmsghdr *)NLMSG_DATA(header) =
		(struct genlmsghdr){ .cmd = CTRL_CMD_DELFAMILY };
	memcpy(buffer.bytes + NLMSG_LENGTH(GENL_HDRLEN),
	       &(struct nlattr){ .nla_len = NLA_HDRLEN + 5,
				 .nla_type = CTRL_ATTR_FAMILY_NAME },
	       NLA_HDRLEN);
	memcpy(buffer.bytes + NLMSG_LENGTH(GENL_HDRLEN) + NLA_HDRLEN,
	       "oomk\0\0\0", 8);
	buffer.len = header->nlmsg_len;
	return 0;
}

ssize_t __wrap_recvmsg(int fd, struct msghdr *msg, int flags)
{
	static const int errors[] = { ENOBUFS, ENOMEM, EINTR, EIO };
	size_t room = msg->msg_iov->iov_len;
	int nr = 1 + below(4);

	(void)fd;
	(void)flags;
	buffer.len = 0;
	msg->msg_flags = 0;
	memset(msg->msg_name, 0, msg->msg_namelen);
	if (hostile && !below(30)) {
		errno = errors[below(ARRAY_SIZE(errors))];
		return -1;
	}
	if (!answers) {
		if (no_more())
			return -1;
	} else if (!--answers && !listens) {
		put_verdict();
	} else {
		while (nr--)
			put_answer();
		if (hostile && asked->cmd == OOMK_CMD_ITEM_GET && !below(4))
			put_endless_name();
	}
	if (hostile && !below(20))
		fuzz_message_garbage(&source, &buffer);
	if (buffer.len > room) {
		buffer.len = room;
		msg->msg_flags |= MSG_TRUNC;
	}
	/* Nothing behind what was received is to be read. */
	ASAN_UNPOISON_MEMORY_REGION(msg->msg_iov->iov_base, room);
	memcpy(msg->msg_iov->iov_base, buffer.bytes, buffer.len);
	ASAN_POISON_MEMORY_REGION(msg->msg_iov->iov_base + buffer.len,
				  room - buffer.len);
	return buffer.len;
}

static unsigned int read_number(FILE *in)
{
	unsigned int number;

	if (fread(&number, sizeof(number), 1, in) != 1)
		exit(0);
	return number;
}

static void write_blob(FILE *out, const char *bytes, size_t len)
{
	unsigned int number = len;

	fwrite(&number, sizeof(number), 1, out);
	fwrite(bytes, 1, len, out);
}

static char **read_words(FILE *in, unsigned int nr)
{
	char **words = calloc(nr + 1, sizeof(*words));
	unsigned int i, len;

	for (i = 0; i < nr; i++) {
		len = read_number(in);
		words[i] = calloc(len + 1, 1);
		if (fread(words[i], 1, len, in) != len)
			exit(1);
	}
	return words;
}

static void run_once(FILE *in, FILE *out)
{
	unsigned int seed = read_number(in), nr = read_number(in), i, status;
	char **words = read_words(in, nr), **order;
	char *said = NULL, *told = NULL;
	size_t said_len, told_len;

	source.rng = (seed + 1) * 0x9e3779b97f4a7c15ULL | 1;
	rng_next(&source.rng);
	hostile = below(2);
	listens = false;
	nr_sent = 0;
	optind = 0;
	/* It is sorted by getopt(), and is to be freed all the same. */
	order = calloc(nr + 1, sizeof(*order));
	memcpy(order, words, nr * sizeof(*order));
	stdout = open_memstream(&said, &said_len);
	stderr = open_memstream(&told, &told_len);
	status = oomkctl_main(nr, order);
	fclose(stdout);
	fclose(stderr);
	fwrite(&status, sizeof(status), 1, out);
	fwrite(&nr_sent, sizeof(nr_sent), 1, out);
	write_blob(out, said, said_len);
	write_blob(out, told, told_len);
	fflush(out);
	free(said);
	free(told);
	free(order);
	for (i = 0; i < nr; i++)
		free(words[i]);
	free(words);
}

int main(void)
{
	FILE *out = stdout;

	if (!fuzz_world_make(1))
		return 1;
	fuzz_world->cycle = 9;
	source.family = FAMILY;
	source.dense = true;
	for (;;)
		run_once(stdin, out);
}
