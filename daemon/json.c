// SPDX-License-Identifier: GPL-2.0
/*
 * Writing JSON. A task may call itself anything, so a string may hold any
 * bytes: those that are not UTF-8 become the replacement character.
 */

#include "json.h"

/* Length of the well-formed UTF-8 sequence at @s, 0 if there is none. */
static int utf8_length(const unsigned char *s)
{
	static const u32 least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	u32 code;
	int len, i;

	if (s[0] < 0x80)
		return 1;
	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		len = 2;
	else if (s[0] >= 0xe0 && s[0] <= 0xef)
		len = 3;
	else if (s[0] >= 0xf0 && s[0] <= 0xf4)
		len = 4;
	else
		return 0;
	code = s[0] & (0x7f >> len);
	for (i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (s[i] & 0x3f);
	}
	if (code < least[len] || code > 0x10ffff ||
	    (code >= 0xd800 && code <= 0xdfff))
		return 0;
	return len;
}

static void write_string(FILE *out, const char *value)
{
	const unsigned char *s = (const unsigned char *)value;
	int len;

	fputc('"', out);
	while (*s) {
		len = utf8_length(s);
		if (!len) {
			fputs("\\ufffd", out);
			s++;
			continue;
		}
		if (*s == '"' || *s == '\\')
			fprintf(out, "\\%c", *s);
		else if (*s < 0x20 || *s == 0x7f)
			fprintf(out, "\\u%04x", *s);
		else if (*s == 0xc2 && s[1] < 0xa0)
			/* U+0080..9f: control characters, to some terminals. */
			fprintf(out, "\\u%04x", s[1]);
		else
			fwrite(s, 1, len, out);
		s += len;
	}
	fputc('"', out);
}

static void new_line(struct oomk_json *json)
{
	if (json->lines)
		fprintf(json->out, "\n%*s", 2 * json->depth, "");
}

/* What stands before a value: comma, line, key. */
static void begin(struct oomk_json *json, const char *key)
{
	if (json->depth) {
		if (json->used[json->depth - 1])
			fputs(json->lines ? "," : ", ", json->out);
		json->used[json->depth - 1] = true;
		new_line(json);
	}
	if (key) {
		write_string(json->out, key);
		fputs(": ", json->out);
	}
}

static void open_level(struct oomk_json *json, const char *key, char open,
		       char close)
{
	begin(json, key);
	fputc(open, json->out);
	json->used[json->depth] = false;
	json->close[json->depth] = close;
	json->depth++;
}

/**
 * oomk_json_init() - start a document
 * @json: the document
 * @out: where to write it
 * @lines: one member a line, or the whole document on one
 */
void oomk_json_init(struct oomk_json *json, FILE *out, bool lines)
{
	json->out = out;
	json->lines = lines;
	json->depth = 0;
}

/**
 * oomk_json_object() - open an object
 * @json: the document; no more than OOMK_JSON_DEPTH levels may be open
 * @key: its key, NULL at the top and in an array
 */
void oomk_json_object(struct oomk_json *json, const char *key)
{
	open_level(json, key, '{', '}');
}

/**
 * oomk_json_array() - open an array
 * @json: the document; no more than OOMK_JSON_DEPTH levels may be open
 * @key: its key, NULL at the top and in an array
 */
void oomk_json_array(struct oomk_json *json, const char *key)
{
	open_level(json, key, '[', ']');
}

/**
 * oomk_json_end() - close the innermost object or array
 * @json: the document; with its last level closed its line ends
 */
void oomk_json_end(struct oomk_json *json)
{
	json->depth--;
	if (json->used[json->depth])
		new_line(json);
	fputc(json->close[json->depth], json->out);
	if (!json->depth)
		fputc('\n', json->out);
}

/**
 * oomk_json_u64() - write a number
 * @json: the document
 * @key: its key, NULL in an array
 * @value: the number
 */
void oomk_json_u64(struct oomk_json *json, const char *key, u64 value)
{
	begin(json, key);
	fprintf(json->out, "%llu", (unsigned long long)value);
}

/**
 * oomk_json_bool() - write true or false
 * @json: the document
 * @key: its key, NULL in an array
 * @value: which
 */
void oomk_json_bool(struct oomk_json *json, const char *key, bool value)
{
	begin(json, key);
	fputs(value ? "true" : "false", json->out);
}

/**
 * oomk_json_string() - write a string
 * @json: the document
 * @key: its key, NULL in an array
 * @value: any bytes
 */
void oomk_json_string(struct oomk_json *json, const char *key,
		      const char *value)
{
	begin(json, key);
	write_string(json->out, value);
}
