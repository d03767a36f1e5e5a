// inotify(7). Adding a folder asks its file system, and removing one may write a file back: an errand does both.
#define _GNU_SOURCE
#include "CLinuxErrand.h"
#include "CLinuxWatch.h"
#include "raw.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/syscall.h>

_Static_assert(linux_watch_written == IN_CLOSE_WRITE && linux_watch_left == (IN_MOVED_FROM | IN_DELETE) &&
                   linux_watch_arrived == (IN_MOVED_TO | IN_CREATE) && linux_watch_moved == (IN_DELETE_SELF | IN_MOVE_SELF) &&
                   linux_watch_overflow == IN_Q_OVERFLOW && linux_watch_ended == IN_IGNORED,
               "the kernel's numbers");

int linux_watch_create(void) { return inotify_init1(IN_NONBLOCK | IN_CLOEXEC); }

typedef struct {
    int32_t inotify, number;
    char folder[PATH_MAX];
} watch_errand;

static void add(void *argument) {
    watch_errand *a = argument;
    const unsigned mask = linux_watch_written | linux_watch_left | linux_watch_arrived | linux_watch_moved | IN_ONLYDIR;
    a->number = (int32_t)RAW(SYS_inotify_add_watch, a->inotify, a->folder, mask);
}

int linux_watch_add(int inotify, const char *folder, int milliseconds, int *number) {
    watch_errand a;
    memset(&a, 0, sizeof a);
    const size_t size = strlen(folder) + 1;
    if (size > sizeof a.folder) return ENAMETOOLONG;
    memcpy(a.folder, folder, size);
    a.inotify = inotify;
    const int error = linux_errand_run(add, 0, &a, sizeof a, milliseconds);
    if (error != 0) return error;
    *number = a.number;
    return a.number < 0 ? -a.number : 0;
}

static void end(void *argument) {
    const watch_errand *a = argument;
    RAW(SYS_inotify_rm_watch, a->inotify, a->number);
}

void linux_watch_remove(int inotify, int number) {
    watch_errand a;
    memset(&a, 0, sizeof a);
    a.inotify = inotify;
    a.number = number;
    (void)linux_errand_run(end, 0, &a, sizeof a, 1);
}
