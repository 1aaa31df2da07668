// SPDX-License-Identifier: GPL-2.0
/* Figures and columns for people. Integers only; rounding is to the nearest. */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>
#include <wctype.h>

#include "ctl.h"

/**
 * oomk_ctl_page_size() - bytes in a page
 *
 * Return: bytes in a page.
 */
u64 oomk_ctl_page_size(void)
{
	return sysconf(_SC_PAGESIZE);
}

/**
 * oomk_ctl_mib() - pages as mebibytes with one decimal, or as kibibytes
 * @pages: pages
 *
 * Return: such as "200.1 MiB", or "96 KiB" for less than one MiB.
 */
struct oomk_ctl_text oomk_ctl_mib(u64 pages)
{
	u64 per_mib = (1 << 20) / oomk_ctl_page_size();
	u64 whole = pages / per_mib;
	u64 tenths = ((pages % per_mib) * 10 + per_mib / 2) / per_mib;
	struct oomk_ctl_text text;

	if (pages && !whole) {
		snprintf(text.text, sizeof(text.text), "%llu KiB",
			 llu(pages * (oomk_ctl_page_size() / 1024)));
		return text;
	}
	if (tenths == 10) {
		whole++;
		tenths = 0;
	}
	snprintf(text.text, sizeof(text.text), "%llu.%llu MiB",
		 llu(whole), llu(tenths));
	return text;
}

/**
 * oomk_ctl_price() - a price in units of utility with two decimals
 * @price: in steps of 1 / OOMK_PRICE_PER_UTILITY
 *
 * Return: such as "12.50".
 */
struct oomk_ctl_text oomk_ctl_price(u64 price)
{
	u64 rest = price % OOMK_PRICE_PER_UTILITY;

	return oomk_ctl_hundredths(price / OOMK_PRICE_PER_UTILITY * 100 +
				   rest * 100 / OOMK_PRICE_PER_UTILITY);
}

/**
 * oomk_ctl_hundredths() - a number with two decimals
 * @value: in 1/100
 *
 * Return: such as "12.34".
 */
struct oomk_ctl_text oomk_ctl_hundredths(u64 value)
{
	struct oomk_ctl_text text;

	snprintf(text.text, sizeof(text.text), "%llu.%02llu",
		 llu(value / 100), llu(value % 100));
	return text;
}

/**
 * oomk_ctl_tenths() - a number with one decimal
 * @value: in 1/10
 *
 * Return: such as "9.8".
 */
struct oomk_ctl_text oomk_ctl_tenths(u64 value)
{
	struct oomk_ctl_text text;

	snprintf(text.text, sizeof(text.text), "%llu.%llu",
		 llu(value / 10), llu(value % 10));
	return text;
}

/**
 * oomk_ctl_comm() - the name of a task, fit for a terminal
 * @comm: any bytes; a task may call itself what it likes
 *
 * Return: @comm, with a question mark for everything that does not print.
 */
struct oomk_ctl_text oomk_ctl_comm(const char *comm)
{
	struct oomk_ctl_text text;
	mbstate_t state = {};
	size_t used = 0, len;
	wchar_t wide;

	while (*comm && used < sizeof(text.text) - MB_LEN_MAX) {
		len = mbrtowc(&wide, comm, strlen(comm), &state);
		if (len > strlen(comm)) {
			memset(&state, 0, sizeof(state));
			len = 1;
			wide = L'\0';
		}
		if (iswprint(wide)) {
			memcpy(text.text + used, comm, len);
			used += len;
		} else {
			text.text[used++] = '?';
		}
		comm += len;
	}
	text.text[used] = '\0';
	return text;
}

static size_t columns_of(const char *cell)
{
	wchar_t wide[OOMK_CTL_TEXT];
	const char *from = cell;
	mbstate_t state = {};
	size_t nr;
	int width;

	nr = mbsrtowcs(wide, &from, OOMK_CTL_TEXT, &state);
	if (nr == (size_t)-1 || from)
		return strlen(cell);
	width = wcswidth(wide, nr);
	return width < 0 ? strlen(cell) : (size_t)width;
}

/* Returns where the next cell goes, NULL without memory. */
static char **new_cell(struct oomk_ctl_table *table)
{
	size_t max = table->max_cells ? 2 * table->max_cells : 64;
	char **cells;

	if (table->nr_cells == table->max_cells) {
		cells = reallocarray(table->cells, max, sizeof(*cells));
		if (!cells)
			return NULL;
		table->cells = cells;
		table->max_cells = max;
	}
	return &table->cells[table->nr_cells];
}

/**
 * oomk_ctl_table_add() - fill in the next cell
 * @table: the table; without memory it remembers that, and takes no more
 * @format: as printf(3)
 */
void oomk_ctl_table_add(struct oomk_ctl_table *table, const char *format, ...)
{
	char **cell;
	va_list args;

	if (table->err)
		return;
	cell = new_cell(table);
	va_start(args, format);
	if (!cell || vasprintf(cell, format, args) < 0)
		table->err = -ENOMEM;
	else
		table->nr_cells++;
	va_end(args);
}

static bool right_aligned(const struct oomk_ctl_table *table, size_t column)
{
	return table->heads[column][0] == '>';
}

static const char *head_of(const struct oomk_ctl_table *table, size_t column)
{
	return table->heads[column] + right_aligned(table, column);
}

static void print_cell(const struct oomk_ctl_table *table, size_t column,
		       size_t width, const char *cell, FILE *out)
{
	int fill = width - columns_of(cell);
	bool last = column + 1 == table->nr_columns;

	if (right_aligned(table, column))
		fprintf(out, "%*s%s", fill, "", cell);
	else
		fprintf(out, "%s%*s", cell, last ? 0 : fill, "");
	fputs(last ? "\n" : "  ", out);
}

/**
 * oomk_ctl_table_print() - print the titles and all rows
 * @table: the table; its last row is complete
 * @out: where to
 *
 * Return: 0; -ENOMEM: a cell found no room, nothing is printed.
 */
int oomk_ctl_table_print(const struct oomk_ctl_table *table, FILE *out)
{
	size_t widths[OOMK_CTL_COLUMNS];
	size_t i, column, width;

	if (table->err)
		return table->err;
	for (column = 0; column < table->nr_columns; column++)
		widths[column] = columns_of(head_of(table, column));
	for (i = 0; i < table->nr_cells; i++) {
		width = columns_of(table->cells[i]);
		column = i % table->nr_columns;
		if (width > widths[column])
			widths[column] = width;
	}
	for (column = 0; column < table->nr_columns; column++)
		print_cell(table, column, widths[column],
			   head_of(table, column), out);
	for (i = 0; i < table->nr_cells; i++) {
		column = i % table->nr_columns;
		print_cell(table, column, widths[column], table->cells[i], out);
	}
	return 0;
}

/**
 * oomk_ctl_table_free() - free all cells
 * @table: the table
 */
void oomk_ctl_table_free(struct oomk_ctl_table *table)
{
	while (table->nr_cells)
		free(table->cells[--table->nr_cells]);
	free(table->cells);
	table->cells = NULL;
	table->max_cells = 0;
}
