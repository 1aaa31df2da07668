// SPDX-License-Identifier: GPL-2.0
/*
 * module/request.c on the host: each event in each state, on every way that
 * leads to that state, against module/request_table.h.
 */
#include <stdio.h>

/* The module's own source, with what it asks the kernel for: request_shim.h. */
#include "request.c"

#define NR_VICTIMS	3
#define NR_STATES	(OOMK_REQUEST_REAPING + 1)
#define CYCLE		41
#define HOLDER		7
#define OTHER		8

/* Results; the others are errnos. */
enum {
	OK,
	YES = MAX_ERRNO + 1,
	NO,
	WOKE,
	DROPS,
	WARNS,
	NEVER,
	WRONG,
};

static struct pid seat_pid, other_pid, victim_pids[NR_VICTIMS];
static struct mm_struct victim_mms[NR_VICTIMS];
static const struct oomk_request_header the_header = {
	.cycle = CYCLE,
	.level = OOMK_LEVEL_SOFT,
	.nr_victims = NR_VICTIMS,
};

static u32 caller;		/* port of who speaks */
static int nr_kicks, nr_failed;

/* What the level and the policy would say. */
bool oomk_request_needed(enum oomk_level *level)
{
	*level = OOMK_LEVEL_SOFT;
	return true;
}

u32 oomk_request_timeout_ms(enum oomk_level level)
{
	return level == OOMK_LEVEL_HARD ? 100 : 1000;
}

static void kick(void)
{
	assert(!request_lock.held);
	nr_kicks++;
}

static int do_bind(u64 cycle, u32 arg)
{
	return -oomk_request_bind(caller, caller == OTHER ? &other_pid :
							    &seat_pid);
}

static int do_close(u64 cycle, u32 arg)
{
	oomk_request_unbind(caller);
	return OK;
}

static int do_accept(u64 cycle, u32 arg)
{
	struct oomk_request_header header = { .cycle = cycle };
	int err = oomk_request_accept(caller, &header);

	if (!err)
		assert(!memcmp(&header, &the_header, sizeof(header)));
	return -err;
}

static int do_victim(u64 cycle, u32 index)
{
	struct oomk_victim victim;
	int err = oomk_request_victim(caller, cycle, index, &victim);

	if (!err)
		assert(!victim.pid && victim.pid_nr == 100 + index);
	return -err;
}

static int do_check(u64 cycle, u32 arg)
{
	enum oomk_level level;
	bool needed;

	return -oomk_request_check(caller, cycle, &level, &needed);
}

static int do_known(u64 cycle, u32 pid_nr)
{
	struct oomk_victim_report report = {
		.pid_nr = pid_nr,
		.start_ns = pid_nr,
		.status = OOMK_VICTIM_GONE,
	};

	return -oomk_request_known(caller, cycle, &report);
}

/* Of pid 0: that it failed, and no errno. */
static int do_report(u64 cycle, u32 pid_nr)
{
	struct oomk_victim_report report = {
		.pid_nr = pid_nr,
		.start_ns = pid_nr,
		.status = pid_nr ? OOMK_VICTIM_GONE : OOMK_VICTIM_FAILED,
		.signals = 1,
	};
	int err = oomk_request_report(caller, cycle, &report);

	if (err)
		return -err;
	assert(request_victims[pid_nr - 100].status == OOMK_VICTIM_GONE);
	/* Who was signalled has not vanished by itself. */
	report.status = OOMK_VICTIM_VANISHED;
	report.signals = 0;
	assert(!oomk_request_report(caller, cycle, &report));
	assert(request_victims[pid_nr - 100].status == OOMK_VICTIM_GONE);
	return OK;
}

static int do_done(u64 cycle, u32 arg)
{
	return -oomk_request_complete(caller, cycle);
}

static int do_submit(u64 cycle, u32 nr_victims)
{
	struct oomk_request_header header = the_header;

	header.cycle = cycle;
	header.nr_victims = nr_victims;
	return -oomk_request_submit(&header);
}

static int do_raise(u64 cycle, u32 level)
{
	return oomk_request_raise(level) ? YES : NO;
}

static int do_expire(u64 cycle, u32 arg)
{
	return oomk_request_expire() ? YES : NO;
}

static int do_handled(u64 cycle, u32 arg)
{
	oomk_request_handled();
	return OK;
}

static int do_retire(u64 cycle, u32 arg)
{
	oomk_request_retire();
	return OK;
}

static int do_replace(u64 cycle, u32 nr_victims)
{
	struct oomk_victim *old, *new = oomk_request_alloc(nr_victims);

	old = oomk_request_replace(new, nr_victims);
	kvfree(old);
	return old != new ? YES : NO;
}

#define EVENT_NAME(event, ...)	EVENT_##event,

enum event {
#define STAYS	EVENT_NAME
#define CHANGES	EVENT_NAME
#include "request_table.h"
#undef STAYS
#undef CHANGES
};

/* The calls that are these events. */
static const struct {
	int (*call)(u64 cycle, u32 arg);
	u64 cycle;
	u32 arg;
} calls[] = {
	[EVENT_BIND_FREE] = { do_bind },
	[EVENT_BIND_AGAIN] = { do_bind },
	[EVENT_BIND_OTHER] = { do_bind },
	[EVENT_CLOSE] = { do_close },
	[EVENT_CLOSE_FREE] = { do_close },
	[EVENT_CLOSE_OTHER] = { do_close },
	[EVENT_ACCEPT_ANY] = { do_accept, 0 },
	[EVENT_ACCEPT] = { do_accept, CYCLE },
	[EVENT_ACCEPT_FREE] = { do_accept, CYCLE },
	[EVENT_ACCEPT_OTHER] = { do_accept, CYCLE },
	[EVENT_ACCEPT_STALE] = { do_accept, CYCLE - 1 },
	[EVENT_VICTIM] = { do_victim, CYCLE, NR_VICTIMS - 1 },
	[EVENT_VICTIM_BEYOND] = { do_victim, CYCLE, NR_VICTIMS },
	[EVENT_VICTIM_FREE] = { do_victim, CYCLE, 0 },
	[EVENT_VICTIM_OTHER] = { do_victim, CYCLE, 0 },
	[EVENT_VICTIM_STALE] = { do_victim, CYCLE - 1, 0 },
	[EVENT_CHECK] = { do_check, CYCLE },
	[EVENT_CHECK_FREE] = { do_check, CYCLE },
	[EVENT_CHECK_OTHER] = { do_check, CYCLE },
	[EVENT_CHECK_STALE] = { do_check, CYCLE - 1 },
	[EVENT_KNOWN] = { do_known, CYCLE, 100 },
	[EVENT_KNOWN_STRANGER] = { do_known, CYCLE, 99 },
	[EVENT_KNOWN_FREE] = { do_known, CYCLE, 100 },
	[EVENT_KNOWN_OTHER] = { do_known, CYCLE, 100 },
	[EVENT_KNOWN_STALE] = { do_known, CYCLE - 1, 100 },
	[EVENT_REPORT] = { do_report, CYCLE, 101 },
	[EVENT_REPORT_STRANGER] = { do_report, CYCLE, 99 },
	[EVENT_REPORT_FREE] = { do_report, CYCLE, 101 },
	[EVENT_REPORT_OTHER] = { do_report, CYCLE, 101 },
	[EVENT_REPORT_STALE] = { do_report, CYCLE - 1, 101 },
	[EVENT_REPORT_ABSURD] = { do_report, CYCLE, 0 },
	[EVENT_DONE] = { do_done, CYCLE },
	[EVENT_DONE_FREE] = { do_done, CYCLE },
	[EVENT_DONE_OTHER] = { do_done, CYCLE },
	[EVENT_DONE_STALE] = { do_done, CYCLE - 1 },
	[EVENT_SUBMIT] = { do_submit, CYCLE, NR_VICTIMS },
	[EVENT_SUBMIT_ZERO] = { do_submit, 0, NR_VICTIMS },
	[EVENT_SUBMIT_LARGE] = { do_submit, CYCLE, NR_VICTIMS + 1 },
	[EVENT_RAISE] = { do_raise, CYCLE, OOMK_LEVEL_HARD },
	[EVENT_RAISE_SAME] = { do_raise, CYCLE, OOMK_LEVEL_SOFT },
	[EVENT_EXPIRE] = { do_expire },
	[EVENT_HANDLED] = { do_handled },
	[EVENT_RETIRE] = { do_retire },
	[EVENT_REPLACE] = { do_replace, CYCLE, NR_VICTIMS },
};

static int run(enum event event)
{
	return calls[event].call(calls[event].cycle, calls[event].arg);
}

/**
 * struct row - of the table
 * @name: of the event
 * @results: by state
 * @moves: @states says where to; else the state stays
 * @states: by state
 */
struct row {
	const char *name;
	int results[NR_STATES];
	bool moves;
	enum oomk_request_state states[NR_STATES];
};

#define IDLE		OOMK_REQUEST_IDLE
#define READY		OOMK_REQUEST_READY
#define ACCEPTED	OOMK_REQUEST_ACCEPTED
#define BACKSTOP	OOMK_REQUEST_BACKSTOP
#define REAPING		OOMK_REQUEST_REAPING
#define STAYS(event, ...)	{ .name = #event, .results = { __VA_ARGS__ } },
#define CHANGES(event, a, b, c, d, e, ...)	\
	{ .name = #event, .results = { a, b, c, d, e }, .moves = true, \
	  .states = { __VA_ARGS__ } },

static const struct row rows[] = {
#include "request_table.h"
};

#define NR_ROWS		((int)ARRAY_SIZE(rows))

static const char *const state_names[NR_STATES] = {
	"IDLE", "READY", "ACCEPTED", "BACKSTOP", "REAPING",
};

/* The ways that lead to a state, as events; the seat is held. */
static const struct {
	enum oomk_request_state state;
	enum event events[4];
	int nr;
} ways[] = {
	{ IDLE, { 0 }, 0 },
	{ IDLE, { EVENT_SUBMIT, EVENT_RETIRE }, 2 },
	{ READY, { EVENT_SUBMIT }, 1 },
	{ READY, { EVENT_SUBMIT, EVENT_ACCEPT, EVENT_CLOSE, EVENT_BIND_FREE }, 4 },
	{ ACCEPTED, { EVENT_SUBMIT, EVENT_ACCEPT }, 2 },
	{ BACKSTOP, { EVENT_SUBMIT, EVENT_EXPIRE }, 2 },
	{ BACKSTOP, { EVENT_SUBMIT, EVENT_ACCEPT, EVENT_EXPIRE }, 3 },
	{ REAPING, { EVENT_SUBMIT, EVENT_EXPIRE, EVENT_HANDLED }, 3 },
	{ REAPING, { EVENT_SUBMIT, EVENT_ACCEPT, EVENT_DONE }, 3 },
};

#define NR_WAYS		((int)ARRAY_SIZE(ways))

/* The victims as a cycle leaves them to the request. */
static void choose(void)
{
	u32 i;

	for (i = 0; i < NR_VICTIMS; i++)
		request_victims[i] = (struct oomk_victim){
			.pid = get_pid(&victim_pids[i]),
			.mm = get_mm(&victim_mms[i]),
			.pid_nr = 100 + i,
			.start_ns = 100 + i,
		};
}

static void prepare(int way)
{
	int i;

	memset(victim_pids, 0, sizeof(victim_pids));
	memset(victim_mms, 0, sizeof(victim_mms));
	assert(!oomk_request_init(NR_VICTIMS, kick));
	caller = HOLDER;
	assert(run(EVENT_BIND_FREE) == OK);
	for (i = 0; i < ways[way].nr; i++) {
		if (ways[way].events[i] == EVENT_SUBMIT)
			choose();
		run(ways[way].events[i]);
	}
	assert(request_state == ways[way].state);
	nr_kicks = 0;
	nr_warned = 0;
}

static bool says(const char *name, const char *suffix)
{
	size_t length = strlen(name), tail = strlen(suffix);

	return length >= tail && !strcmp(name + length - tail, suffix);
}

/* What it came to, seen from outside. */
static int outcome(enum event event)
{
	int nr_refs = victim_pids[0].refs, result, i;

	result = run(event);
	assert(!request_lock.held);
	for (i = 1; i < NR_VICTIMS; i++)
		if (victim_pids[i].refs != victim_pids[0].refs)
			return WRONG;
	if (nr_warned)
		return result == OK && nr_warned == 1 ? WARNS : WRONG;
	if (nr_kicks)
		return result == OK && nr_kicks == 1 ? WOKE : WRONG;
	if (nr_refs != victim_pids[0].refs)
		return result == OK && nr_refs == 1 && !victim_pids[0].refs ?
		       DROPS : WRONG;
	return result;
}

/* The holder was heard if it spoke; a refusal changed nothing else. */
static bool side_effects(enum event event, int result, u64 heard_ns,
			 const struct oomk_request_header *header,
			 const struct oomk_request_times *times)
{
	const char *name = rows[event].name;
	struct oomk_request_times now = request_times;
	bool heard = now.heard_ns != heard_ns;
	bool speaks = event >= EVENT_ACCEPT_ANY && event < EVENT_SUBMIT &&
		      event != EVENT_REPORT_ABSURD && !says(name, "_FREE") &&
		      !says(name, "_OTHER");

	if (speaks != heard && event >= EVENT_ACCEPT_ANY)
		return false;
	now.heard_ns = heard_ns;
	if ((result > OK && result <= MAX_ERRNO) || result == WARNS)
		return !memcmp(&now, times, sizeof(now)) &&
		       !memcmp(header, &request_header, sizeof(*header));
	if (seat_tgid ? seat_tgid != &seat_pid : seat_portid)
		return false;
	return seat_pid.refs == !!seat_tgid && !other_pid.refs;
}

static bool pair(enum event event, int way)
{
	const struct row *row = &rows[event];
	enum oomk_request_state state = ways[way].state;
	enum oomk_request_state want = row->moves ? row->states[state] : state;
	struct oomk_request_header header;
	struct oomk_request_times times;
	int result, i;
	bool good;

	prepare(way);
	if (says(row->name, "_FREE")) {
		oomk_request_unbind(HOLDER);
		nr_kicks = 0;
		if (request_state != state) {
			oomk_request_exit();
			return row->results[state] == NEVER;
		}
	}
	caller = says(row->name, "_OTHER") ? OTHER : HOLDER;
	/* The array of an idle request is the cycle's; it may be full. */
	if (state == IDLE && event != EVENT_REPLACE)
		choose();
	header = request_header;
	times = request_times;
	result = outcome(event);
	good = result == row->results[state] && request_state == want &&
	       side_effects(event, result, times.heard_ns, &header, &times);
	if (!good)
		printf("# %s when %s (way %d): result %d, not %d; then %s\n",
		       row->name, state_names[state], way, result,
		       row->results[state], state_names[request_state]);
	if (request_state == IDLE)
		oomk_request_forget(NR_VICTIMS);
	oomk_request_exit();
	for (i = 0; i < NR_VICTIMS; i++)
		good = good && !victim_pids[i].refs && !victim_mms[i].refs;
	return good;
}

int main(void)
{
	int event, way;

	printf("TAP version 13\n1..%d\n", NR_ROWS);
	for (event = 0; event < NR_ROWS; event++) {
		bool good = true;

		for (way = 0; way < NR_WAYS; way++)
			good = pair(event, way) && good;
		nr_failed += !good;
		printf("%sok %d %s\n", good ? "" : "not ", event + 1,
		       rows[event].name);
	}
	return nr_failed != 0;
}
