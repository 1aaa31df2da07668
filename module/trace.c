// SPDX-License-Identifier: GPL-2.0
/* The bodies of the tracepoints, generated once and linked from everywhere. */
#define CREATE_TRACE_POINTS
#include "trace.h"
