// sd_notify(3)'s socket (notify.c).
#ifndef REEVE_CLINUX_NOTIFY_H
#define REEVE_CLINUX_NOTIFY_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// A datagram socket that receives credentials, close-on-exec and non-blocking, at a path (mode 0600) or an abstract name.
int linux_notify_socket(const char *name, int is_abstract);

typedef struct {
    /// 0: it is in a PID namespace that isn't visible from here.
    int32_t pid;
    uint32_t uid;
    /// The datagram was longer than the buffer.
    int32_t is_truncated;
    /// Files came with it, which another process closes.
    int32_t has_files;
    /// They are open still: too many file systems don't answer.
    int32_t hangs;
} linux_notify_sender;

/// Receives one datagram; closes every descriptor that comes with it, without waiting for any. -1 with EAGAIN: there is none.
ssize_t linux_notify_receive(int socket, void *buffer, size_t count, linux_notify_sender *sender);

#endif
