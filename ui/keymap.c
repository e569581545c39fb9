/* SPDX-License-Identifier: MIT
 * The default keys. Rows of one command stand together, the first of them carries the help. */
#include "ui/keymap.h"

#include <stddef.h>

#include "ui/key.h"
#include "ui/view.h"

#define C(c) KEY_CTRL_OF(c)
#define SCOPE_PAGES (SCOPE_FLOW | SCOPE_HELP | SCOPE_OUTPUT | SCOPE_COMPARE) /* scroll, and close */

const struct key_binding keymap[] = {
    {SCOPE_ALL, 'h', "help", "other", "this help", "Help"},
    {SCOPE_ALL, '?', "help", "other", NULL, NULL},
    {SCOPE_ALL, KEYC_F1, "help", "other", NULL, NULL},
    {SCOPE_ALL, 'j', "move down", "move", "down", NULL},
    {SCOPE_ALL, KEYC_DOWN, "move down", "move", NULL, NULL},
    {SCOPE_ALL, 'k', "move up", "move", "up", NULL},
    {SCOPE_ALL, KEYC_UP, "move up", "move", NULL, NULL},
    {SCOPE_ALL, 'g', "move top", "move", "to the first", NULL},
    {SCOPE_ALL, KEYC_HOME, "move top", "move", NULL, NULL},
    {SCOPE_ALL, 'G', "move end", "move", "to the last", NULL},
    {SCOPE_ALL, KEYC_END, "move end", "move", NULL, NULL},
    {SCOPE_ALL, KEYC_PGDN, "move page-down", "move", "a page down", NULL},
    {SCOPE_ALL, C('f'), "move page-down", "move", NULL, NULL},
    {SCOPE_PAGES, ' ', "move page-down", "move", NULL, NULL},
    {SCOPE_ALL, KEYC_PGUP, "move page-up", "move", "a page up", NULL},
    {SCOPE_ALL, C('b'), "move page-up", "move", NULL, NULL},
    {SCOPE_PAGES, 'b', "move page-up", "move", NULL, NULL},
    {SCOPE_ALL, C('d'), "move half-down", "move", "half a page down", NULL},
    {SCOPE_ALL, C('u'), "move half-up", "move", "half a page up", NULL},
    {SCOPE_ALL, '/', "find", "find", "find text", "Find"},
    {SCOPE_ALL, KEYC_F3, "find", "find", NULL, NULL},
    {SCOPE_ALL, 'n', "find next", "find", "next match", NULL},
    {SCOPE_ALL, 'N', "find prev", "find", "previous match", NULL},
    {SCOPE_FLOWS, 'f', "filter", "find", "filter: words in host, path, method, code", "Filter"},
    {SCOPE_FLOWS, KEYC_F4, "filter", "find", NULL, NULL},
    {SCOPE_FLOWS, '=', "filter none", "find", "clear the filter", NULL},
    {SCOPE_FLOWS, KEYC_ENTER, "open", "open", "open the flow", "Open"},
    {SCOPE_FLOWS, KEYC_RIGHT, "open", "open", NULL, NULL},
    {SCOPE_FLOW | SCOPE_COMPARE, '1', "tab 1", "open", "request", NULL},
    {SCOPE_FLOW | SCOPE_COMPARE, '2', "tab 2", "open", "response", NULL},
    {SCOPE_FLOW, '3', "tab 3", "open", "TLS", NULL},
    {SCOPE_FLOW, '4', "tab 4", "open", "timing", NULL},
    {SCOPE_FLOW, '5', "tab 5", "open", "connection", NULL},
    {SCOPE_FLOW, '7', "tab 7", "open", "hex", NULL},
    {SCOPE_HELP, '1', "tab 1", "open", "keys", NULL},
    {SCOPE_HELP, '2', "tab 2", "open", "filters", NULL},
    {SCOPE_HELP, '3', "tab 3", "open", "states and columns", NULL},
    {SCOPE_HELP, '4', "tab 4", "open", "how to connect a client", NULL},
    {SCOPE_FLOW | SCOPE_HELP | SCOPE_COMPARE, KEYC_TAB, "tab next", "open", "next tab", "Next tab"},
    {SCOPE_FLOW | SCOPE_HELP | SCOPE_COMPARE, KEYC_RIGHT, "tab next", "open", NULL, NULL},
    {SCOPE_FLOW | SCOPE_HELP | SCOPE_COMPARE, KEYC_BACKTAB, "tab prev", "open", "previous tab", NULL},
    {SCOPE_FLOW | SCOPE_HELP | SCOPE_COMPARE, KEYC_LEFT, "tab prev", "open", NULL, NULL},
    {SCOPE_FLOW, 'J', "flow next", "open", "next flow, same tab", "Next flow"},
    {SCOPE_FLOW, 'K', "flow prev", "open", "previous flow, same tab", "Prev flow"},
    {SCOPE_FLOW, 't', "view-as", "look", "show the body another way", "View as"},
    {SCOPE_FLOW, KEYC_ENTER, "fold toggle", "look", "unfold long fields, or fold them again", NULL},
    {SCOPE_FLOW, '{', "fold more", "look", "fold nested values of a body", NULL},
    {SCOPE_FLOW, '}', "fold less", "look", "one level more of them", NULL},
    {SCOPE_FLOW, 'v', "viewer", "look", "show the body in $PAGER", "Viewer"},
    {SCOPE_FLOWS, 'F', "follow", "follow", "follow the newest flow, or stop", "Follow"},
    {SCOPE_FLOWS, 'p', "pause", "follow", "pause the screen, not the traffic", NULL},
    {SCOPE_FLOWS, 's', "delay", "follow", "delay between updates of the rates", "Delay"},
    {SCOPE_FLOWS, 'm', "mark", "mark", "mark the flow: it stays in memory", "Mark"},
    {SCOPE_FLOWS, ' ', "mark step", "mark", "mark and step", NULL},
    {SCOPE_FLOWS, 'M', "mark only", "mark", "show only marked flows, or all again", NULL},
    {SCOPE_FLOWS, 'U', "mark none", "mark", "unmark all", NULL},
    {SCOPE_FLOWS, '&', "compare", "mark", "compare the two flows that are marked", NULL},
    {SCOPE_FLOWS, 'd', "delete", "mark", "delete the flow from the list", NULL},
    {SCOPE_FLOWS, 'u', "undo", "mark", "undo a delete or a filter", NULL},
    {SCOPE_FLOWS | SCOPE_FLOW, 'y', "copy", "out", "copy: curl line, URL, head, body", "Copy"},
    {SCOPE_FLOWS | SCOPE_FLOW, 'Y', "copy again", "out", "copy the same of this flow", NULL},
    {SCOPE_FLOWS | SCOPE_FLOW, '|', "pipe", "out", "give the body to a shell command", "Pipe"},
    {SCOPE_FLOWS | SCOPE_FLOW, 'w', "save", "out", "save flows or a body to a file", "Save"},
    {SCOPE_FLOWS, 'L', "toast flows are read by a mitmtop of their own: mitmtop -r FILE", "out", "load: see mitmtop -r FILE", NULL},
    {SCOPE_FLOWS | SCOPE_FLOW, '!', "shell", "out", "run a shell command on the terminal", NULL},
    {SCOPE_FLOWS, 'S', "sort", "sort", "choose what to sort by", "Sort"},
    {SCOPE_FLOWS, KEYC_F6, "sort", "sort", NULL, NULL},
    {SCOPE_FLOWS, '<', "sort prev", "sort", "sort by the column to the left", NULL},
    {SCOPE_FLOWS, '>', "sort next", "sort", "sort by the column to the right", NULL},
    {SCOPE_FLOWS, 'R', "sort reverse", "sort", "reverse the order", NULL},
    {SCOPE_ALL, 'z', "theme mono", "look", "colours on or off", NULL},
    {SCOPE_ALL, 'Z', "theme", "look", "next theme", NULL},
    {SCOPE_ALL, 'W', "write-config", "look", "write delay and theme to the configuration", NULL},
    {SCOPE_PAGES, 'q', "back", "other", "back", "Back"},
    {SCOPE_PAGES, KEYC_ESC, "back", "other", NULL, NULL},
    {SCOPE_FLOWS, 'q', "quit", "other", "quit; asks when clients are connected", "Quit"},
    {SCOPE_FLOWS, KEYC_F10, "quit", "other", NULL, NULL},
    {SCOPE_ALL, 'Q', "quit", "other", "quit from anywhere", NULL},
    {SCOPE_ALL, C('c'), "cancel", "other", "cancel, or quit; twice: at once", NULL},
    {SCOPE_ALL, C('l'), "redraw", "other", "draw the screen again", NULL},
    {SCOPE_ALL, C('s'), "toast terminal flow control is off", "other",
	"nothing: traffic cannot be stopped by it", NULL},
    {SCOPE_ALL, C('q'), "toast terminal flow control is off", "other", NULL, NULL},
    {SCOPE_ALL, C('z'), "toast suspending comes with a later version; the traffic goes on", "other",
	"nothing yet: suspending comes later", NULL},
};
const unsigned keymap_count = sizeof keymap / sizeof keymap[0];

const char *
keymap_find(unsigned scope, int key)
{
	for (unsigned i = 0; i < keymap_count; i++)
		if (keymap[i].key == key && (keymap[i].scope & scope))
			return keymap[i].command;
	return NULL;
}
