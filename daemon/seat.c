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
#define VICTIMS_TOUCHED	512
#define VICTIMS_A_REPORT	256
#define REPORT_RETRIES	20
#define REPORT_RETRY_NS	(20 * 1000 * 1000)

/**
 * oomk_seat_take() - connect and become the executor
 * @seat: out; oomk_seat_leave() is due in every case
 * @capacity: victims to have room for from the start
 *
 * Return: 0; -ENOENT: the module is not loaded; -EBUSY: there is another
 * executor, see oomk_seat_holder(); -EPERM; -ENOMEM.
 */
int oomk_seat_take(struct oomk_seat *seat, unsigned int capacity)
{
	struct nl_msg *msg;
	unsigned int touched;
	int err;

	memset(seat, 0, sizeof(*seat));
	seat->victims = calloc(capacity, sizeof(*seat->victims));
	if (!seat->victims)
		return -ENOMEM;
	seat->capacity = capacity;
	touched = capacity < VICTIMS_TOUCHED ? capacity : VICTIMS_TOUCHED;
	memset(seat->victims, 0xff, touched * sizeof(*seat->victims));
	err = oomk_genl_open(&seat->genl);
	if (err)
		return err;
	msg = oomk_genl_request(seat->genl, OOMK_CMD_EXECUTOR_BIND);
	if (!msg)
		return -ENOMEM;
	return oomk_genl_do(seat->genl, msg, NULL, NULL);
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
 * @announced: victims that the header promised
 */
struct delivery {
	struct oomk_seat *seat;
	struct oomk_order *order;
	u32 announced;
};

static int read_header(struct delivery *delivery, struct nlattr **attrs)
{
	struct oomk_order *order = delivery->order;
	u32 level;
	u64 cycle;

	if (!oomk_genl_u64(attrs, OOMK_A_REQUEST_CYCLE, &cycle) || !cycle ||
	    !oomk_genl_u32(attrs, OOMK_A_REQUEST_LEVEL, &level) ||
	    level > OOMK_LEVEL_HARD ||
	    !oomk_genl_u32(attrs, OOMK_A_REQUEST_GRACE_MS, &order->grace_ms) ||
	    !oomk_genl_u32(attrs, OOMK_A_REQUEST_NR_VICTIMS,
			   &delivery->announced)) {
		oomk_log(LOG_ERR, "victim set refused: its header is incomplete");
		return -EBADMSG;
	}
	order->cycle = cycle;
	order->level = level;
	return 0;
}

static int grow(struct oomk_seat *seat)
{
	unsigned int capacity = seat->capacity * 2;
	struct oomk_victim *victims;

	victims = reallocarray(seat->victims, capacity, sizeof(*victims));
	if (!victims)
		return -ENOMEM;
	seat->victims = victims;
	seat->capacity = capacity;
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
	if (order->nr == seat->capacity && grow(seat)) {
		oomk_log(LOG_ERR, "cycle %llu: pid %d left out: no memory",
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
 * Return: 0; -ENOENT: none waits; -EBUSY: it was fetched already; -ESTALE: its
 * time was over; -EPERM: the seat is not ours; -EBADMSG: not understood;
 * -ENOBUFS. After a failure the set must not be executed.
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
	if (order->nr != delivery.announced)
		oomk_log(LOG_WARNING, "cycle %llu: %u victims announced, %u came",
			 (unsigned long long)order->cycle, delivery.announced,
			 order->nr);
	return 0;
}

/**
 * struct answer - to a check
 * @level: of the machine
 * @needed: 0: no further signals
 * @complete: both were in the reply
 */
struct answer {
	u32 level;
	u32 needed;
	bool complete;
};

static int on_check(int cmd, struct nlattr **attrs, void *arg)
{
	struct answer *answer = arg;

	answer->complete = oomk_genl_u32(attrs, OOMK_A_REQUEST_LEVEL,
					 &answer->level) &&
			   oomk_genl_u32(attrs, OOMK_A_REQUEST_NEEDED,
					 &answer->needed);
	return 0;
}

/**
 * oomk_seat_check() - ask whether further signals are needed
 * @seat: seat
 * @cycle: of the set
 * @level: out: of the machine now
 * @needed: out: false: pressure is over
 *
 * Return: 0; -ENOENT or -ESTALE: that set is not in flight any more, or the
 * module was unloaded; -EPERM: the seat is not ours; -EBADMSG: the reply is
 * not understood; -ENOBUFS.
 */
int oomk_seat_check(struct oomk_seat *seat, u64 cycle, enum oomk_level *level,
		    bool *needed)
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
	*level = answer.level;
	*needed = answer.needed;
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
 * -EINVAL: the kernel does not know such a victim; -ENOBUFS.
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
		if (err == -ENOBUFS && retries-- > 0) {
			nanosleep(&pause, NULL);
			continue;
		}
		done += part;
		/* Of no victims there is a report, too: it ends the set. */
		if (err || done == nr)
			return err;
	}
}
