// What a crash handler can still write: log lines that wait for the end of the turn.
#include "CLinux.h"
#include <poll.h>

static struct {
    const void *bytes;
    size_t count;
    int fd;
} unwritten = {NULL, 0, -1};

void linux_note_unwritten(int fd, const void *bytes, size_t count) {
    // A signal in between finds either none of it or all of it.
    __atomic_store_n(&unwritten.count, 0, __ATOMIC_RELEASE);
    unwritten.fd = fd;
    unwritten.bytes = bytes;
    __atomic_store_n(&unwritten.count, count, __ATOMIC_RELEASE);
}

void linux_write_unwritten(int milliseconds) {
    const size_t count = __atomic_exchange_n(&unwritten.count, 0, __ATOMIC_ACQ_REL);
    if (count == 0) return;
    struct pollfd poll_for = {.fd = unwritten.fd, .events = POLLOUT};
    if (poll(&poll_for, 1, milliseconds) == 1 && write(unwritten.fd, unwritten.bytes, count) < 0) {}
}
