/* SPDX-License-Identifier: MIT
 * Compiler attributes under short names. */
#ifndef BASE_ATTR_H
#define BASE_ATTR_H

#define ATTR_PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))
#define ATTR_NORETURN __attribute__((noreturn))
#define ATTR_MUST_USE __attribute__((warn_unused_result))
#define ATTR_CACHE_LINE __attribute__((aligned(64)))

#endif
