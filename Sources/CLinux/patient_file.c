// The calls of trusted_file.c with a bound. Asking a helper process costs about 50 microseconds, which a thousand logs would notice, so
// this process itself opens what is in a folder on a local file system, which always answers. It checks again after half a minute which
// file system a folder is on: only a mount over a folder of logs changes that.
#define _GNU_SOURCE
#include "CLinux.h"
#include "raw.h"
#include <limits.h>
#include <pthread.h>
#include <sys/vfs.h>

enum {
    known_folders = 32,
    seconds_known = 30,
};

// MARK: Which file systems answer

// File systems that depend on nothing else for an answer: no network, no program.
static int is_own(long type) {
    static const unsigned own[] = {
        0xEF53 /* ext */,     0x58465342 /* xfs */,  0x9123683E /* btrfs */, 0x01021994 /* tmpfs */,  0x858458F6 /* ramfs */,
        0x794C7630 /* overlay */, 0x2FC12FC1 /* zfs */, 0xF2F52010 /* f2fs */, 0xCA451A4E /* bcachefs */, 0x73717368 /* squashfs */,
        0xE0F5E1E2 /* erofs */, 0x9FA0 /* proc */,    0x62656572 /* sysfs */, 0x1CD1 /* devpts */,     0x63677270 /* cgroup2 */,
    };
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
        if ((unsigned)type == own[i]) return 1;
    }
    return 0;
}

static int is_on_own(long fd) {
    // struct statfs begins with its type, a long; none is longer than this.
    long words[32] = {0};
    return RAW(SYS_fstatfs, fd, words) == 0 && is_own(words[0]);
}

typedef struct {
    int32_t error, is_own;
    char folder[PATH_MAX];
} folder_errand;

static void ask_folder(void *argument) {
    folder_errand *a = argument;
    const long fd = RAW(SYS_openat, AT_FDCWD, a->folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        // The call itself will report it.
        a->is_own = 1;
        return;
    }
    a->is_own = is_on_own(fd);
    RAW(SYS_close, fd);
}

static uint64_t hash_of(const char *text, size_t length) {
    uint64_t hash = 14695981039346656037u;
    for (size_t i = 0; i < length; i++) hash = (hash ^ (unsigned char)text[i]) * 1099511628211u;
    return hash | 1;
}

static struct {
    uint64_t hash;
    int64_t asked;
    int32_t is_own;
} known[known_folders];

// 0 with `answers`, or an errno: the folder itself does not answer.
static int folder_answers(const char *path, int milliseconds, int *answers) {
    const char *slash = strrchr(path, '/');
    const size_t length = slash ? (size_t)(slash - path) : 0;
    if (length >= PATH_MAX) return ENAMETOOLONG;
    const uint64_t hash = hash_of(path, length);
    const int64_t now = linux_boottime();
    const size_t place = hash % known_folders;
    if (known[place].hash == hash && now - known[place].asked < seconds_known * INT64_C(1000000000)) {
        *answers = known[place].is_own;
        return 0;
    }
    folder_errand a;
    memset(&a, 0, sizeof a);
    memcpy(a.folder, length > 0 ? path : slash ? "/" : ".", length > 0 ? length : 1);
    a.is_own = linux_near_exists(a.folder);
    if (!a.is_own) {
        const int error = linux_errand_run(ask_folder, NULL, &a, sizeof a, milliseconds);
        if (error != 0) return error;
    }
    known[place].hash = hash;
    known[place].asked = now;
    known[place].is_own = a.is_own;
    *answers = a.is_own;
    return 0;
}

// The type of what is at the path, itself if it is a link; 0 if there is nothing. This doesn't touch what is mounted there.
static unsigned type_at(const char *path) {
    // struct statx, which musl's headers lack: 256 bytes, with the mode in the two at 28.
    uint16_t about[128] = {0};
    enum { want_type = 1, dont_sync = 0x4000, mode_at = 14 };
    const int flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | dont_sync;
    return RAW(SYS_statx, AT_FDCWD, path, flags, want_type, about) == 0 ? about[mode_at] & S_IFMT : 0;
}

// A link in a folder that answers may lead to one that doesn't.
static int is_link(const char *path) { return type_at(path) == S_IFLNK; }

// MARK: The calls

typedef enum { call_open, call_remove, call_rotate } trusted_call;

typedef struct {
    trusted_call call;
    int32_t flags, fd, backups, result;
    uint32_t mode, owner;
    linux_trust trust;
    char path[PATH_MAX];
} trusted_errand;

static int perform(trusted_errand *a, const char *path, linux_trusted_folder *kept) {
    switch (a->call) {
    case call_open: return linux_trusted_open(path, a->flags, a->mode, a->owner, kept, &a->trust);
    case call_remove: return linux_trusted_remove(path, a->fd, &a->trust);
    case call_rotate: return linux_trusted_rotate(path, a->fd, a->backups, a->owner, &a->trust);
    }
    return -1;
}

// A thousand logs in one folder need only one walk per second. PID 1 has one thread; the lock is for test processes.
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static linux_trusted_folder kept;
static int64_t since;

void linux_patient_rest(void) {
    pthread_mutex_lock(&lock);
    linux_trusted_forget(&kept);
    pthread_mutex_unlock(&lock);
}

static int perform_near(trusted_errand *a, const char *path) {
    const int64_t now = linux_boottime();
    pthread_mutex_lock(&lock);
    if (now - since >= INT64_C(1000000000)) {
        linux_trusted_forget(&kept);
        since = now;
    }
    const int result = perform(a, path, &kept);
    pthread_mutex_unlock(&lock);
    return result;
}

static void perform_here(void *argument) {
    trusted_errand *a = argument;
    a->result = perform(a, a->path, NULL);
    // A link in a folder that answers may have led there.
    if (a->call != call_remove && a->result >= 0) a->trust.is_remote = !is_on_own(a->result);
}

static void close_result(void *argument) {
    const trusted_errand *a = argument;
    if (a->call != call_remove && a->result >= 0) RAW(SYS_close, a->result);
}

static int fail(linux_trust *trust, int error) {
    memset(trust, 0, sizeof *trust);
    trust->error = error;
    return -1;
}

static int run(trusted_errand *a, const char *path, linux_trust *trust, int milliseconds) {
    int answers = 0;
    int error = folder_answers(path, milliseconds, &answers);
    if (error != 0) return fail(trust, error);
    if (answers && !is_link(path)) {
        const int result = perform_near(a, path);
        *trust = a->trust;
        return result;
    }
    const size_t size = strlen(path) + 1;
    if (size > sizeof a->path) return fail(trust, ENAMETOOLONG);
    memcpy(a->path, path, size);
    error = linux_errand_run(perform_here, close_result, a, sizeof *a, milliseconds);
    if (error != 0) return fail(trust, error);
    *trust = a->trust;
    return a->result;
}

int linux_patient_open(
    const char *path, int flags, unsigned mode, uint32_t owner, linux_trust *trust, int milliseconds) {
    trusted_errand a;
    memset(&a, 0, sizeof a);
    a.call = call_open;
    a.flags = flags;
    a.mode = mode;
    a.owner = owner;
    return run(&a, path, trust, milliseconds);
}

int linux_patient_remove(const char *path, int fd, linux_trust *trust, int milliseconds) {
    trusted_errand a;
    memset(&a, 0, sizeof a);
    a.call = call_remove;
    a.fd = fd;
    return run(&a, path, trust, milliseconds);
}

int linux_patient_rotate(
    const char *path, int fd, int backups, uint32_t owner, linux_trust *trust, int milliseconds) {
    trusted_errand a;
    memset(&a, 0, sizeof a);
    a.call = call_rotate;
    a.fd = fd;
    a.backups = backups;
    a.owner = owner;
    return run(&a, path, trust, milliseconds);
}

// MARK: Writing a whole file

typedef struct {
    linux_trust trust;
    int32_t result;
    uint32_t count;
    char path[PATH_MAX], bytes[linux_patient_most];
} write_errand;

static void write_here(void *argument) {
    write_errand *a = argument;
    const int flags = O_WRONLY | O_CREAT | O_TRUNC;
    a->result = linux_trusted_open(a->path, flags, 0666, linux_trust_nobody, NULL, &a->trust);
    if (a->result < 0) return;
    const int fd = a->result;
    for (size_t done = 0; done < a->count;) {
        const long written = RAW(SYS_write, fd, a->bytes + done, a->count - done);
        if (written <= 0) {
            a->trust.error = written < 0 ? (int32_t)-written : EIO;
            a->result = -1;
            break;
        }
        done += (size_t)written;
    }
    RAW(SYS_close, fd);
}

int linux_patient_write(const char *path, const void *bytes, size_t count, linux_trust *trust, int milliseconds) {
    write_errand a;
    memset(&a, 0, sizeof a);
    const size_t size = strlen(path) + 1;
    if (size > sizeof a.path) return fail(trust, ENAMETOOLONG);
    if (count > sizeof a.bytes) return fail(trust, EFBIG);
    memcpy(a.path, path, size);
    if (count > 0) memcpy(a.bytes, bytes, count);
    a.count = (uint32_t)count;
    const int error = linux_errand_run(write_here, NULL, &a, sizeof a, milliseconds);
    if (error != 0) return fail(trust, error);
    *trust = a.trust;
    return a.result < 0 ? -1 : 0;
}

// MARK: Questions

typedef struct {
    linux_path_status found;
    char path[PATH_MAX];
} status_errand;

static void look(linux_path_status *found, const char *path) {
    struct stat about;
    found->error = (int32_t)-RAW(SYS_newfstatat, AT_FDCWD, path, &about, 0);
    if (found->error != 0) return;
    found->is_directory = S_ISDIR(about.st_mode);
    found->is_regular = S_ISREG(about.st_mode);
    found->is_writable = RAW(SYS_faccessat, AT_FDCWD, path, W_OK | X_OK) == 0;
}

static void look_here(void *argument) {
    status_errand *a = argument;
    look(&a->found, a->path);
}

linux_path_status linux_patient_status(const char *path, int milliseconds) {
    status_errand a;
    memset(&a, 0, sizeof a);
    // Another file system may be mounted on it, and looking at the mount point of one that hangs hangs.
    const size_t size = strlen(path) + 1;
    a.found.error = ENAMETOOLONG;
    if (size > sizeof a.path) return a.found;
    memcpy(a.path, path, size);
    a.found.error = 0;
    if (linux_near_status(path, &a.found)) return a.found;
    const int error = linux_errand_run(look_here, NULL, &a, sizeof a, milliseconds);
    if (error != 0) a.found.error = error;
    return a.found;
}

typedef struct {
    linux_trust trust;
    int64_t count;
    char path[PATH_MAX], target[PATH_MAX];
} link_errand;

static void read_link(void *argument) {
    link_errand *a = argument;
    a->count = linux_trusted_link(a->path, a->target, sizeof a->target, &a->trust);
}

ssize_t linux_patient_link(const char *path, char *target, size_t size, linux_trust *trust, int milliseconds) {
    link_errand a;
    memset(&a, 0, sizeof a);
    int answers = 0;
    int error = folder_answers(path, milliseconds, &answers);
    if (error == 0 && answers) {
        // Usually it is no link, and then nobody has planted it: no need to walk through the folders.
        const unsigned type = type_at(path);
        return type != 0 && type != S_IFLNK ? fail(trust, EINVAL) : linux_trusted_link(path, target, size, trust);
    }
    const size_t length = strlen(path) + 1;
    if (error == 0 && length > sizeof a.path) error = ENAMETOOLONG;
    if (error != 0) return fail(trust, error);
    memcpy(a.path, path, length);
    error = linux_errand_run(read_link, NULL, &a, sizeof a, milliseconds);
    if (error != 0) return fail(trust, error);
    *trust = a.trust;
    if (a.count > 0 && (size_t)a.count <= size) memcpy(target, a.target, (size_t)a.count);
    return (ssize_t)a.count;
}
