/* SPDX-License-Identifier: MIT
 * Allocation that cannot return NULL: out of memory ends the process with a message. Nothing whose
 * size a peer decides may come here without having passed a limit first. Free with free(). */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

void *mem_alloc(size_t n);                          /* uninitialised */
void *mem_zalloc(size_t n);                         /* zeroed */
void *mem_array(size_t n, size_t size);             /* zeroed, overflow-checked */
void *mem_resize(void *p, size_t n, size_t size);   /* realloc of n*size, overflow-checked */
void *mem_dup(const void *p, size_t n);             /* copy of n bytes, plus a NUL after them */
char *mem_strdup(const char *s);                    /* NULL stays NULL */
char *mem_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
