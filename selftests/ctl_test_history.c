// SPDX-License-Identifier: GPL-2.0
/* Canned history for the test of oomkctl, see ctl_test_door.c. */
#include <errno.h>

#include <netlink/genl/genl.h>

#include "ctl.h"
#include "ctl_test_door.h"

/* Of the cycles 6 to 8, this one must not be looked at. */
#define CYCLE_DENIED	6

/* A cycle of each kind; the figures are made up of the number. */
static void put_cycle(struct nl_msg *msg, u64 number)
{
	bool under_way = number == 8 && door_is("hurt");
	bool nobody = number == 6;

	nla_put_u64(msg, OOMK_A_CYCLE_NUMBER, number);
	nla_put_u32(msg, OOMK_A_CYCLE_CAUSE, OOMK_CAUSE_SOFT_WATERMARK);
	nla_put_u32(msg, OOMK_A_CYCLE_LEVEL, number == 8 ? OOMK_LEVEL_HARD :
							   OOMK_LEVEL_SOFT);
	nla_put_u32(msg, OOMK_A_CYCLE_AVAILABLE_PERMILLE, 98);
	nla_put_u32(msg, OOMK_A_CYCLE_FREE_SWAP_PERMILLE, 41);
	nla_put_u32(msg, OOMK_A_CYCLE_PSI_FULL_AVG10, 1205);
	nla_put_u64(msg, OOMK_A_CYCLE_START_NS, number * 1000000000);
	nla_put_u64(msg, OOMK_A_CYCLE_NEED_PAGES, 300 * MIB);
	nla_put_u64(msg, OOMK_A_CYCLE_FREEABLE_PAGES, 610 * MIB);
	nla_put_u64(msg, OOMK_A_CYCLE_PENDING_PAGES, 20 * MIB);
	nla_put_u32(msg, OOMK_A_CYCLE_ITEMS, 5);
	nla_put_u32(msg, OOMK_A_CYCLE_ITEMS_OMITTED, 1);
	nla_put_u32(msg, OOMK_A_CYCLE_REASON, nobody ? OOMK_REASON_INFEASIBLE :
						       OOMK_REASON_BUDGET);
	nla_put_u32(msg, OOMK_A_CYCLE_VICTIMS, nobody ? 0 : 2);
	nla_put_u32(msg, OOMK_A_CYCLE_TASKS, nobody ? 0 : 3);
	nla_put_u64(msg, OOMK_A_CYCLE_FREED_PAGES, nobody ? 0 : 350 * MIB);
	nla_put_u64(msg, OOMK_A_CYCLE_LOST_PRICE, nobody ? 0 : 352);
	nla_put_u64(msg, OOMK_A_CYCLE_BOUND_PRICE, nobody ? 0 : 350);
	nla_put_u64(msg, OOMK_A_CYCLE_BACK_PAGES, nobody ? 0 : 340 * MIB);
	nla_put_u64(msg, OOMK_A_CYCLE_OVERSHOOT_PAGES, nobody ? 0 : 40 * MIB);
	nla_put_u64(msg, OOMK_A_CYCLE_UNDERSHOOT_PAGES, nobody ? 300 * MIB : 0);
	nla_put_u32(msg, OOMK_A_CYCLE_SPARED, number == 7 ? 1 : 0);
	nla_put_u32(msg, OOMK_A_CYCLE_SIGNAL_US, nobody ? 0 : 12345);
	nla_put_u32(msg, OOMK_A_CYCLE_END_US, nobody ? 0 : 67890);
	nla_put_u32(msg, OOMK_A_CYCLE_KERNEL_KILLS, number == 8 ? 2 : 0);
	if (number == 8)
		nla_put_flag(msg, OOMK_A_CYCLE_BACKSTOP);
	nla_put_u32(msg, OOMK_A_CYCLE_OUTCOME,
		    under_way ? OOMK_OUTCOME_NONE :
		    nobody ? OOMK_OUTCOME_INFEASIBLE : OOMK_OUTCOME_KILLED);
}

/* What is remembered of a cycle's items: within a class in any order. */
static const struct memory {
	u32 pid, uid, mib, nr, utility, price, source, status, err, signals, us;
	bool victim, capped;
	const char *comm;
} memories[] = {
	{ 120, 1000, 250, 1, 100, 32, OOMK_SOURCE_DEFAULT, OOMK_VICTIM_GONE, 0,
	  1, 9876, true, true, "hog" },
	{ 130, 0, 260, 2, 5, 320, OOMK_SOURCE_HINT, OOMK_VICTIM_FAILED, EPERM,
	  2, 12345, true, false, "a\"b\\\x1b[31m\xff\xc3\xa9\n" },
	{ 90, 0, 9, 1, 100, 6400, OOMK_SOURCE_DEFAULT, 0, 0, 0, 0, false, false,
	  "light" },
	{ 200, 1001, 100, 7, 900, 57600, OOMK_SOURCE_JOB, 0, 0, 0, 0, false,
	  false, "train" },
};

static void put_memory(struct nl_msg *msg, const struct memory *item)
{
	struct nlattr *nest = nla_nest_start(msg, OOMK_A_CYCLE_ITEM);

	nla_put_u32(msg, OOMK_A_ITEM_ID, item->pid / 10);
	nla_put_u32(msg, OOMK_A_ITEM_PID, item->pid);
	nla_put_string(msg, OOMK_A_ITEM_COMM, item->comm);
	nla_put_u32(msg, OOMK_A_ITEM_UID, item->uid);
	nla_put_u64(msg, OOMK_A_ITEM_PAGES, item->mib * MIB);
	nla_put_u32(msg, OOMK_A_ITEM_UTILITY, item->utility);
	nla_put_u32(msg, OOMK_A_ITEM_PRICE, item->price);
	nla_put_u32(msg, OOMK_A_ITEM_SOURCE, item->source);
	nla_put_u32(msg, OOMK_A_ITEM_NR_TASKS, item->nr);
	if (item->capped)
		nla_put_flag(msg, OOMK_A_ITEM_SHARED_CAP);
	if (item->victim) {
		nla_put_flag(msg, OOMK_A_ITEM_VICTIM);
		nla_put_u32(msg, OOMK_A_ITEM_STATUS, item->status);
		nla_put_u32(msg, OOMK_A_ITEM_ERRNO, item->err);
		nla_put_u32(msg, OOMK_A_ITEM_SIGNALS, item->signals);
		nla_put_u32(msg, OOMK_A_ITEM_SIGNAL_US, item->us);
	}
	nla_nest_end(msg, nest);
}

/**
 * door_dump_cycle() - one cycle with its items
 * @number: of the cycle; one is denied, those that never were do not exist
 * @sentence: out: why not
 * @reply: the program's
 * @arg: likewise
 *
 * Return: 0 or a negative errno.
 */
int door_dump_cycle(u64 number, const char **sentence, oomk_genl_reply_t reply,
		    void *arg)
{
	struct nl_msg *msg;
	size_t i;
	int err;

	if (number == CYCLE_DENIED) {
		*sentence = "the items of a cycle need CAP_SYS_PTRACE";
		return -EPERM;
	}
	if (number > 8) {
		*sentence = "the history holds no cycle of that number";
		return -ENOENT;
	}
	msg = oomk_genl_request(NULL, OOMK_CMD_HISTORY_GET);
	put_cycle(msg, number);
	err = door_tell(msg, reply, arg);
	for (i = 0; i < ARRAY_SIZE(memories) && !err; i++) {
		msg = oomk_genl_request(NULL, OOMK_CMD_HISTORY_GET);
		put_memory(msg, &memories[i]);
		err = door_tell(msg, reply, arg);
	}
	return err;
}

/**
 * door_dump_history() - all cycles
 * @reply: the program's
 * @arg: likewise
 *
 * Return: what the program says.
 */
int door_dump_history(oomk_genl_reply_t reply, void *arg)
{
	struct nl_msg *msg;
	u64 number;
	int err = 0;

	for (number = 6; number <= 8 && !err; number++) {
		msg = oomk_genl_request(NULL, OOMK_CMD_HISTORY_GET);
		put_cycle(msg, number);
		err = door_tell(msg, reply, arg);
	}
	return err;
}
