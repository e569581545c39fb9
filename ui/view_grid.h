/* SPDX-License-Identifier: MIT
 * Names and values edited as rows: header fields, trailers, query parameters, cookies. */
#ifndef UI_VIEW_GRID_H
#define UI_VIEW_GRID_H

#include "proto/h1_message.h"

struct app;
struct view;

struct view_grid_about {
	const char *title;     /* "header fields"; static */
	const char *between;   /* ": " or "=" between name and value; static */
	bool bare;             /* a row without a value is possible: "flag" in a query, and "flag=", whose name has the sign in it */
	/* Told when the view closes and rows were changed; f is valid during the call. */
	void (*done)(struct app *app, void *arg, const struct h1_message_fields *f);
	void *arg;
};

/* f is copied. */
struct view *view_grid_new(const struct h1_message_fields *f, const struct view_grid_about *about);

#endif
