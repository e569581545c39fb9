/* SPDX-License-Identifier: MIT
 * Places on the screen that stand for a key when they are clicked: words of the key bar, tabs. Noted while a frame is drawn. */
#ifndef UI_SPOTS_H
#define UI_SPOTS_H

enum { SPOTS_MAX = 64 };

struct spots {
	struct {
		int y, x, w, key; /* of the screen; enum key_code or a code point */
	} spot[SPOTS_MAX];
	unsigned n;
};

/* Those beyond the limit are no places. */
void spots_add(struct spots *s, int y, int x, int w, int key);
/* The key of the place; KEYC_NONE where there is none. */
int spots_find(const struct spots *s, int y, int x);

#endif
