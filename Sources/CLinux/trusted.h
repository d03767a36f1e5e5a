// What trusted_file.c and trusted_backups.c share.
#ifndef REEVE_TRUSTED_H
#define REEVE_TRUSTED_H

#include "CLinux.h"
#include "raw.h"

enum { longest_name = 255 };

// Where a path leads.
typedef struct {
    int folder;
    char name[longest_name + 1];
    // Somebody else can change what is in one of the folders.
    bool is_shared;
    // Somebody else can add names to this folder, but neither rename nor remove those of others.
    bool is_sticky;
    // `name` is one of /proc's links that only the kernel can follow.
    bool is_magic;
    // A link was followed on the way.
    bool is_linked;
} place;

static inline int open_at(int folder, const char *name, int flags, unsigned mode) {
    return (int)RAW(SYS_openat, folder, (long)name, flags | O_CLOEXEC, mode, 0);
}

static inline void close_raw(int fd) {
    if (fd >= 0) RAW(SYS_close, fd, 0, 0, 0, 0);
}

static inline size_t length_of(const char *text) {
    size_t length = 0;
    while (text[length]) length++;
    return length;
}

/// Renames the file at `place` to `.1`, and each of its backups below `backups` to the next number. 0, or a negative errno: -ENOENT when the
/// file is gone.
int trusted_put_aside(const place *place, int backups);

#endif
