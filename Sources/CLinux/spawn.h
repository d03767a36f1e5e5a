// What the parent (spawn.c) and the child (child.c) of a start share.
#ifndef REEVE_SPAWN_H
#define REEVE_SPAWN_H

#include "confine.h"

enum {
    most_descriptors = 64, // descriptors of a child: 0-2 and inherited sockets; the Swift side refuses more
};

/// Whose descriptor table the child uses; see spawn.c.
enum { table_own, table_shared, table_awaited };

/// A child on its way to its program. Its stack lies below it; everything that the request points to lies behind it.
struct linux_spawning {
    linux_spawn_request request;
    /// With its sources at the numbers where `keep` saves them.
    linux_spawn_descriptor descriptors[most_descriptors];
    /// The table is the parent's: leave it with a copy of the descriptors below this number. 0: the table is the child's own.
    unsigned keep;
    /// One of the three above; both sides change it.
    int32_t table;
    /// The child's end of the pipe for its report, close-on-exec.
    int32_t report;
    pid_t parent;

    // The parent's own.
    pid_t pid;
    int32_t pidfd;
    int32_t reading;
    int32_t oom_score;
    /// -1, or the set of slots that it holds.
    int32_t slots;
    int32_t is_counted;
    size_t size;
    struct linux_spawning *next;
};

/// The child's side. Never returns.
int spawn_child(void *spawning);

#endif
