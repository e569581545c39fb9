/* SPDX-License-Identifier: MIT
 * Bytes into a file, by a thread: whoever asks never waits for the disk. The file is whole under its name, or not there. */
#ifndef UI_FILE_PUT_H
#define UI_FILE_PUT_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

struct file_put;

enum file_put_mode {
	FILE_PUT_NEW,     /* there must be none of that name */
	FILE_PUT_REPLACE, /* a regular file may be there */
	FILE_PUT_PRIVATE  /* likewise, and directories that are missing are made, 0700 */
};

/* Takes over the bytes in data, which is empty afterwards. ready_fd: an eventfd, written when it is done; borrowed. The file gets mode
 * 0600. NULL when no thread could be started. */
struct file_put *file_put_start(const char *path, enum file_put_mode mode, struct buf *data, int ready_fd);
/* True when it is over: why is "" then, or what went wrong, as words that name no file. */
bool file_put_done(struct file_put *p, struct errmsg *why);
/* Waits for the end. NULL is allowed. */
void file_put_free(struct file_put *p);

/* 0 when a file of that name may be replaced: a regular file of our own; ERR_NOTFOUND: there is none. Else why, in words that name no
 * file. Asks the file system: for answers to a key only. */
int file_put_check(const char *path, struct errmsg *why);

#endif
