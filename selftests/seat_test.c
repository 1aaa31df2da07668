// SPDX-License-Identifier: GPL-2.0
/*
 * What the executor believes of a victim set and what it reports, with this
 * file in place of the kernel: it stands in for daemon/genl.c.
 */
#include <errno.h>
#include <netlink/genl/genl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "seat.h"

#define CYCLE	99
#define MESSAGES	20000

static int failures;

#define CHECK_EQ(have, want) \
	do { \
		long long have_ = (have), want_ = (want); \
\
		if (have_ != want_) { \
			printf("# %s:%d: %s is %lld, not %lld\n", __FILE__, \
			       __LINE__, #have, have_, want_); \
			failures++; \
		} \
	} while (0)

struct oomk_genl {
	int unused;
};

static struct oomk_genl the_genl;

/* What the next dump or request is answered with. */
static struct nl_msg *replies[MESSAGES];
static unsigned int nr_replies;
static int answer_err;
static int failures_first;

/* Of dumps; 0: the same as of others. */
static int dump_err;
static unsigned int nr_opened, nr_closed, bound_socket;
static u64 accepted_cycle;

/* What was reported. */
static unsigned int nr_reports, nr_final, nr_reported;
static unsigned int largest_report;
static struct oomk_victim reported[MESSAGES];
static u64 reported_cycle;

static void parse(struct nl_msg *msg, struct nlattr **attrs)
{
	genlmsg_parse(nlmsg_hdr(msg), 0, attrs, OOMK_GENL_ATTRS - 1, NULL);
}

int oomk_genl_open(struct oomk_genl **genl)
{
	*genl = &the_genl;
	nr_opened++;
	return 0;
}

void oomk_genl_close(struct oomk_genl *genl)
{
	nr_closed += !!genl;
}

static struct nl_msg *new_message(int cmd)
{
	struct nl_msg *msg = nlmsg_alloc_size(16 * 1024);

	if (!msg || !genlmsg_put(msg, 0, 0, 30, 0, 0, cmd, 1))
		abort();
	return msg;
}

struct nl_msg *oomk_genl_request(struct oomk_genl *genl, int cmd)
{
	return new_message(cmd);
}

static void read_report(struct nl_msg *msg)
{
	struct nlattr *attrs[OOMK_GENL_ATTRS], *inner[OOMK_GENL_ATTRS];
	struct nlattr *at;
	unsigned int here = 0;
	int rest;

	parse(msg, attrs);
	nr_reports++;
	nr_final += !attrs[OOMK_A_REQUEST_MORE];
	oomk_genl_u64(attrs, OOMK_A_REQUEST_CYCLE, &reported_cycle);
	nlmsg_for_each_attr(at, nlmsg_hdr(msg), GENL_HDRLEN, rest) {
		struct oomk_victim *victim = &reported[nr_reported];
		u32 pid = 0;

		if (nla_type(at) != OOMK_A_REQUEST_VICTIM)
			continue;
		nla_parse_nested(inner, OOMK_GENL_ATTRS - 1, at, NULL);
		oomk_genl_u32(inner, OOMK_A_VICTIM_PID, &pid);
		oomk_genl_u64(inner, OOMK_A_VICTIM_START_NS, &victim->start_ns);
		oomk_genl_u32(inner, OOMK_A_VICTIM_STATUS, &victim->status);
		oomk_genl_u32(inner, OOMK_A_VICTIM_ERRNO, &victim->err);
		oomk_genl_u32(inner, OOMK_A_VICTIM_SIGNALS, &victim->signals);
		oomk_genl_u64(inner, OOMK_A_VICTIM_SIGNAL_NS,
			      &victim->signal_ns);
		victim->pid = pid;
		nr_reported++;
		here++;
	}
	if (here > largest_report)
		largest_report = here;
}

static int answer(struct nl_msg *msg, oomk_genl_reply_t reply, void *arg)
{
	struct nlattr *attrs[OOMK_GENL_ATTRS];
	const struct genlmsghdr *ghdr = nlmsg_data(nlmsg_hdr(msg));
	unsigned int i;
	int err = 0;

	if (failures_first && failures_first--)
		err = -ENOBUFS;
	else if (ghdr->cmd == OOMK_CMD_REQUEST_DONE)
		read_report(msg);
	else if (ghdr->cmd == OOMK_CMD_EXECUTOR_BIND)
		bound_socket = nr_opened;
	nlmsg_free(msg);
	for (i = 0; i < nr_replies && !err; i++) {
		parse(replies[i], attrs);
		err = reply(0, attrs, arg);
	}
	return err ? err : answer_err;
}

int oomk_genl_do(struct oomk_genl *genl, struct nl_msg *msg,
		 oomk_genl_reply_t reply, void *arg)
{
	return answer(msg, reply, arg);
}

int oomk_genl_dump(struct oomk_genl *genl, struct nl_msg *msg,
		   oomk_genl_reply_t reply, void *arg)
{
	struct nlattr *attrs[OOMK_GENL_ATTRS];
	int err;

	parse(msg, attrs);
	oomk_genl_u64(attrs, OOMK_A_REQUEST_CYCLE, &accepted_cycle);
	err = answer(msg, reply, arg);
	return dump_err ? dump_err : err;
}

static struct oomk_seat seat;

static void begin(void)
{
	while (nr_replies)
		nlmsg_free(replies[--nr_replies]);
	answer_err = 0;
	dump_err = 0;
	failures_first = 0;
	nr_reports = 0;
	nr_final = 0;
	nr_reported = 0;
	largest_report = 0;
	CHECK_EQ(oomk_seat_take(&seat, 4), 0);
}

static void end(void)
{
	while (nr_replies)
		nlmsg_free(replies[--nr_replies]);
	oomk_seat_leave(&seat);
}

static struct nl_msg *add_reply(void)
{
	return replies[nr_replies++] = new_message(0);
}

/* @without: attribute of the header to leave out; 0: none. */
static void add_header(int without, u32 nr)
{
	struct nl_msg *msg = add_reply();

	if (without != OOMK_A_REQUEST_CYCLE)
		nla_put_u64(msg, OOMK_A_REQUEST_CYCLE, CYCLE);
	if (without != OOMK_A_REQUEST_LEVEL)
		nla_put_u32(msg, OOMK_A_REQUEST_LEVEL, OOMK_LEVEL_HARD);
	if (without != OOMK_A_REQUEST_GRACE_MS)
		nla_put_u32(msg, OOMK_A_REQUEST_GRACE_MS, 4321);
	if (without != OOMK_A_REQUEST_NR_VICTIMS)
		nla_put_u32(msg, OOMK_A_REQUEST_NR_VICTIMS, nr);
}

/* @without: attribute of the victim to leave out; 0: none. */
static void add_victim(int without, u32 pid, u32 action)
{
	struct nl_msg *msg = add_reply();
	struct nlattr *nest = nla_nest_start(msg, OOMK_A_REQUEST_VICTIM);

	if (without != OOMK_A_VICTIM_PID)
		nla_put_u32(msg, OOMK_A_VICTIM_PID, pid);
	if (without != OOMK_A_VICTIM_START_NS)
		nla_put_u64(msg, OOMK_A_VICTIM_START_NS, pid * 10ULL);
	if (without != OOMK_A_VICTIM_ACTION)
		nla_put_u32(msg, OOMK_A_VICTIM_ACTION, action);
	if (without != OOMK_A_VICTIM_ITEM)
		nla_put_u32(msg, OOMK_A_VICTIM_ITEM, pid + 1);
	if (without != OOMK_A_VICTIM_COMM)
		nla_put_string(msg, OOMK_A_VICTIM_COMM, "a name too long for one");
	nla_put_u64(msg, OOMK_A_VICTIM_PAGES, 5000);
	nla_put_u32(msg, OOMK_A_VICTIM_UTILITY, 300);
	nla_nest_end(msg, nest);
}

static void test_accept(void)
{
	struct oomk_order order;

	add_header(0, 2);
	add_victim(0, 100, OOMK_ACTION_TERM);
	add_victim(OOMK_A_VICTIM_COMM, 101, OOMK_ACTION_KILL);
	CHECK_EQ(oomk_seat_accept(&seat, &order), 0);
	CHECK_EQ(order.cycle, CYCLE);
	CHECK_EQ(order.level, OOMK_LEVEL_HARD);
	CHECK_EQ(order.grace_ms, 4321);
	CHECK_EQ(order.nr, 2);
	CHECK_EQ(order.victims[0].pid, 100);
	CHECK_EQ(order.victims[0].start_ns, 1000);
	CHECK_EQ(order.victims[0].item, 101);
	CHECK_EQ(order.victims[0].pages, 5000);
	CHECK_EQ(order.victims[0].utility, 300);
	CHECK_EQ(order.victims[0].status, OOMK_VICTIM_WAITING);
	CHECK_EQ(strcmp(order.victims[0].comm, "a name too long"), 0);
	CHECK_EQ(order.victims[1].action, OOMK_ACTION_KILL);
}

static void test_nothing_waits(void)
{
	struct oomk_order order;

	CHECK_EQ(oomk_seat_accept(&seat, &order), -ENOENT);
	answer_err = -EBUSY;
	CHECK_EQ(oomk_seat_accept(&seat, &order), -EBUSY);
}

/* Half a set is no set: the module will see to it. */
static void test_broken_off(void)
{
	struct oomk_order order;

	add_header(0, 2);
	add_victim(0, 100, OOMK_ACTION_TERM);
	answer_err = -ENOBUFS;
	CHECK_EQ(oomk_seat_accept(&seat, &order), -ENOBUFS);
}

static void test_header_incomplete(void)
{
	static const int attributes[] = {
		OOMK_A_REQUEST_CYCLE, OOMK_A_REQUEST_LEVEL,
		OOMK_A_REQUEST_GRACE_MS, OOMK_A_REQUEST_NR_VICTIMS,
	};
	struct oomk_order order;
	unsigned int i;

	for (i = 0; i < 4; i++) {
		end();
		begin();
		add_header(attributes[i], 1);
		add_victim(0, 100, OOMK_ACTION_KILL);
		CHECK_EQ(oomk_seat_accept(&seat, &order), -EBADMSG);
		CHECK_EQ(order.nr, 0);
	}
}

static void test_header_absurd(void)
{
	struct oomk_order order;
	struct nl_msg *msg;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		end();
		begin();
		msg = add_reply();
		nla_put_u64(msg, OOMK_A_REQUEST_CYCLE, i ? CYCLE : 0);
		nla_put_u32(msg, OOMK_A_REQUEST_LEVEL,
			    i ? OOMK_LEVEL_HARD + 1 : OOMK_LEVEL_HARD);
		nla_put_u32(msg, OOMK_A_REQUEST_GRACE_MS, 0);
		nla_put_u32(msg, OOMK_A_REQUEST_NR_VICTIMS, 1);
		add_victim(0, 100, OOMK_ACTION_KILL);
		CHECK_EQ(oomk_seat_accept(&seat, &order), -EBADMSG);
		CHECK_EQ(order.nr, 0);
	}
}

static void test_victim_without_name(void)
{
	struct oomk_order order;

	add_header(0, 5);
	add_victim(OOMK_A_VICTIM_PID, 100, OOMK_ACTION_KILL);
	add_victim(OOMK_A_VICTIM_START_NS, 101, OOMK_ACTION_KILL);
	add_victim(0, 0, OOMK_ACTION_KILL);
	add_victim(0, 0x80000001, OOMK_ACTION_KILL);
	add_victim(0, 102, OOMK_ACTION_KILL);
	CHECK_EQ(oomk_seat_accept(&seat, &order), 0);
	CHECK_EQ(order.nr, 1);
	CHECK_EQ(order.victims[0].pid, 102);
}

static void test_victim_without_action(void)
{
	struct oomk_order order;
	unsigned int i;

	add_header(0, 3);
	add_victim(OOMK_A_VICTIM_ACTION, 100, 0);
	add_victim(0, 101, OOMK_ACTION_KILL + 1);
	add_victim(OOMK_A_VICTIM_ITEM, 102, OOMK_ACTION_KILL);
	CHECK_EQ(oomk_seat_accept(&seat, &order), 0);
	CHECK_EQ(order.nr, 3);
	for (i = 0; i < 3; i++) {
		CHECK_EQ(order.victims[i].status, OOMK_VICTIM_FAILED);
		CHECK_EQ(order.victims[i].err, EBADMSG);
	}
}

/* The room is fixed while memory is short; the module sees to the rest. */
static void test_table_full(void)
{
	struct oomk_order order;
	unsigned int i;

	add_header(0, 1000);
	for (i = 0; i < 1000; i++)
		add_victim(0, 100 + i, OOMK_ACTION_TERM);
	CHECK_EQ(oomk_seat_accept(&seat, &order), 0);
	CHECK_EQ(order.nr, 4);
	CHECK_EQ(order.announced, 1000);
	CHECK_EQ(oomk_seat_reserve(&seat, order.announced), 0);
	CHECK_EQ(oomk_seat_accept(&seat, &order), 0);
	CHECK_EQ(order.nr, 1000);
	for (i = 0; i < 1000; i++)
		CHECK_EQ(order.victims[i].pid, 100 + i);
	CHECK_EQ(oomk_seat_reserve(&seat, 4), 0);
	CHECK_EQ(seat.capacity, 1000);
}

/* How long the executor may be silent: as told, or a default. */
static void test_timeout(void)
{
	struct oomk_order order;

	add_header(0, 0);
	CHECK_EQ(oomk_seat_accept(&seat, &order), 0);
	CHECK_EQ(order.timeout_ms, 1000);
	nla_put_u32(replies[0], OOMK_A_REQUEST_TIMEOUT_MS, 77);
	CHECK_EQ(oomk_seat_accept(&seat, &order), 0);
	CHECK_EQ(order.timeout_ms, 77);
}

static void add_check(int without, u32 level, u32 needed)
{
	struct nl_msg *msg = add_reply();

	if (without != OOMK_A_REQUEST_LEVEL)
		nla_put_u32(msg, OOMK_A_REQUEST_LEVEL, level);
	if (without != OOMK_A_REQUEST_NEEDED)
		nla_put_u32(msg, OOMK_A_REQUEST_NEEDED, needed);
}

static void test_check(void)
{
	struct oomk_condition now = { .level = OOMK_LEVEL_CALM };

	add_check(0, OOMK_LEVEL_HARD, 1);
	CHECK_EQ(oomk_seat_check(&seat, CYCLE, &now), 0);
	CHECK_EQ(now.level, OOMK_LEVEL_HARD);
	CHECK_EQ(now.needed, true);
	nlmsg_free(replies[--nr_replies]);
	add_check(0, OOMK_LEVEL_SOFT, 0);
	CHECK_EQ(oomk_seat_check(&seat, CYCLE, &now), 0);
	CHECK_EQ(now.needed, false);
	CHECK_EQ(now.timeout_ms, 0);
	nla_put_u32(replies[0], OOMK_A_REQUEST_TIMEOUT_MS, 33);
	CHECK_EQ(oomk_seat_check(&seat, CYCLE, &now), 0);
	CHECK_EQ(now.timeout_ms, 33);
	answer_err = -ENOENT;
	CHECK_EQ(oomk_seat_check(&seat, CYCLE, &now), -ENOENT);
}

static void test_check_incomplete(void)
{
	struct oomk_condition now = { .level = OOMK_LEVEL_SOFT };

	CHECK_EQ(oomk_seat_check(&seat, CYCLE, &now), -EBADMSG);
	add_check(OOMK_A_REQUEST_LEVEL, 0, 1);
	CHECK_EQ(oomk_seat_check(&seat, CYCLE, &now), -EBADMSG);
	nlmsg_free(replies[--nr_replies]);
	add_check(OOMK_A_REQUEST_NEEDED, OOMK_LEVEL_SOFT, 0);
	CHECK_EQ(oomk_seat_check(&seat, CYCLE, &now), -EBADMSG);
	nlmsg_free(replies[--nr_replies]);
	add_check(0, OOMK_LEVEL_HARD + 1, 1);
	CHECK_EQ(oomk_seat_check(&seat, CYCLE, &now), -EBADMSG);
	CHECK_EQ(now.needed, false);
	CHECK_EQ(now.level, OOMK_LEVEL_SOFT);
}

static void report(unsigned int nr, unsigned int messages)
{
	struct oomk_victim *victims = calloc(nr ? nr : 1, sizeof(*victims));
	unsigned int i;

	for (i = 0; i < nr; i++) {
		victims[i].pid = 1000 + i;
		victims[i].start_ns = 77ULL * i;
		victims[i].status = 1 + i % 6;
		victims[i].err = i % 100;
		victims[i].signals = i % 4;
		victims[i].signal_ns = i + (1ULL << 40);
	}
	end();
	begin();
	failures_first = 2;
	CHECK_EQ(oomk_seat_done(&seat, CYCLE, victims, nr), 0);
	CHECK_EQ(reported_cycle, CYCLE);
	CHECK_EQ(nr_reports, messages);
	CHECK_EQ(nr_final, 1);
	CHECK_EQ(nr_reported, nr);
	for (i = 0; i < nr; i++) {
		CHECK_EQ(reported[i].pid, 1000 + i);
		CHECK_EQ(reported[i].start_ns, 77ULL * i);
		CHECK_EQ(reported[i].status, 1 + i % 6);
		CHECK_EQ(reported[i].err, i % 100);
		CHECK_EQ(reported[i].signals, i % 4);
		CHECK_EQ(reported[i].signal_ns, i + (1ULL << 40));
	}
	free(victims);
}

/* Twice there is no memory at first: it is sent again. */
static void test_done(void)
{
	report(0, 1);
	report(1, 1);
	report(256, 1);
	report(257, 2);
	report(5000, 20);
	CHECK_EQ(largest_report, 256);
}

static void test_done_refused(void)
{
	struct oomk_victim victims[300] = { 0 };

	answer_err = -ENOENT;
	CHECK_EQ(oomk_seat_done(&seat, CYCLE, victims, 300), -ENOENT);
	CHECK_EQ(nr_reports, 1);
}

/* What the kernel or the socket may refuse a request with. */
static const int refusals[] = {
	EPERM, ESRCH, ENOMEM, EMFILE, EINTR, EAGAIN, ESTALE, ENOENT, ENODEV,
};

static void test_refusals(void)
{
	const struct oomk_victim victim = { .pid = 7, .status = 1 };
	struct oomk_condition now = { .needed = true };
	struct oomk_order order;
	unsigned int i;

	for (i = 0; i < sizeof(refusals) / sizeof(*refusals); i++) {
		end();
		begin();
		add_header(0, 1);
		add_victim(0, 100, OOMK_ACTION_KILL);
		answer_err = -refusals[i];
		CHECK_EQ(oomk_seat_accept(&seat, &order), -refusals[i]);
		end();
		begin();
		answer_err = -refusals[i];
		CHECK_EQ(oomk_seat_check(&seat, CYCLE, &now),
			 -refusals[i]);
		CHECK_EQ(now.needed, true);
		CHECK_EQ(oomk_seat_done(&seat, CYCLE, &victim, 1),
			 -refusals[i]);
		/* Only for want of memory it is said again, 20 times. */
		CHECK_EQ(nr_reports, refusals[i] == ENOMEM ? 21 : 1);
	}
}

/* Memory that never comes back does not keep us for ever. */
static void test_done_starved(void)
{
	const struct oomk_victim victim = { .pid = 7, .status = 1 };

	failures_first = 1000;
	CHECK_EQ(oomk_seat_done(&seat, CYCLE, &victim, 1), -ENOBUFS);
	CHECK_EQ(nr_reports, 0);
	failures_first = 0;
}

/* Over a new socket, and with the room there was. */
static void test_retake(void)
{
	const struct oomk_victim *victims = seat.victims;
	unsigned int before = nr_opened;

	CHECK_EQ(oomk_seat_retake(&seat), 0);
	CHECK_EQ(nr_opened, before + 1);
	CHECK_EQ(nr_closed, nr_opened - 1);
	CHECK_EQ(bound_socket, nr_opened);
	CHECK_EQ(seat.victims == victims, true);
	CHECK_EQ(seat.capacity, 4);
	answer_err = -EBUSY;
	CHECK_EQ(oomk_seat_retake(&seat), -EBUSY);
}

/* What a kernel without a set in flight says, and what it may not say. */
static void test_rehearsal(void)
{
	CHECK_EQ(oomk_seat_rehearse(&seat), -EPROTO);
	dump_err = -ENOENT;
	answer_err = -ESTALE;
	CHECK_EQ(oomk_seat_rehearse(&seat), 0);
	CHECK_EQ(reported_cycle, ~0ULL);
	CHECK_EQ(accepted_cycle, ~0ULL);
	answer_err = -EPERM;
	CHECK_EQ(oomk_seat_rehearse(&seat), -EPERM);
}

#define TEST(name) { #name, test_ ## name }

int main(void)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} tests[] = {
		TEST(accept), TEST(nothing_waits), TEST(broken_off),
		TEST(header_incomplete), TEST(header_absurd),
		TEST(victim_without_name),
		TEST(victim_without_action), TEST(table_full), TEST(timeout), TEST(check),
		TEST(check_incomplete), TEST(done), TEST(done_refused),
		TEST(refusals), TEST(done_starved), TEST(retake),
		TEST(rehearsal),
	};
	const unsigned int nr = sizeof(tests) / sizeof(*tests);
	unsigned int i;
	int failed = 0;

	oomk_log_open(LOG_EMERG);
	printf("TAP version 13\n1..%u\n", nr);
	for (i = 0; i < nr; i++) {
		failures = 0;
		begin();
		tests[i].run();
		end();
		failed |= failures;
		printf("%sok %u %s\n", failures ? "not " : "", i + 1,
		       tests[i].name);
	}
	return failed ? 1 : 0;
}
