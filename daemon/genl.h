/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The only door to the kernel: requests, dumps and events of the oomk family.
 * Every function that can fail returns 0 or a negative errno.
 */
#ifndef OOMK_GENL_H
#define OOMK_GENL_H

#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdbool.h>
#include <stdint.h>

#include <linux/oomk.h>

/* Slots of a parsed attribute table; above every attribute set's maximum. */
#define OOMK_GENL_ATTRS	64

struct oomk_genl;

/**
 * typedef oomk_genl_reply_t - called once for each message received
 * @cmd: enum oomk_cmd of the message
 * @attrs: OOMK_GENL_ATTRS slots indexed by attribute, NULL where absent
 * @arg: as given with the request
 *
 * Return: 0, or a negative errno that the request then returns; the messages
 * that are left are read and dropped.
 */
typedef int (*oomk_genl_reply_t)(int cmd, struct nlattr **attrs, void *arg);

int oomk_genl_open(struct oomk_genl **genl);
void oomk_genl_close(struct oomk_genl *genl);

struct nl_msg *oomk_genl_request(struct oomk_genl *genl, int cmd);
int oomk_genl_do(struct oomk_genl *genl, struct nl_msg *msg,
		 oomk_genl_reply_t reply, void *arg);
int oomk_genl_dump(struct oomk_genl *genl, struct nl_msg *msg,
		   oomk_genl_reply_t reply, void *arg);
const char *oomk_genl_extack(const struct oomk_genl *genl);

int oomk_genl_subscribe(struct oomk_genl *genl);
int oomk_genl_fd(const struct oomk_genl *genl);
int oomk_genl_recv(struct oomk_genl *genl, oomk_genl_reply_t event, void *arg);

bool oomk_genl_u32(struct nlattr **attrs, int type, uint32_t *value);
bool oomk_genl_u64(struct nlattr **attrs, int type, uint64_t *value);
const char *oomk_genl_string(struct nlattr **attrs, int type);
int oomk_genl_nest(struct nlattr **attrs, int type, struct nlattr **inner);

#endif /* OOMK_GENL_H */
