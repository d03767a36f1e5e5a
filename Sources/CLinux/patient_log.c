// Appends to logs on file systems that depend on a network or on a program: they may answer when a log is opened, and hang later.
//
// Such a log is open only while a helper process writes to it, in a table of its own. Otherwise each child that init starts would have a copy
// of the descriptor, and closing one may wait for the file system, too.
#define _GNU_SOURCE
#include "CLinux.h"
#include "raw.h"
#include <limits.h>
#include <linux/close_range.h>
#include <sys/mman.h>

#ifndef SYS_close_range
#define SYS_close_range 436
#endif

typedef struct {
    // First: whether a write is late is asked by path.
    char path[PATH_MAX];
    // Two writes of the same bytes are two errands.
    uint32_t serial;
    uint32_t owner;
    int32_t caller;
    int32_t backups, error, rotation_error;
    int64_t most;
    // The helper frees them.
    char *bytes;
    size_t count, done;
} append_errand;

static void write_all(append_errand *a, int fd) {
    while (a->done < a->count) {
        const long written = RAW(SYS_write, fd, a->bytes + a->done, a->count - a->done);
        if (written <= 0) {
            a->error = written < 0 ? (int32_t)-written : EIO;
            return;
        }
        a->done += (size_t)written;
    }
}

static void rotate(append_errand *a, int fd) {
    linux_trust trust;
    memset(&trust, 0, sizeof trust);
    const int made = linux_trusted_rotate(a->path, fd, a->backups, a->owner, &trust);
    if (made < 0) a->rotation_error = trust.error;
    if (made >= 0) RAW(SYS_close, made);
}

static void open_and_append(append_errand *a) {
    linux_trust trust;
    memset(&trust, 0, sizeof trust);
    // Kernels before 5.9 don't have it: there, the log is open in the caller's table meanwhile.
    RAW(SYS_close_range, 0, ~0u, CLOSE_RANGE_UNSHARE);
    const int fd = linux_trusted_open(a->path, O_WRONLY | O_APPEND | O_CREAT, 0666, a->owner, NULL, &trust);
    if (fd >= 0) {
        write_all(a, fd);
        if (a->most > 0 && RAW(SYS_lseek, fd, 0, SEEK_CUR) >= a->most) rotate(a, fd);
        RAW(SYS_close, fd);
    } else {
        a->error = trust.error;
    }
}

static void append(void *argument) {
    append_errand *a = argument;
    // There was no process for it: the table and the time of this one are not the helper's.
    if (RAW(SYS_getpid) == a->caller) a->error = EAGAIN;
    else open_and_append(a);
    RAW(SYS_munmap, a->bytes, a->count);
}

// The path of a late write. While it continues, no other write is waited for: a thousand logs may be on the same file system.
static char late_path[PATH_MAX];

bool linux_patient_is_appending(const char *path) {
    return path[0] && linux_errand_is_unfinished(append, path, strlen(path) + 1);
}

static uint32_t serial;

int linux_patient_append(
    const char *path, uint32_t owner, const void *bytes, size_t count, linux_log_limits limits, int milliseconds, linux_appended *appended) {
    *appended = (linux_appended){0, 0};
    if (strlen(path) >= PATH_MAX) return ENAMETOOLONG;
    if (linux_patient_is_appending(path)) return ETIMEDOUT;
    if (!linux_patient_is_appending(late_path)) late_path[0] = 0;
    append_errand a;
    memset(&a, 0, sizeof a);
    strcpy(a.path, path);
    a.serial = serial++;
    a.owner = owner;
    a.caller = getpid();
    a.backups = limits.backups;
    a.most = limits.most_bytes;
    a.count = count;
    void *copied = mmap(NULL, count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (copied == MAP_FAILED) return ENOMEM;
    a.bytes = memcpy(copied, bytes, count);
    const int error = linux_errand_run(append, NULL, &a, sizeof a, late_path[0] ? 0 : milliseconds);
    if (error == ETIMEDOUT) {
        if (!late_path[0]) strcpy(late_path, path);
        appended->count = count;
        return 0;
    }
    if (error != 0) {
        munmap(copied, count);
        return error;
    }
    *appended = (linux_appended){a.done, a.rotation_error};
    return a.done > 0 ? 0 : a.error;
}

typedef struct {
    int32_t fd;
    uint32_t serial;
} close_errand;

static void close_file(void *argument) {
    const close_errand *a = argument;
    RAW(SYS_close, a->fd);
}

void linux_patient_close(int fd, int milliseconds) {
    close_errand a = {fd, serial++};
    linux_errand_run(close_file, NULL, &a, sizeof a, milliseconds);
}
