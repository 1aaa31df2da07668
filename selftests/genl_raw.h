/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The family oomk without any library: a test of what is refused has to be
 * able to send what no library would build, and to read the sentence that
 * comes back.
 */
#ifndef OOMK_SELFTESTS_GENL_RAW_H
#define OOMK_SELFTESTS_GENL_RAW_H

#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <linux/oomk.h>

#ifndef SOL_NETLINK
#define SOL_NETLINK	270
#endif

#define RAW_ATTRS	64
#define RAW_REQUEST	(64 * 1024)
#ifndef RAW_ANSWER
#define RAW_ANSWER	(64 * 1024)
#endif
#define RAW_PATIENCE_S	20

/**
 * struct raw - a socket and what the last answer said
 * @fd: the socket
 * @family: number of the family
 * @group: number of its multicast group
 * @seq: of the last request
 * @err: negative errno of the last answer
 * @why: its sentence, "" without one
 */
struct raw {
	int fd;
	int family;
	unsigned int group;
	unsigned int seq;
	int err;
	char why[256];
};

/* Attributes of one message, by type. */
struct raw_attrs {
	int cmd;
	const struct nlattr *attr[RAW_ATTRS];
};

typedef void (*raw_fn)(const struct raw_attrs *attrs, void *arg);

/* A request under construction. */
struct raw_msg {
	union {
		struct nlmsghdr header;
		char bytes[RAW_REQUEST];
	};
};

static inline void raw_begin(struct raw *raw, struct raw_msg *msg, int family,
			     int cmd, int flags)
{
	struct genlmsghdr *genl;

	memset(msg, 0, NLMSG_SPACE(sizeof(*genl)));
	msg->header.nlmsg_len = NLMSG_LENGTH(sizeof(*genl));
	msg->header.nlmsg_type = family;
	msg->header.nlmsg_flags = NLM_F_REQUEST | flags;
	msg->header.nlmsg_seq = ++raw->seq;
	genl = NLMSG_DATA(&msg->header);
	genl->cmd = cmd;
	genl->version = OOMK_FAMILY_VERSION;
}

static inline struct nlattr *raw_put(struct raw_msg *msg, int type,
				     const void *data, size_t len)
{
	size_t at = NLMSG_ALIGN(msg->header.nlmsg_len);
	struct nlattr *attr = (void *)(msg->bytes + at);

	if (at + NLA_HDRLEN + NLA_ALIGN(len) > sizeof(msg->bytes))
		abort();
	memset(attr, 0, NLA_HDRLEN + NLA_ALIGN(len));
	attr->nla_type = type;
	attr->nla_len = NLA_HDRLEN + len;
	if (len)
		memcpy((char *)attr + NLA_HDRLEN, data, len);
	msg->header.nlmsg_len = at + NLA_HDRLEN + NLA_ALIGN(len);
	return attr;
}

static inline struct nlattr *raw_u32(struct raw_msg *msg, int type,
				     unsigned int value)
{
	return raw_put(msg, type, &value, sizeof(value));
}

static inline void raw_u64(struct raw_msg *msg, int type, unsigned long long value)
{
	raw_put(msg, type, &value, sizeof(value));
}

static inline void raw_flag(struct raw_msg *msg, int type)
{
	raw_put(msg, type, NULL, 0);
}

static inline struct nlattr *raw_nest(struct raw_msg *msg, int type)
{
	return raw_put(msg, type | NLA_F_NESTED, NULL, 0);
}

static inline void raw_nest_end(struct raw_msg *msg, struct nlattr *nest)
{
	nest->nla_len = msg->bytes + msg->header.nlmsg_len - (char *)nest;
}

static inline bool raw_send(struct raw *raw, const struct raw_msg *msg)
{
	return send(raw->fd, msg, msg->header.nlmsg_len, 0) ==
	       (ssize_t)msg->header.nlmsg_len;
}

static inline void raw_parse(const void *data, int len, struct raw_attrs *attrs)
{
	const struct nlattr *attr = data;
	int type;

	memset(attrs->attr, 0, sizeof(attrs->attr));
	while (len >= NLA_HDRLEN && attr->nla_len >= NLA_HDRLEN &&
	       attr->nla_len <= len) {
		type = attr->nla_type & NLA_TYPE_MASK;
		if (type < RAW_ATTRS)
			attrs->attr[type] = attr;
		len -= NLA_ALIGN(attr->nla_len);
		attr = (const void *)((const char *)attr +
				      NLA_ALIGN(attr->nla_len));
	}
}

static inline const void *raw_data(const struct nlattr *attr)
{
	return (const char *)attr + NLA_HDRLEN;
}

static inline bool raw_has(const struct raw_attrs *attrs, int type)
{
	return attrs->attr[type];
}

/* A number of either width; 0 if it is absent. Signed, as literals are. */
static inline long long raw_number(const struct raw_attrs *attrs, int type)
{
	const struct nlattr *attr = attrs->attr[type];
	long long large;
	unsigned int small;

	if (!attr)
		return 0;
	if (attr->nla_len == NLA_HDRLEN + sizeof(large)) {
		memcpy(&large, raw_data(attr), sizeof(large));
		return large;
	}
	memcpy(&small, raw_data(attr), sizeof(small));
	return small;
}

static inline void raw_inner(const struct raw_attrs *attrs, int type,
			     struct raw_attrs *inner)
{
	const struct nlattr *attr = attrs->attr[type];

	raw_parse(attr ? raw_data(attr) : NULL,
		  attr ? attr->nla_len - NLA_HDRLEN : 0, inner);
}

/* An error or the end of a dump: an errno, perhaps followed by a sentence. */
static inline void raw_verdict(struct raw *raw, const struct nlmsghdr *header)
{
	size_t at = header->nlmsg_type == NLMSG_DONE ?
		    NLMSG_LENGTH(sizeof(int)) :
		    NLMSG_LENGTH(sizeof(struct nlmsgerr));
	struct raw_attrs tlvs;

	raw->err = 0;
	raw->why[0] = '\0';
	if (header->nlmsg_len < NLMSG_LENGTH(sizeof(int)))
		return;
	memcpy(&raw->err, NLMSG_DATA(header), sizeof(raw->err));
	if (!(header->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	/* Unless it was capped, the whole request is in between. */
	if (header->nlmsg_type == NLMSG_ERROR &&
	    !(header->nlmsg_flags & NLM_F_CAPPED)) {
		const struct nlmsgerr *answer = NLMSG_DATA(header);

		at += NLMSG_ALIGN(answer->msg.nlmsg_len) - NLMSG_HDRLEN;
	}
	raw_parse((const char *)header + at, header->nlmsg_len - at, &tlvs);
	if (raw_has(&tlvs, NLMSGERR_ATTR_MSG))
		strncpy(raw->why, raw_data(tlvs.attr[NLMSGERR_ATTR_MSG]),
			sizeof(raw->why) - 1);
}

/* Reads one datagram. Returns true once the answer is complete. */
static inline bool raw_recv(struct raw *raw, raw_fn each, void *arg)
{
	static __thread long long answer[RAW_ANSWER / sizeof(long long)];
	struct raw_attrs attrs;
	struct nlmsghdr *header = (void *)answer;
	struct genlmsghdr *genl;
	int len = recv(raw->fd, answer, sizeof(answer), 0);

	if (len <= 0) {
		raw->err = len ? -errno : -ENODATA;
		strcpy(raw->why, "nothing was received");
		return true;
	}
	for (; NLMSG_OK(header, len); header = NLMSG_NEXT(header, len)) {
		if (header->nlmsg_type == NLMSG_ERROR ||
		    header->nlmsg_type == NLMSG_DONE) {
			raw_verdict(raw, header);
			return true;
		}
		genl = NLMSG_DATA(header);
		attrs.cmd = genl->cmd;
		raw_parse((char *)genl + GENL_HDRLEN,
			  header->nlmsg_len - NLMSG_LENGTH(GENL_HDRLEN),
			  &attrs);
		if (each)
			each(&attrs, arg);
	}
	return false;
}

/* Sends a request, reads all of its answer; returns the negative errno. */
static inline int raw_ask(struct raw *raw, struct raw_msg *msg, raw_fn each,
			  void *arg)
{
	if (!raw_send(raw, msg))
		return -errno;
	while (!raw_recv(raw, each, arg))
		;
	return raw->err;
}

static inline void raw_do(struct raw *raw, struct raw_msg *msg, int cmd)
{
	raw_begin(raw, msg, raw->family, cmd, NLM_F_ACK);
}

static inline void raw_dump(struct raw *raw, struct raw_msg *msg, int cmd)
{
	raw_begin(raw, msg, raw->family, cmd, NLM_F_DUMP);
}

static inline void raw_on_family(const struct raw_attrs *attrs, void *arg)
{
	struct raw_attrs groups, group;
	struct raw *raw = arg;
	unsigned short family;

	if (!raw_has(attrs, CTRL_ATTR_FAMILY_ID))
		return;
	memcpy(&family, raw_data(attrs->attr[CTRL_ATTR_FAMILY_ID]),
	       sizeof(family));
	raw->family = family;
	/* The family has one group; the list counts from 1. */
	raw_inner(attrs, CTRL_ATTR_MCAST_GROUPS, &groups);
	raw_inner(&groups, 1, &group);
	raw->group = raw_number(&group, CTRL_ATTR_MCAST_GRP_ID);
}

/* Returns 0, -ENOENT without the module, or another negative errno. */
static inline int raw_open(struct raw *raw)
{
	static __thread struct raw_msg msg;
	const struct timeval patience = { .tv_sec = RAW_PATIENCE_S };
	struct sockaddr_nl name = { .nl_family = AF_NETLINK };
	int one = 1;

	memset(raw, 0, sizeof(*raw));
	raw->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (raw->fd < 0 ||
	    bind(raw->fd, (struct sockaddr *)&name, sizeof(name)))
		return -errno;
	setsockopt(raw->fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
	setsockopt(raw->fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one));
	setsockopt(raw->fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
		   sizeof(patience));
	raw_begin(raw, &msg, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, NLM_F_ACK);
	raw_put(&msg, CTRL_ATTR_FAMILY_NAME, OOMK_FAMILY_NAME,
		sizeof(OOMK_FAMILY_NAME));
	return raw_ask(raw, &msg, raw_on_family, raw);
}

static inline void raw_close(struct raw *raw)
{
	close(raw->fd);
	raw->fd = -1;
}

/* Did the last answer refuse with this errno and this sentence? */
static inline bool raw_refused(const struct raw *raw, int err, const char *why)
{
	return raw->err == -err && !strcmp(raw->why, why);
}

static inline void raw_keep(const struct raw_attrs *attrs, void *arg)
{
	const struct nlattr *attr;
	long long *values = arg;
	int i;

	for (i = 0; i < RAW_ATTRS; i++) {
		attr = attrs->attr[i];
		values[i] = attr && attr->nla_len > NLA_HDRLEN ?
			    raw_number(attrs, i) : !!attr;
	}
}

/*
 * A command without input and with one message of numbers; @values has
 * RAW_ATTRS slots, absent ones are 0. Returns the negative errno.
 */
static inline int raw_read(struct raw *raw, int cmd, long long *values)
{
	static __thread struct raw_msg msg;

	memset(values, 0, RAW_ATTRS * sizeof(*values));
	raw_do(raw, &msg, cmd);
	return raw_ask(raw, &msg, raw_keep, values);
}

static inline int raw_policy_set(struct raw *raw, int type, unsigned int value)
{
	static __thread struct raw_msg msg;

	raw_do(raw, &msg, OOMK_CMD_POLICY_SET);
	raw_u32(&msg, type, value);
	return raw_ask(raw, &msg, NULL, NULL);
}

#define RAW_NO_UTILITY	(-1)
#define RAW_PROTECTED	1
#define RAW_EACH	2

static inline int raw_job(struct raw *raw, int cmd, pid_t pid, int utility,
			  int flags)
{
	static __thread struct raw_msg msg;

	raw_do(raw, &msg, cmd);
	raw_u32(&msg, OOMK_A_JOB_PID, pid);
	if (utility != RAW_NO_UTILITY)
		raw_u32(&msg, OOMK_A_JOB_UTILITY, utility);
	if (flags & RAW_PROTECTED)
		raw_flag(&msg, OOMK_A_JOB_PROTECTED);
	if (flags & RAW_EACH)
		raw_flag(&msg, OOMK_A_JOB_EACH);
	return raw_ask(raw, &msg, NULL, NULL);
}

static inline int raw_job_set(struct raw *raw, pid_t pid, int utility)
{
	return raw_job(raw, OOMK_CMD_JOB_SET, pid, utility, 0);
}

static inline int raw_job_get(struct raw *raw, pid_t pid, long long *values)
{
	static __thread struct raw_msg msg;

	memset(values, 0, RAW_ATTRS * sizeof(*values));
	raw_do(raw, &msg, OOMK_CMD_JOB_GET);
	raw_u32(&msg, OOMK_A_JOB_PID, pid);
	return raw_ask(raw, &msg, raw_keep, values);
}

#endif /* OOMK_SELFTESTS_GENL_RAW_H */
