// SPDX-License-Identifier: GPL-2.0
/*
 * The judge of the fuzzer: answers that are as they should be pass, and each
 * that is wrong in one way is found to be wrong in that way.
 */
#define _GNU_SOURCE
#include <stdio.h>

#include "genl_raw.h"
#include "fuzz_talk.h"

#define FAMILY	29
#define GUARD	77
#define LOW	88
#define TOY	99	/* root's */
#define NO_FAULT	FUZZ_FAULTS

enum { ROOT = 2, RESOURCE = 3, USERNS = 4, ALICE = 5 };

static struct fuzz_source source = { .family = FAMILY };
static struct fuzz_talk talk = { .fd = -1, .source = &source, .ext_ack = true };
static struct raw raw;
static struct raw_msg msg;
static int nr, failed;

/* The fault that was found since the last look, NO_FAULT without one. */
static int found(void)
{
	int fault = NO_FAULT, i;

	for (i = 0; i < FUZZ_FAULTS; i++) {
		if (fuzz_world->faults[i])
			fault = i;
		fuzz_world->faults[i] = 0;
	}
	return fault;
}

static void expect(int fault, const char *what)
{
	int seen = found();

	failed += seen != fault;
	printf("%s %d %s\n", seen == fault ? "ok" : "not ok", ++nr, what);
	if (seen != fault)
		printf("# fault %d, not %d\n", seen, fault);
}

static void ask(int persona, int cmd, int flags)
{
	talk.persona = persona;
	raw_begin(&raw, &msg, FAMILY, cmd, flags);
}

static void sent(void)
{
	static struct fuzz_buffer buffer;

	buffer.len = msg.header.nlmsg_len;
	memcpy(buffer.bytes, msg.bytes, buffer.len);
	fuzz_talk_send(&talk, &buffer);
}

/* A request of a command without attributes, and the head of its answer. */
static void asked(int persona, int cmd, int flags)
{
	ask(persona, cmd, flags);
	sent();
	raw.seq--;
	raw_begin(&raw, &msg, FAMILY, cmd, 0);
}

static void answered(void)
{
	fuzz_reply_read(&talk, &msg, msg.header.nlmsg_len);
}

static void verdict(int err, bool sentence)
{
	struct nlmsgerr *answer = NLMSG_DATA(&msg.header);

	raw.seq--;
	raw_begin(&raw, &msg, NLMSG_ERROR, 0, NLM_F_CAPPED);
	msg.header.nlmsg_len = NLMSG_LENGTH(sizeof(*answer));
	memset(answer, 0, sizeof(*answer));
	answer->error = -err;
	if (sentence) {
		msg.header.nlmsg_flags |= NLM_F_ACK_TLVS;
		raw_put(&msg, NLMSGERR_ATTR_MSG, "why", sizeof("why"));
	}
	answered();
}

static void shapes(void)
{
	asked(ALICE, OOMK_CMD_STATUS_GET, NLM_F_ACK);
	raw_u32(&msg, OOMK_A_STATUS_LEVEL, OOMK_LEVEL_HARD);
	raw_u64(&msg, OOMK_A_STATUS_CYCLE, 1ULL << 40);
	answered();
	expect(NO_FAULT, "an answer as specified");
	asked(ALICE, OOMK_CMD_STATUS_GET, NLM_F_ACK);
	raw_u64(&msg, OOMK_A_STATUS_LEVEL, OOMK_LEVEL_HARD);
	answered();
	expect(FUZZ_FAULT_SHAPE, "a number of another width");
	asked(ALICE, OOMK_CMD_STATUS_GET, NLM_F_ACK);
	raw_u32(&msg, OOMK_A_STATUS_LEVEL, OOMK_LEVEL_HARD + 1);
	answered();
	expect(FUZZ_FAULT_SHAPE, "an enumerator that there is not");
	asked(ALICE, OOMK_CMD_STATUS_GET, NLM_F_ACK);
	raw_u32(&msg, OOMK_A_STATUS_LEVEL, 0);
	raw_u32(&msg, OOMK_A_STATUS_LEVEL, 0);
	answered();
	expect(FUZZ_FAULT_SHAPE, "an attribute twice");
	asked(ALICE, OOMK_CMD_STATUS_GET, NLM_F_ACK);
	raw_u32(&msg, OOMK_A_STATUS_MAX + 1, 0);
	answered();
	expect(FUZZ_FAULT_SHAPE, "an attribute that there is not");
	asked(ALICE, OOMK_CMD_JOB_GET, NLM_F_ACK);
	raw_u32(&msg, OOMK_A_JOB_PROTECTED, 0);
	answered();
	expect(FUZZ_FAULT_SHAPE, "a flag with a value");
	asked(ALICE, OOMK_CMD_STATUS_GET, NLM_F_ACK);
	answered();
	expect(FUZZ_FAULT_SHAPE, "nothing told");
	asked(ALICE, OOMK_CMD_STATUS_GET, NLM_F_ACK);
	raw_u32(&msg, OOMK_A_STATUS_LEVEL, 0);
	msg.header.nlmsg_len += 4;
	answered();
	expect(FUZZ_FAULT_SHAPE, "bytes behind the last attribute");
	ask(ALICE, OOMK_CMD_POLICY_GET, NLM_F_ACK);
	sent();
	raw.seq--;
	raw_begin(&raw, &msg, FAMILY, OOMK_CMD_STATUS_GET, 0);
	raw_u32(&msg, OOMK_A_STATUS_LEVEL, 0);
	answered();
	expect(FUZZ_FAULT_SHAPE, "the answer to another question");
	asked(ALICE, OOMK_CMD_ITEM_GET, NLM_F_DUMP);
	raw_u32(&msg, OOMK_A_ITEM_UID, getuid());
	raw_put(&msg, OOMK_A_ITEM_COMM, "name", 4);
	answered();
	expect(FUZZ_FAULT_SHAPE, "a string without an end");
}

static void refusals(void)
{
	asked(ALICE, OOMK_CMD_JOB_GET, NLM_F_ACK);
	verdict(ESRCH, true);
	expect(NO_FAULT, "a refusal as specified");
	asked(ALICE, OOMK_CMD_JOB_GET, NLM_F_ACK);
	verdict(ENXIO, true);
	expect(FUZZ_FAULT_ERRNO, "an errno that is not specified");
	asked(ALICE, OOMK_CMD_STATUS_GET, NLM_F_ACK);
	verdict(ESTALE, true);
	expect(FUZZ_FAULT_ERRNO, "an errno of another operation");
	asked(ALICE, OOMK_CMD_JOB_GET, NLM_F_ACK);
	verdict(ESRCH, false);
	expect(FUZZ_FAULT_SENTENCE, "a refusal without a sentence");
}

static void job(int persona, pid_t pid, int utility, bool protect)
{
	ask(persona, OOMK_CMD_JOB_SET, NLM_F_ACK);
	raw_u32(&msg, OOMK_A_JOB_PID, pid);
	raw_u32(&msg, OOMK_A_JOB_UTILITY, utility);
	if (protect)
		raw_flag(&msg, OOMK_A_JOB_PROTECTED);
	sent();
	verdict(0, false);
}

static void permissions(void)
{
	asked(ROOT, OOMK_CMD_POLICY_SET, NLM_F_ACK);
	verdict(0, false);
	expect(NO_FAULT, "root sets the policy");
	asked(RESOURCE, OOMK_CMD_POLICY_SET, NLM_F_ACK);
	verdict(0, false);
	expect(FUZZ_FAULT_PERMISSION, "CAP_SYS_RESOURCE sets the policy");
	asked(ALICE, OOMK_CMD_POLICY_SET, NLM_F_ACK);
	verdict(EPERM, true);
	expect(NO_FAULT, "alice may not");
	job(RESOURCE, TOY, 900, true);
	expect(NO_FAULT, "CAP_SYS_RESOURCE protects");
	job(USERNS, LOW, 0, true);
	expect(FUZZ_FAULT_PERMISSION, "root of a namespace protects");
	job(ALICE, LOW, 0, false);
	expect(NO_FAULT, "alice lowers what is hers");
	job(ALICE, LOW, 1, false);
	expect(FUZZ_FAULT_PERMISSION, "alice raises what is hers");
	job(ALICE, TOY, 0, false);
	expect(FUZZ_FAULT_PERMISSION, "alice names what is root's");
	job(ALICE, GUARD, 0, false);
	expect(FUZZ_FAULT_PERMISSION, "alice names one who is protected");
	asked(ALICE, OOMK_CMD_ITEM_GET, NLM_F_DUMP);
	raw_u32(&msg, OOMK_A_ITEM_UID, getuid() + 1);
	answered();
	expect(FUZZ_FAULT_PERMISSION, "alice sees another's");
	ask(ALICE, OOMK_CMD_POLICY_SET, NLM_F_ACK);
	msg.header.nlmsg_flags &= ~NLM_F_REQUEST;
	sent();
	verdict(0, false);
	expect(NO_FAULT, "what is no request is not carried out");
}

static void victims(pid_t pid, int fault, const char *what)
{
	struct nlattr *nest;

	asked(ROOT, OOMK_CMD_REQUEST_ACCEPT, NLM_F_DUMP);
	nest = raw_nest(&msg, OOMK_A_REQUEST_VICTIM);
	raw_u32(&msg, OOMK_A_VICTIM_PID, pid);
	raw_nest_end(&msg, nest);
	answered();
	expect(fault, what);
}

int main(void)
{
	printf("TAP version 13\n1..27\n");
	if (!fuzz_world_make(1))
		return 1;
	fuzz_world->guards[fuzz_world->nr_guards++] = GUARD;
	fuzz_world->low = LOW;
	fuzz_world->toys[0] = (struct fuzz_toy){ .pid = TOY };
	shapes();
	refusals();
	permissions();
	victims(TOY, NO_FAULT, "a victim");
	victims(GUARD, FUZZ_FAULT_VICTIM, "a victim that was protected");
	return failed != 0;
}
