// cgroupfs: finds our cgroup, and writes to its control files, one short write each.
#define _GNU_SOURCE
#include "CLinux.h"
#include <sys/stat.h>

typedef struct {
    int fd;
    size_t at, count;
    char bytes[4096];
} lines;

static void begin(lines *l, const char *path) {
    l->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    l->at = l->count = 0;
}

// The next line, cut to `size`; 0 at the end, after closing the file.
static int next(lines *l, char *line, size_t size) {
    size_t used = 0;
    for (;;) {
        if (l->at == l->count) {
            ssize_t got = l->fd < 0 ? 0 : read(l->fd, l->bytes, sizeof l->bytes);
            if (got <= 0) {
                if (l->fd >= 0) close(l->fd);
                l->fd = -1;
                line[used] = 0;
                return used > 0;
            }
            l->at = 0;
            l->count = (size_t)got;
        }
        char byte = l->bytes[l->at++];
        if (byte == '\n') break;
        if (used + 1 < size) line[used++] = byte;
    }
    line[used] = 0;
    return 1;
}

// The kernel escapes spaces and the like as a backslash and three octal digits.
static void unescape(char *word) {
    char *to = word;
    while (*word) {
        if (word[0] == '\\' && word[1] && word[2] && word[3]) {
            *to++ = (char)((word[1] & 7) << 6 | (word[2] & 7) << 3 | (word[3] & 7));
            word += 4;
        } else {
            *to++ = *word++;
        }
    }
    *to = 0;
}

// Removes the first word from the text, and returns it.
static char *cut(char **rest) {
    char *word = *rest, *end = word;
    while (*end && *end != ' ') end++;
    *rest = *end ? end + 1 : end;
    *end = 0;
    return word;
}

// `first` and `second` as one string; 0 if there is no room for it.
static int join(char *to, size_t size, const char *first, const char *second) {
    size_t a = strlen(first), b = strlen(second);
    if (a + b >= size) return 0;
    memcpy(to, first, a);
    memcpy(to + a, second, b + 1);
    return 1;
}

int linux_cgroup_find(const char *mounts, const char *membership, char *folder, size_t size) {
    lines l;
    char path[4096] = "", line[8192];
    int found = linux_cgroup_not_mounted;
    *folder = 0;
    begin(&l, membership);
    // One line per hierarchy: NUMBER:CONTROLLERS:PATH. Only version 2's is of interest.
    while (next(&l, line, sizeof line)) {
        if (strncmp(line, "0::/", 4) == 0) join(path, sizeof path, line + 3, "");
    }
    begin(&l, mounts);
    // ID PARENT DEVICE ROOT PLACE OPTIONS [TAG...] - TYPE SOURCE OPTIONS
    while (next(&l, line, sizeof line)) {
        char *rest = line, *words[5], *word;
        for (int i = 0; i < 5; i++) words[i] = cut(&rest);
        do word = cut(&rest);
        while (*word && strcmp(word, "-") != 0);
        if (found == linux_cgroup_found || strcmp(cut(&rest), "cgroup2") != 0) continue;
        char *root = words[3], *place = words[4];
        unescape(root);
        unescape(place);
        // Without a cgroup namespace both paths begin at the machine's root, and only a part of that is mounted.
        size_t length = strcmp(root, "/") == 0 ? 0 : strlen(root);
        const char *inner = path + length;
        int is_above = strncmp(path, "/..", 3) == 0 && (path[3] == 0 || path[3] == '/');
        found = linux_cgroup_outside;
        if (*path && !is_above && strncmp(path, root, length) == 0 && (*inner == 0 || *inner == '/')) {
            if (join(folder, size, place, strcmp(inner, "/") == 0 ? "" : inner)) found = linux_cgroup_found;
        } else {
            join(folder, size, place, "");
        }
    }
    return found;
}

int linux_cgroup_each(const char *folder, int what, const char *target) {
    lines l;
    char path[4096], line[32];
    int count = 0;
    if (!join(path, sizeof path, folder, "/cgroup.procs")) return 0;
    begin(&l, path);
    while (next(&l, line, sizeof line)) {
        count++;
        // 0 is a process in another PID namespace; kill(0) would signal this process and its group.
        int pid = 0;
        for (const char *digit = line; *digit >= '0' && *digit <= '9'; digit++) pid = pid * 10 + (*digit - '0');
        if (what == linux_cgroup_kill && pid > 1 && pid != getpid()) kill(pid, SIGKILL);
        if (what == linux_cgroup_move && pid > 0) linux_write_text(target, line);
    }
    return count;
}

int linux_write_text(const char *path, const char *text) {
    int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) return -1;
    ssize_t written = write(fd, text, strlen(text));
    int error = errno;
    close(fd);
    errno = error;
    return written < 0 ? -1 : 0;
}

int linux_make_directory(const char *path) { return mkdir(path, 0755); }
int linux_remove_directory(const char *path) { return rmdir(path); }
