/* SPDX-License-Identifier: GPL-2.0 */
/* Messages for the family, from well-formed to anything. */
#ifndef OOMK_SELFTESTS_FUZZ_MESSAGE_H
#define OOMK_SELFTESTS_FUZZ_MESSAGE_H

#include <stddef.h>

#include "fuzz_world.h"

#define FUZZ_BYTES	(192 * 1024)
#define FUZZ_VICTIMS	64

/**
 * struct fuzz_victims - a victim set, as far as a worker knows it
 * @cycle: its cycle, 0: none in hand
 * @nr: victims known
 * @victims: pid and start time of each
 */
struct fuzz_victims {
	unsigned long long cycle;
	int nr;
	struct {
		pid_t pid;
		unsigned long long start_ns;
	} victims[FUZZ_VICTIMS];
};

/**
 * struct fuzz_source - what values are drawn from
 * @rng: state of the generator
 * @family: number of the family
 * @seq: number of the last message
 * @dense: good messages have nearly all attributes
 * @victims: the set in hand
 */
struct fuzz_source {
	unsigned long long rng;
	int family;
	unsigned int seq;
	bool dense;
	struct fuzz_victims victims;
};

/**
 * struct fuzz_buffer - one or more messages
 * @len: bytes in use
 * @bytes: the messages, each aligned
 * @aligned: that the first is
 */
struct fuzz_buffer {
	size_t len;
	union {
		unsigned char bytes[FUZZ_BYTES];
		unsigned long long aligned;
	};
};

void fuzz_message_good(struct fuzz_source *source, struct fuzz_buffer *buffer,
		       const struct fuzz_op *op);
void fuzz_message_bad(struct fuzz_source *source, struct fuzz_buffer *buffer,
		      const struct fuzz_op *op);
void fuzz_message_garbage(struct fuzz_source *source,
			  struct fuzz_buffer *buffer);
bool fuzz_message_tame(struct fuzz_buffer *buffer, bool mighty);

#endif /* OOMK_SELFTESTS_FUZZ_MESSAGE_H */
