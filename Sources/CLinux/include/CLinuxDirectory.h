#ifndef REEVE_CLINUX_DIRECTORY_H
#define REEVE_CLINUX_DIRECTORY_H

#include <stdbool.h>
#include <stddef.h>

// directory.c
/// A directory's entries one by one; null when it can't be read.
void *linux_directory_open(const char *path);
/// The next name, valid until the next call; null at the end.
const char *linux_directory_next(void *directory);
void linux_directory_close(void *directory);
/// True for dangling links, too.
bool linux_is_name(const char *path);
/// uname's node name; empty if there is none.
void linux_host_name(unsigned char *name, size_t size);
/// The process's environment, as the C library holds it.
char *const *linux_environment(void);

#endif
