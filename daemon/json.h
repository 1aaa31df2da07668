/* SPDX-License-Identifier: GPL-2.0 */
/* Writing JSON; numbers stay numbers, any bytes make a valid string. */
#ifndef OOMK_JSON_H
#define OOMK_JSON_H

#include <stdio.h>

#include "types.h"

#define OOMK_JSON_DEPTH	8

/**
 * struct oomk_json - one document being written
 * @out: where to
 * @lines: one member a line and indented, or all on one line
 * @depth: objects and arrays that are open
 * @used: for each of them, that it has a member already
 * @close: for each of them, its closing bracket
 */
struct oomk_json {
	FILE *out;
	bool lines;
	int depth;
	bool used[OOMK_JSON_DEPTH];
	char close[OOMK_JSON_DEPTH];
};

void oomk_json_init(struct oomk_json *json, FILE *out, bool lines);
void oomk_json_object(struct oomk_json *json, const char *key);
void oomk_json_array(struct oomk_json *json, const char *key);
void oomk_json_end(struct oomk_json *json);
void oomk_json_u64(struct oomk_json *json, const char *key, u64 value);
void oomk_json_bool(struct oomk_json *json, const char *key, bool value);
void oomk_json_string(struct oomk_json *json, const char *key,
		      const char *value);

#endif /* OOMK_JSON_H */
