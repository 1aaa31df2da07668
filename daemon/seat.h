/* SPDX-License-Identifier: GPL-2.0 */
/* The executor's seat: what is said to the kernel about one victim set. */
#ifndef OOMK_SEAT_H
#define OOMK_SEAT_H

#include "executor.h"
#include "genl.h"

/**
 * struct oomk_seat - the seat, and the victims fetched last
 * @genl: the socket it belongs to
 * @victims: table
 * @capacity: of the table
 */
struct oomk_seat {
	struct oomk_genl *genl;
	struct oomk_victim *victims;
	unsigned int capacity;
};

int oomk_seat_take(struct oomk_seat *seat, unsigned int capacity);
int oomk_seat_retake(struct oomk_seat *seat);
int oomk_seat_reserve(struct oomk_seat *seat, unsigned int capacity);
int oomk_seat_rehearse(struct oomk_seat *seat);
void oomk_seat_leave(struct oomk_seat *seat);
unsigned int oomk_seat_holder(struct oomk_seat *seat);
int oomk_seat_accept(struct oomk_seat *seat, struct oomk_order *order);
int oomk_seat_check(struct oomk_seat *seat, u64 cycle,
		    struct oomk_condition *condition);
int oomk_seat_done(struct oomk_seat *seat, u64 cycle,
		   const struct oomk_victim *victims, unsigned int nr);

#endif /* OOMK_SEAT_H */
