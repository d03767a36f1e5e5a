// How long a parent waits for a child that shares its memory (see spawn.c).
#ifndef REEVE_PATIENCE_H
#define REEVE_PATIENCE_H

#include "CLinux.h"

enum patience_result {
    /// It has executed its program, or has ended.
    patience_done = 0,
    /// It was killed, and is no more: nothing of it is left but its exit status.
    patience_killed,
    /// It was killed and sleeps in the kernel. It will not run a single instruction any more, but its memory stays in use.
    patience_abandoned,
};

/// Called by the child first of all: `running`, which is not 0, becomes 0 when it executes its program or ends.
void patience_begin(int32_t *running);
/// Waits for that. A child that somebody has stopped is continued; one that takes too long is killed, if that may be.
int patience_wait(pid_t child, int32_t *running);

#endif
