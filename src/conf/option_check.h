/* SPDX-License-Identifier: MIT
 * Options that are right each by itself, and together make no sense. */
#ifndef CONF_OPTION_CHECK_H
#define CONF_OPTION_CHECK_H

#include "base/err.h"
#include "conf/option.h"

/* Of two options that do not go together the one that the later source gave stands, the other is as if it had not been given. When
 * one source gave both: ERR_REFUSED, with a sentence. A port has become a listener after it. */
int options_settle(struct options *o, struct errmsg *why);
/* Is each listener and each pattern of the lists one, and no listener there twice? 0, or an error with a sentence. */
int options_check(const struct options *o, struct errmsg *why);
/* The option has just been set or reset in the console: where to listen is said by one option, the other is as if it had not been given. */
void options_supersede(struct options *o, enum option_id id);

#endif
