// SPDX-License-Identifier: GPL-2.0
/*
 * Answers, held against the specification: every attribute is one that the
 * operation tells, of its type and within its limits; every refusal is one of
 * those that are written down, and says why; and nobody succeeds at what takes
 * a right that he has not.
 */
#define _GNU_SOURCE
#include "genl_errand.h"
#include "fuzz_talk.h"

#define fallthrough	__attribute__((__fallthrough__))

static bool has_cap(const struct fuzz_talk *talk, unsigned long long cap)
{
	return fuzz_personas[talk->persona].caps & cap;
}

static void shape(const struct fuzz_talk *talk, const struct fuzz_op *op,
		  const char *what, const char *attr)
{
	fuzz_complain(FUZZ_FAULT_SHAPE, "%s to %s: %s: %s", op->name,
		      fuzz_personas[talk->persona].name, attr, what);
}

static const char *check_value(const struct fuzz_attr *attr, const void *data,
			       int len)
{
	unsigned long long value;

	switch (attr->type) {
	case FUZZ_FLAG:
	case FUZZ_PAD:
		return len ? "a flag with a value" : NULL;
	case FUZZ_STRING:
		return strnlen(data, len) + 1 != (size_t)len ?
		       "not a string" : NULL;
	case FUZZ_U64:
		if (len != 8)
			return "not of 8 bytes";
		memcpy(&value, data, sizeof(value));
		break;
	case FUZZ_U32:
		if (len != 4)
			return "not of 4 bytes";
		value = *(const unsigned int *)data;
		break;
	case FUZZ_S32:
		return len != 4 ? "not of 4 bytes" : NULL;
	default:
		return "not specified";
	}
	return value < attr->min || value > attr->max ? "out of limits" : NULL;
}

static void check_attrs(const struct fuzz_talk *talk, const struct fuzz_op *op,
			const struct fuzz_set *set, unsigned long long allowed,
			const void *data, int len)
{
	unsigned long long seen = 0;
	const struct nlattr *attr = data;
	const struct fuzz_attr *spec;
	const char *what;
	int type;

	for (; len >= NLA_HDRLEN && attr->nla_len >= NLA_HDRLEN &&
	     attr->nla_len <= len;
	     len -= NLA_ALIGN(attr->nla_len),
	     attr = (const void *)((const char *)attr +
				   NLA_ALIGN(attr->nla_len))) {
		type = attr->nla_type & NLA_TYPE_MASK;
		if (type > set->nr ||
		    (!(allowed >> type & 1) &&
		     set->attrs[type].type != FUZZ_PAD)) {
			shape(talk, op, "an attribute that is not specified",
			      set->name);
			return;
		}
		spec = &set->attrs[type];
		if (seen >> type & 1 && !spec->multi)
			shape(talk, op, "told twice", spec->name);
		seen |= 1ULL << type;
		if (spec->type == FUZZ_NEST) {
			check_attrs(talk, op, spec->nested, ~0ULL,
				    raw_data(attr), attr->nla_len - NLA_HDRLEN);
			continue;
		}
		what = check_value(spec, raw_data(attr),
				   attr->nla_len - NLA_HDRLEN);
		if (what)
			shape(talk, op, what, spec->name);
	}
	if (len > 0)
		shape(talk, op, "bytes behind the last attribute", set->name);
	if (!seen)
		shape(talk, op, "an empty message", set->name);
}

/* The set that an accept hands out, message by message. */
static void take_victim(struct fuzz_talk *talk, const struct raw_attrs *attrs)
{
	struct fuzz_victims *set = &talk->fetched;
	struct raw_attrs victim;
	pid_t pid;

	if (!raw_has(attrs, OOMK_A_REQUEST_VICTIM)) {
		memset(set, 0, sizeof(*set));
		set->cycle = raw_number(attrs, OOMK_A_REQUEST_CYCLE);
		return;
	}
	raw_inner(attrs, OOMK_A_REQUEST_VICTIM, &victim);
	pid = raw_number(&victim, OOMK_A_VICTIM_PID);
	if (fuzz_is_guard(pid))
		fuzz_complain(FUZZ_FAULT_VICTIM, "cycle %llu: %d was protected",
			      set->cycle, pid);
	if (set->nr == FUZZ_VICTIMS)
		return;
	set->victims[set->nr].pid = pid;
	set->victims[set->nr++].start_ns =
		raw_number(&victim, OOMK_A_VICTIM_START_NS);
}

static void look_at(struct fuzz_talk *talk, const struct fuzz_op *op,
		    const struct raw_attrs *attrs)
{
	unsigned int uid = getuid();

	switch (op->cmd) {
	case OOMK_CMD_REQUEST_ACCEPT:
		take_victim(talk, attrs);
		break;
	case OOMK_CMD_STATUS_GET:
		fuzz_world->cycle = raw_number(attrs, OOMK_A_STATUS_CYCLE);
		break;
	case OOMK_CMD_ITEM_GET:
		if (!has_cap(talk, CAP(SYS_PTRACE)) &&
		    raw_has(attrs, OOMK_A_ITEM_UID) &&
		    raw_number(attrs, OOMK_A_ITEM_UID) != uid)
			fuzz_complain(FUZZ_FAULT_PERMISSION,
				      "%s sees a task of another",
				      fuzz_personas[talk->persona].name);
		break;
	}
}

static bool owns(const struct fuzz_persona *persona, pid_t pid)
{
	int i;

	for (i = 0; i < FUZZ_TOYS; i++)
		if (pid && fuzz_world->toys[i].pid == pid)
			return fuzz_world->toys[i].uid == persona->uid &&
			       !persona->borrows;
	/* Not known, or by now another one's. */
	return true;
}

/* What the persona may not have succeeded at, or NULL. */
static const char *forbidden(const struct fuzz_talk *talk,
			     const struct fuzz_asked *asked)
{
	const struct fuzz_persona *persona = &fuzz_personas[talk->persona];
	bool number = asked->has >> OOMK_A_CYCLE_NUMBER & 1;

	switch (asked->op->cmd) {
	case OOMK_CMD_JOB_SET:
		if (has_cap(talk, CAP(SYS_RESOURCE)))
			return NULL;
		if (asked->has >> OOMK_A_JOB_PROTECTED & 1)
			return "to protect";
		if (asked->pid == fuzz_world->low && asked->utility)
			return "to raise";
		fallthrough;
	case OOMK_CMD_JOB_CLEAR:
		if (has_cap(talk, CAP(SYS_RESOURCE)))
			return NULL;
		if (fuzz_is_guard(asked->pid))
			return "to name a guard";
		return owns(persona, asked->pid) ? NULL : "to name another's";
	case OOMK_CMD_JOB_GET:
		if (has_cap(talk, CAP(SYS_PTRACE)))
			return NULL;
		return owns(persona, asked->pid) ? NULL : "to ask of another's";
	case OOMK_CMD_PLAN_GET:
		return has_cap(talk, CAP(SYS_PTRACE)) ? NULL : "to plan";
	case OOMK_CMD_HISTORY_GET:
		return has_cap(talk, CAP(SYS_PTRACE)) || !number ? NULL :
		       "to see items of a cycle";
	case OOMK_CMD_ITEM_GET:
	case OOMK_CMD_POLICY_GET:
	case OOMK_CMD_STATUS_GET:
		return NULL;
	default:
		return has_cap(talk, CAP(SYS_ADMIN)) ? NULL : "at all";
	}
}

static bool specified(const struct fuzz_op *op, int err)
{
	/* Of all operations, and what the core says to the wrong kind. */
	static const int common[] = {
		EINVAL, ERANGE, EOPNOTSUPP, EBUSY, ENOBUFS,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(common); i++)
		if (err == common[i])
			return true;
	for (i = 0; i < FUZZ_ERRNOS && op->errnos[i]; i++)
		if (err == op->errnos[i])
			return true;
	return false;
}

static void check_refusal(const struct fuzz_talk *talk,
			  const struct fuzz_op *op, int err, bool sentence)
{
	if (err < 0 || err >= FUZZ_ERRNO_END || !specified(op, err))
		fuzz_complain(FUZZ_FAULT_ERRNO, "%s to %s: errno %d", op->name,
			      fuzz_personas[talk->persona].name, err);
	if (talk->ext_ack && !sentence &&
	    (err == EPERM || err == ESRCH || err == ENOENT || err == ESTALE))
		fuzz_complain(FUZZ_FAULT_SENTENCE, "%s to %s: errno %d",
			      op->name, fuzz_personas[talk->persona].name, err);
}

static void settle(struct fuzz_talk *talk, struct fuzz_asked *asked, int err,
		   bool sentence)
{
	const struct fuzz_op *op = asked->op;
	const char *what;

	if (!op || asked->answered)
		return;
	asked->answered = true;
	if (err) {
		check_refusal(talk, op, -err, sentence);
		if (err < 0 && err > -FUZZ_ERRNO_END)
			fuzz_add(&fuzz_world->count[talk->persona]
				 [fuzz_op_index(op)][-err]);
		return;
	}
	fuzz_add(&fuzz_world->count[talk->persona][fuzz_op_index(op)][0]);
	what = forbidden(talk, asked);
	if (what)
		fuzz_complain(FUZZ_FAULT_PERMISSION, "%s: %s succeeded %s (pid %d)",
			      op->name, fuzz_personas[talk->persona].name, what,
			      asked->pid);
	if (op->cmd == OOMK_CMD_REQUEST_ACCEPT)
		talk->source->victims = talk->fetched;
}

static void on_verdict(struct fuzz_talk *talk, const struct nlmsghdr *header)
{
	struct fuzz_asked *asked;
	struct raw said = {};

	asked = &talk->asked[header->nlmsg_seq % FUZZ_ASKED];
	if (!header->nlmsg_seq || asked->seq != header->nlmsg_seq)
		return;
	/* An acknowledgment says that a dump has begun, not how it ends. */
	raw_verdict(&said, header);
	if (asked->dump && header->nlmsg_type == NLMSG_ERROR && !said.err)
		return;
	settle(talk, asked, said.err, said.why[0]);
}

static void on_message(struct fuzz_talk *talk, const struct nlmsghdr *header)
{
	const struct genlmsghdr *genl = NLMSG_DATA(header);
	const char *data = (const char *)genl + GENL_HDRLEN;
	int len = header->nlmsg_len - NLMSG_LENGTH(GENL_HDRLEN), i;
	struct raw_attrs attrs;
	const struct fuzz_op *op = NULL;
	struct fuzz_asked *asked;

	for (i = 0; i < fuzz_nr_ops; i++)
		if (fuzz_ops[i].cmd == genl->cmd)
			op = &fuzz_ops[i];
	if (len < 0 || !op) {
		fuzz_complain(FUZZ_FAULT_SHAPE, "an answer without an operation");
		return;
	}
	check_attrs(talk, op, op->set, op->reply, data, len);
	if (op->kind == FUZZ_EVENT) {
		fuzz_add(&fuzz_world->events[i = fuzz_op_index(op)]);
		return;
	}
	asked = &talk->asked[header->nlmsg_seq % FUZZ_ASKED];
	if (asked->seq != header->nlmsg_seq)
		return;
	if (asked->op != op) {
		shape(talk, op, "an answer to another operation", "cmd");
		return;
	}
	raw_parse(data, len, &attrs);
	look_at(talk, op, &attrs);
	if (!asked->dump)
		settle(talk, asked, 0, false);
}

/**
 * fuzz_reply_read() - read what was received
 * @talk: the conversation
 * @bytes: one datagram
 * @len: its length
 */
void fuzz_reply_read(struct fuzz_talk *talk, const void *bytes, int len)
{
	const struct nlmsghdr *header = bytes;

	for (; NLMSG_OK(header, (unsigned int)len);
	     header = NLMSG_NEXT(header, len)) {
		if (header->nlmsg_type == NLMSG_ERROR ||
		    header->nlmsg_type == NLMSG_DONE)
			on_verdict(talk, header);
		else if (header->nlmsg_type == talk->source->family)
			on_message(talk, header);
	}
}
