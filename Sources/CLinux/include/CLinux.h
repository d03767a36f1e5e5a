// What Swift can't say: macros, variadic calls, clone and the child's side of it.
// Never define _GNU_SOURCE here (fd_set would differ between modules); only in .c files.
#ifndef REEVE_CLINUX_H
#define REEVE_CLINUX_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static inline int linux_errno(void) { return errno; }
/// "ENOENT"; null for a number that has no name here.
const char *linux_errno_name(int number);

/// open(2) without the variadic argument.
static inline int linux_open(const char *path, int flags, unsigned mode) { return open(path, flags, (mode_t)mode); }

#endif
