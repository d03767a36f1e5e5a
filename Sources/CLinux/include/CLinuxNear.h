// near.c: looks at files that answer at once.
#ifndef REEVE_CLINUX_NEAR_H
#define REEVE_CLINUX_NEAR_H

#include "CLinuxTrusted.h"

/// Whether the path exists; follows links. All three functions return 0 or -1 if an errand must be used.
int linux_near_exists(const char *path);
/// stat(2) and access(2), which follow links; 0 if an errand must be used.
int linux_near_status(const char *path, linux_path_status *found);
/// Opens a regular file for reading; -1 if an errand must be used.
int linux_near_open(const char *path);

/// For tests: whether `fd` is on a file system that answers, according to /proc/self/mountinfo; `*asked` is the result of statmount(2), or
/// -1 if the kernel lacks it.
int linux_near_mount(int fd, int *asked);

#endif
