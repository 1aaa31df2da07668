// SPDX-License-Identifier: GPL-2.0
/*
 * The executor's seat: what is said to the kernel about one victim set.
 *
 * What comes in is checked as if a stranger had sent it. A set whose header
 * is not understood is left alone as a whole; a victim that is not understood
 * is left alone and, if it can be named, reported as failed.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "log.h"
#include "seat.h"

/* Entries touched at once, so that a usual set needs no new page later. */
#define VICTIMS_TOUCHED	2048
/* No cycle has this number. */
#define NO_CYCLE	(~0ULL)
/* What the executor is waited for if the kernel does not say. */
#define TIMEOUT_MS	1000
#define VICTIMS_A_REPORT	256
#define REPORT_RETRIES	20
#define REPORT_RETRY_NS	(20 * 1000 * 1000)

/**
 * oomk_seat_reserve() - have room for more victims
 * @seat: seat; the victims fetched last are lost
 * @capacity: victims to have room for
 *
 * Not to be called between a READY and the report: it allocates.
 *
 * Return: 0; -ENOMEM, and the room is what it was.
 */
int oomk_seat_reserve(struct oomk_seat *seat, unsigned int capacity)
{
	struct oomk_victim *victims;
	unsigned int touched;

	if (capacity <= seat->capacity)
		return 0;
	victims = calloc(capacity, sizeof(*victims));
	if (!victims)
		return -ENOMEM;
	touched = capacity < VICTIMS_TOUCHED ? capacity : VICTIMS_TOUCHED;
	memset(victims, 0xff, touched * sizeof(*victims));
	free(seat->victims);
	seat->victims = victims;
	seat->capacity = capacity;
	return 0;
}

/**
 * oomk_seat_take() - connect and become the executor
 * @seat: seat, all zeroes or left; oomk_seat_leave() is due in every case
 * @capacity: victims to have room for from the start
 *
 * Return: 0; -ENOENT: the module is not loaded; -EBUSY: there is another
 * executor, see oomk_seat_holder(); -EPERM; -ENOMEM.
 */
int oomk_seat_take(struct oomk_seat *seat, unsigned int capacity)
{
	struct nl_msg *msg;
	int err;

	err = oomk_seat_reserve(seat, capacity);
	if (err)
		return err;
	err = oomk_genl_open(&seat->genl);
	if (err)
		return err;
	msg = oomk_genl_request(seat->genl, OOMK_CMD_EXECUTOR_BIND);
	if (!msg)
		return -ENOMEM;
	return oomk_genl_do(seat->genl, msg, NULL, NULL);
}

/**
 * oomk_seat_retake() - take the seat anew, over another socket
 * @seat: seat
 *
 * A dump that broke off for want of memory keeps its socket from ever making
 * another one. A set that was fetched in part is offered again.
 *
 * Return: what oomk_seat_take() returns.
 */
int oomk_seat_retake(struct oomk_seat *seat)
{
	oomk_genl_close(seat->genl);
	seat->genl = NULL;
	return oomk_seat_take(seat, seat->capacity);
}

/**
 * oomk_seat_leave() - give up the seat and the victims
 * @seat: seat, taken or not
 */
void oomk_seat_leave(struct oomk_seat *seat)
{
	oomk_genl_close(seat->genl);
	free(seat->victims);
	memset(seat, 0, sizeof(*seat));
}

static int on_status(int cmd, struct nlattr **attrs, void *arg)
{
	oomk_genl_u32(attrs, OOMK_A_STATUS_EXECUTOR_PID, arg);
	return 0;
}

/**
 * oomk_seat_holder() - who has the seat
 * @seat: seat that was refused
 *
 * Return: pid of the executor, 0 if it cannot be found out.
 */
unsigned int oomk_seat_holder(struct oomk_seat *seat)
{
	struct nl_msg *msg = oomk_genl_request(seat->genl, OOMK_CMD_STATUS_GET);
	u32 pid = 0;

	if (msg)
		oomk_genl_do(seat->genl, msg, on_status, &pid);
	return pid;
}

/**
 * struct delivery - a dump of victims under way
 * @seat: seat
 * @order: to be filled in
 */
struct delivery {
	struct oomk_seat *seat;
	struct oomk_order *order;
};

static int read_header(struct delivery *delivery, struct nlattr **attrs)
{
	struct oomk_order *order = delivery->order;
	u32 level;
	u64 cycle;

	order->timeout_ms = TIMEOUT_MS;
	oomk_genl_u32(attrs, OOMK_A_REQUEST_TIMEOUT_MS, &order->timeout_ms);
	if (!oomk_genl_u64(attrs, OOMK_A_REQUEST_CYCLE, &cycle) || !cycle ||
	    !oomk_genl_u32(attrs, OOMK_A_REQUEST_LEVEL, &level) ||
	    level > OOMK_LEVEL_HARD ||
	    !oomk_genl_u32(attrs, OOMK_A_REQUEST_GRACE_MS, &order->grace_ms) ||
	    !oomk_genl_u32(attrs, OOMK_A_REQUEST_NR_VICTIMS,
			   &order->announced)) {
		oomk_log(LOG_ERR, "victim set refused: its header is incomplete");
		return -EBADMSG;
	}
	order->cycle = cycle;
	order->level = level;
	return 0;
}

/* Returns false if not even the name of the task can be made out. */
static bool parse_victim(struct nlattr **attrs, struct oomk_victim *victim)
{
	const char *comm = oomk_genl_string(attrs, OOMK_A_VICTIM_COMM);
	u32 pid;

	memset(victim, 0, sizeof(*victim));
	if (!oomk_genl_u32(attrs, OOMK_A_VICTIM_PID, &pid) || !pid ||
	    (pid_t)pid < 0 ||
	    !oomk_genl_u64(attrs, OOMK_A_VICTIM_START_NS, &victim->start_ns))
		return false;
	victim->pid = pid;
	snprintf(victim->comm, sizeof(victim->comm), "%s", comm ? comm : "?");
	oomk_genl_u64(attrs, OOMK_A_VICTIM_PAGES, &victim->pages);
	oomk_genl_u32(attrs, OOMK_A_VICTIM_UTILITY, &victim->utility);
	victim->status = OOMK_VICTIM_WAITING;
	if (!oomk_genl_u32(attrs, OOMK_A_VICTIM_ACTION, &victim->action) ||
	    !oomk_genl_u32(attrs, OOMK_A_VICTIM_ITEM, &victim->item) ||
	    victim->action > OOMK_ACTION_KILL) {
		victim->status = OOMK_VICTIM_FAILED;
		victim->err = EBADMSG;
	}
	return true;
}

static int read_victim(struct delivery *delivery, struct nlattr **attrs)
{
	struct nlattr *inner[OOMK_GENL_ATTRS];
	struct oomk_order *order = delivery->order;
	struct oomk_seat *seat = delivery->seat;
	struct oomk_victim victim;

	if (oomk_genl_nest(attrs, OOMK_A_REQUEST_VICTIM, inner) ||
	    !parse_victim(inner, &victim)) {
		oomk_log(LOG_ERR, "cycle %llu: a victim refused: it is incomplete",
			 (unsigned long long)order->cycle);
		return 0;
	}
	if (victim.status == OOMK_VICTIM_FAILED)
		oomk_log(LOG_ERR, "cycle %llu: pid %d refused: its action is not understood",
			 (unsigned long long)order->cycle, (int)victim.pid);
	if (order->nr == seat->capacity) {
		oomk_log(LOG_WARNING, "cycle %llu: pid %d left to the module: no room",
			 (unsigned long long)order->cycle, (int)victim.pid);
		return 0;
	}
	seat->victims[order->nr++] = victim;
	return 0;
}

static int on_request(int cmd, struct nlattr **attrs, void *arg)
{
	struct delivery *delivery = arg;
	int err;

	if (!delivery->order->cycle) {
		err = read_header(delivery, attrs);
		if (err)
			return err;
		if (!attrs[OOMK_A_REQUEST_VICTIM])
			return 0;
	}
	return read_victim(delivery, attrs);
}

/**
 * oomk_seat_accept() - fetch the victim set that waits
 * @seat: seat
 * @order: out; its victims stay valid until the next call
 *
 * Return: 0; -ENOENT: none waits; -ESTALE: its time was over; -EBUSY: an
 * earlier dump broke off; -EPERM: the seat is not ours; -EBADMSG: not understood;
 * -ENOBUFS. After a failure the set must not be executed, and after any but
 * the first two oomk_seat_retake() is due.
 *
 * Victims that there is no room for are logged and not told of in the report,
 * so that the module sends them its own SIGKILL; then oomk_order.announced is
 * what to have room for.
 */
int oomk_seat_accept(struct oomk_seat *seat, struct oomk_order *order)
{
	struct delivery delivery = { .seat = seat, .order = order };
	struct nl_msg *msg;
	int err;

	memset(order, 0, sizeof(*order));
	msg = oomk_genl_request(seat->genl, OOMK_CMD_REQUEST_ACCEPT);
	if (!msg)
		return -ENOBUFS;
	err = oomk_genl_dump(seat->genl, msg, on_request, &delivery);
	order->victims = seat->victims;
	if (err)
		return err;
	if (!order->cycle)
		return -ENOENT;
	if (order->nr != order->announced)
		oomk_log(LOG_WARNING, "cycle %llu: %u victims announced, %u came",
			 (unsigned long long)order->cycle, order->announced,
			 order->nr);
	return 0;
}

/**
 * struct answer - to a check
 * @level: of the machine
 * @needed: 0: no further signals
 * @timeout_ms: how long we may be silent; 0: it was not said
 * @complete: the first two were in the reply
 */
struct answer {
	u32 level;
	u32 needed;
	u32 timeout_ms;
	bool complete;
};

static int on_check(int cmd, struct nlattr **attrs, void *arg)
{
	struct answer *answer = arg;

	answer->complete = oomk_genl_u32(attrs, OOMK_A_REQUEST_LEVEL,
					 &answer->level) &&
			   oomk_genl_u32(attrs, OOMK_A_REQUEST_NEEDED,
					 &answer->needed);
	oomk_genl_u32(attrs, OOMK_A_REQUEST_TIMEOUT_MS, &answer->timeout_ms);
	return 0;
}

/**
 * oomk_seat_check() - ask whether further signals are needed
 * @seat: seat
 * @cycle: of the set
 * @condition: out: how it stands; untouched on failure
 *
 * Return: 0; -ENOENT or -ESTALE: that set is not in flight any more, or the
 * module was unloaded; -EPERM: the seat is not ours; -EBADMSG: the reply is
 * not understood; -ENOBUFS.
 */
int oomk_seat_check(struct oomk_seat *seat, u64 cycle,
		    struct oomk_condition *condition)
{
	struct answer answer = { 0 };
	struct nl_msg *msg;
	int err;

	msg = oomk_genl_request(seat->genl, OOMK_CMD_REQUEST_CHECK);
	if (!msg)
		return -ENOBUFS;
	if (nla_put_u64(msg, OOMK_A_REQUEST_CYCLE, cycle)) {
		nlmsg_free(msg);
		return -ENOBUFS;
	}
	err = oomk_genl_do(seat->genl, msg, on_check, &answer);
	if (err)
		return err;
	if (!answer.complete || answer.level > OOMK_LEVEL_HARD)
		return -EBADMSG;
	condition->level = answer.level;
	condition->needed = answer.needed;
	condition->timeout_ms = answer.timeout_ms;
	return 0;
}

static int put_victim(struct nl_msg *msg, const struct oomk_victim *victim)
{
	struct nlattr *nest = nla_nest_start(msg, OOMK_A_REQUEST_VICTIM);

	if (!nest || nla_put_u32(msg, OOMK_A_VICTIM_PID, victim->pid) ||
	    nla_put_u64(msg, OOMK_A_VICTIM_START_NS, victim->start_ns) ||
	    nla_put_u32(msg, OOMK_A_VICTIM_STATUS, victim->status) ||
	    nla_put_u32(msg, OOMK_A_VICTIM_ERRNO, victim->err) ||
	    nla_put_u32(msg, OOMK_A_VICTIM_SIGNALS, victim->signals) ||
	    nla_put_u64(msg, OOMK_A_VICTIM_SIGNAL_NS, victim->signal_ns))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

static int send_report(struct oomk_seat *seat, u64 cycle,
		       const struct oomk_victim *victims, unsigned int nr,
		       bool more)
{
	struct nl_msg *msg;
	unsigned int i;
	int err;

	msg = oomk_genl_request(seat->genl, OOMK_CMD_REQUEST_DONE);
	if (!msg)
		return -ENOBUFS;
	err = nla_put_u64(msg, OOMK_A_REQUEST_CYCLE, cycle);
	for (i = 0; i < nr && !err; i++)
		err = put_victim(msg, &victims[i]);
	if (!err && more)
		err = nla_put_flag(msg, OOMK_A_REQUEST_MORE);
	if (err) {
		nlmsg_free(msg);
		return -EMSGSIZE;
	}
	return oomk_genl_do(seat->genl, msg, NULL, NULL);
}

/**
 * oomk_seat_done() - report what became of the victims
 * @seat: seat
 * @cycle: of the set
 * @victims: all of them
 * @nr: how many
 *
 * A report that is lost for want of memory is sent again: victims are dying,
 * memory is on its way.
 *
 * Return: 0; -ENOENT or -ESTALE: that set is not in flight any more; -EPERM;
 * -EINVAL: the kernel does not know such a victim; -ENOBUFS; -ENOMEM.
 */
int oomk_seat_done(struct oomk_seat *seat, u64 cycle,
		   const struct oomk_victim *victims, unsigned int nr)
{
	const struct timespec pause = { .tv_nsec = REPORT_RETRY_NS };
	unsigned int retries = REPORT_RETRIES;
	unsigned int done = 0, part;
	int err;

	for (;;) {
		part = nr - done;
		if (part > VICTIMS_A_REPORT)
			part = VICTIMS_A_REPORT;
		err = send_report(seat, cycle, victims + done, part,
				  done + part < nr);
		if ((err == -ENOBUFS || err == -ENOMEM) && retries-- > 0) {
			nanosleep(&pause, NULL);
			continue;
		}
		done += part;
		/* Of no victims there is a report, too: it ends the set. */
		if (err || done == nr)
			return err;
	}
}

/**
 * oomk_seat_rehearse() - say all that an execution says, of no set
 * @seat: seat
 *
 * So that what it takes is in memory when there is none to be had.
 *
 * Return: 0: the kernel refused all of it as it should; -EPROTO: it did not;
 * another negative errno.
 */
int oomk_seat_rehearse(struct oomk_seat *seat)
{
	struct oomk_order order = { .cycle = NO_CYCLE, .victims = seat->victims };
	struct delivery delivery = { .seat = seat, .order = &order };
	const struct oomk_victim victim = {
		.pid = 1,
		.status = OOMK_VICTIM_GONE,
	};
	struct oomk_condition condition;
	struct nl_msg *msg;
	int err;

	msg = oomk_genl_request(seat->genl, OOMK_CMD_REQUEST_ACCEPT);
	if (!msg || nla_put_u64(msg, OOMK_A_REQUEST_CYCLE, NO_CYCLE))
		return -ENOBUFS;
	err = oomk_genl_dump(seat->genl, msg, on_request, &delivery);
	if (err != -ENOENT)
		return err ? err : -EPROTO;
	err = oomk_seat_check(seat, NO_CYCLE, &condition);
	if (err != -ESTALE)
		return err ? err : -EPROTO;
	err = oomk_seat_done(seat, NO_CYCLE, &victim, 1);
	if (err != -ESTALE)
		return err ? err : -EPROTO;
	return 0;
}
