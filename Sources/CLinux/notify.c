// The receiving end of sd_notify(3): datagrams with the sender's credentials, and possibly with descriptors that nobody asked for.
#define _GNU_SOURCE
#include "CLinuxErrand.h"
#include "CLinuxNotify.h"
#include "raw.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

/// The kernel's SCM_MAX_FD: no datagram has more.
enum { most_descriptors = 253 };

int linux_notify_socket(const char *name, int is_abstract) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const size_t length = strlen(name);
    if (length == 0 || length + 1 >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(address.sun_path + (is_abstract ? 1 : 0), name, length);
    const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return -1;
    const int on = 1;
    const socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + 1);
    if (setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) == 0 && (is_abstract || fchmod(fd, 0600) == 0) &&
        bind(fd, (struct sockaddr *)&address, size) == 0)
        return fd;
    const int error = errno;
    close(fd);
    errno = error;
    return -1;
}

typedef struct {
    /// The same numbers again are other descriptors.
    uint64_t serial;
    int32_t count;
    int32_t numbers[most_descriptors];
} descriptors;

static void close_all(void *argument) {
    const descriptors *others = argument;
    for (int32_t index = 0; index < others->count; index++) RAW(SYS_close, others->numbers[index]);
}

/// Closing a file writes it back on some file systems, and closing a socket may wait for its peer: neither happens here. What can't be
/// closed at once is closed by an errand, which need not be done when this returns.
static void get_rid_of(const int32_t *numbers, size_t count, linux_notify_sender *sender) {
    static uint64_t serial;
    descriptors others = {.serial = ++serial};
    for (size_t index = 0; index < count; index++) {
        const struct linger none = {0, 0};
        if (fcntl(numbers[index], F_GETPIPE_SZ) >= 0 || setsockopt(numbers[index], SOL_SOCKET, SO_LINGER, &none, sizeof none) == 0)
            close(numbers[index]);
        else
            others.numbers[others.count++] = numbers[index];
    }
    if (others.count == 0) return;
    sender->has_files = 1;
    const int result = linux_errand_run(close_all, 0, &others, sizeof others, 1);
    if (result != 0 && result != ETIMEDOUT) sender->hangs = 1;
}

/// CMSG_NXTHDR of musl compares numbers of different signs.
static struct cmsghdr *next(struct msghdr *message, struct cmsghdr *header) {
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wsign-compare"
    return CMSG_NXTHDR(message, header);
#pragma clang diagnostic pop
}

ssize_t linux_notify_receive(int socket, void *buffer, size_t count, linux_notify_sender *sender) {
    struct iovec part = {buffer, count};
    union {
        char bytes[CMSG_SPACE(sizeof(struct ucred)) + CMSG_SPACE(most_descriptors * sizeof(int32_t))];
        struct cmsghdr aligned;
    } control;
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
    *sender = (linux_notify_sender){.pid = 0, .uid = (uid_t)-1};
    const ssize_t got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (got < 0) return got;
    sender->is_truncated = (message.msg_flags & MSG_TRUNC) != 0;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header; header = next(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET) continue;
        if (header->cmsg_type == SCM_RIGHTS) {
            int32_t numbers[most_descriptors];
            const size_t bytes = header->cmsg_len - CMSG_LEN(0);
            size_t received = bytes / sizeof numbers[0];
            if (received > most_descriptors) received = most_descriptors;
            memcpy(numbers, CMSG_DATA(header), received * sizeof numbers[0]);
            get_rid_of(numbers, received, sender);
        } else if (header->cmsg_type == SCM_CREDENTIALS) {
            struct ucred credentials;
            memcpy(&credentials, CMSG_DATA(header), sizeof credentials);
            sender->pid = credentials.pid;
            sender->uid = credentials.uid;
        }
    }
    return got;
}
