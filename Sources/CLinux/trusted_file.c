// Opens files by name where others may have planted something; see CLinuxTrusted.h.
//
// It walks the path component by component with O_NOFOLLOW, and resolves links in trusted folders itself. So it works on every kernel,
// knows which component is at fault, and every later step uses the descriptor of the checked folder.
#define _GNU_SOURCE
#include "trusted.h"

#ifndef SYS_newfstatat
#define SYS_newfstatat SYS_fstatat
#endif

enum {
    longest_path = 4096,
    most_links = 40,        // as the kernel
    most_races = 8,         // with another process that creates and removes the file at the same time
    proc_magic = 0x9fa0,
    superuser = 0,
};

static int as_user(void) { return (int)RAW(SYS_geteuid, 0, 0, 0, 0, 0); }

static int status_of(int fd, struct stat *status) { return (int)RAW(SYS_fstat, fd, (long)status, 0, 0, 0); }

static int status_at(int folder, const char *name, int flags, struct stat *status) {
    return (int)RAW(SYS_newfstatat, folder, (long)name, (long)status, flags, 0);
}

static long link_at(int folder, const char *name, char *target, size_t size) {
    return RAW(SYS_readlinkat, folder, (long)name, (long)target, (long)size, 0);
}

static int unlink_at(int folder, const char *name) { return (int)RAW(SYS_unlinkat, folder, (long)name, 0, 0, 0); }

static bool is_in_proc(int folder) {
    // struct statfs begins with its type, a long; none is longer than this.
    long words[32] = {0};
    return RAW(SYS_fstatfs, folder, (long)words, 0, 0, 0) == 0 && words[0] == proc_magic;
}

static int fail(linux_trust *trust, int error) {
    trust->error = error < 0 ? -error : error;
    return -1;
}

static int refuse(linux_trust *trust, linux_trust_reason reason, int error) {
    trust->reason = reason;
    return fail(trust, error);
}

/// Whether a folder's group consists of this process's user alone: the group that many systems create for each user has the user's number.
/// Not so for root: programs of other users often run in group 0.
static bool is_own_group(const struct stat *status, uint32_t user) {
    return user != superuser && status->st_gid == user && (uint32_t)RAW(SYS_getegid, 0, 0, 0, 0, 0) == user;
}

/// Continues the walk in `folder`, and takes ownership of it.
static int enter(place *place, int folder, uint32_t user, linux_trust *trust) {
    close_raw(place->folder);
    place->folder = folder;
    struct stat status;
    int error = folder < 0 ? folder : status_of(folder, &status);
    if (error < 0) return fail(trust, error);
    const bool is_foreign = status.st_uid != superuser && status.st_uid != user;
    // A folder of root inside a sticky one such as /tmp is safe again: no one else can create or move one.
    place->is_sticky = false;
    if (is_foreign) place->is_shared = true;
    const unsigned writable = is_own_group(&status, user) ? S_IWOTH : S_IWGRP | S_IWOTH;
    if (status.st_mode & writable) {
        if (status.st_mode & S_ISVTX) place->is_sticky = true;
        else place->is_shared = true;
    }
    return 0;
}

static int look(const place *place, struct stat *status) {
    return status_at(place->folder, place->name, place->is_magic ? 0 : AT_SYMLINK_NOFOLLOW, status);
}

static bool is_open_to_others(const place *place) { return place->is_shared || place->is_sticky; }

/// Finds the folder and the last name of `path`. With `follow`, the name is not a link, unless it is in a folder that is open to others.
///
/// The place's folder is open afterwards, whatever the result.
static int find(const char *path, bool follow, place *place, linux_trust *trust) {
    const uint32_t user = (uint32_t)as_user();
    const size_t whole = length_of(path);
    // The rest of the path, and the path to follow after a link.
    char ways[2][longest_path];
    place->folder = -1;
    place->is_shared = place->is_sticky = place->is_magic = place->is_linked = false;
    trust->end = (uint32_t)whole;
    if (whole == 0) return fail(trust, ENOENT);
    if (whole >= longest_path) return fail(trust, ENAMETOOLONG);
    int current = 0, links = 0;
    __builtin_memcpy(ways[0], path, whole + 1);
    const char *at = ways[0];
    // This many bytes at the end belong to `path` itself, and not to a link on it.
    size_t original = whole;
    if (enter(place, open_at(AT_FDCWD, *at == '/' ? "/" : ".", O_PATH | O_DIRECTORY, 0), user, trust) < 0) return -1;
    for (;;) {
        while (*at == '/') at++;
        const size_t rest = length_of(at);
        size_t length = 0;
        while (at[length] && at[length] != '/') length++;
        if (length > longest_name) return fail(trust, ENAMETOOLONG);
        if (rest <= original) trust->end = (uint32_t)(whole - rest + length);
        __builtin_memcpy(place->name, at, length);
        place->name[length] = 0;
        const char *next = at + length;
        const bool is_last = *next == 0;
        if (is_last && length == 0) {
            // The path ends with a slash: it names a folder.
            place->name[0] = '.';
            place->name[1] = 0;
            return 0;
        }
        if (is_last && !follow) return 0;
        int error = -ENOTDIR;
        if (!is_last) {
            int folder = open_at(place->folder, place->name, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0);
            if (folder >= 0) {
                if (enter(place, folder, user, trust) < 0) return -1;
                at = next;
                continue;
            }
            error = folder;
            if (error != -ENOTDIR && error != -ELOOP) return fail(trust, error);
        }
        char *way = ways[1 - current];
        const long target = link_at(place->folder, place->name, way, longest_path - 1);
        if (target < 0) return is_last ? 0 : fail(trust, error);  // no link
        if (is_open_to_others(place)) return is_last ? 0 : refuse(trust, linux_trust_link, ELOOP);
        if (++links > most_links) return fail(trust, ELOOP);
        place->is_linked = true;
        if (is_in_proc(place->folder)) {
            // The text of this link only says what it leads to, not how to get there.
            if (is_last) {
                place->is_magic = true;
                return 0;
            }
            if (enter(place, open_at(place->folder, place->name, O_PATH | O_DIRECTORY, 0), user, trust) < 0) return -1;
            at = next;
            continue;
        }
        const size_t left = length_of(next);
        if (target == 0 || (size_t)target + left >= longest_path) return fail(trust, target == 0 ? ENOENT : ENAMETOOLONG);
        __builtin_memcpy(way + target, next, left + 1);
        if (original > left) original = left;
        current = 1 - current;
        at = way;
        if (*at == '/' && enter(place, open_at(AT_FDCWD, "/", O_PATH | O_DIRECTORY, 0), user, trust) < 0) return -1;
    }
}

/// The length of the folder's part of a path; 0 if it is not worth keeping.
static size_t folder_length(const char *path) {
    size_t slash = 0, at = 0;
    for (; path[at]; at++) {
        if (path[at] == '/') slash = at;
    }
    const size_t name = at - slash - 1;
    return slash == 0 || slash >= sizeof((linux_trusted_folder *)0)->path || name == 0 || name > longest_name ? 0 : slash;
}

void linux_trusted_forget(linux_trusted_folder *kept) {
    if (kept->length > 0) close_raw(kept->folder);
    kept->length = 0;
}

static void keep_folder(linux_trusted_folder *kept, const char *path, size_t length, const place *place) {
    // A link on the way may lead elsewhere next time, or the name was one.
    if (place->is_linked || place->is_magic) return;
    const int folder = (int)RAW(SYS_fcntl, place->folder, F_DUPFD_CLOEXEC, 3);
    if (folder < 0) return;
    linux_trusted_forget(kept);
    __builtin_memcpy(kept->path, path, length);
    kept->length = (uint32_t)length;
    kept->folder = folder;
    kept->is_shared = place->is_shared;
}

/// Like `find`, but starts from the kept folder if the path is in it and is not a link.
static int find_near(const char *path, bool follow, linux_trusted_folder *kept, place *place, linux_trust *trust) {
    const size_t length = kept ? folder_length(path) : 0;
    if (length > 0 && kept->length == length && __builtin_memcmp(kept->path, path, length) == 0) {
        place->folder = -1;
        place->is_shared = kept->is_shared;
        place->is_magic = place->is_linked = false;
        // Check its own mode again.
        const int folder = (int)RAW(SYS_fcntl, kept->folder, F_DUPFD_CLOEXEC, 3);
        if (enter(place, folder, (uint32_t)as_user(), trust) < 0) return -1;
        __builtin_memcpy(place->name, path + length + 1, length_of(path + length + 1) + 1);
        trust->end = (uint32_t)length_of(path);
        char target[1];
        if (!follow || link_at(place->folder, place->name, target, sizeof target) < 0) return 0;
        close_raw(place->folder);
    }
    const int error = find(path, follow, place, trust);
    if (error == 0 && length > 0) keep_folder(kept, path, length, place);
    return error;
}

static void begin(linux_trust *trust) { __builtin_memset(trust, 0, sizeof *trust); }

static void note(const struct stat *status, linux_trust *trust) {
    trust->status.device = status->st_dev;
    trust->status.inode = status->st_ino;
    trust->status.special = status->st_rdev;
    trust->status.size = status->st_size;
    trust->status.mode = status->st_mode;
}

/// Requirements for a file in a folder that is open to others.
static int judge(const struct stat *status, uint32_t owner, linux_trust *trust) {
    if (S_ISLNK(status->st_mode)) return refuse(trust, linux_trust_link, ELOOP);
    if (!S_ISREG(status->st_mode)) return refuse(trust, linux_trust_kind, EPERM);
    trust->owner = status->st_uid;
    if (status->st_uid != superuser && status->st_uid != (uint32_t)as_user() && status->st_uid != owner) {
        return refuse(trust, linux_trust_owner, EPERM);
    }
    trust->names = (uint32_t)status->st_nlink;
    if (status->st_nlink > 1) return refuse(trust, linux_trust_names, EPERM);
    return 0;
}

static int open_shared(const place *place, int flags, unsigned mode, uint32_t owner, linux_trust *trust) {
    for (int race = 0; race < most_races; race++) {
        struct stat status;
        const int found = look(place, &status);
        if (found == -ENOENT && flags & O_CREAT) {
            const int made = open_at(place->folder, place->name, flags | O_EXCL, mode);
            if (made == -EEXIST) continue;
            return made < 0 ? fail(trust, made) : made;
        }
        if (found < 0) return fail(trust, found);
        if (flags & O_EXCL) return fail(trust, EEXIST);
        if (judge(&status, owner, trust) < 0) return -1;
        const int fd = open_at(place->folder, place->name, flags & ~(O_CREAT | O_TRUNC), 0);
        // The file was removed, or replaced by a link, since the check: the next check reports it.
        if (fd == -ENOENT || fd == -ELOOP) continue;
        if (fd < 0) return fail(trust, fd);
        const int looked = status_of(fd, &status);
        if (looked < 0 ? fail(trust, looked) : judge(&status, owner, trust)) {
            close_raw(fd);
            return -1;
        }
        if (flags & O_TRUNC) {
            const int cut = (int)RAW(SYS_ftruncate, fd, 0, 0, 0, 0);
            if (cut < 0) {
                close_raw(fd);
                return fail(trust, cut);
            }
        }
        return fd;
    }
    return fail(trust, EBUSY);
}

static int open_private(const place *place, int flags, unsigned mode, linux_trust *trust) {
    if (place->is_magic) flags &= ~O_NOFOLLOW;
    struct stat status;
    if ((flags & O_ACCMODE) == O_WRONLY && look(place, &status) == 0 && S_ISFIFO(status.st_mode)) {
        const int both = open_at(place->folder, place->name, O_RDWR | (flags & (O_NONBLOCK | O_NOCTTY | O_NOFOLLOW)), 0);
        if (both >= 0) return both;
    }
    const int fd = open_at(place->folder, place->name, flags, mode);
    return fd < 0 ? fail(trust, fd) : fd;
}

static int open_place(const place *place, int flags, unsigned mode, uint32_t owner, linux_trust *trust) {
    flags |= O_NONBLOCK | O_NOCTTY | O_NOFOLLOW;
    trust->is_shared = is_open_to_others(place);
    const int fd = trust->is_shared ? open_shared(place, flags, mode, owner, trust) : open_private(place, flags, mode, trust);
    if (fd < 0) return -1;
    struct stat status;
    const int error = status_of(fd, &status);
    if (error < 0) {
        close_raw(fd);
        return fail(trust, error);
    }
    note(&status, trust);
    return fd;
}

int linux_trusted_open(
    const char *path, int flags, unsigned mode, uint32_t owner, linux_trusted_folder *kept, linux_trust *trust) {
    begin(trust);
    place place;
    int fd = find_near(path, !(flags & O_EXCL), kept, &place, trust);
    if (fd == 0) fd = open_place(&place, flags, mode, owner, trust);
    close_raw(place.folder);
    return fd;
}

static bool is_same(const struct stat *a, const struct stat *b) { return a->st_dev == b->st_dev && a->st_ino == b->st_ino; }

/// Whether the path leads to what `fd` is.
static bool leads_to(const char *path, int fd) {
    linux_trust trust;
    begin(&trust);
    place place;
    struct stat named, own;
    const bool is_found = find(path, true, &place, &trust) == 0 && look(&place, &named) == 0;
    close_raw(place.folder);
    return is_found && status_of(fd, &own) == 0 && is_same(&named, &own);
}

int linux_trusted_remove(const char *path, int fd, linux_trust *trust) {
    begin(trust);
    if (fd >= 0 && !leads_to(path, fd)) return fail(trust, ENOENT);
    place place;
    int error = find(path, false, &place, trust);
    if (error == 0) {
        trust->is_shared = is_open_to_others(&place);
        const int removed = unlink_at(place.folder, place.name);
        if (removed < 0) error = fail(trust, removed);
    }
    close_raw(place.folder);
    return error;
}

int linux_trusted_rotate(const char *path, int fd, int backups, uint32_t owner, linux_trust *trust) {
    begin(trust);
    const bool is_own = leads_to(path, fd);
    if (is_own && backups > 0) {
        place place;
        int error = find(path, false, &place, trust);
        if (error == 0) {
            // Another process has removed it between the check and the rename: there is nothing to rotate.
            const int moved = trusted_put_aside(&place, backups);
            if (moved < 0 && moved != -ENOENT) error = fail(trust, moved);
        }
        close_raw(place.folder);
        if (error < 0) return -1;
    }
    const int flags = O_WRONLY | O_APPEND | O_CREAT | (is_own ? O_TRUNC : 0);
    return linux_trusted_open(path, flags, 0666, owner, NULL, trust);
}

ssize_t linux_trusted_link(const char *path, char *target, size_t size, linux_trust *trust) {
    begin(trust);
    place place;
    ssize_t count = find(path, false, &place, trust);
    if (count == 0) {
        if (is_open_to_others(&place)) {
            count = refuse(trust, linux_trust_link, ELOOP);
        } else {
            const long got = link_at(place.folder, place.name, target, size);
            count = got < 0 ? fail(trust, (int)got) : got;
        }
    }
    close_raw(place.folder);
    return count;
}
