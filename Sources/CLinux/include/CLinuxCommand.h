// What a command line needs beside what PID 1 has: waiting for a few descriptors, Ctrl-C as something to read.
#ifndef REEVE_CLINUX_COMMAND_H
#define REEVE_CLINUX_COMMAND_H

/// poll(2) for reading, at most `milliseconds` (-1: for ever): `ready[i]` is 1 where `numbers[i]` can be read, is closed
/// or broken.
int linux_wait_readable(const int *numbers, int *ready, int count, int milliseconds);
/// Blocks SIGINT and gives a descriptor that becomes readable when it comes.
int linux_interrupts_open(void);
/// Takes the SIGINTs that came, and unblocks it.
void linux_interrupts_close(int descriptor);

#endif
