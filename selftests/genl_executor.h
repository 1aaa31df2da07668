/* SPDX-License-Identifier: GPL-2.0 */
/* The executor's commands as tests send them. */
#ifndef OOMK_SELFTESTS_GENL_EXECUTOR_H
#define OOMK_SELFTESTS_GENL_EXECUTOR_H

#include "genl_raw.h"

#define PATIENCE_MS	20000
#define SET_MAX		16

#define NO_SEAT		"the socket does not hold the executor's seat"
#define NOT_MINE	"that cycle is not the executor's any more"
#define NOTHING		"no such victim set is to be had"

static struct raw_msg msg;

/**
 * struct set - a victim set as it was handed out
 * @header: numbers of the first message
 * @nr: victims
 * @victims: numbers of each
 */
struct set {
	long long header[RAW_ATTRS];
	int nr;
	long long victims[SET_MAX][RAW_ATTRS];
};

static inline void on_set(const struct raw_attrs *attrs, void *arg)
{
	struct raw_attrs victim;
	struct set *set = arg;

	if (!raw_has(attrs, OOMK_A_REQUEST_VICTIM)) {
		raw_keep(attrs, set->header);
		return;
	}
	if (set->nr == SET_MAX)
		return;
	raw_inner(attrs, OOMK_A_REQUEST_VICTIM, &victim);
	raw_keep(&victim, set->victims[set->nr++]);
}

/* Takes the set of @cycle, 0 for any. */
static inline int take(struct raw *raw, long long cycle, struct set *set)
{
	memset(set, 0, sizeof(*set));
	raw_dump(raw, &msg, OOMK_CMD_REQUEST_ACCEPT);
	if (cycle)
		raw_u64(&msg, OOMK_A_REQUEST_CYCLE, cycle);
	return raw_ask(raw, &msg, on_set, set);
}

static inline int sit_down(struct raw *raw)
{
	raw_do(raw, &msg, OOMK_CMD_EXECUTOR_BIND);
	return raw_ask(raw, &msg, NULL, NULL);
}

static inline int check(struct raw *raw, long long cycle, long long *values)
{
	memset(values, 0, RAW_ATTRS * sizeof(*values));
	raw_do(raw, &msg, OOMK_CMD_REQUEST_CHECK);
	raw_u64(&msg, OOMK_A_REQUEST_CYCLE, cycle);
	return raw_ask(raw, &msg, raw_keep, values);
}

static inline void begin_report(struct raw *raw, long long cycle)
{
	raw_do(raw, &msg, OOMK_CMD_REQUEST_DONE);
	raw_u64(&msg, OOMK_A_REQUEST_CYCLE, cycle);
}

static inline void put_report(int pid, long long start_ns, int status, int signals)
{
	struct nlattr *nest = raw_nest(&msg, OOMK_A_REQUEST_VICTIM);

	raw_u32(&msg, OOMK_A_VICTIM_PID, pid);
	raw_u64(&msg, OOMK_A_VICTIM_START_NS, start_ns);
	raw_u32(&msg, OOMK_A_VICTIM_STATUS, status);
	raw_u32(&msg, OOMK_A_VICTIM_SIGNALS, signals);
	raw_nest_end(&msg, nest);
}

/* Puts a report on victim @i of @set, as @status. */
static inline void put_victim(const struct set *set, int i, int status, int signals)
{
	put_report(set->victims[i][OOMK_A_VICTIM_PID],
		   set->victims[i][OOMK_A_VICTIM_START_NS], status, signals);
}

static inline int end_report(struct raw *raw)
{
	return raw_ask(raw, &msg, NULL, NULL);
}

static inline long long status(struct raw *raw, int type)
{
	long long values[RAW_ATTRS];

	return raw_read(raw, OOMK_CMD_STATUS_GET, values) ? -1 : values[type];
}

/* Waits until the state of the request is @state. */
static inline bool comes_to(struct raw *raw, long long state)
{
	int ms;

	for (ms = 0; ms < PATIENCE_MS; ms += 20) {
		if (status(raw, OOMK_A_STATUS_REQUEST_STATE) == state)
			return true;
		usleep(20000);
	}
	return false;
}

#endif /* OOMK_SELFTESTS_GENL_EXECUTOR_H */
