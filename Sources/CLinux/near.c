// Looks at files without waiting for another process: only at paths whose components the kernel has cached and which lead to one of this
// machine's own file systems, since those always answer. For all others use errand.c, which takes about 50 microseconds, and another
// process's time slice if all processors are busy.
#define _GNU_SOURCE
#include "CLinux.h"
#include "raw.h"
#include <pthread.h>
#include <stdio.h>

enum {
    known_mounts = 4,
    resolve_cached = 0x20,   // RESOLVE_CACHED, Linux 5.12
    empty_path = 0x1000,     // AT_EMPTY_PATH
    dont_sync = 0x4000,      // AT_STATX_DONT_SYNC: what the kernel knows, without asking a server
    want_type = 1,           // STATX_TYPE
    want_mount = 0x1000,     // STATX_MNT_ID, Linux 5.8: the number in mountinfo
    want_unique = 0x4000,    // STATX_MNT_ID_UNIQUE, Linux 6.8: the number for statmount, in the same place
    want_file_system = 0x20, // STATMOUNT_FS_TYPE
    call_openat2 = 437,      // the same on all architectures; musl's headers lack all three
    call_faccessat2 = 439,
    call_statmount = 457,
    longest_type = 16,
};

// struct statx, in the kernel's layout.
typedef struct {
    uint32_t mask;
    uint32_t unused[6];
    uint16_t mode;
    uint16_t more_unused[57];
    uint64_t mount;
    uint64_t rest[13];
} known_of;

_Static_assert(sizeof(known_of) == 256, "the size that the kernel writes");
_Static_assert(__builtin_offsetof(known_of, mode) == 0x1C && __builtin_offsetof(known_of, mount) == 0x90, "the kernel's places");

static int is_own(const char *type) {
    static const char own[][longest_type] = {
        "ext2", "ext3", "ext4", "xfs", "btrfs", "tmpfs", "ramfs", "rootfs", "devtmpfs", "overlay", "zfs", "f2fs", "bcachefs", "squashfs",
        "erofs", "proc", "sysfs", "devpts", "cgroup2",
    };
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
        if (strcmp(type, own[i]) == 0) return 1;
    }
    return 0;
}

// MARK: Mounts

// A line of mountinfo: `36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw`.
typedef struct {
    enum { at_number, before_type, in_type, skipping } at;
    uint64_t number;
    int dash; // characters of " - " that have been read
    size_t length;
    char type[longest_type];
} line;

// True at the end of the type of mount `wanted`.
static int take(line *l, char c, uint64_t wanted) {
    static const char dash[] = " - ";
    if (c == '\n') {
        const int is_found = l->at == in_type;
        *l = (line){.at = at_number};
        return is_found;
    }
    switch (l->at) {
    case at_number:
        if (c >= '0' && c <= '9') l->number = l->number * 10 + (uint64_t)(c - '0');
        else l->at = l->number == wanted ? before_type : skipping;
        break;
    case before_type:
        l->dash = c == dash[l->dash] ? l->dash + 1 : c == ' ';
        if (l->dash == 3) l->at = in_type;
        break;
    case in_type:
        if (c == ' ') return 1;
        if (l->length + 1 < sizeof l->type) l->type[l->length++] = c;
        break;
    case skipping: break;
    }
    return 0;
}

// struct mnt_id_req and struct statmount, in the kernel's layout.
typedef struct {
    uint32_t size, unused;
    uint64_t mount, wanted;
} about_mount;

typedef struct {
    uint32_t size, unused;
    uint64_t mask;
    uint32_t more_unused[5];
    uint32_t type; // its offset in `strings`
    uint64_t rest[59];
    char strings[longest_type + 1];
} mount_of;

_Static_assert(sizeof(about_mount) == 24 && __builtin_offsetof(mount_of, type) == 36 && __builtin_offsetof(mount_of, strings) == 512,
               "the kernel's places");

// Asks the kernel for the type of a mount. -1 if the kernel lacks the call or a filter rejects it: use mountinfo, for which the kernel
// formats a line per mount.
static int asked_for(uint64_t unique) {
    const about_mount question = {.size = sizeof question, .mount = unique, .wanted = want_file_system};
    mount_of found = {0};
    if (RAW(call_statmount, &question, &found, sizeof found, 0) != 0) return -1;
    if (!(found.mask & want_file_system) || found.type >= sizeof found.strings) return -1;
    found.strings[sizeof found.strings - 1] = 0;
    return is_own(found.strings + found.type);
}

static int found_listed(uint64_t mount) {
    const long file = RAW(SYS_openat, AT_FDCWD, "/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
    if (file < 0) return 0;
    line l = {.at = at_number};
    char bytes[1024];
    int result = -1;
    long count;
    while (result < 0 && (count = RAW(SYS_read, file, bytes, sizeof bytes)) > 0) {
        for (long i = 0; i < count && result < 0; i++) {
            if (take(&l, bytes[i], mount)) result = is_own(l.type);
        }
    }
    RAW(SYS_close, file);
    return result > 0;
}

// PID 1 has one thread; the lock is for test processes.
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
    uint64_t mount;
    int64_t asked;
    int is_own;
} known[known_mounts];

// Fills in what the kernel knows about `fd`, without asking its file system.
static int look(long fd, unsigned wanted, known_of *about) {
    return RAW(SYS_statx, fd, "", empty_path | dont_sync, wanted, about) == 0;
}

static int is_own_mount(long fd, const known_of *about) {
    if (about->mask & want_unique) {
        const int answer = asked_for(about->mount);
        if (answer >= 0) return answer;
    }
    known_of listed = {0};
    return look(fd, want_mount, &listed) && listed.mask & want_mount && found_listed(listed.mount);
}

int linux_near_mount(int fd, int *asked) {
    known_of unique = {0}, listed = {0};
    *asked = look(fd, want_unique, &unique) && unique.mask & want_unique ? asked_for(unique.mount) : -1;
    return look(fd, want_mount, &listed) && listed.mask & want_mount && found_listed(listed.mount);
}

// Cached for a second: a configuration names many files on few mounts.
static int answers(long fd, const known_of *about) {
    const uint64_t mount = about->mount;
    const int64_t now = linux_boottime();
    const size_t place = mount % known_mounts;
    pthread_mutex_lock(&lock);
    if (known[place].mount != mount || known[place].asked == 0 || now - known[place].asked > INT64_C(1000000000)) {
        known[place].mount = mount;
        known[place].asked = now;
        known[place].is_own = is_own_mount(fd, about);
    }
    const int result = known[place].is_own;
    pthread_mutex_unlock(&lock);
    return result;
}

// MARK: Files

// Opens what the path leads to with O_PATH, and gets its type; negative if an errand must be used.
static long reach(const char *path, unsigned *mode) {
    const struct {
        uint64_t flags, mode, resolve;
    } how = {O_PATH | O_CLOEXEC, 0, resolve_cached};
    const long fd = RAW(call_openat2, AT_FDCWD, path, &how, sizeof how);
    if (fd < 0) return -1;
    known_of about = {0};
    if (!look(fd, want_type | want_mount | want_unique, &about) || !(about.mask & (want_mount | want_unique)) || !answers(fd, &about)) {
        RAW(SYS_close, fd);
        return -1;
    }
    *mode = about.mode;
    return fd;
}

int linux_near_exists(const char *path) {
    unsigned mode;
    const long fd = reach(path, &mode);
    if (fd < 0) return 0;
    RAW(SYS_close, fd);
    return 1;
}

int linux_near_status(const char *path, linux_path_status *found) {
    unsigned mode = 0;
    const long fd = reach(path, &mode);
    if (fd < 0) return 0;
    const long access = RAW(call_faccessat2, fd, "", W_OK | X_OK, empty_path);
    RAW(SYS_close, fd);
    if (access == -ENOSYS || access == -EPERM) return 0;
    *found = (linux_path_status){.is_directory = S_ISDIR(mode), .is_regular = S_ISREG(mode), .is_writable = access == 0};
    return 1;
}

int linux_near_open(const char *path) {
    unsigned mode = 0;
    const long fd = reach(path, &mode);
    if (fd < 0) return -1;
    long file = -1;
    if (S_ISREG(mode)) {
        char again[40];
        snprintf(again, sizeof again, "/proc/self/fd/%ld", fd);
        file = RAW(SYS_openat, AT_FDCWD, again, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    }
    RAW(SYS_close, fd);
    return file < 0 ? -1 : (int)file;
}
