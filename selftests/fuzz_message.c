// SPDX-License-Identifier: GPL-2.0
/*
 * Messages for the family. A good one is what the specification asks for; a
 * bad one begins as such and is then wrong in one way or several.
 */
#define _GNU_SOURCE
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <string.h>
#include <unistd.h>

#include <linux/oomk.h>

#include "../testprocs/rng.h"
#include "fuzz_message.h"

#define DEPTH_MAX	60
#define BATCH_ROOM	1024	/* left for whatever comes behind */

static unsigned long below(struct fuzz_source *source, unsigned long limit)
{
	return rng_below(&source->rng, limit);
}

static bool one_in(struct fuzz_source *source, unsigned long n)
{
	return !below(source, n);
}

/* Room for @len bytes, zeroed and padded; NULL if there is none. */
static void *append(struct fuzz_buffer *buffer, size_t len)
{
	unsigned char *at = buffer->bytes + buffer->len;
	size_t padded = NLMSG_ALIGN(len);

	if (buffer->len + padded > sizeof(buffer->bytes))
		return NULL;
	memset(at, 0, padded);
	buffer->len += padded;
	return at;
}

static struct nlattr *put(struct fuzz_buffer *buffer, int type,
			  const void *data, size_t len)
{
	struct nlattr *attr = append(buffer, NLA_HDRLEN + len);

	if (!attr)
		return NULL;
	attr->nla_type = type;
	attr->nla_len = NLA_HDRLEN + len;
	if (data)
		memcpy((char *)attr + NLA_HDRLEN, data, len);
	return attr;
}

static void end_nest(struct fuzz_buffer *buffer, struct nlattr *nest)
{
	if (nest)
		nest->nla_len = buffer->bytes + buffer->len -
				(unsigned char *)nest;
}

static void put_noise(struct fuzz_source *source, struct fuzz_buffer *buffer,
		      int type, size_t len)
{
	struct nlattr *attr = put(buffer, type, NULL, len);
	unsigned char *at = (unsigned char *)attr + NLA_HDRLEN;

	if (!attr)
		return;
	while (len--)
		*at++ = below(source, 256);
}

static pid_t some_toy(struct fuzz_source *source)
{
	unsigned long at = below(source, FUZZ_TOYS), i;
	pid_t pid = 0;

	for (i = 0; i < FUZZ_TOYS && !pid; i++)
		pid = fuzz_world->toys[(at + i) % FUZZ_TOYS].pid;
	return pid;
}

/* Mostly a toy; now and then anything that has a number, or had, or has not. */
static pid_t some_pid(struct fuzz_source *source)
{
	static const unsigned int odd[] = {
		0, 1, 2, 3, 0x7fffffff, 0x80000000, 0xffffffff, 4194304,
	};

	switch (below(source, 16)) {
	case 0:
		return odd[below(source, ARRAY_SIZE(odd))];
	case 1:
		return fuzz_world->low;
	case 2:
		return fuzz_world->thread;
	case 3:
		return fuzz_world->guards[below(source, FUZZ_GUARDS)];
	case 4:
		return below(source, 32768);
	case 5:
		return getpid();
	default:
		return some_toy(source);
	}
}

static unsigned long long some_cycle(struct fuzz_source *source)
{
	unsigned long long now = fuzz_world->cycle;

	if (source->victims.cycle && !one_in(source, 8))
		return source->victims.cycle;
	return now > 3 ? now - below(source, 4) : now;
}

/* A number within its limits, often at one of them. */
static unsigned long long in_limits(struct fuzz_source *source,
				    const struct fuzz_attr *attr)
{
	unsigned long long span = attr->max - attr->min;

	switch (below(source, 4)) {
	case 0:
		return attr->min;
	case 1:
		return attr->max;
	case 2:
		return attr->min + (span > 1000 ? below(source, 1000) : 0);
	default:
		return attr->min + (span + 1 ?
		       rng_next(&source->rng) % (span + 1) :
		       rng_next(&source->rng));
	}
}

static unsigned long long value_of(struct fuzz_source *source,
				   const struct fuzz_attr *attr)
{
	if (!strcmp(attr->name, "pid"))
		return some_pid(source);
	if (!strcmp(attr->name, "cycle") || !strcmp(attr->name, "number"))
		return some_cycle(source);
	return in_limits(source, attr);
}

static void put_number(struct fuzz_buffer *buffer, const struct fuzz_attr *attr,
		       int type, unsigned long long value)
{
	unsigned int narrow = value;

	if (attr->type == FUZZ_U64)
		put(buffer, type, &value, sizeof(value));
	else
		put(buffer, type, &narrow, sizeof(narrow));
}

/* A report on one victim of the set in hand, or on nobody's. */
static void put_victim(struct fuzz_source *source, struct fuzz_buffer *buffer)
{
	const struct fuzz_victims *set = &source->victims;
	unsigned int pid = some_pid(source), status, signals = below(source, 4);
	struct nlattr *nest = put(buffer, OOMK_A_REQUEST_VICTIM | NLA_F_NESTED,
				  NULL, 0);
	unsigned long long start_ns = 1, sent_ns = rng_next(&source->rng) >> 16;
	unsigned int err = 1 + below(source, 130);
	int i;

	if (set->nr) {
		i = below(source, set->nr);
		pid = set->victims[i].pid;
		start_ns = set->victims[i].start_ns;
	}
	status = OOMK_VICTIM_GONE + below(source, OOMK_VICTIM_FAILED);
	put(buffer, OOMK_A_VICTIM_PID, &pid, sizeof(pid));
	put(buffer, OOMK_A_VICTIM_START_NS, &start_ns, sizeof(start_ns));
	put(buffer, OOMK_A_VICTIM_STATUS, &status, sizeof(status));
	if (status == OOMK_VICTIM_FAILED || one_in(source, 4))
		put(buffer, OOMK_A_VICTIM_ERRNO, &err, sizeof(err));
	if (one_in(source, 2))
		put(buffer, OOMK_A_VICTIM_SIGNALS, &signals, sizeof(signals));
	if (one_in(source, 2))
		put(buffer, OOMK_A_VICTIM_SIGNAL_NS, &sent_ns, sizeof(sent_ns));
	end_nest(buffer, nest);
}

/* What a task may call itself, and what it may not. */
static void put_name(struct fuzz_source *source, struct fuzz_buffer *buffer,
		     int type)
{
	static const char *const names[] = {
		"name", "", "a\"b\\c", "\x1b[2J\x07\n\r\t", "\x7f\x01",
		"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "\xff\xfe\xc3",
		"\xed\xa0\x80\xc0\x80\xf5\x80\x80\x80", "\xc2\x85\xc2\x9b",
		"a name that is far longer than any that a task can have",
	};
	const char *name = names[below(source,
				       ARRAY_SIZE(names))];

	if (one_in(source, 6))
		put_noise(source, buffer, type, below(source, 40));
	else
		put(buffer, type, name, strlen(name) + !one_in(source, 8));
}

static void put_good(struct fuzz_source *source, struct fuzz_buffer *buffer,
		     const struct fuzz_set *set, int type)
{
	const struct fuzz_attr *attr = &set->attrs[type];
	struct nlattr *nest;

	switch (attr->type) {
	case FUZZ_U32:
	case FUZZ_S32:
	case FUZZ_U64:
		put_number(buffer, attr, type, value_of(source, attr));
		break;
	case FUZZ_STRING:
		put_name(source, buffer, type);
		break;
	case FUZZ_NEST:
		if (type == OOMK_A_REQUEST_VICTIM &&
		    !strcmp(set->name, "request")) {
			put_victim(source, buffer);
			break;
		}
		nest = put(buffer, type | NLA_F_NESTED, NULL, 0);
		put_good(source, buffer, attr->nested,
			 1 + below(source, attr->nested->nr));
		end_nest(buffer, nest);
		break;
	default:
		put(buffer, type, NULL, 0);
	}
}

static struct nlmsghdr *begin(struct fuzz_source *source,
			      struct fuzz_buffer *buffer,
			      const struct fuzz_op *op)
{
	struct nlmsghdr *header = append(buffer, NLMSG_LENGTH(GENL_HDRLEN));
	struct genlmsghdr *genl;

	if (!header)
		return NULL;
	header->nlmsg_type = source->family;
	header->nlmsg_flags = NLM_F_REQUEST |
			      (op->kind == FUZZ_DUMP ? NLM_F_DUMP : NLM_F_ACK);
	header->nlmsg_seq = ++source->seq;
	genl = NLMSG_DATA(header);
	genl->cmd = op->cmd;
	genl->version = OOMK_FAMILY_VERSION;
	return header;
}

static void end(struct fuzz_buffer *buffer, struct nlmsghdr *header)
{
	header->nlmsg_len = buffer->bytes + buffer->len -
			    (unsigned char *)header;
}

/* Whether a good message has an attribute that it may have. */
static bool wanted(struct fuzz_source *source, const struct fuzz_op *op,
		   int type)
{
	const struct fuzz_attr *attr = &op->set->attrs[type];
	int nr = __builtin_popcountll(op->request);

	/* An answer has either figures or an item. */
	if (source->dense)
		return attr->type == FUZZ_NEST ? one_in(source, 2) :
						 !one_in(source, 12);
	if (!strcmp(attr->name, "pid") ||
	    (!strcmp(attr->name, "cycle") && op->kind == FUZZ_DO))
		return true;
	if (nr > 8)
		return below(source, nr) < 2;
	return attr->type == FUZZ_FLAG ? one_in(source, 4) :
					 !one_in(source, 4);
}

/**
 * fuzz_message_good() - append a message as it should be
 * @source: what it is drawn from
 * @buffer: where
 * @op: operation
 *
 * What it names may still not be there, or not go together.
 */
void fuzz_message_good(struct fuzz_source *source, struct fuzz_buffer *buffer,
		       const struct fuzz_op *op)
{
	struct nlmsghdr *header = begin(source, buffer, op);
	int type, times;

	if (!header)
		return;
	for (type = 1; type <= op->set->nr; type++) {
		if (!(op->request >> type & 1))
			continue;
		if (!wanted(source, op, type))
			continue;
		times = op->set->attrs[type].multi ? 1 + below(source, 4) : 1;
		while (times--)
			put_good(source, buffer, op->set, type);
	}
	end(buffer, header);
}

static void put_tower(struct fuzz_source *source, struct fuzz_buffer *buffer,
		      int type)
{
	struct nlattr *nests[DEPTH_MAX];
	int depth = 1 + below(source, DEPTH_MAX), i;

	for (i = 0; i < depth; i++)
		nests[i] = put(buffer, type | NLA_F_NESTED, NULL, 0);
	put_victim(source, buffer);
	while (i--)
		end_nest(buffer, nests[i]);
}

static void put_out_of_limits(struct fuzz_source *source,
			      struct fuzz_buffer *buffer,
			      const struct fuzz_attr *attr, int type)
{
	static const unsigned long long edges[] = {
		0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 1ULL << 32,
		1ULL << 63, ~0ULL,
	};
	unsigned long long value;

	switch (below(source, 3)) {
	case 0:
		value = attr->min - 1;
		break;
	case 1:
		value = attr->max + 1;
		break;
	default:
		value = edges[below(source, ARRAY_SIZE(edges))];
	}
	put_number(buffer, attr, type, value);
}

static void put_wrong_length(struct fuzz_source *source,
			     struct fuzz_buffer *buffer, int type)
{
	static const unsigned short lengths[] = {
		0, 1, 2, 3, 5, 6, 7, 8, 9, 12, 16, 17, 255, 4096, 32767,
		65531,
	};
	size_t len = lengths[below(source, ARRAY_SIZE(lengths))];

	if (buffer->len + len + BATCH_ROOM > sizeof(buffer->bytes))
		len = 0;
	put_noise(source, buffer, type, len);
}

/* What the header of an attribute may say instead of the truth. */
static void lie_about(struct fuzz_source *source, struct nlattr *attr)
{
	static const unsigned short lengths[] = { 0, 1, 3, 4, 5, 0xfffc, 0xffff };

	switch (below(source, 5)) {
	case 0:
		attr->nla_type ^= NLA_F_NESTED;
		break;
	case 1:
		attr->nla_type ^= NLA_F_NET_BYTEORDER;
		break;
	case 2:
		attr->nla_len += 4 - 8 * below(source, 2);
		break;
	case 3:
		attr->nla_len = lengths[below(source, ARRAY_SIZE(lengths))];
		break;
	default:
		attr->nla_len += 1 + below(source, 3);
	}
}

static void put_bad(struct fuzz_source *source, struct fuzz_buffer *buffer,
		    const struct fuzz_op *op)
{
	const struct fuzz_set *set = op->set;
	int type = 1 + below(source, set->nr);
	size_t at = buffer->len;

	/* Mostly one that the operation takes. */
	if (op->request && !one_in(source, 4))
		while (!(op->request >> type & 1))
			type = 1 + below(source, set->nr);
	switch (below(source, 12)) {
	case 0:
		put_out_of_limits(source, buffer, &set->attrs[type], type);
		break;
	case 1:
		put_wrong_length(source, buffer, type);
		break;
	case 2:
		put_noise(source, buffer, below(source, 65536),
			  below(source, 40));
		break;
	case 3:
		put_tower(source, buffer, type);
		break;
	case 4:
		op = &fuzz_ops[below(source, fuzz_nr_ops)];
		put_good(source, buffer, op->set,
			 1 + below(source, op->set->nr));
		break;
	default:
		put_good(source, buffer, set, type);
	}
	if (one_in(source, 10) && buffer->len > at)
		lie_about(source, (struct nlattr *)(buffer->bytes + at));
}

static void spoil_header(struct fuzz_source *source, struct nlmsghdr *header)
{
	static const unsigned int lengths[] = {
		0, 1, 15, 16, 17, 18, 19, 20, 21, 23, 24, 0xffff, 0x7fffffff,
		0x80000000, 0xffffffff,
	};
	static const unsigned short types[] = { 0, 1, 2, 3, 4, 15, 0xffff };
	struct genlmsghdr *genl = NLMSG_DATA(header);

	switch (below(source, 9)) {
	case 0:
		header->nlmsg_len = lengths[below(source, ARRAY_SIZE(lengths))];
		break;
	case 1:
		header->nlmsg_len -= below(source, 9);
		break;
	case 2:
		header->nlmsg_type = types[below(source, ARRAY_SIZE(types))];
		break;
	case 3:
		header->nlmsg_flags = below(source, 65536);
		break;
	case 4:
		header->nlmsg_flags ^= NLM_F_DUMP;
		break;
	case 5:
		header->nlmsg_flags &= ~NLM_F_ACK;
		break;
	case 6:
		header->nlmsg_pid = below(source, 65536);
		break;
	case 7:
		genl->cmd = below(source, 256);
		break;
	default:
		genl->version = below(source, 256);
		genl->reserved = below(source, 2) ? below(source, 65536) : 0;
	}
}

/**
 * fuzz_message_bad() - append a message that is wrong somewhere
 * @source: what it is drawn from
 * @buffer: where
 * @op: operation that it begins as
 */
void fuzz_message_bad(struct fuzz_source *source, struct fuzz_buffer *buffer,
		      const struct fuzz_op *op)
{
	struct nlmsghdr *header = begin(source, buffer, op);
	int nr = below(source, 8);

	if (!header)
		return;
	while (nr--)
		put_bad(source, buffer, op);
	end(buffer, header);
	while (one_in(source, 3))
		spoil_header(source, header);
}

/**
 * fuzz_message_garbage() - append bytes that are no message
 * @source: what they are drawn from
 * @buffer: where
 */
void fuzz_message_garbage(struct fuzz_source *source,
			  struct fuzz_buffer *buffer)
{
	size_t len = below(source, one_in(source, 2) ? 24 : 400);
	unsigned char *at = append(buffer, len);

	while (at && len--)
		*at++ = below(source, 256);
}

/**
 * fuzz_message_tame() - take out what would end the game
 * @buffer: messages, about to be sent; changed
 * @mighty: the sender may name anybody
 *
 * A panic is no fault if it is asked for, nor is the death of a guard whose
 * protection was taken away by somebody who may.
 *
 * Return: false if it must not be sent.
 */
bool fuzz_message_tame(struct fuzz_buffer *buffer, bool mighty)
{
	struct nlattr attr;
	unsigned int value;
	size_t at;
	int type;

	for (at = 0; at + 8 <= buffer->len; at += 4) {
		memcpy(&attr, buffer->bytes + at, sizeof(attr));
		memcpy(&value, buffer->bytes + at + 4, sizeof(value));
		if (attr.nla_len != NLA_HDRLEN + sizeof(value))
			continue;
		type = attr.nla_type & NLA_TYPE_MASK;
		if (type == OOMK_A_POLICY_WEDGED && value == OOMK_WEDGED_PANIC)
			memset(buffer->bytes + at + 4, 0, 4);
		if (mighty && type == OOMK_A_JOB_PID &&
		    (fuzz_is_guard(value) || (pid_t)value == fuzz_world->low))
			return false;
	}
	return true;
}
