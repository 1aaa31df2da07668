// SPDX-License-Identifier: GPL-2.0
/*
 * module/rescue.c with module/request.c on the host: an executor that gets a
 * word in wherever the request's lock is free.
 */
#include <stdio.h>

/* The module's own sources, with what they ask for: request_shim.h. */
#include "request.c"
#include "rescue.c"

#define PORT		7
#define NR_VICTIMS	2

static struct pid executor, victim_pids[NR_VICTIMS];
static struct mm_struct victim_mms[NR_VICTIMS];
static struct oomk_cycle cycle = { .lock.held = true };
static struct oomk_policy policy;
static struct oomk_pressure pressure;
static int nr_kills;		/* calls that found the module in charge */
static int nr_lost;		/* ... and others */
static int nr_checks, nr_failed;

/* What the rescue calls. */

void oomk_choice_survey(struct oomk_plan *plan, const struct oomk_policy *p,
			u64 seed)
{
}

u64 oomk_choice_need(const struct oomk_plan *plan, const struct oomk_policy *p,
		     const struct oomk_pressure *now, enum oomk_cause cause)
{
	return 1;
}

bool oomk_choice_hopeless(const struct oomk_plan *plan,
			  const struct oomk_policy *p, u64 need_pages)
{
	return false;
}

void oomk_choice_begin(const struct oomk_plan *plan,
		       const struct oomk_pressure *now, enum oomk_cause cause,
		       u64 since_ns, u64 need_pages,
		       struct oomk_cycle_event *event)
{
}

void oomk_choice_solve(struct oomk_plan *plan, const struct oomk_policy *p,
		       struct oomk_cycle_event *event)
{
}

u32 oomk_choice_victims(const struct oomk_plan *plan,
			const struct oomk_pressure *now,
			enum oomk_action action)
{
	int i;

	for (i = 0; i < NR_VICTIMS; i++) {
		request_victims[i].pid = get_pid(&victim_pids[i]);
		request_victims[i].mm = get_mm(&victim_mms[i]);
	}
	return NR_VICTIMS;
}

static bool all_dead;

bool oomk_backstop_kill(const struct oomk_request_header *header)
{
	bool good = request_state == OOMK_REQUEST_BACKSTOP ||
		    request_state == OOMK_REQUEST_REAPING;

	nr_kills += good;
	nr_lost += !good;
	return !all_dead;
}

static bool any_dying;

bool oomk_backstop_any_dying(const struct oomk_request_header *header)
{
	return any_dying;
}

u32 oomk_backstop_begin(const struct oomk_request_header *header,
			bool handed_out, u64 grace_end_ns)
{
	return header->nr_victims;
}

u64 oomk_killer_kills(void)
{
	return 0;
}

void oomk_pressure_hurry(bool hurry)
{
}

void oomk_plan_release(struct oomk_plan *plan)
{
}

void oomk_report_start(const struct oomk_cycle_event *event)
{
}

void oomk_report_observed(const struct oomk_cycle_event *event,
			  const struct oomk_victim *victims)
{
}

void oomk_report_victims(u64 number, const struct oomk_victim *victims, u32 nr)
{
}

void oomk_report_takeover(u64 number, u32 nr_victims, const char *why)
{
}

u32 oomk_request_timeout_ms(enum oomk_level level)
{
	return 1000;
}

bool oomk_request_needed(enum oomk_level *level)
{
	return true;
}

void oomk_request_stats_read(struct oomk_request_stats *stats)
{
	memset(stats, 0, sizeof(*stats));
}

void oomk_request_stats_write(const struct oomk_request_stats *stats)
{
}

static void kick(void)
{
}

/* The executor, whenever somebody lets go of the lock. */

enum eagerness {
	ABSENT,
	SLOW,		/* has the seat, and says nothing */
	ACCEPTS,
	COMPLETES,
};

static enum eagerness eagerness;
static int skip;	/* so often it lets the lock pass */
static int nr_accepted, nr_completed;

static void interfere(void)
{
	struct oomk_request_header header = { 0 };

	if (skip-- > 0)
		return;
	after_unlock = NULL;
	if (eagerness >= ACCEPTS && !oomk_request_accept(PORT, &header))
		nr_accepted++;
	if (eagerness >= COMPLETES &&
	    !oomk_request_complete(PORT, request_header.cycle))
		nr_completed++;
	after_unlock = interfere;
}

static void begin_test(enum eagerness eager, int skipped)
{
	after_unlock = NULL;
	memset(victim_pids, 0, sizeof(victim_pids));
	memset(victim_mms, 0, sizeof(victim_mms));
	assert(!oomk_request_init(NR_VICTIMS, kick));
	if (eager > ABSENT)
		assert(!oomk_request_bind(PORT, &executor));
	cycle.rescue = OOMK_RESCUE_NONE;
	cycle.futile_ns = 0;
	policy.backstop = OOMK_BACKSTOP_ON;
	eagerness = eager;
	skip = skipped;
	nr_accepted = 0;
	nr_completed = 0;
	nr_kills = 0;
	nr_lost = 0;
	nr_warned = 0;
}

/* Whatever the executor did, the set is signalled once and waits for its end. */
static void end_test(bool good, const char *name, int way)
{
	after_unlock = NULL;
	good = good && !nr_warned && nr_kills == 1 && !nr_lost &&
	       request_state == OOMK_REQUEST_REAPING &&
	       oomk_request_complete(PORT, request_header.cycle) < 0;
	oomk_request_exit();
	good = good && !victim_pids[0].refs && !victim_pids[1].refs &&
	       !victim_mms[0].refs && !victim_mms[1].refs;
	nr_failed += !good;
	printf("%sok %d %s, way %d\n", good ? "" : "not ", ++nr_checks, name,
	       way);
}

/* From nothing; @skipped is how many times the lock passes before. */
static void test_strike(enum eagerness eager, int skipped, const char *name)
{
	enum oomk_hold hold;
	bool kicked;

	begin_test(eager, skipped);
	after_unlock = interfere;
	hold = oomk_rescue_now(&cycle, &policy, &pressure, &kicked);
	end_test(hold == OOMK_HOLD_DYING && kicked &&
		 cycle.rescue == OOMK_RESCUE_STRUCK, name, skipped);
}

/* Of a set that is offered already. */
static void test_join(enum eagerness eager, int skipped, const char *name)
{
	const struct oomk_request_header header = {
		.cycle = ++cycle.event.number,
		.level = OOMK_LEVEL_SOFT,
		.nr_victims = oomk_choice_victims(NULL, NULL, 0),
	};
	enum oomk_rescue want;
	enum oomk_hold hold;
	bool kicked;

	assert(!oomk_request_submit(&header));
	after_unlock = interfere;
	hold = oomk_rescue_now(&cycle, &policy, &pressure, &kicked);
	want = nr_completed ? OOMK_RESCUE_NONE : OOMK_RESCUE_JOINED;
	end_test(hold == OOMK_HOLD_DYING && cycle.rescue == want, name, skipped);
}

/* Their memory is in use again: that is for the next cycle, and no death. */
static void test_dead(void)
{
	const struct oomk_request_header header = {
		.cycle = ++cycle.event.number,
		.nr_victims = NR_VICTIMS,
	};
	bool kicked = false, good;

	begin_test(ABSENT, 0);
	oomk_choice_victims(NULL, NULL, 0);
	assert(!oomk_request_submit(&header));
	all_dead = true;
	oomk_rescue_now(&cycle, &policy, &pressure, &kicked);
	good = oomk_rescue_now(&cycle, &policy, &pressure, &kicked) ==
	       OOMK_HOLD_DEAD && kicked;
	policy.backstop = OOMK_BACKSTOP_OBSERVE;
	good = good && oomk_rescue_now(&cycle, &policy, &pressure, &kicked) ==
		       OOMK_HOLD_NONE;
	all_dead = false;
	oomk_request_exit();
	nr_failed += !good;
	printf("%sok %d all are dead, and memory is short again\n",
	       good ? "" : "not ", ++nr_checks);
}

static void helped(bool want, const char *what)
{
	bool good = oomk_rescue_helped(&cycle, &policy) ==
		    (want ? OOMK_HOLD_DYING : OOMK_HOLD_NONE);

	nr_failed += !good;
	printf("%sok %d memory is there, %s\n", good ? "" : "not ", ++nr_checks, what);
}

/* There is memory: the killer waits only for what victims may have brought. */
static void test_helped(void)
{
	const struct oomk_request_header header = {
		.cycle = ++cycle.event.number,
		.nr_victims = NR_VICTIMS,
	};

	begin_test(ABSENT, 0);
	any_dying = true;	/* whoever it is, he is no victim */
	cycle.ended_ns = 0;
	helped(false, "no cycle has killed");
	cycle.ended_ns = the_time_ns;
	helped(true, "one has just ended");
	the_time_ns += 249 * NSEC_PER_MSEC;
	helped(true, "one ended a while ago");
	the_time_ns += 2 * NSEC_PER_MSEC;
	helped(false, "one ended long ago");
	oomk_choice_victims(NULL, NULL, 0);
	assert(!oomk_request_submit(&header));
	helped(true, "a victim is dying");
	policy.backstop = OOMK_BACKSTOP_OBSERVE;
	helped(false, "we only look");
	policy.backstop = OOMK_BACKSTOP_ON;
	any_dying = false;
	helped(false, "no victim is dying");
	oomk_request_exit();
}

int main(void)
{
	static const char *const names[] = {
		"nobody there", "an executor that is slow",
		"an executor that accepts", "an executor that completes",
	};
	enum eagerness eager;
	char name[64];
	int skipped;

	printf("TAP version 13\n");
	for (eager = ABSENT; eager <= COMPLETES; eager++)
		for (skipped = 0; skipped < 5; skipped++) {
			snprintf(name, sizeof(name), "chosen, %s", names[eager]);
			test_strike(eager, skipped, name);
			begin_test(eager, skipped);
			snprintf(name, sizeof(name), "joined, %s", names[eager]);
			test_join(eager, skipped, name);
		}
	test_dead();
	test_helped();
	printf("1..%d\n", nr_checks);
	return nr_failed != 0;
}
