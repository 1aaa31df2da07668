// SPDX-License-Identifier: GPL-2.0
/* Attributes of a message received: present, and of the right size, or not. */
#include <errno.h>
#include <string.h>

#include "genl.h"

/**
 * oomk_genl_u32() - read a number
 * @attrs: parsed attributes
 * @type: which one
 * @value: out; untouched on failure
 *
 * Return: false if it is absent or of another size.
 */
bool oomk_genl_u32(struct nlattr **attrs, int type, uint32_t *value)
{
	if (!attrs[type] || nla_len(attrs[type]) != sizeof(*value))
		return false;
	*value = nla_get_u32(attrs[type]);
	return true;
}

/**
 * oomk_genl_u64() - read a large number
 * @attrs: parsed attributes
 * @type: which one
 * @value: out; untouched on failure
 *
 * Return: false if it is absent or of another size.
 */
bool oomk_genl_u64(struct nlattr **attrs, int type, uint64_t *value)
{
	if (!attrs[type] || nla_len(attrs[type]) != sizeof(*value))
		return false;
	*value = nla_get_u64(attrs[type]);
	return true;
}

/**
 * oomk_genl_string() - read a string
 * @attrs: parsed attributes
 * @type: which one
 *
 * Return: the string inside the message, or NULL if it is absent or does not
 * end within its attribute.
 */
const char *oomk_genl_string(struct nlattr **attrs, int type)
{
	if (!attrs[type] || !nla_len(attrs[type]) ||
	    !memchr(nla_data(attrs[type]), '\0', nla_len(attrs[type])))
		return NULL;
	return nla_data(attrs[type]);
}

/**
 * oomk_genl_nest() - parse a nested attribute set
 * @attrs: parsed attributes
 * @type: which one is the nest
 * @inner: out: OOMK_GENL_ATTRS slots
 *
 * Return: 0; -ENOENT: it is absent; -EBADMSG: it is malformed.
 */
int oomk_genl_nest(struct nlattr **attrs, int type, struct nlattr **inner)
{
	if (!attrs[type])
		return -ENOENT;
	if (nla_parse_nested(inner, OOMK_GENL_ATTRS - 1, attrs[type], NULL) < 0)
		return -EBADMSG;
	return 0;
}
