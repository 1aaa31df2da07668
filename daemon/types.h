/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's names for integers of a known width, and for attributes. */
#ifndef OOMK_TYPES_H
#define OOMK_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef __UINT8_TYPE__ u8;
typedef __UINT32_TYPE__ u32;
typedef __UINT64_TYPE__ u64;
typedef __INT16_TYPE__ s16;
typedef __INT32_TYPE__ s32;

#define __aligned(bytes)	__attribute((aligned(bytes)))
#define __printf(a, b)	__attribute((format(printf, a, b)))

#endif /* OOMK_TYPES_H */
