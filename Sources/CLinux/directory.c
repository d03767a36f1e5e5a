// What the parser asks about files and the machine while it reads a configuration.
#define _GNU_SOURCE
#include "CLinux.h"
#include <sys/utsname.h>

void *linux_directory_open(const char *path) { return opendir(path); }

const char *linux_directory_next(void *directory) {
    struct dirent *entry = readdir(directory);
    return entry ? entry->d_name : 0;
}

void linux_directory_close(void *directory) { closedir(directory); }

bool linux_is_name(const char *path) {
    struct stat status;
    return lstat(path, &status) == 0;
}

void linux_host_name(unsigned char *name, size_t size) {
    struct utsname names;
    if (size == 0) return;
    name[0] = 0;
    if (uname(&names) != 0) return;
    strncpy((char *)name, names.nodename, size - 1);
    name[size - 1] = 0;
}

char *const *linux_environment(void) { return environ; }
