// SPDX-License-Identifier: GPL-2.0
/*
 * module/history.c on the host: what is kept of any number of items, in which
 * order, what pushes out what, and what a reader sees meanwhile.
 */
#include <stdarg.h>
#include <stdio.h>

/* The module's own source, with what it asks the kernel for: history_shim.h. */
#include "history.c"

#define TASKS_MAX	40000

/* A task, and whether it is dead or dying. */
struct pid {
	bool gone;
	bool dying;
};

static struct oomk_sample_task tasks[TASKS_MAX];
static struct oomk_knapsack_item items[TASKS_MAX];
static struct oomk_item info[TASKS_MAX];
static struct oomk_plan the_plan = {
	.sample.tasks = tasks,
	.items = items,
	.info = info,
};

static struct oomk_cycle_event the_event;
static int nr_checks, nr_failed;
static u64 seed = 88172645463325252ULL;

bool oomk_sample_gone(struct pid *pid)
{
	return pid->gone;
}

bool oomk_sample_dying(struct pid *pid)
{
	return pid->gone || pid->dying;
}

static u64 draw(u64 below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % below;
}

static void ok(bool good, const char *format, ...)
{
	va_list args;

	nr_failed += !good;
	printf("%sok %d ", good ? "" : "not ", ++nr_checks);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

/* Every item one task; its pid is 1000 + its index. Weights of any size. */
static void draw_plan(u32 nr, u32 nr_victims)
{
	u32 i, at;

	memset(tasks, 0, sizeof(tasks));
	the_plan.nr_items = nr;
	for (i = 0; i < nr; i++) {
		tasks[i].pid_nr = 1000 + i;
		tasks[i].next = OOMK_SAMPLE_NO_ITEM;
		tasks[i].uid = i % 7;
		items[i].weight_pages = draw(1ULL << draw(40));
		items[i].price = draw(1 << 20);
		items[i].victim = false;
		info[i] = (struct oomk_item) {
			.first = i, .nr_tasks = 1, .utility = i % 1000,
		};
	}
	for (i = 0; i < nr_victims; i++) {
		do
			at = draw(nr);
		while (items[at].victim);
		items[at].victim = true;
	}
	the_event = (struct oomk_cycle_event) {
		.number = the_event.number + 1,
		.start_ns = 5000000000,
		.items = nr,
		.victims = nr_victims,
	};
}

/* Items that can be read of a cycle; what is wrong with them is counted. */
static u32 read_back(u64 number, u32 *nr_wrong)
{
	struct oomk_history_item item, last = {};
	u64 heaviest_left = 0;
	bool *seen = calloc(TASKS_MAX, sizeof(*seen));
	u32 nr = 0, i;
	u64 at;

	*nr_wrong = oomk_history_find(number, &at) != 0;
	while (oomk_history_item(at, number, nr, &item)) {
		i = item.item - 1;
		if (i >= the_plan.nr_items || seen[i] ||
		    item.pid_nr != 1000 + i || item.uid != tasks[i].uid ||
		    item.weight_pages != items[i].weight_pages ||
		    item.price != items[i].price ||
		    item.victim != items[i].victim)
			(*nr_wrong)++;
		/* Within a class weights differ by less than an eighth. */
		if (nr && (item.victim > last.victim ||
			   (!item.victim && !last.victim &&
			    item.weight_pages > last.weight_pages +
						last.weight_pages / 8)))
			(*nr_wrong)++;
		if (i < TASKS_MAX)
			seen[i] = true;
		last = item;
		nr++;
	}
	for (i = 0; i < the_plan.nr_items; i++)
		if (!seen[i] && !items[i].victim)
			heaviest_left = max(heaviest_left,
					    items[i].weight_pages);
	if (nr < the_plan.nr_items && !last.victim &&
	    heaviest_left > last.weight_pages + last.weight_pages / 8)
		(*nr_wrong)++;
	free(seen);
	return nr;
}

static u32 omitted(u64 number)
{
	struct oomk_cycle_event event;
	u32 nr = U32_MAX;
	u64 at;

	if (oomk_history_find(number, &at) ||
	    !oomk_history_cycle(&at, &event, &nr) || event.number != number)
		return U32_MAX;
	return nr;
}

static void test_selection(void)
{
	static const struct {
		u32 nr, nr_victims, nr_kept;
	} rows[] = {
		{ 0, 0, 0 }, { 1, 0, 1 }, { 1, 1, 1 }, { 100, 7, 100 },
		{ 16384, 20, 16384 }, { 16385, 1, 16384 },
		{ 40000, 300, 16384 }, { 40000, 16384, 16384 },
		{ 20000, 18000, 16384 },
	};
	u32 i, nr, nr_wrong;

	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		draw_plan(rows[i].nr, rows[i].nr_victims);
		oomk_history_open(&the_plan, &the_event);
		nr = read_back(the_event.number, &nr_wrong);
		ok(nr == rows[i].nr_kept && !nr_wrong &&
		   omitted(the_event.number) == rows[i].nr - nr,
		   "%u items, %u victims: %u kept, %u wrong, %u omitted",
		   rows[i].nr, rows[i].nr_victims, nr, nr_wrong,
		   omitted(the_event.number));
	}
}

/* Marks of an earlier choice are no victims of a cycle without a choice. */
static void test_no_choice(void)
{
	struct oomk_history_item item;
	u64 at;

	draw_plan(10, 10);
	the_event.victims = 0;
	oomk_history_open(&the_plan, &the_event);
	oomk_history_find(the_event.number, &at);
	ok(oomk_history_item(at, the_event.number, 0, &item) && !item.victim,
	   "without a choice there are no victims");
}

static void test_push_out(void)
{
	struct oomk_history_item item;
	struct oomk_cycle_event event;
	u32 nr, nr_wrong, i;
	u64 first, at = 0;
	bool victims = true;

	draw_plan(12000, 50);
	oomk_history_open(&the_plan, &the_event);
	first = the_event.number;
	draw_plan(12000, 50);
	oomk_history_open(&the_plan, &the_event);
	ok(omitted(first) == 0, "two cycles of 12000 fit");
	draw_plan(12000, 50);
	oomk_history_open(&the_plan, &the_event);
	nr = 12000 - (3 * 12000 - OOMK_HISTORY_ITEMS);
	ok(omitted(first) == 12000 - nr, "the third pushes out %u, not %u",
	   12000 - nr, omitted(first));
	oomk_history_find(first, &at);
	for (i = 0; i < 50; i++)
		victims &= oomk_history_item(at, first, i, &item) && item.victim;
	ok(victims && oomk_history_item(at, first, nr - 1, &item) &&
	   !item.victim && !oomk_history_item(at, first, nr, &item),
	   "the lightest go, the victims stay");
	nr = read_back(the_event.number, &nr_wrong);
	ok(nr == 12000 && !nr_wrong, "the last is whole");

	for (i = 0; i < 3; i++) {
		draw_plan(16384, 1);
		oomk_history_open(&the_plan, &the_event);
	}
	ok(omitted(first) == 12000, "in the end all are pushed out");
	oomk_history_find(first, &at);
	ok(oomk_history_cycle(&at, &event, &nr) && event.number == first,
	   "the figures of the cycle stay");
}

static void test_ring_of_cycles(void)
{
	struct oomk_cycle_event event;
	u64 at, held, last, number;
	struct oomk_history_item item;
	u32 i, nr_omitted, nr = 0;
	bool rising = true;

	draw_plan(5, 1);
	oomk_history_open(&the_plan, &the_event);
	number = the_event.number;
	oomk_history_find(number, &held);
	for (i = 0; i < OOMK_HISTORY_CYCLES; i++) {
		ok(oomk_history_item(held, number, 0, &item),
		   "a reader still sees the cycle after %u others", i);
		draw_plan(5, 1);
		oomk_history_open(&the_plan, &the_event);
	}
	ok(!oomk_history_item(held, number, 0, &item),
	   "a reader is told that it is no more");
	ok(oomk_history_find(number, &at) == -ENOENT, "nor is it found");
	at = 0;
	last = 0;
	while (oomk_history_cycle(&at, &event, &nr_omitted)) {
		rising = rising && (!last || event.number == last + 1);
		last = event.number;
		nr++;
		at++;
	}
	ok(nr == OOMK_HISTORY_CYCLES && rising && last == the_event.number,
	   "the last %u are there, in order", nr);
	at = held;
	ok(oomk_history_cycle(&at, &event, &nr_omitted) &&
	   event.number == number + 1, "a slow reader goes on with the oldest");
}

static void infeasible(u32 nr)
{
	draw_plan(nr, 0);
	the_event.outcome = OOMK_OUTCOME_INFEASIBLE;
	oomk_history_open(&the_plan, &the_event);
}

static void test_infeasible(void)
{
	u32 nr, nr_wrong, i;
	u64 before, at;

	draw_plan(16000, 1);
	oomk_history_open(&the_plan, &the_event);
	before = the_event.number;
	for (i = 0; i < 100; i++)
		infeasible(4000 + i);
	oomk_history_find(the_event.number, &at);
	ok(record_at(at - 1)->event.number == before + 1 &&
	   record_at(at - 2)->event.number == before,
	   "of 100 infeasible cycles the first and the last are kept");
	ok(omitted(before) == 0, "they do not push out what led to them");
	nr = read_back(the_event.number, &nr_wrong);
	ok(nr == 4099 && !nr_wrong, "the last is whole");
	ok(omitted(before + 1) == 0, "so is the first");
	draw_plan(3, 1);
	oomk_history_open(&the_plan, &the_event);
	infeasible(2);
	oomk_history_find(the_event.number, &at);
	ok(record_at(at - 1)->event.number == the_event.number - 1 &&
	   record_at(at - 2)->event.number == the_event.number - 2,
	   "one after a cycle with victims counts as a first");
}

/* Everything that a reader can see, and where. */
static struct sight {
	u64 at;
	u64 number;
	u32 index;
	struct oomk_history_item item;
} sights[OOMK_HISTORY_ITEMS];

static u32 nr_sights, nr_changed, nr_odd;

/* A reader takes the lock as well: he is not watched. */
static void look_round(void (*look)(void))
{
	void (*before)(void) = before_lock;
	void (*after)(void) = after_unlock;

	before_lock = NULL;
	after_unlock = NULL;
	look();
	before_lock = before;
	after_unlock = after;
}

static void look_at_all(void)
{
	struct oomk_cycle_event event;
	struct sight *sight;
	u32 nr_omitted, i;
	u64 at;

	nr_sights = 0;
	for (at = 0; oomk_history_cycle(&at, &event, &nr_omitted); at++) {
		for (i = 0; nr_sights < OOMK_HISTORY_ITEMS; i++) {
			sight = &sights[nr_sights];
			sight->at = at;
			sight->number = event.number;
			sight->index = i;
			if (!oomk_history_item(at, event.number, i,
					       &sight->item))
				break;
			nr_odd += sight->item.pid_nr != 999 + sight->item.item;
			nr_sights++;
		}
	}
}

/* Who read before has to find the same, until the lock is taken. */
static void look_again(void)
{
	struct oomk_history_item item;
	u32 i;

	for (i = 0; i < nr_sights; i++)
		nr_changed += !oomk_history_item(sights[i].at, sights[i].number,
						 sights[i].index, &item) ||
			      memcmp(&item, &sights[i].item, sizeof(item));
}

static void on_unlock(void)
{
	look_round(look_at_all);
}

static void on_lock(void)
{
	look_round(look_again);
}

static void test_readers(void)
{
	u32 i, sights_max = 0;

	/* Nothing of the tests before is left to be seen. */
	for (i = 0; i < OOMK_HISTORY_CYCLES; i++) {
		draw_plan(1, 0);
		oomk_history_open(&the_plan, &the_event);
	}
	before_lock = on_lock;
	after_unlock = on_unlock;
	for (i = 0; i < 12; i++) {
		draw_plan(5000 + i * 700, 30);
		oomk_history_open(&the_plan, &the_event);
		sights_max = max(sights_max, nr_sights);
	}
	before_lock = NULL;
	after_unlock = NULL;
	ok(!nr_odd, "no reader sees half an item, %u did", nr_odd);
	ok(!nr_changed, "nor one that changes under his eyes, %u did",
	   nr_changed);
	ok(sights_max == OOMK_HISTORY_ITEMS, "and all of the ring was seen");
}

/* A job of three tasks, the second of which it was named by. */
static void test_named(void)
{
	struct oomk_history_item item;
	u32 i;
	u64 at;

	draw_plan(1, 0);
	for (i = 0; i < 3; i++) {
		tasks[i].pid_nr = 70 + i;
		tasks[i].root_nr = 71;
		tasks[i].next = i < 2 ? i + 1 : OOMK_SAMPLE_NO_ITEM;
		strcpy(tasks[i].comm, i == 1 ? "root" : "worker");
	}
	info[0].nr_tasks = 3;
	info[0].capped = true;
	info[0].source = OOMK_SOURCE_HINT;
	oomk_history_open(&the_plan, &the_event);
	oomk_history_find(the_event.number, &at);
	ok(oomk_history_item(at, the_event.number, 0, &item) &&
	   item.pid_nr == 71 && !strcmp(item.comm, "root") &&
	   item.nr_tasks == 3 && item.capped &&
	   item.source == OOMK_SOURCE_HINT, "a job goes by its named task");
	for (i = 0; i < 3; i++)
		tasks[i].root_nr = 4;
	oomk_history_open(&the_plan, &the_event);
	oomk_history_find(the_event.number, &at);
	ok(oomk_history_item(at + 1, the_event.number, 0, &item) &&
	   item.pid_nr == 70, "or by the first, if that one is gone");
}

/**
 * struct fate - what was reported of a task, and what is remembered of it
 * @what: name of the row
 * @gone: it is dead at the end
 * @dying: it is dying then
 * @status: as reported
 * @signals: sent
 * @err: reported
 * @wanted: status of the item
 */
struct fate {
	const char *what;
	bool gone;
	bool dying;
	u8 status;
	u8 signals;
	u32 err;
	u8 wanted;
};

static const struct fate fates[] = {
	{ "killed and gone", true, true, OOMK_VICTIM_KILLED, 2, 0,
	  OOMK_VICTIM_GONE },
	{ "not reported, signalled and gone", true, true, OOMK_VICTIM_WAITING,
	  1, 0, OOMK_VICTIM_GONE },
	{ "not reported, signalled, alive", false, true, OOMK_VICTIM_WAITING, 2,
	  0, OOMK_VICTIM_KILLED },
	{ "not reported, not signalled", false, false, OOMK_VICTIM_WAITING, 0,
	  0, OOMK_VICTIM_WAITING },
	{ "dead before any signal", true, true, OOMK_VICTIM_WAITING, 0, 0,
	  OOMK_VICTIM_VANISHED },
	{ "spared", false, false, OOMK_VICTIM_SPARED, 1, 0, OOMK_VICTIM_SPARED },
	{ "spared, dying of its SIGTERM", false, true, OOMK_VICTIM_SPARED, 1, 0,
	  OOMK_VICTIM_KILLED },
	{ "failed and lives", false, false, OOMK_VICTIM_FAILED, 0, 1,
	  OOMK_VICTIM_FAILED },
	{ "failed, and the module got it", true, true, OOMK_VICTIM_FAILED, 2, 1,
	  OOMK_VICTIM_GONE },
	{ "the pid was another's", false, false, OOMK_VICTIM_CHANGED, 0, 0,
	  OOMK_VICTIM_CHANGED },
	{ "dead in the hands of an executor that said no more", true, true,
	  OOMK_VICTIM_GONE, 0, 0, OOMK_VICTIM_GONE },
};

#define NR_FATES	(sizeof(fates) / sizeof(*fates))

static struct oomk_victim victim_as(const struct fate *fate, struct pid *pid,
				    u32 number, u64 signal_us)
{
	pid->gone = fate->gone;
	pid->dying = fate->dying;
	return (struct oomk_victim) {
		.pid = pid,
		.item = number,
		.status = fate->status,
		.signals = fate->signals,
		.err = fate->err,
		/* One second later by the clock that counts sleep. */
		.signal_ns = fate->signals ? 4000000000 + signal_us * 1000 : 0,
	};
}

static void test_fates(void)
{
	struct oomk_victim victims[NR_FATES];
	struct oomk_history_item item;
	struct pid pids[NR_FATES];
	bool found;
	u32 i;
	u64 at;

	draw_plan(500, 0);
	the_event.victims = NR_FATES;
	for (i = 0; i < NR_FATES; i++) {
		items[i * 37 + 3].victim = true;
		victims[i] = victim_as(&fates[i], &pids[i], i * 37 + 4, 100 + i);
	}
	oomk_history_open(&the_plan, &the_event);
	the_event.outcome = OOMK_OUTCOME_KILLED;
	oomk_history_close(&the_event, victims, NR_FATES);
	oomk_history_find(the_event.number, &at);
	for (i = 0; i < NR_FATES; i++) {
		found = oomk_history_item(at, the_event.number, i, &item);
		ok(found && item.pid_nr == 1003 + i * 37 &&
		   item.status == fates[i].wanted &&
		   item.signals == fates[i].signals &&
		   item.err == fates[i].err &&
		   item.signal_us == (fates[i].signals ? 100 + i : 0),
		   "fate: %s: status %u, after %u us", fates[i].what,
		   item.status, item.signal_us);
	}
	ok(oomk_history_item(at, the_event.number, NR_FATES, &item) &&
	   !item.victim && !item.signals, "fate: a survivor's is none");
	ok(record_at(at)->event.outcome == OOMK_OUTCOME_KILLED,
	   "fate: the outcome of the cycle");
}

/* One item of several tasks that fared differently. */
static void test_worst(void)
{
	struct oomk_victim victims[3];
	struct oomk_history_item item;
	struct pid pids[3];
	u64 at;

	draw_plan(9, 0);
	the_event.victims = 1;
	items[4].victim = true;
	info[4].nr_tasks = 3;
	oomk_history_open(&the_plan, &the_event);
	victims[0] = victim_as(&fates[0], &pids[0], 5, 900);
	victims[1] = victim_as(&fates[7], &pids[1], 5, 0);
	victims[2] = victim_as(&fates[1], &pids[2], 5, 300);
	oomk_history_close(&the_event, victims, 3);
	oomk_history_find(the_event.number, &at);
	ok(oomk_history_item(at, the_event.number, 0, &item) &&
	   item.status == OOMK_VICTIM_FAILED && item.err == 1 &&
	   item.signals == 3 && item.signal_us == 900,
	   "the worst of several tasks, all signals, the last time");
	the_event.number++;
	oomk_history_close(&the_event, victims, 3);
	ok(oomk_history_find(the_event.number, &at) == -ENOENT,
	   "a cycle that was not opened is not closed");
	the_event.number--;
}

int main(void)
{
	struct oomk_cycle_event event;
	u32 nr;
	u64 at = 0;

	puts("TAP version 13");
	if (oomk_history_init())
		return EXIT_FAILURE;
	ok(!oomk_history_cycle(&at, &event, &nr), "nothing at first");
	ok(oomk_history_find(1, &at) == -ENOENT, "nothing to be found");
	test_selection();
	test_no_choice();
	test_push_out();
	test_ring_of_cycles();
	test_infeasible();
	test_readers();
	test_named();
	test_fates();
	test_worst();
	printf("1..%d\n", nr_checks);
	oomk_history_exit();
	return nr_failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
