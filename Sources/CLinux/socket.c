#define _GNU_SOURCE
#include "CLinuxSocket.h"
#include "output.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

int linux_unix_socket(int stream, int nonblocking) {
    int type = (stream ? SOCK_STREAM : SOCK_SEQPACKET) | SOCK_CLOEXEC | (nonblocking ? SOCK_NONBLOCK : 0);
    return socket(AF_UNIX, type, 0);
}

static int fill(struct sockaddr_un *address, const char *path) {
    size_t length = strlen(path);
    if (length == 0 || length >= sizeof address->sun_path) {
        errno = length == 0 ? ENOENT : ENAMETOOLONG;
        return -1;
    }
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    memcpy(address->sun_path, path, length + 1);
    return 0;
}

int linux_unix_bind(int socket, const char *path) {
    struct sockaddr_un address;
    if (fill(&address, path) < 0) return -1;
    return bind(socket, (struct sockaddr *)&address, sizeof address);
}

int linux_unix_connect(int socket, const char *path) {
    struct sockaddr_un address;
    if (fill(&address, path) < 0) return -1;
    return connect(socket, (struct sockaddr *)&address, sizeof address);
}

static int connect_abstract(int socket, const char *name) {
    struct sockaddr_un address;
    if (fill(&address, name) < 0) return -1;
    address.sun_path[0] = 0;
    return connect(socket, (struct sockaddr *)&address, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name)));
}

int linux_datagram_connect(const char *path) {
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return fd;
    if ((path[0] == '@' ? connect_abstract(fd, path) : linux_unix_connect(fd, path)) == 0) return fd;
    const int error = errno;
    close(fd);
    errno = error;
    return -1;
}

int linux_send_timeout(int socket, int milliseconds) {
    struct timeval limit = {milliseconds / 1000, (milliseconds % 1000) * 1000};
    return setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

int linux_socket_pair(int ends[2]) {
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) return -1;
    if (fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0) return 0;
    const int error = errno;
    close(ends[0]);
    close(ends[1]);
    errno = error;
    return -1;
}

int linux_accept(int socket) { return accept4(socket, 0, 0, SOCK_CLOEXEC | SOCK_NONBLOCK); }

ssize_t linux_send_packet(int socket, const void *bytes, size_t count, int descriptor) {
    struct iovec part = {(void *)bytes, count};
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr aligned;
    } control;
    struct msghdr message = {0};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    if (descriptor >= 0) {
        memset(&control, 0, sizeof control);
        message.msg_control = control.bytes;
        message.msg_controllen = sizeof control.bytes;
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
    }
    return sendmsg(socket, &message, MSG_NOSIGNAL);
}

ssize_t linux_receive_packet(int socket, void *buffer, size_t count, int *descriptor, int *truncated) {
    struct iovec part = {buffer, count};
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr aligned;
    } control;
    struct msghdr message = {0};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.bytes;
    message.msg_controllen = sizeof control.bytes;
    *descriptor = -1;
    *truncated = 0;
    ssize_t got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    if (got < 0) return got;
    *truncated = (message.msg_flags & MSG_TRUNC) != 0;
    // There is room for one header only.
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS) {
        size_t bytes = header->cmsg_len - CMSG_LEN(0);
        for (size_t at = 0; at + sizeof(int) <= bytes; at += sizeof(int)) {
            int number;
            memcpy(&number, CMSG_DATA(header) + at, sizeof number);
            // The padding after one descriptor has room for a second one, which was not asked for.
            if (*descriptor < 0) *descriptor = number;
            else close(number);
        }
    }
    return got;
}

int linux_peer(int socket, pid_t *pid, uid_t *uid, gid_t *gid) {
    struct ucred peer;
    socklen_t size = sizeof peer;
    if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0) return -1;
    *pid = peer.pid;
    *uid = peer.uid;
    *gid = peer.gid;
    return 0;
}

int linux_random(uint64_t *bits) {
    return getrandom(bits, sizeof *bits, GRND_NONBLOCK) == (ssize_t)sizeof *bits ? 0 : -1;
}

int linux_entry(const char *path, uint64_t *device, uint64_t *inode, uint32_t *mode, int *is_replaceable) {
    struct stat entry;
    if (lstat(path, &entry) < 0) return -1;
    *device = entry.st_dev;
    *inode = entry.st_ino;
    *mode = entry.st_mode & 07777;
    *is_replaceable = S_ISSOCK(entry.st_mode) || (S_ISREG(entry.st_mode) && entry.st_size == 0);
    return 0;
}

int linux_entry_owner(const char *path, uid_t uid, gid_t gid) { return lchown(path, uid, gid); }

int linux_entry_mode(const char *path, unsigned mode) {
    // chmod(2) would follow a link that another process has put there meanwhile.
    const int entry = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (entry < 0) return -1;
    char name[32];
    linux_numbered(name, "/proc/self/fd/", (unsigned)entry);
    struct stat status;
    int result = fstat(entry, &status);
    if (result == 0 && S_ISLNK(status.st_mode)) {
        errno = ELOOP;
        result = -1;
    }
    if (result == 0) {
        result = chmod(name, (mode_t)mode);
        // Without /proc.
        if (result < 0 && (errno == ENOENT || errno == ENOTDIR)) result = chmod(path, (mode_t)mode);
    }
    const int error = errno;
    close(entry);
    errno = error;
    return result;
}

int linux_socket_mode(int socket, unsigned mode) { return fchmod(socket, (mode_t)mode); }

typedef union {
    struct sockaddr any;
    struct sockaddr_in inet;
    struct sockaddr_in6 inet6;
} internet_address;

// `::1` may be in brackets, as in URLs. Returns the length; 0 if it is not an address.
static socklen_t parse(const char *text, uint16_t port, internet_address *address) {
    memset(address, 0, sizeof *address);
    if (inet_aton(text, &address->inet.sin_addr)) {
        address->inet.sin_family = AF_INET;
        address->inet.sin_port = htons(port);
        return sizeof address->inet;
    }
    char bare[INET6_ADDRSTRLEN];
    const size_t length = strlen(text);
    if (length > 2 && length < sizeof bare + 2 && text[0] == '[' && text[length - 1] == ']') {
        memcpy(bare, text + 1, length - 2);
        bare[length - 2] = 0;
        text = bare;
    }
    if (inet_pton(AF_INET6, text, &address->inet6.sin6_addr) != 1) return 0;
    address->inet6.sin6_family = AF_INET6;
    address->inet6.sin6_port = htons(port);
    return sizeof address->inet6;
}

int linux_is_inet_address(const char *text) {
    internet_address address;
    return parse(text, 0, &address) > 0;
}

int linux_inet_listen(const char *text, uint16_t port, int backlog) {
    internet_address address;
    const socklen_t length = parse(text, port, &address);
    if (length == 0) {
        errno = EINVAL;
        return -1;
    }
    int fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -1;
    const int on = 1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0 ||
        bind(fd, &address.any, length) < 0 || listen(fd, backlog) < 0) {
        const int error = errno;
        close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

int linux_address_connect(const char *text, uint16_t port) {
    internet_address address;
    const socklen_t length = parse(text, port, &address);
    if (length == 0) {
        errno = EINVAL;
        return -1;
    }
    const int fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, &address.any, length) == 0) return fd;
    const int error = errno;
    close(fd);
    errno = error;
    return -1;
}

int linux_open_directory(const char *path) { return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC); }
