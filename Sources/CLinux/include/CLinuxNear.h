// near.c: looking at what answers at once.
#ifndef REEVE_CLINUX_NEAR_H
#define REEVE_CLINUX_NEAR_H

#include "CLinuxTrusted.h"

/// There is something at the path, links followed. 0: ask an errand, as with the two others.
int linux_near_exists(const char *path);
/// stat(2) and access(2), which follow links; 0 when an errand has to be asked.
int linux_near_status(const char *path, linux_path_status *found);
/// A regular file for reading; -1 when an errand has to be asked.
int linux_near_open(const char *path);

/// For tests: whether `fd` is on a file system that answers, as /proc/self/mountinfo says; `*asked` is what statmount(2) says, -1 if the
/// kernel doesn't know it.
int linux_near_mount(int fd, int *asked);

#endif
