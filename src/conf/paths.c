/* SPDX-License-Identifier: MIT
 * Default places by the XDG base directory specification. */
#include "conf/paths.h"

#include <stdlib.h>

#include "base/mem.h"
#include "conf/option.h"

/* The specification has relative values ignored. */
static char *
xdg_path(const char *variable, const char *below_home, const char *file)
{
	const char *base = getenv(variable), *home = getenv("HOME");

	if (base && *base == '/')
		return mem_printf("%s/%s", base, file);
	return home && *home ? mem_printf("%s/%s/%s", home, below_home, file) : NULL;
}

char *
paths_config_file(void)
{
	return xdg_path("XDG_CONFIG_HOME", ".config", "mitmtop/config");
}

char *
paths_history_file(void)
{
	return xdg_path("XDG_STATE_HOME", ".local/state", "mitmtop/history");
}

char *
paths_ca_dir(const struct options *o)
{
	const char *given = option_str(o, OPT_CA);

	return *given ? mem_strdup(given) : xdg_path("XDG_DATA_HOME", ".local/share", "mitmtop");
}

char *
paths_copied_file(void)
{
	return xdg_path("XDG_CACHE_HOME", ".cache", "mitmtop/copied");
}
