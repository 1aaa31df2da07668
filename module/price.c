// SPDX-License-Identifier: GPL-2.0
/*
 * Forms the items of a sample and prices them.
 *
 *  1. An mm counts once. If one of its sharers must not die, none can (SHARED);
 *     if all of them are dying its pages are pending; else the sharers that may
 *     die are joined and the first carries the weight.
 *  2. The tasks of a job, and of a cgroup with memory.oom.group, are joined.
 *  3. What is joined is an item. Private pages add up; of shmem the largest
 *     member counts, since a segment that several map is freed once. If the
 *     items of one pool claim more shmem than the system has, their claims
 *     shrink in proportion, and then likewise those of all items.
 *  4. A job's utility counts once, however many tasks it has. What nobody (or
 *     only its owner) named shares the cap of its pool: with a cap of 1000 and
 *     3,000 tasks at 100, each is worth 1000 / 3000, 21 steps of 1/64.
 *
 * Joining is union-find over task indices in oomk_sample_task.item, the lowest
 * index as the root, with path halving.
 */
#include "price.h"

#include <linux/hash.h>
#include <linux/log2.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/timekeeping.h>

/* Keeps a price below 2^20 when several jobs share one mm. */
#define ITEM_UTILITY_MAX \
	(((1U << OOMK_KNAPSACK_PRICE_BITS) - 1) / OOMK_PRICE_PER_UTILITY)

/* No more slots than the tasks at hand need: few tasks are priced quickly. */
static u32 slots_in_use(const struct oomk_plan *plan)
{
	return min_t(u32, plan->nr_slots,
		     roundup_pow_of_two(2 * max(plan->sample.nr, 1U)));
}

static void clear_slots(struct oomk_plan *plan)
{
	memset(plan->slots, 0, slots_in_use(plan) * sizeof(*plan->slots));
}

/* The table has twice as many slots as there can be keys, so this ends. */
static struct oomk_price_slot *slot_of(struct oomk_plan *plan, u64 key,
				       u32 first)
{
	u32 mask = slots_in_use(plan) - 1;
	u32 at = hash_64(key, 32) & mask;

	while (plan->slots[at].key && plan->slots[at].key != key)
		at = (at + 1) & mask;
	if (!plan->slots[at].key) {
		plan->slots[at].key = key;
		plan->slots[at].first = first;
	}
	return &plan->slots[at];
}

static u32 root_of(struct oomk_sample_task *tasks, u32 at)
{
	while (tasks[at].item != at) {
		tasks[at].item = tasks[tasks[at].item].item;
		at = tasks[at].item;
	}
	return at;
}

static void join(struct oomk_sample_task *tasks, u32 a, u32 b)
{
	a = root_of(tasks, a);
	b = root_of(tasks, b);
	tasks[max(a, b)].item = min(a, b);
}

static bool is_dying(const struct oomk_sample_task *task)
{
	return task->state == OOMK_STATE_PENDING ||
	       task->state == OOMK_STATE_STUCK;
}

static void weigh_nothing(struct oomk_sample_task *task)
{
	task->private_pages = 0;
	task->shmem_pages = 0;
}

static void settle_shared_mm(struct oomk_plan *plan, u32 at)
{
	struct oomk_sample_task *tasks = plan->sample.tasks;
	struct oomk_price_slot *slot = slot_of(plan, (uintptr_t)tasks[at].mm,
					       at);

	if (tasks[at].state == OOMK_STATE_ITEM && slot->ineligible)
		tasks[at].state = OOMK_STATE_SHARED;
	if (is_dying(&tasks[at]) && slot->alive) {
		weigh_nothing(&tasks[at]);
		return;
	}
	if (slot->first == at)
		return;
	/* The dying are first only where nobody lives. */
	weigh_nothing(&tasks[at]);
	if (tasks[at].state == OOMK_STATE_ITEM)
		join(tasks, slot->first, at);
}

static void settle_mms(struct oomk_plan *plan)
{
	struct oomk_sample *sample = &plan->sample;
	struct oomk_sample_task *task;
	struct oomk_price_slot *slot;
	u32 i;

	clear_slots(plan);
	for (i = 0; i < sample->nr; i++) {
		task = &sample->tasks[i];
		if (!task->mm_shared)
			continue;
		slot = slot_of(plan, (uintptr_t)task->mm, i);
		if (is_dying(task))
			continue;
		if (task->state != OOMK_STATE_ITEM)
			slot->ineligible = true;
		else if (is_dying(&sample->tasks[slot->first]))
			slot->first = i;
		slot->alive = true;
	}
	for (i = 0; i < sample->nr; i++)
		if (sample->tasks[i].mm_shared)
			settle_shared_mm(plan, i);
}

static void join_groups(struct oomk_plan *plan)
{
	struct oomk_sample *sample = &plan->sample;
	struct oomk_sample_task *task;
	struct oomk_price_slot *slot;
	u32 i;

	clear_slots(plan);
	for (i = 0; i < sample->nr; i++) {
		task = &sample->tasks[i];
		if (task->state != OOMK_STATE_ITEM || task->each)
			continue;
		if (task->job_id)
			slot = slot_of(plan, task->job_id * 2, i);
		else if (task->cgroup_id)
			slot = slot_of(plan, task->cgroup_id * 2 + 1, i);
		else
			continue;
		task->leads = slot->first == i;
		join(sample->tasks, slot->first, i);
	}
}

/* Numbers the items and strings each item's tasks together, lowest first. */
static void number_items(struct oomk_plan *plan)
{
	struct oomk_sample_task *tasks = plan->sample.tasks;
	struct oomk_item *info;
	u32 i, root;

	plan->nr_items = 0;
	for (i = 0; i < plan->sample.nr; i++) {
		if (tasks[i].state != OOMK_STATE_ITEM)
			continue;
		root = root_of(tasks, i);
		tasks[i].next = root == i ? plan->nr_items++ : tasks[root].next;
	}
	for (i = 0; i < plan->nr_items; i++)
		plan->info[i].first = OOMK_SAMPLE_NO_ITEM;
	for (i = plan->sample.nr; i-- > 0;) {
		tasks[i].item = OOMK_SAMPLE_NO_ITEM;
		if (tasks[i].state != OOMK_STATE_ITEM)
			continue;
		tasks[i].item = tasks[i].next;
		info = &plan->info[tasks[i].item];
		tasks[i].next = info->first;
		info->first = i;
	}
}

static bool is_named(const struct oomk_sample_task *task)
{
	return task->source == OOMK_SOURCE_JOB ||
	       task->source == OOMK_SOURCE_HINT;
}

static void weigh_item(struct oomk_plan *plan, u32 at)
{
	struct oomk_sample_task *tasks = plan->sample.tasks, *task;
	struct oomk_item *info = &plan->info[at];
	u64 private_pages = 0;
	u32 jobs[2] = {}, each[2] = {}, unnamed = 0, i;
	bool hint;

	info->nr_tasks = 0;
	info->shmem_pages = 0;
	info->source = OOMK_SOURCE_DEFAULT;
	info->capped = false;
	for (i = info->first; i != OOMK_SAMPLE_NO_ITEM; i = task->next) {
		task = &tasks[i];
		info->nr_tasks++;
		private_pages += task->private_pages;
		info->shmem_pages = max(info->shmem_pages, task->shmem_pages);
		info->source = min(info->source, task->source);
		hint = task->source == OOMK_SOURCE_HINT;
		if (!is_named(task))
			unnamed = max(unnamed, task->utility);
		else if (task->each)
			each[hint] = max(each[hint], task->utility);
		else if (task->leads)
			jobs[hint] += task->utility;
	}
	/* Beside an administrator's word a hint would escape its cap. */
	hint = info->source == OOMK_SOURCE_HINT;
	info->utility = info->source <= OOMK_SOURCE_HINT ?
			min(jobs[hint] + each[hint], ITEM_UTILITY_MAX) : unnamed;
	plan->items[at].weight_pages = private_pages;
	plan->items[at].price = info->utility * OOMK_PRICE_PER_UTILITY;
}

static struct oomk_price_slot *pool_of(struct oomk_plan *plan, u32 item)
{
	u32 first = plan->info[item].first;

	return slot_of(plan, plan->sample.tasks[first].pool_id, item);
}

static u64 shrink(u64 pages, u64 claimed, u64 total)
{
	return claimed > total ? mul_u64_u64_div_u64(pages, total, claimed) :
				 pages;
}

/*
 * Whoever maps one segment a hundred times must not make light of what others
 * hold, so no pool claims more than there is. Returns what is claimed then.
 */
static u64 shrink_pools(struct oomk_plan *plan, u64 total)
{
	struct oomk_item *info;
	u64 claimed = 0;
	u32 i;

	clear_slots(plan);
	for (i = 0; i < plan->nr_items; i++)
		pool_of(plan, i)->sum += plan->info[i].shmem_pages;
	for (i = 0; i < plan->nr_items; i++) {
		info = &plan->info[i];
		info->shmem_pages = shrink(info->shmem_pages,
					   pool_of(plan, i)->sum, total);
		claimed += info->shmem_pages;
	}
	return claimed;
}

/* Adds the shmem, shrunk so that all items together claim what there is. */
static void add_shmem(struct oomk_plan *plan)
{
	struct sysinfo system;
	u64 claimed, pages;
	u32 i;

	si_meminfo(&system);
	claimed = shrink_pools(plan, system.sharedram);
	plan->freeable_pages = 0;
	for (i = 0; i < plan->nr_items; i++) {
		pages = shrink(plan->info[i].shmem_pages, claimed,
			       system.sharedram);
		pages += plan->items[i].weight_pages;
		pages = min(pages, BIT_ULL(OOMK_KNAPSACK_WEIGHT_BITS) - 1);
		plan->items[i].weight_pages = pages;
		plan->freeable_pages += pages;
	}
}

static void cap_pools(struct oomk_plan *plan, u64 cap)
{
	struct oomk_price_slot *slot;
	struct oomk_item *info;
	u32 i;

	clear_slots(plan);
	for (i = 0; i < plan->nr_items; i++) {
		info = &plan->info[i];
		if (info->source != OOMK_SOURCE_JOB)
			pool_of(plan, i)->sum += info->utility;
	}
	for (i = 0; i < plan->nr_items; i++) {
		info = &plan->info[i];
		if (info->source == OOMK_SOURCE_JOB)
			continue;
		slot = pool_of(plan, i);
		if (slot->sum <= cap)
			continue;
		plan->items[i].price = div64_u64(plan->items[i].price * cap,
						 slot->sum);
		info->capped = true;
	}
}

static void sum_pending(struct oomk_sample *sample)
{
	const struct oomk_sample_task *task;

	sample->pending_pages = 0;
	for (task = sample->tasks; task < sample->tasks + sample->nr; task++)
		if (task->state == OOMK_STATE_PENDING)
			sample->pending_pages += task->private_pages +
						 task->shmem_pages;
}

/**
 * oomk_price_form - form the items of a plan and price them
 * @plan: its sample was just taken
 * @policy: in force
 *
 * Fills items, info, nr_items, freeable_pages, price_ns and the sample's
 * pending_pages; gives each task its state, item and successor. Linear in the
 * number of tasks, allocates nothing.
 *
 * Context: process, may sleep.
 */
void oomk_price_form(struct oomk_plan *plan, const struct oomk_policy *policy)
{
	struct oomk_sample *sample = &plan->sample;
	u64 begun_ns = ktime_get_ns();
	u32 i;

	for (i = 0; i < sample->nr; i++)
		sample->tasks[i].item = i;
	settle_mms(plan);
	cond_resched();
	join_groups(plan);
	cond_resched();
	number_items(plan);
	for (i = 0; i < plan->nr_items; i++)
		weigh_item(plan, i);
	cond_resched();
	add_shmem(plan);
	cap_pools(plan, policy->user_utility_max);
	sum_pending(sample);
	plan->price_ns = ktime_get_ns() - begun_ns;
}
