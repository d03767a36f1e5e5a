// Files, pipes and streams without their macros.
#define _GNU_SOURCE
#include "CLinux.h"
#include <features.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/syscall.h>

#ifndef TIOCGDEV
#define TIOCGDEV _IOR('T', 0x32, unsigned)
#endif
#ifndef RWF_NOWAIT
#define RWF_NOWAIT 8
#endif

int linux_status_of(int fd, const char *path, linux_status *status) {
    struct stat found;
    if ((path ? stat(path, &found) : fstat(fd, &found)) < 0) return -1;
    status->device = found.st_dev;
    status->inode = found.st_ino;
    status->special = found.st_rdev;
    status->size = found.st_size;
    status->mode = found.st_mode;
    return 0;
}

int linux_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }

// The ends of a new pipe have no other flags that F_SETFL could clear.
int linux_mark_new_pipe(int end) { return fcntl(end, F_SETFL, O_NONBLOCK); }

int linux_set_nonblocking(int fd, int on) {
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0) return -1;
    return fcntl(fd, F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK);
}

int linux_widen_pipe(int fd, int size) {
    // F_SETPIPE_SZ would also make it narrower.
    return fcntl(fd, F_GETPIPE_SZ) >= size ? 0 : fcntl(fd, F_SETPIPE_SZ, size);
}

int linux_readable_bytes(int fd) {
    int count = 0;
    return ioctl(fd, FIONREAD, &count) < 0 ? -1 : count;
}

int linux_poll_writable(int fd, int milliseconds) {
    struct pollfd wanted = {.fd = fd, .events = POLLOUT};
    int count = poll(&wanted, 1, milliseconds);
    // An error or a hang-up counts as writable: the write that follows reports it.
    return count;
}

ssize_t linux_write_nowait(int fd, const void *bytes, size_t count) {
    struct iovec vector = {(void *)bytes, count};
    // The C library's pwritev2 is missing in musl; offset -1 means the current position.
    return syscall(SYS_pwritev2, fd, &vector, 1UL, -1L, -1L, RWF_NOWAIT);
}

ssize_t linux_send_nowait(int fd, const void *bytes, size_t count) {
    return send(fd, bytes, count, MSG_DONTWAIT | MSG_NOSIGNAL);
}

int linux_is_stream_socket(int fd) {
    int type = 0;
    socklen_t length = sizeof type;
    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) < 0) return -1;
    return type == SOCK_STREAM;
}

int linux_is_same_terminal(int a, int b) {
    unsigned first = 0, second = 0;
    return ioctl(a, TIOCGDEV, &first) == 0 && ioctl(b, TIOCGDEV, &second) == 0 && first == second;
}

int linux_closes_on_exec(int fd) {
    int flags = fcntl(fd, F_GETFD);
    return flags < 0 ? -1 : (flags & FD_CLOEXEC) != 0;
}

int linux_lock_holder(int fd) {
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(fd, F_GETLK, &lock) < 0 || lock.l_type == F_UNLCK) return 0;
    return lock.l_pid > 0 ? lock.l_pid : -1;
}

void linux_lock_shared(int fd) {
    struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
    (void)fcntl(fd, F_SETLK, &lock);
}

void linux_numbered(char *text, const char *prefix, unsigned number) {
    char digits[10];
    int count = 0;
    do digits[count++] = (char)('0' + number % 10);
    while ((number /= 10) != 0);
    while (*prefix) *text++ = *prefix++;
    while (count > 0) *text++ = digits[--count];
    *text = 0;
}

int64_t linux_process_user(int pid) {
    char path[32];
    linux_numbered(path, "/proc/", (unsigned)pid);
    struct stat status;
    return stat(path, &status) < 0 ? -1 : (int64_t)status.st_uid;
}

void linux_reserve_standard_streams(void) {
    // The kernel returns the lowest free number. O_PATH: the descriptor can be neither read nor written, and / always exists.
    int fd;
    do fd = open("/", O_PATH | O_CLOEXEC);
    while (fd >= 0 && fd < 2);
    if (fd > 2) close(fd);
}

typedef unsigned char block __attribute__((vector_size(16), aligned(1)));
typedef uint64_t halves __attribute__((vector_size(16)));

// musl's memrchr checks byte by byte, which costs more than the read itself if there is no newline.
ssize_t linux_last_index(const void *bytes, size_t count, int byte) {
    const unsigned char *at = bytes;
    block wanted;
    memset(&wanted, byte, sizeof wanted);
    size_t end = count;
    while (end >= 64) {
        const block *four = (const block *)(at + end - 64);
        halves found = (halves)((four[0] == wanted) | (four[1] == wanted) | (four[2] == wanted) | (four[3] == wanted));
        if (found[0] | found[1]) break;
        end -= 64;
    }
    while (end > 0) {
        if (at[end - 1] == (unsigned char)byte) return (ssize_t)end - 1;
        end--;
    }
    return -1;
}

ssize_t linux_first_index(const void *bytes, size_t count, int byte) {
    const char *found = memchr(bytes, byte, count);
    return found ? found - (const char *)bytes : -1;
}

void linux_random_name(char text[9], int length) {
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz012345";
    unsigned char random[8] = {0};
    if (getrandom(random, sizeof random, GRND_NONBLOCK) != sizeof random) {
        // Early in a machine's life; the caller checks that the name is new anyway.
        uint64_t now = (uint64_t)linux_boottime() * 0x9e3779b97f4a7c15u;
        memcpy(random, &now, sizeof random);
    }
    int i = 0;
    for (; i < length && i < 8; i++) text[i] = alphabet[random[i] & 31];
    text[i] = 0;
}

void linux_ignore_write_signals(void) {
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
}

void linux_keep_heap_small(void) {
#ifdef __GLIBC__
    mallopt(M_ARENA_MAX, 1);
    mallopt(M_MMAP_THRESHOLD, 128 << 10);
    mallopt(M_TRIM_THRESHOLD, 256 << 10);
#endif
}
