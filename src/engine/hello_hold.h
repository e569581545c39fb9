/* SPDX-License-Identifier: MIT
 * Breakpoints on a ClientHello: a connection is held between its hello and everything that it causes, so that nothing but the hello's bytes is
 * kept. A driver has it meanwhile: client and server are read, so that their leaving is noticed. */
#ifndef ENGINE_HELLO_HOLD_H
#define ENGINE_HELLO_HOLD_H

#include <stdbool.h>

struct conn;

/* The ClientHello stands whole at the beginning of the client's input. True: a rule holds the connection, which goes on by
 * intercept_go_on. */
bool hello_hold(struct conn *c);
/* It is not held any more. pass: it is not decrypted. */
void hello_hold_go(struct conn *c, bool pass);

#endif
