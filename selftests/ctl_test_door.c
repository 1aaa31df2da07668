// SPDX-License-Identifier: GPL-2.0
/*
 * Stands in for daemon/genl.c, which tells what each function has to do, in
 * the test of oomkctl: a kernel of canned answers. Every request is written
 * down, one a line, so that the test sees what would have been sent. Two pids
 * are refused: PID_DENIED with a sentence, PID_GONE without one. Environment:
 *
 * OOMK_DOOR_LOG	file that requests are appended to
 * OOMK_DOOR		absent: there is no module; busy: dumps are refused;
 *			quiet: dumps are empty; deny: the policy is not taken;
 *			poor: the plan is infeasible; hurt: cycle 8 is under way
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <netlink/genl/genl.h>

#include "ctl.h"
#include "ctl_test_door.h"
#include "genl.h"

#define PID_DENIED	666
#define PID_GONE	404

struct oomk_genl {
	const char *sentence;
	int events_left;
};

/**
 * door_is() - whether the kernel is to behave in a certain way
 * @what: a word of OOMK_DOOR
 *
 * Return: true if it is.
 */
bool door_is(const char *what)
{
	const char *door = getenv("OOMK_DOOR");

	return door && !strcmp(door, what);
}

int oomk_genl_open(struct oomk_genl **genl)
{
	*genl = NULL;
	if (door_is("absent"))
		return -ENOENT;
	*genl = calloc(1, sizeof(**genl));
	if (!*genl)
		return -ENOMEM;
	(*genl)->sentence = "";
	return 0;
}

void oomk_genl_close(struct oomk_genl *genl)
{
	free(genl);
}

struct nl_msg *oomk_genl_request(struct oomk_genl *genl, int cmd)
{
	struct nl_msg *msg = nlmsg_alloc();

	(void)genl;
	genlmsg_put(msg, 0, 0, 0, 0, 0, cmd, OOMK_FAMILY_VERSION);
	return msg;
}

static void write_down(struct nl_msg *msg)
{
	struct genlmsghdr *hdr = nlmsg_data(nlmsg_hdr(msg));
	FILE *log = fopen(getenv("OOMK_DOOR_LOG"), "a");
	struct nlattr *attr;
	int left;

	fprintf(log, "%d", hdr->cmd);
	nla_for_each_attr(attr, genlmsg_attrdata(hdr, 0),
			  genlmsg_attrlen(hdr, 0), left) {
		fprintf(log, " %d", nla_type(attr));
		if (nla_len(attr) == 4)
			fprintf(log, "=%u", nla_get_u32(attr));
		else if (nla_len(attr) == 8)
			fprintf(log, "=%lluL",
				(unsigned long long)nla_get_u64(attr));
	}
	fputc('\n', log);
	fclose(log);
}

/**
 * door_tell() - hand a finished message to the program and free it
 * @msg: the message
 * @reply: the program's
 * @arg: likewise
 *
 * Return: what the program says.
 */
int door_tell(struct nl_msg *msg, oomk_genl_reply_t reply, void *arg)
{
	struct genlmsghdr *hdr = nlmsg_data(nlmsg_hdr(msg));
	struct nlattr *attrs[OOMK_GENL_ATTRS];
	int err;

	genlmsg_parse(nlmsg_hdr(msg), 0, attrs, OOMK_GENL_ATTRS - 1, NULL);
	err = reply(hdr->cmd, attrs, arg);
	nlmsg_free(msg);
	return err;
}

static int answer_job(u32 pid, oomk_genl_reply_t reply, void *arg)
{
	struct nl_msg *msg = oomk_genl_request(NULL, OOMK_CMD_JOB_GET);

	nla_put_u32(msg, OOMK_A_JOB_PID, pid);
	if (pid == 100) {
		nla_put_u32(msg, OOMK_A_JOB_UTILITY, 900);
		nla_put_flag(msg, OOMK_A_JOB_PROTECTED);
		nla_put_u32(msg, OOMK_A_JOB_ROOT, 99);
		nla_put_u32(msg, OOMK_A_JOB_SOURCE, OOMK_SOURCE_JOB);
		nla_put_u32(msg, OOMK_A_JOB_NR_TASKS, 3);
	} else {
		nla_put_u32(msg, OOMK_A_JOB_UTILITY, 100);
		nla_put_u32(msg, OOMK_A_JOB_SOURCE, OOMK_SOURCE_DEFAULT);
	}
	return door_tell(msg, reply, arg);
}

static int answer_policy(oomk_genl_reply_t reply, void *arg)
{
	static const u32 values[] = {
		[OOMK_A_POLICY_SOFT_PERCENT] = 10,
		[OOMK_A_POLICY_HARD_PERCENT] = 5,
		[OOMK_A_POLICY_RECOVERY_POINTS] = 4,
		[OOMK_A_POLICY_PSI_FULL_PERCENT] = 30,
		[OOMK_A_POLICY_PSI_WINDOW_MS] = 3000,
		[OOMK_A_POLICY_PSI_AVAILABLE_PERCENT] = 15,
		[OOMK_A_POLICY_PERIOD_MIN_MS] = 50,
		[OOMK_A_POLICY_PERIOD_MAX_MS] = 1000,
		[OOMK_A_POLICY_GRACE_MS] = 5000,
		[OOMK_A_POLICY_EXECUTOR_TIMEOUT_MS] = 1001,
		[OOMK_A_POLICY_EXECUTOR_TIMEOUT_HARD_MS] = 101,
		[OOMK_A_POLICY_STUCK_MS] = 10000,
		[OOMK_A_POLICY_COOLDOWN_MS] = 102,
		[OOMK_A_POLICY_WEIGHT] = OOMK_WEIGHT_BADNESS,
		[OOMK_A_POLICY_KILL] = OOMK_KILL_NOW,
		[OOMK_A_POLICY_INFEASIBLE] = OOMK_INFEASIBLE_ALL,
		[OOMK_A_POLICY_DEFAULT_UTILITY] = 103,
		[OOMK_A_POLICY_USER_UTILITY_MAX] = 1004,
		[OOMK_A_POLICY_BACKSTOP] = OOMK_BACKSTOP_OBSERVE,
		[OOMK_A_POLICY_BACKSTOP_HOLD_MS] = 2005,
		[OOMK_A_POLICY_SAFETY_NET] = OOMK_SAFETY_NET_OFF,
		[OOMK_A_POLICY_EXECUTOR_SCHED] = OOMK_EXECUTOR_SCHED_FIFO,
		[OOMK_A_POLICY_WEDGED] = OOMK_WEDGED_PANIC,
		[OOMK_A_POLICY_WEDGED_CYCLES] = 6,
		[OOMK_A_POLICY_WEDGED_MS] = 60007,
	};
	struct nl_msg *msg = oomk_genl_request(NULL, OOMK_CMD_POLICY_GET);
	int attr;

	for (attr = OOMK_A_POLICY_SOFT_PERCENT;
	     attr <= OOMK_A_POLICY_INFEASIBLE; attr++)
		nla_put_u32(msg, attr, values[attr]);
	nla_put_u64(msg, OOMK_A_POLICY_CAPACITY_PAGES, 512 * MIB);
	nla_put_u32(msg, OOMK_A_POLICY_CAPACITY_PERMILLE, 0);
	nla_put_u32(msg, OOMK_A_POLICY_DEFAULT_UTILITY,
		    values[OOMK_A_POLICY_DEFAULT_UTILITY]);
	nla_put_u32(msg, OOMK_A_POLICY_USER_UTILITY_MAX,
		    values[OOMK_A_POLICY_USER_UTILITY_MAX]);
	nla_put_u64(msg, OOMK_A_POLICY_SOLVE_STEPS, 0x100000000);
	for (attr = OOMK_A_POLICY_BACKSTOP; attr <= OOMK_A_POLICY_WEDGED_MS;
	     attr++)
		nla_put_u32(msg, attr, values[attr]);
	return door_tell(msg, reply, arg);
}

static int answer_status(oomk_genl_reply_t reply, void *arg)
{
	struct nl_msg *msg = oomk_genl_request(NULL, OOMK_CMD_STATUS_GET);

	nla_put_u32(msg, OOMK_A_STATUS_LEVEL, OOMK_LEVEL_SOFT);
	nla_put_u64(msg, OOMK_A_STATUS_TOTAL_PAGES, 2000 * MIB);
	nla_put_u64(msg, OOMK_A_STATUS_AVAILABLE_PAGES, 171 * MIB);
	nla_put_u64(msg, OOMK_A_STATUS_TOTAL_SWAP_PAGES, 0);
	nla_put_u64(msg, OOMK_A_STATUS_FREE_SWAP_PAGES, 0);
	nla_put_u32(msg, OOMK_A_STATUS_PSI_ARMED, 1);
	nla_put_u32(msg, OOMK_A_STATUS_PSI_FULL_AVG10, 1234);
	nla_put_u64(msg, OOMK_A_STATUS_PSI_FULL_TOTAL_US, 987654321);
	nla_put_u32(msg, OOMK_A_STATUS_PERIOD_MS, 250);
	nla_put_u32(msg, OOMK_A_STATUS_REQUEST_STATE, OOMK_REQUEST_ACCEPTED);
	nla_put_u64(msg, OOMK_A_STATUS_CYCLE, 7);
	nla_put_u32(msg, OOMK_A_STATUS_EXECUTOR_PID, 321);
	nla_put_u32(msg, OOMK_A_STATUS_JOBS, 2);
	nla_put_u32(msg, OOMK_A_STATUS_MEMBERS, 14);
	nla_put_u32(msg, OOMK_A_STATUS_MEMBERS_FREE, 1010);
	nla_put_u32(msg, OOMK_A_STATUS_TASKS_MAX, 8192);
	nla_put_u32(msg, OOMK_A_STATUS_TASKS_SEEN, 123);
	nla_put_u64(msg, OOMK_A_STATUS_VICTIMS, 5);
	nla_put_u64(msg, OOMK_A_STATUS_SPARED, 6);
	nla_put_u64(msg, OOMK_A_STATUS_BACKSTOPS, 1);
	nla_put_u64(msg, OOMK_A_STATUS_FREED_PAGES, 400 * MIB);
	nla_put_u64(msg, OOMK_A_STATUS_NEED_PAGES, 380 * MIB);
	nla_put_u64(msg, OOMK_A_STATUS_OVERSHOOT_PAGES,
		    door_is("quiet") ? 0 : 11 * MIB);
	nla_put_u64(msg, OOMK_A_STATUS_UNDERSHOOT_PAGES, 0);
	if (!door_is("quiet"))
		nla_put_u32(msg, OOMK_A_STATUS_EXECUTOR_HEARD_MS, 1313);
	nla_put_u64(msg, OOMK_A_STATUS_OOM_CALLS, 9);
	nla_put_u64(msg, OOMK_A_STATUS_OOM_HELD, 8);
	nla_put_u64(msg, OOMK_A_STATUS_KERNEL_KILLS, 3);
	nla_put_u64(msg, OOMK_A_STATUS_BACK_PAGES, 391 * MIB);
	nla_put_u32(msg, OOMK_A_STATUS_OUTCOME, OOMK_OUTCOME_KILLED);
	return door_tell(msg, reply, arg);
}

static u32 pid_asked(struct nl_msg *msg)
{
	struct genlmsghdr *hdr = nlmsg_data(nlmsg_hdr(msg));
	struct nlattr *attr = genlmsg_attrdata(hdr, 0);

	if (hdr->cmd > OOMK_CMD_JOB_GET || nla_type(attr) != OOMK_A_JOB_PID)
		return 0;
	return nla_get_u32(attr);
}

static u64 cycle_asked(struct nl_msg *msg)
{
	struct genlmsghdr *hdr = nlmsg_data(nlmsg_hdr(msg));
	struct nlattr *attr = genlmsg_attrdata(hdr, 0);

	if (hdr->cmd != OOMK_CMD_HISTORY_GET || !genlmsg_attrlen(hdr, 0) ||
	    nla_type(attr) != OOMK_A_CYCLE_NUMBER)
		return 0;
	return nla_get_u64(attr);
}

int oomk_genl_do(struct oomk_genl *genl, struct nl_msg *msg,
		 oomk_genl_reply_t reply, void *arg)
{
	struct genlmsghdr *hdr = nlmsg_data(nlmsg_hdr(msg));
	u32 pid = pid_asked(msg);
	int cmd = hdr->cmd;

	write_down(msg);
	nlmsg_free(msg);
	genl->sentence = "";
	if (pid == PID_DENIED) {
		genl->sentence = "raising a utility takes CAP_SYS_RESOURCE";
		return -EPERM;
	}
	if (pid == PID_GONE)
		return -ESRCH;
	if (cmd == OOMK_CMD_JOB_GET)
		return answer_job(pid, reply, arg);
	if (cmd == OOMK_CMD_POLICY_GET)
		return answer_policy(reply, arg);
	if (cmd == OOMK_CMD_STATUS_GET)
		return answer_status(reply, arg);
	if (cmd == OOMK_CMD_POLICY_SET && door_is("deny")) {
		genl->sentence = "hard must be below soft";
		return -EINVAL;
	}
	return 0;
}

/*
 * One row a task, a quarter of a MiB if it has none. Tasks of one item lie
 * apart, as a dump may have them.
 */
static const struct row {
	u32 id, pid, mib, item_mib, utility, price, source, state, root;
	bool capped;
	const char *comm;
} rows[] = {
	{ 2, 201, 30, 100, 900, 57600, OOMK_SOURCE_JOB, OOMK_STATE_ITEM, 200,
	  false, "worker" },
	{ 1, 120, 250, 250, 100, 32, OOMK_SOURCE_DEFAULT, OOMK_STATE_ITEM, 0,
	  true, "hog" },
	{ 0, 1, 9, 9, 0, 0, OOMK_SOURCE_DEFAULT, OOMK_STATE_INIT, 0, false,
	  "systemd" },
	{ 2, 200, 40, 100, 900, 57600, OOMK_SOURCE_JOB, OOMK_STATE_ITEM, 200,
	  false, "train" },
	{ 0, 90, 0, 0, 0, 0, OOMK_SOURCE_JOB, OOMK_STATE_PROTECTED, 90, false,
	  "sshd" },
	{ 3, 130, 260, 260, 5, 320, OOMK_SOURCE_HINT, OOMK_STATE_ITEM, 130,
	  false, "a\"b\\\x1b[31m\xff\xc3\xa9\xc2\x9b" },
	{ 2, 150, 30, 100, 900, 57600, OOMK_SOURCE_JOB, OOMK_STATE_ITEM, 200,
	  false, "worker" },
};

static void put_row(struct nl_msg *msg, const struct row *row)
{
	nla_put_u32(msg, OOMK_A_ITEM_ID, row->id);
	nla_put_u32(msg, OOMK_A_ITEM_PID, row->pid);
	nla_put_u64(msg, OOMK_A_ITEM_START_NS, row->pid * 1000000000ULL);
	nla_put_string(msg, OOMK_A_ITEM_COMM, row->comm);
	nla_put_u32(msg, OOMK_A_ITEM_UID, 1000);
	nla_put_u64(msg, OOMK_A_ITEM_TASK_PAGES,
		    row->mib ? row->mib * MIB : MIB / 4);
	if (row->id) {
		nla_put_u64(msg, OOMK_A_ITEM_PAGES, row->item_mib * MIB);
		nla_put_u32(msg, OOMK_A_ITEM_PRICE, row->price);
	}
	nla_put_u32(msg, OOMK_A_ITEM_UTILITY, row->utility);
	nla_put_u32(msg, OOMK_A_ITEM_SOURCE, row->source);
	nla_put_u32(msg, OOMK_A_ITEM_STATE, row->state);
	if (row->root)
		nla_put_u32(msg, OOMK_A_ITEM_ROOT, row->root);
	if (row->capped)
		nla_put_flag(msg, OOMK_A_ITEM_SHARED_CAP);
}

static int dump_items(oomk_genl_reply_t reply, void *arg)
{
	struct nl_msg *msg;
	size_t i;
	int err = 0;

	for (i = 0; i < ARRAY_SIZE(rows) && !err; i++) {
		msg = oomk_genl_request(NULL, OOMK_CMD_ITEM_GET);
		if (!i)
			nla_put_u32(msg, OOMK_A_ITEM_OMITTED, 17);
		put_row(msg, &rows[i]);
		err = door_tell(msg, reply, arg);
	}
	return err;
}

static int dump_infeasible(oomk_genl_reply_t reply, void *arg)
{
	struct nl_msg *msg = oomk_genl_request(NULL, OOMK_CMD_PLAN_GET);

	nla_put_u64(msg, OOMK_A_PLAN_NEED_PAGES, 700 * MIB);
	nla_put_u64(msg, OOMK_A_PLAN_FREEABLE_PAGES, 610 * MIB);
	nla_put_u32(msg, OOMK_A_PLAN_ITEMS, 3);
	nla_put_u32(msg, OOMK_A_PLAN_REASON, OOMK_REASON_INFEASIBLE);
	nla_put_u32(msg, OOMK_A_PLAN_VICTIMS, 0);
	nla_put_u64(msg, OOMK_A_PLAN_FREED_PAGES, 610 * MIB);
	return door_tell(msg, reply, arg);
}

static int dump_plan(oomk_genl_reply_t reply, void *arg)
{
	struct nl_msg *msg = oomk_genl_request(NULL, OOMK_CMD_PLAN_GET);
	struct nlattr *nest;
	size_t i;
	int err;

	nla_put_u64(msg, OOMK_A_PLAN_NEED_PAGES, 300 * MIB);
	nla_put_u64(msg, OOMK_A_PLAN_FREEABLE_PAGES, 610 * MIB);
	nla_put_u32(msg, OOMK_A_PLAN_ITEMS, 3);
	nla_put_u32(msg, OOMK_A_PLAN_REASON, OOMK_REASON_BUDGET);
	nla_put_u32(msg, OOMK_A_PLAN_VICTIMS, 2);
	nla_put_u64(msg, OOMK_A_PLAN_FREED_PAGES, 510 * MIB);
	nla_put_u64(msg, OOMK_A_PLAN_LOST_PRICE, 352);
	nla_put_u64(msg, OOMK_A_PLAN_BOUND_PRICE, 350);
	nla_put_u32(msg, OOMK_A_PLAN_SAMPLE_US, 1200);
	nla_put_u32(msg, OOMK_A_PLAN_SOLVE_US, 35);
	err = door_tell(msg, reply, arg);
	for (i = 1; i < 6 && !err; i += 4) {
		msg = oomk_genl_request(NULL, OOMK_CMD_PLAN_GET);
		nest = nla_nest_start(msg, OOMK_A_PLAN_VICTIM);
		put_row(msg, &rows[i]);
		nla_nest_end(msg, nest);
		err = door_tell(msg, reply, arg);
	}
	return err;
}

int oomk_genl_dump(struct oomk_genl *genl, struct nl_msg *msg,
		   oomk_genl_reply_t reply, void *arg)
{
	struct genlmsghdr *hdr = nlmsg_data(nlmsg_hdr(msg));
	u64 number = cycle_asked(msg);
	int cmd = hdr->cmd;

	write_down(msg);
	nlmsg_free(msg);
	genl->sentence = "";
	if (door_is("busy")) {
		genl->sentence = "a cycle is using the sample";
		return -EBUSY;
	}
	if (door_is("quiet"))
		return 0;
	if (cmd == OOMK_CMD_HISTORY_GET && number)
		return door_dump_cycle(number, &genl->sentence, reply, arg);
	if (cmd == OOMK_CMD_HISTORY_GET)
		return door_dump_history(reply, arg);
	if (cmd == OOMK_CMD_PLAN_GET && door_is("poor"))
		return dump_infeasible(reply, arg);
	if (cmd == OOMK_CMD_PLAN_GET)
		return dump_plan(reply, arg);
	return dump_items(reply, arg);
}

const char *oomk_genl_extack(const struct oomk_genl *genl)
{
	return genl->sentence;
}

int oomk_genl_subscribe(struct oomk_genl *genl)
{
	genl->events_left = 7;
	return 0;
}

/* Always readable: the end of a pipe whose other end is closed. */
int oomk_genl_fd(const struct oomk_genl *genl)
{
	static int ends[2] = { -1, -1 };

	(void)genl;
	if (ends[0] < 0 && !pipe(ends))
		close(ends[1]);
	return ends[0];
}

static struct nl_msg *stage_message(int stage)
{
	struct nl_msg *msg = oomk_genl_request(NULL, OOMK_CMD_CYCLE_NTF);

	nla_put_u64(msg, OOMK_A_CYCLE_NUMBER, 8);
	nla_put_u32(msg, OOMK_A_CYCLE_STAGE, stage);
	if (stage == OOMK_STAGE_START) {
		nla_put_u32(msg, OOMK_A_CYCLE_CAUSE, OOMK_CAUSE_PSI);
		nla_put_u32(msg, OOMK_A_CYCLE_LEVEL, OOMK_LEVEL_HARD);
		nla_put_u32(msg, OOMK_A_CYCLE_AVAILABLE_PERMILLE, 98);
		nla_put_u32(msg, OOMK_A_CYCLE_FREE_SWAP_PERMILLE, 41);
		nla_put_u32(msg, OOMK_A_CYCLE_PSI_FULL_AVG10, 1205);
		nla_put_u64(msg, OOMK_A_CYCLE_NEED_PAGES, 48 * MIB);
		nla_put_u64(msg, OOMK_A_CYCLE_START_NS, 1234567890123);
		nla_put_u64(msg, OOMK_A_CYCLE_FREEABLE_PAGES, 700 * MIB);
		nla_put_u64(msg, OOMK_A_CYCLE_PENDING_PAGES, 2 * MIB);
		nla_put_u32(msg, OOMK_A_CYCLE_ITEMS, 44);
	} else if (stage == OOMK_STAGE_SOLVED) {
		nla_put_u32(msg, OOMK_A_CYCLE_REASON, OOMK_REASON_PROVEN);
		nla_put_u32(msg, OOMK_A_CYCLE_VICTIMS, 2);
		nla_put_u32(msg, OOMK_A_CYCLE_TASKS, 3);
		nla_put_u64(msg, OOMK_A_CYCLE_FREED_PAGES, 400 * MIB);
		nla_put_u64(msg, OOMK_A_CYCLE_LOST_PRICE, 13 * 64);
		nla_put_u64(msg, OOMK_A_CYCLE_BOUND_PRICE, 12 * 64 + 16);
	} else if (stage == OOMK_STAGE_END) {
		nla_put_u64(msg, OOMK_A_CYCLE_BACK_PAGES, 391 * MIB);
		nla_put_u64(msg, OOMK_A_CYCLE_OVERSHOOT_PAGES, 343 * MIB);
		nla_put_u64(msg, OOMK_A_CYCLE_UNDERSHOOT_PAGES, 0);
		nla_put_u32(msg, OOMK_A_CYCLE_SPARED, 4);
		nla_put_u32(msg, OOMK_A_CYCLE_LAST_SIGNAL_MS, 5012);
		nla_put_u32(msg, OOMK_A_CYCLE_SIGNAL_US, 5012999);
		nla_put_u32(msg, OOMK_A_CYCLE_END_US, 6000001);
		nla_put_u32(msg, OOMK_A_CYCLE_KERNEL_KILLS, 1);
		nla_put_flag(msg, OOMK_A_CYCLE_BACKSTOP);
		nla_put_u32(msg, OOMK_A_CYCLE_OUTCOME, OOMK_OUTCOME_STUCK);
	}
	return msg;
}

/* Start, solved, ready, backstop, a loss, end, and the module goes. */
int oomk_genl_recv(struct oomk_genl *genl, oomk_genl_reply_t event, void *arg)
{
	struct nl_msg *msg;

	switch (genl->events_left--) {
	case 7:
		return door_tell(stage_message(OOMK_STAGE_START), event, arg);
	case 6:
		return door_tell(stage_message(OOMK_STAGE_SOLVED), event, arg);
	case 5:
		msg = oomk_genl_request(NULL, OOMK_CMD_READY);
		nla_put_u64(msg, OOMK_A_REQUEST_CYCLE, 8);
		nla_put_u32(msg, OOMK_A_REQUEST_LEVEL, OOMK_LEVEL_SOFT);
		return door_tell(msg, event, arg);
	case 4:
		return door_tell(stage_message(OOMK_STAGE_BACKSTOP), event, arg);
	case 3:
		return -ENOBUFS;
	case 2:
		return door_tell(stage_message(OOMK_STAGE_END), event, arg);
	default:
		return -ENODEV;
	}
}

bool oomk_genl_u32(struct nlattr **attrs, int type, u32 *value)
{
	if (!attrs[type] || nla_len(attrs[type]) != sizeof(*value))
		return false;
	*value = nla_get_u32(attrs[type]);
	return true;
}

bool oomk_genl_u64(struct nlattr **attrs, int type, u64 *value)
{
	if (!attrs[type] || nla_len(attrs[type]) != sizeof(*value))
		return false;
	*value = nla_get_u64(attrs[type]);
	return true;
}

const char *oomk_genl_string(struct nlattr **attrs, int type)
{
	return attrs[type] ? nla_get_string(attrs[type]) : NULL;
}

int oomk_genl_nest(struct nlattr **attrs, int type, struct nlattr **inner)
{
	if (!attrs[type])
		return -ENOENT;
	return nla_parse_nested(inner, OOMK_GENL_ATTRS - 1, attrs[type], NULL);
}
