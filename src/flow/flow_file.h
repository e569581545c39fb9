/* SPDX-License-Identifier: MIT
 * The session file as a file: what it is, whose it is, who writes it. What is inside is flow_db.c's.
 *
 * SQLite keeps its locks with fcntl(2), and the system drops all of a process's fcntl locks on a file when the process closes any
 * descriptor of it. So nothing here opens the file only to look at it: stat(2) tells the kind, the lock of the writer is an
 * flock(2) (which does not meet fcntl locks) on a descriptor that is closed after SQLite's own, and whether somebody else holds
 * that lock is read from /proc/locks before the file is opened at all. One case is left: a writer that is refused by flock(2) itself,
 * because /proc/locks did not tell, closes what it had opened; a process must not try to open a second writer on its own file. */
#ifndef FLOW_FLOW_FILE_H
#define FLOW_FLOW_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct flow_file {
	char *path;   /* absolute, without a symbolic link in it; owned */
	int lock_fd;  /* -1: not for writing */
	bool created; /* by the call that opened it for writing */
};

/* Refuses what is missing, empty or no regular file (a link to one will do), and neighbours (-wal, -shm, -journal) that are not. */
int flow_file_open_read(struct flow_file *f, const char *path, struct errmsg *why);
/* Makes it with mode 0600, or takes one that is ours, and locks it. Refused likewise, and for a symbolic link. */
int flow_file_open_write(struct flow_file *f, const char *path, struct errmsg *why);
/* 0 while the name is still that of the file that was opened for writing, and the file not emptied. name: for the sentence. */
int flow_file_still_there(const struct flow_file *f, const char *name, struct errmsg *why);
/* Both names are of one file; other may be NULL. */
bool flow_file_same(const char *path, const char *other);
/* After SQLite has closed it. */
void flow_file_close(struct flow_file *f);

/* Bytes of the file and its "-wal" on the disk. */
uint64_t flow_file_bytes(const struct flow_file *f);
/* True when the neighbour, e.g. "-wal", is there and not empty. */
bool flow_file_has(const struct flow_file *f, const char *suffix);

#endif
