// inotify(7): changes in folders.
#ifndef REEVE_CLINUXWATCH_H
#define REEVE_CLINUXWATCH_H

#include <stdint.h>

enum {
    linux_watch_written = 0x8, // IN_CLOSE_WRITE
    linux_watch_left = 0x40 | 0x200, // IN_MOVED_FROM, IN_DELETE
    linux_watch_arrived = 0x80 | 0x100, // IN_MOVED_TO, IN_CREATE
    linux_watch_moved = 0x400 | 0x800, // IN_DELETE_SELF, IN_MOVE_SELF
    linux_watch_overflow = 0x4000, // IN_Q_OVERFLOW
    linux_watch_ended = 0x8000, // IN_IGNORED
};

/// Non-blocking, close-on-exec; -1 with errno.
int linux_watch_create(void);

/// Begins to watch a folder; 0 with its number, or an errno: ENOTDIR for anything else, ETIMEDOUT if there is no answer yet.
int linux_watch_add(int inotify, const char *folder, int milliseconds, int *number);

/// Ends it. Whether it has ended when this returns doesn't matter.
void linux_watch_remove(int inotify, int number);

#endif
