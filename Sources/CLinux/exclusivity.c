// Checks at run time that no code reads or changes a variable while other code changes it.
//
// The compiler reports each access that it can't prove to be exclusive. Embedded Swift's own runtime accepts every report (weak functions
// that do nothing); these replace them. The processes that are built this way have one thread, so the accesses in progress form one list.
// Its nodes are the buffers that the compiler reserves in the frames of the functions that make the accesses.
#include "CLinux.h"
#ifdef REEVE_MUSL
#include <stddef.h>

// The layout and the flags are the compiler's interface to its runtime: stdlib/public/runtime/Exclusivity.cpp in Swift's sources.
enum { modifying = 0x1, tracked = 0x20 };

/// What the compiler reserves: three words, uninitialized.
struct access {
    const void *variable;
    struct access *next;
    uintptr_t is_modifying;
};

static struct access *in_progress;

void swift_beginAccess(const void *variable, struct access *access, uintptr_t flags, const void *caller);
void swift_beginAccess(const void *variable, struct access *access, uintptr_t flags, const void *caller) {
    (void)caller;
    uintptr_t is_modifying = flags & modifying;
    for (struct access *other = in_progress; other; other = other->next) {
        if (other->variable == variable && (is_modifying | other->is_modifying)) __builtin_trap();
    }
    if (!(flags & tracked)) {
        // An instantaneous access: the compiler doesn't report its end, or reports it with a buffer that says so.
        access->variable = NULL;
        return;
    }
    *access = (struct access){variable, in_progress, is_modifying};
    in_progress = access;
}

void swift_endAccess(struct access *access);
void swift_endAccess(struct access *access) {
    if (!access->variable) return;
    for (struct access **at = &in_progress; *at; at = &(*at)->next) {
        if (*at != access) continue;
        *at = access->next;
        return;
    }
}
#endif
