/* SPDX-License-Identifier: GPL-2.0 */
/* How much longer than usual all takes: in a kernel that checks all it does. */
#ifndef OOMK_SELFTESTS_SLOW_H
#define OOMK_SELFTESTS_SLOW_H

#include <stdlib.h>

/* Times that are waited are to be multiplied by it. */
static inline int slow_factor(void)
{
	const char *slow = getenv("OOMK_SLOW");
	int factor = slow ? atoi(slow) : 1;

	return factor > 0 ? factor : 1;
}

#endif
