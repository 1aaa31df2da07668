/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The netlink specification as tables, for the fuzzer of the family. What
 * fills them is made of Documentation/netlink/specs/oomk.yaml by fuzz_spec.py
 * when the tests are built.
 */
#ifndef OOMK_SELFTESTS_FUZZ_SPEC_H
#define OOMK_SELFTESTS_FUZZ_SPEC_H

#include <stdbool.h>

#ifndef ARRAY_SIZE
#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))
#endif

enum fuzz_type {
	FUZZ_ABSENT,	/* no attribute has this number */
	FUZZ_PAD,
	FUZZ_FLAG,
	FUZZ_U32,
	FUZZ_S32,
	FUZZ_U64,
	FUZZ_STRING,
	FUZZ_NEST,
};

enum fuzz_kind {
	FUZZ_DO,
	FUZZ_DUMP,
	FUZZ_EVENT,
};

struct fuzz_set;

/**
 * struct fuzz_attr - one attribute
 * @name: as specified
 * @type: its type
 * @multi: it may come more than once
 * @min: least value
 * @max: greatest value
 * @nested: what a nest holds
 */
struct fuzz_attr {
	const char *name;
	enum fuzz_type type;
	bool multi;
	unsigned long long min;
	unsigned long long max;
	const struct fuzz_set *nested;
};

/**
 * struct fuzz_set - an attribute set
 * @name: as specified
 * @nr: highest number, below 64
 * @attrs: by number
 */
struct fuzz_set {
	const char *name;
	int nr;
	const struct fuzz_attr *attrs;
};

#define FUZZ_ERRNOS	10

/**
 * struct fuzz_op - an operation or event
 * @name: as specified
 * @cmd: its number
 * @kind: how it is asked for
 * @set: where its attributes are from
 * @request: those that a request may carry, as bits
 * @reply: those that an answer or event may carry, as bits
 * @errnos: what it may be refused with; 0 ends
 */
struct fuzz_op {
	const char *name;
	int cmd;
	enum fuzz_kind kind;
	const struct fuzz_set *set;
	unsigned long long request;
	unsigned long long reply;
	int errnos[FUZZ_ERRNOS];
};

extern const struct fuzz_op fuzz_ops[];
extern const int fuzz_nr_ops;

#endif /* OOMK_SELFTESTS_FUZZ_SPEC_H */
