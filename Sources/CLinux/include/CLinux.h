// What Swift can't express: macros, variadic calls, clone and the child's side of it. Never define _GNU_SOURCE here (fd_set would differ
// between modules); only in .c files.
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

#include "CLinuxCommand.h"
#include "CLinuxCrash.h"
#include "CLinuxDirectory.h"
#include "CLinuxErrand.h"
#include "CLinuxMemory.h"
#include "CLinuxSocket.h"
#include "CLinuxNear.h"
#include "CLinuxNotify.h"
#include "CLinuxWatch.h"
#include "CLinuxProcess.h"

static inline int linux_errno(void) { return errno; }
/// Static: the commit of the sources, or "unknown".
const char *linux_commit(void);
/// "ENOENT"; null for a number that is not in the table.
const char *linux_errno_name(int number);

/// open(2) without the variadic argument.
static inline int linux_open(const char *path, int flags, unsigned mode) { return open(path, flags, (mode_t)mode); }

// event.c
typedef struct {
    uint64_t token;
    uint32_t events;
} linux_ready;
int linux_epoll_create(void);
int linux_epoll_add(int epoll, int fd, uint32_t events, uint64_t token);
int linux_epoll_change(int epoll, int fd, uint32_t events, uint64_t token);
int linux_epoll_remove(int epoll, int fd);
/// At most 64 at a time.
int linux_epoll_wait(int epoll, linux_ready *ready, int capacity, int milliseconds);
uint32_t linux_epollin(void);
uint32_t linux_epollout(void);
uint32_t linux_epollhup(void);
uint32_t linux_epollerr(void);
int linux_timer_create(void);
/// Absolute CLOCK_BOOTTIME; 0 disarms.
int linux_timer_set(int timer, int64_t nanoseconds);
int64_t linux_boottime(void);
int64_t linux_monotonic(void);
int64_t linux_realtime(void);
int linux_memory_file(const char *name);
/// deadline.c: after this time the process writes the message (at most 512 bytes) to stdout, and exits with 1.
void linux_deadline(int64_t milliseconds, const unsigned char *message, size_t length);
/// probes.c: makes stdout the socket that stdin is, and ignores SIGPIPE; -1 if that is no socket for packets.
int linux_probes_begin(void);
/// A copy of this process that is killed when this one ends: 0 in the copy, its pid here, or -1.
pid_t linux_probes_fork(void);
/// Reaps a dead copy, which `is_done` if it has exited with 0; 0 or -1 if there is none.
pid_t linux_probes_next_dead(int *is_done);
/// Waits until a packet has come, which is 1, or a copy has died or the time is over (-1: never), which is 0.
int linux_probes_wait(int64_t nanoseconds);
typedef struct {
    int year, month, day, hour, minute, second;
} linux_calendar;
/// In the time zone of TZ; all zero for a time that has no date.
void linux_calendar_of(int64_t seconds, linux_calendar *calendar);

#include "output.h"
#include "CLinuxTrusted.h"

#endif
