/* SPDX-License-Identifier: GPL-2.0 */
/* A socket of the fuzzer, and what is still to be answered on it. */
#ifndef OOMK_SELFTESTS_FUZZ_TALK_H
#define OOMK_SELFTESTS_FUZZ_TALK_H

#include "fuzz_message.h"

#define FUZZ_ASKED	64

/**
 * struct fuzz_asked - a message that was sent, as the kernel has to read it
 * @seq: its number; 0: none
 * @op: its operation; NULL: none, or not of the family
 * @dump: it asked for a dump
 * @answered: its outcome was counted
 * @has: attributes of the first level, as bits
 * @pid: the job attribute
 * @utility: likewise
 */
struct fuzz_asked {
	unsigned int seq;
	const struct fuzz_op *op;
	bool dump;
	bool answered;
	unsigned long long has;
	pid_t pid;
	unsigned int utility;
};

/**
 * struct fuzz_talk - one worker's conversation
 * @persona: number of the persona
 * @fd: the socket, below 0: none
 * @group: number of the multicast group
 * @ext_ack: refusals come with a sentence
 * @source: what its messages are drawn from
 * @asked: the last messages, by number
 * @fetched: the set that is being handed out
 */
struct fuzz_talk {
	int persona;
	int fd;
	unsigned int group;
	bool ext_ack;
	struct fuzz_source *source;
	struct fuzz_asked asked[FUZZ_ASKED];
	struct fuzz_victims fetched;
};

int fuzz_op_index(const struct fuzz_op *op);
void fuzz_talk_open(struct fuzz_talk *talk, int fd);
void fuzz_talk_close(struct fuzz_talk *talk);
void fuzz_talk_send(struct fuzz_talk *talk, const struct fuzz_buffer *buffer);
bool fuzz_talk_receive(struct fuzz_talk *talk, size_t room);

/* fuzz_reply.c */
void fuzz_reply_read(struct fuzz_talk *talk, const void *bytes, int len);

#endif /* OOMK_SELFTESTS_FUZZ_TALK_H */
