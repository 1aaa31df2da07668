// SPDX-License-Identifier: GPL-2.0
/*
 * Remembers the last cycles in memory that is allocated once, at load.
 *
 * There is a ring of cycles and a ring of items. Positions in them only grow;
 * the slot is the position modulo the size. A new cycle's items push out those
 * of the oldest cycles, never the figures of these. Within a cycle the items
 * lie in reverse order, lightest first and victims last, so that the victims
 * are what is kept longest.
 *
 * Items are written without the lock, which would be held for thousands of
 * copies: the slots are taken away from the readers first (&history.tail), and
 * are shown to them with the cycle, when they are complete (&history.head). A
 * reader copies one item at a time, under the lock, and is told when it is no
 * more.
 *
 * A machine that stays hopeless has a cycle every second. Of infeasible cycles
 * in a row the first and the last are kept, so that they do not push out what
 * led to them.
 */
#include "history.h"

#include <linux/bitops.h>
#include <linux/build_bug.h>
#include <linux/log2.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <linux/vmalloc.h>

#include "plan.h"
#include "request.h"
#include "sample.h"

/*
 * Items are put in order by class: class 0 has the victims, the others have
 * weights with the same leading bit and the same CLASS_BITS bits after it,
 * heaviest first.
 */
#define CLASS_BITS	3
#define NR_CLASSES	((OOMK_KNAPSACK_WEIGHT_BITS << CLASS_BITS) + 1)

/**
 * struct record - a cycle that is remembered
 * @event: its figures
 * @begin: position of its first item
 * @nr: items kept
 * @nr_victims: victims among them, the last ones
 */
struct record {
	struct oomk_cycle_event event;
	u64 begin;
	u32 nr;
	u32 nr_victims;
};

/**
 * struct history - all that is remembered
 * @lock: protects the next 5 fields, and the items from @tail to @head
 * @next: position of the next cycle; the first is 0
 * @head: position of the next item
 * @tail: no item before this can be read
 * @records: ring of cycles
 * @items: ring of items
 * @counts: first rank of each class, for oomk_history_open() alone
 */
struct history {
	spinlock_t lock;	/* taken alone, for one copy */
	u64 next;
	u64 head;
	u64 tail;
	struct record records[OOMK_HISTORY_CYCLES];
	struct oomk_history_item *items;
	u32 counts[NR_CLASSES];
};

static struct history history = {
	.lock = __SPIN_LOCK_UNLOCKED(history.lock),
};

static struct record *record_at(u64 at)
{
	return &history.records[at % OOMK_HISTORY_CYCLES];
}

static struct oomk_history_item *item_at(u64 at)
{
	return &history.items[at % OOMK_HISTORY_ITEMS];
}

/* Position of the oldest cycle. */
static u64 oldest(void)
{
	lockdep_assert_held(&history.lock);
	return history.next - min_t(u64, history.next, OOMK_HISTORY_CYCLES);
}

static bool is_victim(const struct oomk_plan *plan,
		      const struct oomk_cycle_event *event, u32 index)
{
	/* Without a solve the marks are those of an earlier cycle. */
	return event->victims && plan->items[index].victim;
}

static u32 class_of(const struct oomk_plan *plan,
		    const struct oomk_cycle_event *event, u32 index)
{
	u64 weight = plan->items[index].weight_pages;
	u32 shift, class;

	if (is_victim(plan, event, index))
		return 0;
	if (weight < 1 << CLASS_BITS)
		return NR_CLASSES - 1 - weight;
	shift = ilog2(weight) - CLASS_BITS;
	class = (shift << CLASS_BITS) + (u32)(weight >> shift);
	return NR_CLASSES - 1 - min_t(u32, class, NR_CLASSES - 2);
}

/* Leaves in each class the rank of its first item; returns the victims. */
static u32 rank_classes(const struct oomk_plan *plan,
			const struct oomk_cycle_event *event)
{
	u32 rank = 0, nr_victims, nr, i;

	memset(history.counts, 0, sizeof(history.counts));
	for (i = 0; i < plan->nr_items; i++)
		history.counts[class_of(plan, event, i)]++;
	nr_victims = history.counts[0];
	for (i = 0; i < NR_CLASSES; i++) {
		nr = history.counts[i];
		history.counts[i] = rank;
		rank += nr;
	}
	return nr_victims;
}

static const struct oomk_sample_task *named_task(const struct oomk_plan *plan,
						 u32 first)
{
	const struct oomk_sample_task *tasks = plan->sample.tasks;
	u32 at;

	for (at = first; at != OOMK_SAMPLE_NO_ITEM; at = tasks[at].next)
		if (tasks[at].pid_nr == tasks[at].root_nr)
			return &tasks[at];
	return &tasks[first];
}

static void fill_item(struct oomk_history_item *item,
		      const struct oomk_plan *plan, u32 index, bool victim)
{
	const struct oomk_item *info = &plan->info[index];
	const struct oomk_sample_task *task = named_task(plan, info->first);

	*item = (struct oomk_history_item) {
		.weight_pages = plan->items[index].weight_pages,
		.pid_nr = task->pid_nr,
		.uid = task->uid,
		.item = index + 1,
		.price = plan->items[index].price,
		.nr_tasks = info->nr_tasks,
		.utility = min_t(u32, info->utility, U16_MAX),
		.source = info->source,
		.status = OOMK_VICTIM_WAITING,
		.victim = victim,
		.capped = info->capped,
	};
	memcpy(item->comm, task->comm, TASK_COMM_LEN);
}

/* Has the last cycle and the one before it come to nothing as well? */
static bool repeats(const struct oomk_cycle_event *event)
{
	lockdep_assert_held(&history.lock);
	return event->outcome == OOMK_OUTCOME_INFEASIBLE && history.next >= 2 &&
	       record_at(history.next - 1)->event.outcome == event->outcome &&
	       record_at(history.next - 2)->event.outcome == event->outcome;
}

/* Takes slots for @nr items from the readers; returns the first's position. */
static u64 reserve(const struct oomk_cycle_event *event, u32 nr)
{
	u64 begin;

	spin_lock(&history.lock);
	if (repeats(event)) {
		history.next--;
		history.head = record_at(history.next)->begin;
	}
	begin = history.head;
	if (begin + nr > OOMK_HISTORY_ITEMS)
		history.tail = max(history.tail,
				   begin + nr - OOMK_HISTORY_ITEMS);
	spin_unlock(&history.lock);
	return begin;
}

static void publish(const struct oomk_cycle_event *event, u64 begin, u32 nr,
		    u32 nr_victims)
{
	struct record *record;

	spin_lock(&history.lock);
	record = record_at(history.next++);
	record->event = *event;
	record->begin = begin;
	record->nr = nr;
	record->nr_victims = nr_victims;
	history.head = begin + nr;
	spin_unlock(&history.lock);
}

/**
 * oomk_history_open - remember a cycle, and what was weighed in it
 * @plan: surveyed; solved, if @event has victims
 * @event: figures known by now; an infeasible cycle's has its outcome
 *
 * Keeps all victims and the heaviest of the others, OOMK_HISTORY_SHARE items
 * at the most. Linear in the number of tasks; takes about 100 ns an item.
 *
 * Context: process; one caller at a time; neither sleeps nor allocates.
 */
void oomk_history_open(const struct oomk_plan *plan,
		       const struct oomk_cycle_event *event)
{
	u32 nr = min_t(u32, plan->nr_items, OOMK_HISTORY_SHARE);
	u32 nr_victims = min(rank_classes(plan, event), nr);
	u64 begin = reserve(event, nr);
	u32 rank, i;

	for (i = 0; i < plan->nr_items; i++) {
		rank = history.counts[class_of(plan, event, i)]++;
		if (rank < nr)
			fill_item(item_at(begin + nr - 1 - rank), plan, i,
				  is_victim(plan, event, i));
	}
	publish(event, begin, nr, nr_victims);
}

/* Victims lie by falling number of the item. NULL if it is not kept. */
static struct oomk_history_item *victim_of(const struct record *record,
					   u32 number)
{
	u64 end = record->begin + record->nr;
	u64 low = max(end - record->nr_victims, history.tail);
	struct oomk_history_item *item;
	u64 at;

	lockdep_assert_held(&history.lock);
	while (low < end) {
		at = low + (end - low) / 2;
		item = item_at(at);
		if (item->item == number)
			return item;
		if (item->item > number)
			low = at + 1;
		else
			end = at;
	}
	return NULL;
}

/* What is told of an item whose tasks fared differently: the worst. */
static u8 worse(u8 a, u8 b)
{
	static const u8 badness[] = {
		[OOMK_VICTIM_WAITING] = 0,
		[OOMK_VICTIM_VANISHED] = 1,
		[OOMK_VICTIM_CHANGED] = 2,
		[OOMK_VICTIM_SPARED] = 3,
		[OOMK_VICTIM_GONE] = 4,
		[OOMK_VICTIM_KILLED] = 5,
		[OOMK_VICTIM_FAILED] = 6,
	};

	return badness[a] < badness[b] ? b : a;
}

/* What became of a task in the end, whoever reported what before. */
static u8 fate_of(const struct oomk_victim *victim)
{
	bool gone = oomk_sample_gone(victim->pid);

	/* Without a signal that we know of: in the hands of the executor. */
	if (gone)
		return victim->signals || victim->status == OOMK_VICTIM_GONE ?
			       OOMK_VICTIM_GONE : OOMK_VICTIM_VANISHED;
	/* Spared, and dying of a signal that came before. */
	if (victim->status == OOMK_VICTIM_SPARED && victim->signals &&
	    oomk_sample_dying(victim->pid))
		return OOMK_VICTIM_KILLED;
	if (victim->status == OOMK_VICTIM_WAITING && victim->signals)
		return OOMK_VICTIM_KILLED;
	return victim->status;
}

static u32 since_us(const struct oomk_cycle_event *event, u64 signal_ns)
{
	u64 boot_ns;

	if (!signal_ns)
		return 0;
	boot_ns = ktime_to_ns(ktime_mono_to_any(ns_to_ktime(signal_ns),
						TK_OFFS_BOOT));
	boot_ns -= min(boot_ns, event->start_ns);
	return min_t(u64, div_u64(boot_ns, NSEC_PER_USEC), U32_MAX);
}

static void note_fate(const struct record *record,
		      const struct oomk_victim *victim)
{
	u32 signal_us = since_us(&record->event, victim->signal_ns);
	u8 fate = fate_of(victim);
	struct oomk_history_item *item;

	spin_lock(&history.lock);
	item = victim_of(record, victim->item);
	if (item) {
		item->status = worse(item->status, fate);
		item->err = item->err ?: victim->err;
		item->signals |= victim->signals;
		item->signal_us = max(item->signal_us, signal_us);
	}
	spin_unlock(&history.lock);
}

/* The newest record of that cycle; it can be overwritten by callers alone. */
static struct record *record_of(u64 number)
{
	u64 at;

	lockdep_assert_held(&history.lock);
	for (at = history.next; at > oldest(); at--)
		if (record_at(at - 1)->event.number == number)
			return record_at(at - 1);
	return NULL;
}

/**
 * oomk_history_close - remember how a cycle ended
 * @event: of a cycle that was opened; else nothing happens
 * @victims: chosen tasks as they fared; none if nobody was to be signalled
 * @nr: how many
 *
 * Context: process; one caller at a time; neither sleeps nor allocates.
 */
void oomk_history_close(const struct oomk_cycle_event *event,
			const struct oomk_victim *victims, u32 nr)
{
	struct record *record;
	u32 i;

	spin_lock(&history.lock);
	record = record_of(event->number);
	if (record)
		record->event = *event;
	spin_unlock(&history.lock);
	for (i = 0; record && i < nr; i++)
		note_fate(record, &victims[i]);
}

/**
 * oomk_history_find - look for a cycle
 * @number: of the cycle
 * @at: out: its position, for the other readers
 *
 * Context: any in which a spinlock may be taken.
 * Return: 0; -ENOENT it is not remembered.
 */
int oomk_history_find(u64 number, u64 *at)
{
	int err = -ENOENT;

	spin_lock(&history.lock);
	for (*at = oldest(); *at < history.next; (*at)++) {
		if (record_at(*at)->event.number == number) {
			err = 0;
			break;
		}
	}
	spin_unlock(&history.lock);
	return err;
}

/* Items of a cycle that can be read. */
static u32 nr_readable(const struct record *record)
{
	u64 end = record->begin + record->nr;

	lockdep_assert_held(&history.lock);
	return min_t(u64, record->nr, end - min(end, history.tail));
}

/**
 * oomk_history_cycle - read a cycle
 * @at: its position, 0 for the oldest; what was forgotten is passed over
 * @event: out: its figures
 * @nr_omitted: out: items weighed that are not remembered
 *
 * Context: any in which a spinlock may be taken.
 * Return: false if there is none at or after @at.
 */
bool oomk_history_cycle(u64 *at, struct oomk_cycle_event *event,
			u32 *nr_omitted)
{
	const struct record *record;
	bool found;

	spin_lock(&history.lock);
	*at = max(*at, oldest());
	found = *at < history.next;
	if (found) {
		record = record_at(*at);
		*event = record->event;
		*nr_omitted = event->items -
			      min(event->items, nr_readable(record));
	}
	spin_unlock(&history.lock);
	return found;
}

/**
 * oomk_history_item - read an item
 * @at: position of its cycle
 * @number: of its cycle
 * @index: from 0: victims first, then by falling weight, in classes within
 *	which the weights differ by an eighth at most
 * @item: out: the item
 *
 * Context: any in which a spinlock may be taken.
 * Return: false if there is none with that or a higher index, or not any more.
 */
bool oomk_history_item(u64 at, u64 number, u32 index,
		       struct oomk_history_item *item)
{
	const struct record *record;
	bool found;

	spin_lock(&history.lock);
	record = record_at(at);
	found = at >= oldest() && at < history.next &&
		record->event.number == number && index < nr_readable(record);
	if (found)
		*item = *item_at(record->begin + record->nr - 1 - index);
	spin_unlock(&history.lock);
	return found;
}

/**
 * oomk_history_init - allocate what is needed to remember
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM.
 */
int oomk_history_init(void)
{
	BUILD_BUG_ON(!is_power_of_2(OOMK_HISTORY_ITEMS));
	BUILD_BUG_ON(sizeof(history) + OOMK_HISTORY_ITEMS *
		     sizeof(struct oomk_history_item) >= 2 << 20);
	history.items = vzalloc(array_size(OOMK_HISTORY_ITEMS,
					   sizeof(*history.items)));
	return history.items ? 0 : -ENOMEM;
}

/**
 * oomk_history_exit - forget everything
 *
 * Context: process, may sleep; there are no readers and no cycles any more.
 */
void oomk_history_exit(void)
{
	vfree(history.items);
}
