/* SPDX-License-Identifier: MIT
 * What the files of the header share: meter.c has the lines and draws, meter_more.c what a block shows below its line. */
#ifndef UI_METER_INTERNAL_H
#define UI_METER_INTERNAL_H

#include "ui/app.h"

/* Of a wide header: below them graphs are shorter and less stands between the figures. */
enum { METER_FULL_COLUMNS = 118 };

struct meter_env {
	struct app *app;
	const struct glyphs *g;
	int width;
	bool wide;
	struct buf out;
};

static inline unsigned long long
meter_ull(uint64_t v)
{
	return (unsigned long long)v;
}

/* At most five characters. */
const char *meter_rate(double v, char *out);
/* Bytes with a unit, longer on a wide screen. */
const char *meter_bytes(const struct meter_env *e, double v, char *out);
/* Milliseconds, with a tenth below 1 only, to the right of width columns. */
void meter_ms(struct buf *out, uint64_t us, int width);

/* Below Net: a line for each listener, if there are several, and for each worker. */
int meter_parts_rows(const struct app *app);
void meter_parts(struct meter_env *e, int line, int n);
/* Below TLS: versions, causes of failure on either side. */
int meter_causes_rows(const struct app *app);
void meter_causes(struct meter_env *e, int line, int n);
/* Below Certs and Conns: minting and memory. */
int meter_stock_rows(const struct app *app);
void meter_stock(struct meter_env *e, int line, int n);
/* Below Lat: the slowest hosts. */
int meter_hosts_rows(const struct app *app);
void meter_hosts(struct meter_env *e, int line, int n);

#endif
