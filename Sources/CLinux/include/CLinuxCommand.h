// What a command line needs beside what PID 1 has: waiting for a few descriptors, Ctrl-C as something to read.
#ifndef REEVE_CLINUX_COMMAND_H
#define REEVE_CLINUX_COMMAND_H

#include <termios.h>

/// poll(2) for reading, at most `milliseconds` (-1: without a limit): `ready[i]` is 1 where `numbers[i]` can be read, is
/// closed or broken.
int linux_wait_readable(const int *numbers, int *ready, int count, int milliseconds);
/// Blocks SIGINT and gives a descriptor that becomes readable when it comes; `*was_blocked` is 1 when it was already.
int linux_interrupts_open(int *was_blocked);
/// Takes the SIGINTs that came.
void linux_interrupts_take(int descriptor);
/// Takes the SIGINTs that came, and unblocks it unless `was_blocked`.
void linux_interrupts_close(int descriptor, int was_blocked);

// terminal.c
/// Key by key, without an echo; `*before` is what it was.
int linux_terminal_raw(int fd, struct termios *before);
int linux_terminal_restore(int fd, const struct termios *before);
/// 0 when nobody knows.
int linux_terminal_columns(int fd);

#endif
