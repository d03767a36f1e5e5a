// What a command line needs beyond what PID 1 has: waiting for a few descriptors, and Ctrl-C as a descriptor.
#ifndef REEVE_CLINUX_COMMAND_H
#define REEVE_CLINUX_COMMAND_H

#include <stddef.h>
#include <termios.h>

/// poll(2) for reading, at most `milliseconds` (-1: without a limit): `ready[i]` is 1 if `numbers[i]` is readable, closed or broken.
int linux_wait_readable(const int *numbers, int *ready, int count, int milliseconds);
/// Blocks SIGINT and returns a descriptor that becomes readable when it arrives; `*was_blocked` is 1 if it was blocked already.
int linux_interrupts_open(int *was_blocked);
/// Consumes pending SIGINTs.
void linux_interrupts_take(int descriptor);
/// Consumes pending SIGINTs, and unblocks SIGINT unless `was_blocked`.
void linux_interrupts_close(int descriptor, int was_blocked);

// migrate.c
/// For `--migrate FILE...` becomes `ctl migrate FILE...`, of the folder of this executable; exits with 2 if that can't be executed.
void linux_migrate(int count, char *const *arguments);

// terminal.c
/// Delivers key by key, without echo; `*before` is the previous mode.
int linux_terminal_raw(int fd, struct termios *before);
int linux_terminal_restore(int fd, const struct termios *before);
/// 0 when unknown.
int linux_terminal_columns(int fd);
int linux_terminal_rows(int fd);
/// If this process crashes from now on, it first writes `leaving` (at most 64 bytes) to the terminal and sets this mode; a length of 0 ends
/// that.
void linux_terminal_guard(int fd, const struct termios *before, const unsigned char *leaving, size_t length);

// expression.c
/// A POSIX extended regular expression; null if the text is none.
typedef struct linux_expression linux_expression;
linux_expression *linux_expression_new(const char *text);
int linux_expression_matches(const linux_expression *expression, const char *line);
void linux_expression_free(linux_expression *expression);

#endif
