// How many processors a cgroup may use: cpu.max of version 2, cpu.cfs_quota_us of version 1.
//
// Source: "Control Group v2" and "CFS Bandwidth Control" in the kernel's documentation.
#define _GNU_SOURCE
#include "CLinuxProcess.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/// The beginning of a file of the kernel's, as a string; empty if there is none.
static void read_text(const char *path, char *text, size_t size) {
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    const ssize_t count = fd < 0 ? 0 : read(fd, text, size - 1);
    text[count > 0 ? count : 0] = 0;
    if (fd >= 0) close(fd);
}

/// 0 if there is none that is positive, such as for `max` and -1.
static int64_t number(const char *text) {
    int64_t value = 0;
    while (*text == ' ') text++;
    for (; *text >= '0' && *text <= '9' && value < INT32_MAX; text++) value = value * 10 + (*text - '0');
    return value;
}

/// Rounded up; 0: there is no quota.
static int64_t processors(const char *quota, const char *period) {
    const int64_t time = number(quota), of = number(period);
    return time > 0 && of > 0 ? (time - 1) / of + 1 : 0;
}

static int64_t quota_of(const char *folder, int version) {
    char path[4352], first[64], second[64];
    if (version == 2) {
        snprintf(path, sizeof path, "%s/cpu.max", folder);
        read_text(path, first, sizeof first);
        const char *space = strchr(first, ' ');
        return space ? processors(first, space) : 0;
    }
    snprintf(path, sizeof path, "%s/cpu.cfs_quota_us", folder);
    read_text(path, first, sizeof first);
    snprintf(path, sizeof path, "%s/cpu.cfs_period_us", folder);
    read_text(path, second, sizeof second);
    return processors(first, second);
}

/// The smallest of the quotas of a cgroup and of those above it, of which not all may be visible here.
static int64_t quota_up(const char *root, const char *name, char *path, int version, int64_t least) {
    char folder[4200];
    for (;;) {
        size_t length = strlen(path);
        while (length > 0 && path[length - 1] == '/') path[--length] = 0;
        snprintf(folder, sizeof folder, "%s%s%s%s", root, *name ? "/" : "", name, path);
        const int64_t found = quota_of(folder, version);
        if (found > 0 && (least == 0 || found < least)) least = found;
        char *slash = strrchr(path, '/');
        if (!slash) return least;
        *slash = 0;
    }
}

/// The text up to a separator, which it becomes the end of; null if there is no separator left. `*rest` is what follows.
static char *part(char **rest, char separator) {
    char *start = *rest;
    char *end = strchr(start, separator);
    if (!end) return 0;
    *end = 0;
    *rest = end + 1;
    return start;
}

int linux_processor_quota(const char *membership, const char *root) {
    char text[8192], path[4096];
    read_text(membership, text, sizeof text);
    int64_t least = 0;
    char *rest = text;
    for (char *line; (line = part(&rest, '\n'));) {
        // `0::/path`, or for version 1 `4:cpu,cpuacct:/path`.
        if (!part(&line, ':')) continue;
        const char *controllers = part(&line, ':');
        if (!controllers || strlen(line) >= sizeof path) continue;
        if (*controllers == 0) {
            least = quota_up(root, "", strcpy(path, line), 2, least);
        } else if (strcmp(controllers, "cpu") == 0 || strncmp(controllers, "cpu,", 4) == 0 || strstr(controllers, ",cpu,") ||
                   (strlen(controllers) > 4 && strcmp(controllers + strlen(controllers) - 4, ",cpu") == 0)) {
            least = quota_up(root, "cpu", strcpy(path, line), 1, least);
            least = quota_up(root, controllers, strcpy(path, line), 1, least);
        }
    }
    return least > INT32_MAX ? INT32_MAX : (int)least;
}
