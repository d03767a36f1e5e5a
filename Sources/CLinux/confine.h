// The steps of a child (see child.c) that restrict it: scheduling, limits, Landlock, capabilities. They run between clone and execve in the
// parent's memory, so they make raw calls only. Each returns linux_spawn_ran or its stage; the report says why.
#ifndef REEVE_CONFINE_H
#define REEVE_CONFINE_H

#include "CLinux.h"

/// What a child tells its parent when it can't continue; if it reports nothing, it has executed its program or was killed.
typedef struct {
    int32_t stage;
    int32_t error;
    /// Of a limit or a path: its position; of a capability: its number, or -1.
    int32_t detail;
} linux_spawn_report;

/// `result` is what a raw call returned: records a failure, and returns whether it is one.
static inline int report_failure(linux_spawn_report *report, long result) {
    if (result >= 0) return 0;
    report->error = (int32_t)-result;
    return 1;
}

/// As init, while its descriptors are open: no_new_privs and Landlock.
int confine_isolate(const linux_spawn_request *request, linux_spawn_report *report);
/// As init: limits, nice, I/O priority, processors. `detail` is the position of the limit that failed.
int confine_schedule(const linux_spawn_request *request, linux_spawn_report *report);
/// As init: what can be dropped or inherited only with its capabilities. `detail` is a capability.
int confine_before_identity(const linux_spawn_request *request, linux_spawn_report *report);
/// As the program's user: what a change of the user would undo. `detail` is a capability.
int confine_after_identity(const linux_spawn_request *request, linux_spawn_report *report);
/// The last step must come after the real uid has changed, since changing the user takes away what it grants.
int confine_is_late(const linux_spawn_request *request);
/// By the parent: the kernel keeps one oom_score_adj for all processes that share memory, so the child can't set its own without setting
/// init's. Opened while the child still has the parent's user (-1 with errno), written when it runs its program.
int confine_open_oom_score(pid_t child);
int confine_set_oom_score(int file, int score);

#endif
