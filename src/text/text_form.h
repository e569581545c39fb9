/* SPDX-License-Identifier: MIT
 * application/x-www-form-urlencoded (WHATWG URL 5.1): one line per pair. */
#ifndef TEXT_TEXT_FORM_H
#define TEXT_TEXT_FORM_H

#include "text/text_view.h"

bool text_form_fits(struct span content_type, struct span body);
/* "name: value", decoded; a '%' that begins no byte stays and is noted. Any bytes are a form. */
int text_form(struct text_lines *t, struct span body, struct text_view_env *env);

#endif
