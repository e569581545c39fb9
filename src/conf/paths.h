/* SPDX-License-Identifier: MIT
 * Where files are by default (XDG base directories). Each result is the caller's to free; NULL when neither the XDG
 * variable nor HOME says a directory. */
#ifndef CONF_PATHS_H
#define CONF_PATHS_H

struct options;

char *paths_config_file(void);                    /* $XDG_CONFIG_HOME/mitmtop/config */
char *paths_history_file(void);                   /* $XDG_STATE_HOME/mitmtop/history */
char *paths_ca_dir(const struct options *o);      /* --ca, or $XDG_DATA_HOME/mitmtop */
char *paths_copied_file(void);                    /* $XDG_CACHE_HOME/mitmtop/copied */

#endif
