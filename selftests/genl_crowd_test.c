// SPDX-License-Identifier: GPL-2.0
/*
 * Dumps of many entries: complete, of one moment, bounded in number, and left
 * behind half-way.
 *
 * Expects the module to be loaded, root, and about 150 kB of memory for each
 * of the processes that it starts.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>

#include "harness.h"

#include "genl_child.h"
#include "genl_errand.h"

#define CROWD		5000
#define TIMEOUT_S	280
#define PID_LIMIT	65536
#define DUMPS_MAX	8
#define DUMPS_USER_MAX	4
#define TOO_MANY	"too many dumps are open"

static struct raw_msg msg;

/**
 * struct seen - what a dump told
 * @messages: their number
 * @with_omitted: those of them that say how many tasks did not fit
 * @omitted: what they say
 * @last_id: greatest item id
 * @pids: how often each was told
 */
struct seen {
	int messages;
	int with_omitted;
	long long omitted;
	long long last_id;
	unsigned char pids[PID_LIMIT];
};

static void on_task(const struct raw_attrs *attrs, void *arg)
{
	unsigned int pid = raw_number(attrs, OOMK_A_ITEM_PID);
	long long id = raw_number(attrs, OOMK_A_ITEM_ID);
	struct seen *seen = arg;

	seen->messages++;
	if (raw_has(attrs, OOMK_A_ITEM_OMITTED)) {
		seen->with_omitted++;
		seen->omitted = raw_number(attrs, OOMK_A_ITEM_OMITTED);
	}
	if (id > seen->last_id)
		seen->last_id = id;
	if (pid < PID_LIMIT && seen->pids[pid] < 255)
		seen->pids[pid]++;
}

FIXTURE(crowd) {
	struct raw raw;
	struct seen *seen;
	int door[2];	/* closed when the crowd may go home */
	pid_t *pids;
};

static pid_t start_one(const int *door)
{
	pid_t pid = fork();
	char c;

	if (pid)
		return pid;
	close(door[1]);
	/* Nobody writes: it returns when the last other end is closed. */
	if (read(door[0], &c, 1) < 0)
		_exit(1);
	_exit(0);
}

FIXTURE_SETUP(crowd)
{
	int err = raw_open(&self->raw);
	int i;

	if (err == -ENOENT)
		SKIP(return, "oomk is not loaded");
	ASSERT_EQ(0, err);
	self->seen = calloc(1, sizeof(*self->seen));
	self->pids = calloc(CROWD, sizeof(*self->pids));
	ASSERT_NE(NULL, self->seen);
	ASSERT_NE(NULL, self->pids);
	ASSERT_EQ(0, pipe(self->door));
	for (i = 0; i < CROWD; i++) {
		self->pids[i] = start_one(self->door);
		ASSERT_LT(0, self->pids[i]);
	}
}

FIXTURE_TEARDOWN(crowd)
{
	int i;

	if (!self->pids)
		return;
	close(self->door[1]);
	for (i = 0; i < CROWD && self->pids[i] > 0; i++)
		waitpid(self->pids[i], NULL, 0);
	raw_close(&self->raw);
}

/* How many of the crowd were told exactly once. */
static int told_once(const struct seen *seen, const pid_t *pids)
{
	int i, nr = 0;

	for (i = 0; i < CROWD; i++)
		nr += pids[i] < PID_LIMIT && seen->pids[pids[i]] == 1;
	return nr;
}

/* Begins a dump and leaves all but its first messages where they are. */
static bool begin_dump(struct raw *raw)
{
	if (raw_open(raw))
		return false;
	raw_dump(raw, &msg, OOMK_CMD_ITEM_GET);
	return raw_send(raw, &msg);
}

static int finish_dump(struct raw *raw, struct seen *seen)
{
	memset(seen, 0, sizeof(*seen));
	while (!raw_recv(raw, on_task, seen))
		;
	return raw->err;
}

TEST_F_TIMEOUT(crowd, dump_is_whole, TIMEOUT_S)
{
	int before, i;

	raw_dump(&self->raw, &msg, OOMK_CMD_ITEM_GET);
	ASSERT_EQ(0, raw_ask(&self->raw, &msg, on_task, self->seen));
	EXPECT_EQ(CROWD, told_once(self->seen, self->pids));
	EXPECT_EQ(1, self->seen->with_omitted);
	EXPECT_EQ(0, self->seen->omitted);
	/* Nobody here shares or is named: items are as many as tasks. */
	EXPECT_LE(CROWD, self->seen->last_id);
	before = self->seen->messages;

	/* Of one moment: whoever goes while it is read is told all the same. */
	raw_dump(&self->raw, &msg, OOMK_CMD_ITEM_GET);
	ASSERT_TRUE(raw_send(&self->raw, &msg));
	for (i = CROWD - 100; i < CROWD; i++)
		stop_child(self->pids[i]);
	ASSERT_EQ(0, finish_dump(&self->raw, self->seen));
	EXPECT_EQ(before, self->seen->messages);
	EXPECT_EQ(CROWD, told_once(self->seen, self->pids));
	for (i = CROWD - 100; i < CROWD; i++)
		self->pids[i] = 0;
}

TEST_F_TIMEOUT(crowd, dumps_are_bounded, TIMEOUT_S)
{
	struct raw open[DUMPS_MAX];
	struct errand errand = { .uid = 1000, .ask = ask_items };
	int i;

	/* Half of them are not for everybody. */
	for (i = 0; i < DUMPS_USER_MAX; i++)
		ASSERT_TRUE(begin_dump(&open[i]));
	errand_run(&errand);
	EXPECT_TRUE(errand_refused(&errand, EBUSY, TOO_MANY));
	for (; i < DUMPS_MAX; i++)
		ASSERT_TRUE(begin_dump(&open[i]));
	raw_dump(&self->raw, &msg, OOMK_CMD_ITEM_GET);
	raw_ask(&self->raw, &msg, NULL, NULL);
	EXPECT_TRUE(raw_refused(&self->raw, EBUSY, TOO_MANY));
	raw_dump(&self->raw, &msg, OOMK_CMD_PLAN_GET);
	raw_ask(&self->raw, &msg, NULL, NULL);
	EXPECT_TRUE(raw_refused(&self->raw, EBUSY, TOO_MANY));

	/* Nor does the module go away from under them. */
	EXPECT_EQ(-1, syscall(SYS_delete_module, "oomk", O_NONBLOCK));
	EXPECT_EQ(EWOULDBLOCK, errno);

	/* One that is read to its end makes room, and so does one left. */
	EXPECT_EQ(0, finish_dump(&open[0], self->seen));
	raw_dump(&self->raw, &msg, OOMK_CMD_ITEM_GET);
	EXPECT_EQ(0, raw_ask(&self->raw, &msg, NULL, NULL));
	for (i = 0; i < DUMPS_MAX; i++)
		raw_close(&open[i]);
	EXPECT_EQ(0, errand_run(&errand));
	for (i = 0; i < DUMPS_MAX; i++)
		ASSERT_TRUE(begin_dump(&open[i]));
	for (i = 0; i < DUMPS_MAX; i++)
		EXPECT_EQ(0, finish_dump(&open[i], self->seen));
	for (i = 0; i < DUMPS_MAX; i++)
		raw_close(&open[i]);
}

static void on_victim(const struct raw_attrs *attrs, void *arg)
{
	struct seen *seen = arg;
	struct raw_attrs victim;

	if (!raw_has(attrs, OOMK_A_PLAN_VICTIM)) {
		seen->omitted = raw_number(attrs, OOMK_A_PLAN_FREEABLE_PAGES);
		return;
	}
	raw_inner(attrs, OOMK_A_PLAN_VICTIM, &victim);
	on_task(&victim, seen);
}

TEST_F_TIMEOUT(crowd, plan_of_nearly_all, TIMEOUT_S)
{
	long long freeable_pages;

	raw_dump(&self->raw, &msg, OOMK_CMD_PLAN_GET);
	raw_u64(&msg, OOMK_A_PLAN_NEED_PAGES, 0);
	ASSERT_EQ(0, raw_ask(&self->raw, &msg, on_victim, self->seen));
	freeable_pages = self->seen->omitted;

	/* Nearly all of it is to go, and so nearly everybody is a victim. */
	memset(self->seen, 0, sizeof(*self->seen));
	raw_dump(&self->raw, &msg, OOMK_CMD_PLAN_GET);
	raw_u64(&msg, OOMK_A_PLAN_NEED_PAGES, freeable_pages * 98 / 100);
	ASSERT_EQ(0, raw_ask(&self->raw, &msg, on_victim, self->seen));
	EXPECT_LT(CROWD * 9 / 10, told_once(self->seen, self->pids));
}

TEST_HARNESS_MAIN
