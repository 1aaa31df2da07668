// SPDX-License-Identifier: GPL-2.0
/*
 * Events: a victim set waits, a cycle got on, a job or the policy is another.
 * They carry numbers only, as everybody may listen.
 */
#include "netlink.h"

#include <linux/sched/mm.h>
#include <linux/workqueue.h>

#include "member.h"
#include "netlink_ops.h"
#include "trace.h"

#define READY_BYTES	(nla_total_size_64bit(sizeof(u64)) + \
			 nla_total_size(sizeof(u32)))

/* Of the first change until it is told of, with those that came meanwhile. */
#define CHANGE_DELAY	(HZ / 50)

/*
 * The next cycle's READY messages, the cycle's alone: one for the submission,
 * one for the rise to the hard level. Made when memory is there: a message
 * made from the reserves would be dropped before it reached its listener.
 */
static struct sk_buff *ready_spares[2];

static int spares_fill(gfp_t gfp)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ready_spares); i++) {
		if (!ready_spares[i])
			ready_spares[i] = genlmsg_new(READY_BYTES, gfp);
		if (!ready_spares[i])
			return -ENOMEM;
	}
	return 0;
}

static struct sk_buff *spares_take(void)
{
	struct sk_buff *skb = NULL;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ready_spares) && !skb; i++)
		swap(skb, ready_spares[i]);
	return skb;
}

static void spares_free(void)
{
	struct sk_buff *skb;

	while ((skb = spares_take()))
		nlmsg_free(skb);
}

/* Consumes @skb. */
static int ready_send(struct sk_buff *skb, u64 cycle, enum oomk_level level)
{
	unsigned int flags;
	void *header;
	int err;

	header = genlmsg_put(skb, 0, 0, &oomk_family, 0, OOMK_CMD_READY);
	if (!header ||
	    nla_put_u64_64bit(skb, OOMK_A_REQUEST_CYCLE, cycle,
			      OOMK_A_REQUEST_PAD) ||
	    nla_put_u32(skb, OOMK_A_REQUEST_LEVEL, level)) {
		nlmsg_free(skb);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, header);

	/* Every listener but one gets a clone; the reserves may pay for it. */
	flags = memalloc_noreclaim_save();
	err = genlmsg_multicast(&oomk_family, skb, 0, 0, GFP_NOWAIT);
	memalloc_noreclaim_restore(flags);
	return err;
}

/**
 * oomk_netlink_ready - tell the executor that a set waits for it
 * @cycle: the set's
 * @level: the set's
 *
 * The message was allocated when memory was there, and is replaced at the end
 * of the cycle. It may still be lost on a listener whose buffer is full; the
 * request's time limit is there for that.
 *
 * Context: process, the cycle only; does not wait for memory.
 * Return: 0; -ESRCH if nobody listens; -ENOMEM or -ENOBUFS if it was lost.
 */
int oomk_netlink_ready(u64 cycle, enum oomk_level level)
{
	struct sk_buff *skb = spares_take();
	int err = -ENOMEM;

	if (!skb)
		skb = genlmsg_new(READY_BYTES, GFP_NOWAIT | __GFP_NOWARN);
	if (skb)
		err = ready_send(skb, cycle, level);
	trace_oomk_ready(cycle, err);
	return err;
}

static int put_start(struct sk_buff *skb, const struct oomk_cycle_event *event)
{
	return nla_put_u32(skb, OOMK_A_CYCLE_CAUSE, event->cause) ||
	       nla_put_u32(skb, OOMK_A_CYCLE_LEVEL, event->level) ||
	       nla_put_u32(skb, OOMK_A_CYCLE_AVAILABLE_PERMILLE,
			   event->available_permille) ||
	       nla_put_u32(skb, OOMK_A_CYCLE_FREE_SWAP_PERMILLE,
			   event->free_swap_permille) ||
	       nla_put_u32(skb, OOMK_A_CYCLE_PSI_FULL_AVG10,
			   event->psi_full_avg10) ||
	       nla_put_u64_64bit(skb, OOMK_A_CYCLE_START_NS, event->start_ns,
				 OOMK_A_CYCLE_PAD) ||
	       nla_put_u64_64bit(skb, OOMK_A_CYCLE_NEED_PAGES,
				 event->need_pages, OOMK_A_CYCLE_PAD) ||
	       nla_put_u64_64bit(skb, OOMK_A_CYCLE_FREEABLE_PAGES,
				 event->freeable_pages, OOMK_A_CYCLE_PAD) ||
	       nla_put_u64_64bit(skb, OOMK_A_CYCLE_PENDING_PAGES,
				 event->pending_pages, OOMK_A_CYCLE_PAD) ||
	       nla_put_u32(skb, OOMK_A_CYCLE_ITEMS, event->items);
}

static int put_solved(struct sk_buff *skb, const struct oomk_cycle_event *event)
{
	return nla_put_u32(skb, OOMK_A_CYCLE_REASON, event->reason) ||
	       nla_put_u32(skb, OOMK_A_CYCLE_VICTIMS, event->victims) ||
	       nla_put_u32(skb, OOMK_A_CYCLE_TASKS, event->tasks) ||
	       nla_put_u64_64bit(skb, OOMK_A_CYCLE_FREED_PAGES,
				 event->freed_pages, OOMK_A_CYCLE_PAD) ||
	       nla_put_u64_64bit(skb, OOMK_A_CYCLE_LOST_PRICE,
				 event->lost_price, OOMK_A_CYCLE_PAD) ||
	       nla_put_u64_64bit(skb, OOMK_A_CYCLE_BOUND_PRICE,
				 event->bound_price, OOMK_A_CYCLE_PAD);
}

static int put_end(struct sk_buff *skb, const struct oomk_cycle_event *event)
{
	return nla_put_u64_64bit(skb, OOMK_A_CYCLE_BACK_PAGES,
				 event->back_pages, OOMK_A_CYCLE_PAD) ||
	       nla_put_u64_64bit(skb, OOMK_A_CYCLE_OVERSHOOT_PAGES,
				 event->overshoot_pages, OOMK_A_CYCLE_PAD) ||
	       nla_put_u64_64bit(skb, OOMK_A_CYCLE_UNDERSHOOT_PAGES,
				 event->undershoot_pages, OOMK_A_CYCLE_PAD) ||
	       nla_put_u32(skb, OOMK_A_CYCLE_SPARED, event->spared) ||
	       nla_put_u32(skb, OOMK_A_CYCLE_LAST_SIGNAL_MS,
			   event->signal_us / USEC_PER_MSEC) ||
	       nla_put_u32(skb, OOMK_A_CYCLE_SIGNAL_US, event->signal_us) ||
	       nla_put_u32(skb, OOMK_A_CYCLE_END_US, event->end_us) ||
	       nla_put_u32(skb, OOMK_A_CYCLE_KERNEL_KILLS,
			   event->kernel_kills) ||
	       (event->backstop &&
		nla_put_flag(skb, OOMK_A_CYCLE_BACKSTOP)) ||
	       nla_put_u32(skb, OOMK_A_CYCLE_OUTCOME, event->outcome);
}

static int put_stage(struct sk_buff *skb, const struct oomk_cycle_event *event)
{
	if (nla_put_u64_64bit(skb, OOMK_A_CYCLE_NUMBER, event->number,
			      OOMK_A_CYCLE_PAD) ||
	    nla_put_u32(skb, OOMK_A_CYCLE_STAGE, event->stage))
		return -EMSGSIZE;
	switch (event->stage) {
	case OOMK_STAGE_START:
		return put_start(skb, event);
	case OOMK_STAGE_SOLVED:
		return put_solved(skb, event);
	case OOMK_STAGE_BACKSTOP:
		return 0;
	case OOMK_STAGE_END:
		return put_end(skb, event);
	}
	return -EINVAL;
}

/**
 * oomk_netlink_put_cycle - put all figures of a cycle
 * @skb: where
 * @event: the cycle, however far it is
 *
 * Return: 0, or not 0 without room.
 */
int oomk_netlink_put_cycle(struct sk_buff *skb,
			   const struct oomk_cycle_event *event)
{
	return nla_put_u64_64bit(skb, OOMK_A_CYCLE_NUMBER, event->number,
				 OOMK_A_CYCLE_PAD) ||
	       put_start(skb, event) || put_solved(skb, event) ||
	       put_end(skb, event);
}

/**
 * oomk_netlink_cycle - tell everybody how far the cycle is
 * @event: numbers only
 *
 * For those who watch; nothing depends on it, so it is dropped rather than
 * waited for when memory is short.
 *
 * Context: process, the cycle only; waits for memory at the end of a cycle at
 * most, to make the next one's READY messages.
 */
void oomk_netlink_cycle(const struct oomk_cycle_event *event)
{
	struct sk_buff *skb;
	void *header;

	if (event->stage == OOMK_STAGE_END)
		spares_fill(GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN);

	skb = genlmsg_new(NLMSG_DEFAULT_SIZE, GFP_NOWAIT | __GFP_NOWARN);
	if (!skb)
		return;
	header = genlmsg_put(skb, 0, 0, &oomk_family, 0, OOMK_CMD_CYCLE_NTF);
	if (!header || put_stage(skb, event)) {
		nlmsg_free(skb);
		return;
	}
	genlmsg_end(skb, header);
	genlmsg_multicast(&oomk_family, skb, 0, 0, GFP_NOWAIT | __GFP_NOWARN);
}

static void send_change(struct work_struct *work)
{
	u32 jobs, members, spare;
	struct sk_buff *skb;
	void *header;

	skb = genlmsg_new(nla_total_size(sizeof(u32)), GFP_KERNEL);
	if (!skb)
		return;
	oomk_member_count(&jobs, &members, &spare);
	header = genlmsg_put(skb, 0, 0, &oomk_family, 0, OOMK_CMD_CHANGE_NTF);
	if (!header || nla_put_u32(skb, OOMK_A_CHANGE_JOBS, jobs)) {
		nlmsg_free(skb);
		return;
	}
	genlmsg_end(skb, header);
	genlmsg_multicast(&oomk_family, skb, 0, 0, GFP_KERNEL);
}

static DECLARE_DELAYED_WORK(change_work, send_change);

/**
 * oomk_netlink_changed - have everybody told that a job or the policy changed
 *
 * Description: Soon and once for many changes: nobody shall be able to fill
 * the buffer in which the executor has to find its READY. Whoever misses it
 * reads anew when he sees that he lost events, so it is not tried twice.
 *
 * Context: any.
 */
void oomk_netlink_changed(void)
{
	schedule_delayed_work(&change_work, CHANGE_DELAY);
}

/**
 * oomk_netlink_event_init - make the first READY messages
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM.
 */
int oomk_netlink_event_init(void)
{
	int err = spares_fill(GFP_KERNEL);

	if (err)
		spares_free();
	return err;
}

/**
 * oomk_netlink_event_exit - send no event any more, free what is left
 *
 * Context: process, may sleep; the family is not registered any more, so
 * nobody calls into this file.
 */
void oomk_netlink_event_exit(void)
{
	/* Should it run just now, the group it sends to has no listeners. */
	cancel_delayed_work_sync(&change_work);
	spares_free();
}
