/* SPDX-License-Identifier: MIT
 * The question line. */
#include "ui/prompt.h"

#include <stdio.h>
#include <string.h>

#include "ui/key.h"

void
prompt_ask(struct prompt *p, bool yes_no, const char *question,
    void (*answer)(struct app *, const char *))
{
	*p = (struct prompt){.active = true, .yes_no = yes_no, .answer = answer};
	snprintf(p->question, sizeof p->question, "%s", question);
}

static void
prompt_yes_no(struct prompt *p, struct app *app, int key)
{
	bool yes = key == 'y' || key == 'Y';
	bool no =
	    key == 'n' || key == 'N' || key == 'q' || key == KEYC_ESC || key == KEY_CTRL_OF('g');

	if (!yes && !no)
		return;
	p->active = false;
	if (yes)
		p->answer(app, "y");
}

void
prompt_key(struct prompt *p, struct app *app, int key)
{
	if (p->yes_no) {
		prompt_yes_no(p, app, key);
	} else if (key == KEYC_ENTER) {
		p->active = false;
		p->answer(app, p->text);
	} else if (key == KEYC_ESC) {
		p->active = false;
	} else if (key == KEYC_BACKSPACE) {
		p->text[p->n ? --p->n : 0] = '\0';
	} else if (key == KEY_CTRL_OF('u')) {
		p->text[p->n = 0] = '\0';
	} else if (key >= ' ' && key < 127 && p->n + 1 < sizeof p->text) {
		p->text[p->n++] = (char)key;
		p->text[p->n] = '\0';
	}
}
