// SPDX-License-Identifier: GPL-2.0
/*
 * Policy over the door: every limit, every width, all of a message or nothing,
 * and setters that do not undo one another.
 *
 * Expects the module to be loaded.
 */
#define _GNU_SOURCE
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <time.h>

#include "harness.h"

#include "genl_raw.h"

#define SETTER_S	10

static struct raw_msg msg;

/* Every policy attribute, its limits and its width; 64 bits have no limit. */
static const struct field {
	int type;
	long long min;
	long long max;
	int bytes;
} fields[] = {
	{ OOMK_A_POLICY_SOFT_PERCENT, 1, 50, 4 },
	{ OOMK_A_POLICY_HARD_PERCENT, 0, 49, 4 },
	{ OOMK_A_POLICY_RECOVERY_POINTS, 0, 50, 4 },
	{ OOMK_A_POLICY_PSI_FULL_PERCENT, 0, 100, 4 },
	{ OOMK_A_POLICY_PSI_WINDOW_MS, 500, 10000, 4 },
	{ OOMK_A_POLICY_PSI_AVAILABLE_PERCENT, 1, 100, 4 },
	{ OOMK_A_POLICY_PERIOD_MIN_MS, 10, 1000, 4 },
	{ OOMK_A_POLICY_PERIOD_MAX_MS, 50, 10000, 4 },
	{ OOMK_A_POLICY_GRACE_MS, 0, 600000, 4 },
	{ OOMK_A_POLICY_EXECUTOR_TIMEOUT_MS, 10, 60000, 4 },
	{ OOMK_A_POLICY_EXECUTOR_TIMEOUT_HARD_MS, 10, 60000, 4 },
	{ OOMK_A_POLICY_STUCK_MS, 1000, 600000, 4 },
	{ OOMK_A_POLICY_COOLDOWN_MS, 0, 60000, 4 },
	{ OOMK_A_POLICY_WEIGHT, 0, 1, 4 },
	{ OOMK_A_POLICY_KILL, 0, 1, 4 },
	{ OOMK_A_POLICY_INFEASIBLE, 0, 1, 4 },
	{ OOMK_A_POLICY_CAPACITY_PAGES, 0, LLONG_MAX, 8 },
	{ OOMK_A_POLICY_CAPACITY_PERMILLE, 0, 1000, 4 },
	{ OOMK_A_POLICY_DEFAULT_UTILITY, 0, 1000, 4 },
	{ OOMK_A_POLICY_USER_UTILITY_MAX, 0, 1000000, 4 },
	{ OOMK_A_POLICY_SOLVE_STEPS, 0, LLONG_MAX, 8 },
	{ OOMK_A_POLICY_BACKSTOP, 0, 2, 4 },
	{ OOMK_A_POLICY_BACKSTOP_HOLD_MS, 0, 10000, 4 },
	{ OOMK_A_POLICY_SAFETY_NET, 0, 1, 4 },
	{ OOMK_A_POLICY_EXECUTOR_SCHED, 0, 1, 4 },
	{ OOMK_A_POLICY_WEDGED, 0, 1, 4 },
	{ OOMK_A_POLICY_WEDGED_CYCLES, 2, 64, 4 },
	{ OOMK_A_POLICY_WEDGED_MS, 1000, 3600000, 4 },
};

#define NR_FIELDS	ARRAY_SIZE(fields)

static void put_field(struct raw_msg *to, const struct field *field,
		      long long value)
{
	if (field->bytes == 8)
		raw_u64(to, field->type, value);
	else
		raw_u32(to, field->type, value);
}

static int set_field(struct raw *raw, const struct field *field, long long value)
{
	raw_do(raw, &msg, OOMK_CMD_POLICY_SET);
	put_field(&msg, field, value);
	return raw_ask(raw, &msg, NULL, NULL);
}

static int restore_policy(struct raw *raw, const long long *policy)
{
	unsigned int i;

	raw_do(raw, &msg, OOMK_CMD_POLICY_SET);
	for (i = 0; i < NR_FIELDS; i++)
		put_field(&msg, &fields[i], policy[fields[i].type]);
	return raw_ask(raw, &msg, NULL, NULL);
}

FIXTURE(genl_policy) {
	struct raw raw;
	long long policy[RAW_ATTRS];
	long long values[RAW_ATTRS];
};

FIXTURE_SETUP(genl_policy)
{
	int err = raw_open(&self->raw);

	if (err == -ENOENT)
		SKIP(return, "oomk is not loaded");
	ASSERT_EQ(0, err);
	ASSERT_EQ(0, raw_read(&self->raw, OOMK_CMD_POLICY_GET, self->policy));
}

FIXTURE_TEARDOWN(genl_policy)
{
	if (self->raw.family) {
		EXPECT_EQ(0, restore_policy(&self->raw, self->policy));
		raw_close(&self->raw);
	}
}

TEST_F(genl_policy, limits)
{
	const struct field *field;

	for (field = fields; field < fields + NR_FIELDS; field++) {
		TH_LOG("attribute %d", field->type);
		if (field->min > 0)
			EXPECT_EQ(-ERANGE, set_field(&self->raw, field,
						     field->min - 1));
		if (field->bytes == 4) {
			EXPECT_EQ(-ERANGE, set_field(&self->raw, field,
						     field->max + 1));
			EXPECT_STREQ("integer out of range", self->raw.why);
		}
		/* May contradict another field, but is within its limits. */
		EXPECT_NE(-ERANGE, set_field(&self->raw, field, field->min));
		EXPECT_NE(-ERANGE, set_field(&self->raw, field, field->max));
		ASSERT_EQ(0, restore_policy(&self->raw, self->policy));
	}
}

TEST_F(genl_policy, width)
{
	const struct field *field;
	unsigned long long number = 0;
	int bytes;

	for (field = fields; field < fields + NR_FIELDS; field++) {
		TH_LOG("attribute %d", field->type);
		for (bytes = 0; bytes <= 8; bytes += 2) {
			if (bytes == field->bytes)
				continue;
			raw_do(&self->raw, &msg, OOMK_CMD_POLICY_SET);
			raw_put(&msg, field->type, &number, bytes);
			EXPECT_EQ(-EINVAL,
				  raw_ask(&self->raw, &msg, NULL, NULL));
			EXPECT_STREQ("invalid attribute length",
				     self->raw.why);
		}
	}
}

TEST_F(genl_policy, is_read_back)
{
	const struct field *field;
	long long value;

	for (field = fields; field < fields + NR_FIELDS; field++) {
		TH_LOG("attribute %d", field->type);
		/* Next to what it is, which contradicts no other default. */
		value = self->policy[field->type];
		value = value < field->max ? value + 1 : value - 1;
		ASSERT_EQ(0, set_field(&self->raw, field, value));
		ASSERT_EQ(0, raw_read(&self->raw, OOMK_CMD_POLICY_GET,
				      self->values));
		EXPECT_EQ(value, self->values[field->type]);
		ASSERT_EQ(0, restore_policy(&self->raw, self->policy));
	}
}

TEST_F(genl_policy, all_or_nothing)
{
	static const struct {
		unsigned int soft, hard, recovery, least, most;
		const char *why;
	} rows[] = {
		{ 20, 20, 5, 50, 1000, "hard must be below soft" },
		{ 20, 10, 5, 500, 400,
		  "period_min_ms must not exceed period_max_ms" },
	};
	unsigned int i, field;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		raw_do(&self->raw, &msg, OOMK_CMD_POLICY_SET);
		raw_u32(&msg, OOMK_A_POLICY_GRACE_MS, 1234);
		raw_u32(&msg, OOMK_A_POLICY_SOFT_PERCENT, rows[i].soft);
		raw_u32(&msg, OOMK_A_POLICY_HARD_PERCENT, rows[i].hard);
		raw_u32(&msg, OOMK_A_POLICY_RECOVERY_POINTS, rows[i].recovery);
		raw_u32(&msg, OOMK_A_POLICY_PERIOD_MIN_MS, rows[i].least);
		raw_u32(&msg, OOMK_A_POLICY_PERIOD_MAX_MS, rows[i].most);
		raw_ask(&self->raw, &msg, NULL, NULL);
		EXPECT_TRUE(raw_refused(&self->raw, EINVAL, rows[i].why));
		ASSERT_EQ(0, raw_read(&self->raw, OOMK_CMD_POLICY_GET,
				      self->values));
		for (field = 0; field < RAW_ATTRS; field++)
			EXPECT_EQ(self->policy[field], self->values[field]);
	}

	raw_do(&self->raw, &msg, OOMK_CMD_POLICY_SET);
	raw_ask(&self->raw, &msg, NULL, NULL);
	EXPECT_TRUE(raw_refused(&self->raw, EINVAL, "no policy is given"));
}

TEST_F(genl_policy, capacity)
{
	raw_do(&self->raw, &msg, OOMK_CMD_POLICY_SET);
	raw_u32(&msg, OOMK_A_POLICY_CAPACITY_PERMILLE, 1000);
	raw_u64(&msg, OOMK_A_POLICY_CAPACITY_PAGES, UINT32_MAX);
	raw_ask(&self->raw, &msg, NULL, NULL);
	EXPECT_EQ(-EINVAL, self->raw.err);
	EXPECT_STREQ("capacity is either pages or per mille, not both",
		     self->raw.why);

	raw_do(&self->raw, &msg, OOMK_CMD_POLICY_SET);
	raw_u64(&msg, OOMK_A_POLICY_CAPACITY_PAGES, UINT32_MAX);
	EXPECT_EQ(0, raw_ask(&self->raw, &msg, NULL, NULL));
	EXPECT_EQ(0, raw_policy_set(&self->raw,
				    OOMK_A_POLICY_CAPACITY_PERMILLE, 1000));
	ASSERT_EQ(0, raw_read(&self->raw, OOMK_CMD_POLICY_GET, self->values));
	EXPECT_EQ(0, self->values[OOMK_A_POLICY_CAPACITY_PAGES]);
	EXPECT_EQ(1000, self->values[OOMK_A_POLICY_CAPACITY_PERMILLE]);
}

/* Sets one field over and over; what is read back has to be the last value. */
static void *setter(void *arg)
{
	int type = (int)(long)arg;
	long long values[RAW_ATTRS];
	struct raw_msg *mine = malloc(sizeof(*mine));
	struct raw raw;
	time_t end = time(NULL) + SETTER_S;
	long lost = 0;
	int value = 1000;

	if (!mine || raw_open(&raw))
		return (void *)-1;
	while (time(NULL) < end) {
		value = value < 9999 ? value + 1 : 1000;
		raw_do(&raw, mine, OOMK_CMD_POLICY_SET);
		raw_u32(mine, type, value);
		lost += !!raw_ask(&raw, mine, NULL, NULL);
		raw_do(&raw, mine, OOMK_CMD_POLICY_GET);
		memset(values, 0, sizeof(values));
		lost += !!raw_ask(&raw, mine, raw_keep, values);
		lost += values[type] != value;
	}
	raw_close(&raw);
	free(mine);
	return (void *)lost;
}

TEST_F(genl_policy, setters_lose_nothing)
{
	static const long types[] = {
		OOMK_A_POLICY_GRACE_MS, OOMK_A_POLICY_COOLDOWN_MS,
		OOMK_A_POLICY_STUCK_MS, OOMK_A_POLICY_PSI_WINDOW_MS,
	};
	pthread_t threads[4];
	void *lost;
	int i;

	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, setter,
					    (void *)types[i]));
	for (i = 0; i < 4; i++) {
		ASSERT_EQ(0, pthread_join(threads[i], &lost));
		EXPECT_EQ(0, (long)lost);
	}
}

TEST_HARNESS_MAIN
