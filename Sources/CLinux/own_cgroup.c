// What this process's cgroup says: how many processors it may use (cpu.max of version 2, cpu.cfs_quota_us of version 1), and how
// often the kernel has killed one of its processes because memory ran out (memory.events, memory.oom_control).
//
// Source: "Control Group v2", "CFS Bandwidth Control" and "Memory Resource Controller" in the kernel's documentation.
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

/// What is asked of each folder from a cgroup's own up to the top one, as far as they are visible here. `value` is the answer so
/// far, 0 at first; at the end it is the result.
typedef int64_t (*question)(const char *folder, int version, int64_t value);

static int64_t least_quota(const char *folder, int version, int64_t least) {
    const int64_t found = quota_of(folder, version);
    return found > 0 && (least == 0 || found < least) ? found : least;
}

/// One more than the nearest counter; 0: there is none yet.
static int64_t nearest_kills(const char *folder, int version, int64_t nearest) {
    if (nearest > 0) return nearest;
    char path[4352];
    snprintf(path, sizeof path, "%s/%s", folder, version == 2 ? "memory.events" : "memory.oom_control");
    return linux_memory_kills(path) + 1;
}

static int64_t ask_up(const char *root, const char *name, char *path, int version, question ask, int64_t value) {
    char folder[4200];
    for (;;) {
        size_t length = strlen(path);
        while (length > 0 && path[length - 1] == '/') path[--length] = 0;
        snprintf(folder, sizeof folder, "%s%s%s%s", root, *name ? "/" : "", name, path);
        value = ask(folder, version, value);
        char *slash = strrchr(path, '/');
        if (!slash) return value;
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

/// Whether a list with commas has the name.
static int lists(const char *names, const char *name) {
    const size_t length = strlen(name);
    for (const char *at = names; (at = strstr(at, name)); at += length) {
        if ((at == names || at[-1] == ',') && (at[length] == 0 || at[length] == ',')) return 1;
    }
    return 0;
}

static int64_t ask_all(const char *membership, const char *root, const char *controller, question ask) {
    char text[8192], path[4096];
    read_text(membership, text, sizeof text);
    int64_t value = 0;
    char *rest = text;
    for (char *line; (line = part(&rest, '\n'));) {
        // `0::/path`, or for version 1 `4:cpu,cpuacct:/path`.
        if (!part(&line, ':')) continue;
        const char *controllers = part(&line, ':');
        if (!controllers || strlen(line) >= sizeof path) continue;
        if (*controllers == 0) {
            value = ask_up(root, "", strcpy(path, line), 2, ask, value);
        } else if (lists(controllers, controller)) {
            value = ask_up(root, controller, strcpy(path, line), 1, ask, value);
            if (strcmp(controllers, controller) != 0) value = ask_up(root, controllers, strcpy(path, line), 1, ask, value);
        }
    }
    return value;
}

int linux_processor_quota(const char *membership, const char *root) {
    const int64_t least = ask_all(membership, root, "cpu", least_quota);
    return least > INT32_MAX ? INT32_MAX : (int)least;
}

int64_t linux_memory_kills(const char *path) {
    char text[512];
    read_text(path, text, sizeof text);
    const char *line = strstr(text, "oom_kill ");
    return line ? number(line + 9) : -1;
}

int64_t linux_own_memory_kills(const char *membership, const char *root) {
    return ask_all(membership, root, "memory", nearest_kills) - 1;
}
