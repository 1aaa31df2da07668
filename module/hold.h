/* SPDX-License-Identifier: GPL-2.0 */
/* What the kernel's killer is held back for. */
#ifndef OOMK_HOLD_H
#define OOMK_HOLD_H

/**
 * enum oomk_hold - what the kernel's killer is to wait for
 * @OOMK_HOLD_NONE: nothing
 * @OOMK_HOLD_TURN: the end of a turn of those who choose
 * @OOMK_HOLD_DYING: the death of victims
 * @OOMK_HOLD_DEAD: the end of a cycle whose victims are dead
 * @OOMK_HOLD_NR: how many there are
 */
enum oomk_hold {
	OOMK_HOLD_NONE,
	OOMK_HOLD_TURN,
	OOMK_HOLD_DYING,
	OOMK_HOLD_DEAD,
	OOMK_HOLD_NR,
};

#endif /* OOMK_HOLD_H */
