// The steps of a child (see spawn.c) that give it less: scheduling, limits, Landlock, capabilities. They run between clone and
// execve in the parent's memory: raw calls only. Each returns linux_spawn_ran or its stage; errno says why.
#ifndef REEVE_CONFINE_H
#define REEVE_CONFINE_H

#include "CLinux.h"

/// As init, while its descriptors are there: no_new_privs and Landlock.
int confine_isolate(const linux_spawn_request *request);
/// As init: limits, nice, I/O priority, processors. `detail` is the position of the limit that failed.
int confine_schedule(const linux_spawn_request *request, int32_t *detail);
/// As init: what can be given away or inherited only with its capabilities. `detail` is a capability.
int confine_before_identity(const linux_spawn_request *request, int32_t *detail);
/// As the program's user: what a change of the user would undo. `detail` is a capability.
int confine_after_identity(const linux_spawn_request *request, int32_t *detail);
/// The last step needs to come after the real uid has changed: what it grants, a change of the user takes away.
int confine_is_late(const linux_spawn_request *request);
/// By the parent: the kernel keeps one oom_score_adj for all that share memory, so the child can't set its own without setting
/// init's. Opened while the child is still the parent's own user (-1 with errno), written when it runs its program.
int confine_open_oom_score(pid_t child);
int confine_set_oom_score(int file, int score);

#endif
