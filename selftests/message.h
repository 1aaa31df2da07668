/* SPDX-License-Identifier: GPL-2.0 */
/* What goes by in a message, for programs that stand in between. */
#ifndef MESSAGE_H
#define MESSAGE_H

#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>

#include <linux/oomk.h>

/* An attribute of a request, or NULL. */
static inline const struct nlattr *
attribute(const struct nlmsghdr *hdr, int type)
{
	const char *end = (const char *)hdr + hdr->nlmsg_len;
	const char *at = (const char *)NLMSG_DATA(hdr) + GENL_HDRLEN;

	while (at + NLA_HDRLEN <= end) {
		const struct nlattr *attr = (const struct nlattr *)at;

		if ((attr->nla_type & NLA_TYPE_MASK) == type)
			return attr;
		if (attr->nla_len < NLA_HDRLEN)
			return NULL;
		at += NLA_ALIGN(attr->nla_len);
	}
	return NULL;
}

/* Whether @size bytes hold a whole message of that command. */
static inline bool is_command(const struct nlmsghdr *hdr, size_t size, int cmd)
{
	const struct genlmsghdr *ghdr;

	if (size < NLMSG_HDRLEN + GENL_HDRLEN ||
	    hdr->nlmsg_len < NLMSG_HDRLEN + GENL_HDRLEN ||
	    hdr->nlmsg_len > size || hdr->nlmsg_type <= GENL_ID_CTRL)
		return false;
	ghdr = NLMSG_DATA(hdr);
	return ghdr->cmd == cmd;
}

#endif /* MESSAGE_H */
