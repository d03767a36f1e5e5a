// Memory: the heap's reserve, which init lives from while the system gives it none (memory.c), and what it shares (revision.c).
#ifndef REEVE_CLINUX_MEMORY_H
#define REEVE_CLINUX_MEMORY_H

#include <stddef.h>
#include <stdint.h>

/// Maps the reserve: `wanted` bytes, or half of it where a limit leaves no more than that and `beside`. Where not even that can be
/// mapped, the process says so on stderr and exits with code 1.
void linux_memory_begin(size_t wanted, size_t beside);
/// Makes the reserve `bytes` long in all; 0 when the system doesn't give as much.
int linux_memory_reserve(size_t bytes);
/// From now on there are children to look after: out of memory is no longer a reason to exit.
void linux_memory_serve(void);
/// Something that was asked for had to be taken from the reserve, and the system had no memory since.
int linux_memory_is_short(void);
/// Looks whether the system has memory again. Cheap when it never was short.
void linux_memory_look(void);
/// Whether the system would give `bytes` now, beside the reserve.
int linux_memory_can_have(size_t bytes);
/// Bytes of the reserve that are free.
size_t linux_memory_free(void);
/// Bytes of the reserve, and how many of them were in use at most.
size_t linux_memory_reserved(void);
size_t linux_memory_most_used(void);

// code.c
/// Lets go of the executable's pages: they stay in the kernel's page cache, and come back one by one when they are used.
void linux_code_release(void);

// The reserve's own allocator, for its tests: it hands out pieces of memory that somebody else has mapped.
typedef struct linux_reserve linux_reserve;
/// `size` bytes at `memory`, which is aligned to 16 bytes, become an empty reserve.
linux_reserve *linux_reserve_make(void *memory, size_t size);
/// NULL when there is no piece large enough. `alignment` is a power of two.
void *linux_reserve_take(linux_reserve *reserve, size_t size, size_t alignment);
void linux_reserve_give(linux_reserve *reserve, void *piece);
size_t linux_reserve_used(const linux_reserve *reserve);
/// Bytes that `piece` has room for.
size_t linux_reserve_size(const void *piece);

// revision.c
/// A memory file with the revision, sealed so that only this process can write it; made by the first call, and kept. -1 with errno:
/// EINVAL before Linux 5.1.
int linux_revision_file(void);
/// One more; nothing as long as nobody has asked for the file.
void linux_revision_advance(void);
/// The page of such a file, to read; NULL with errno.
const volatile uint64_t *linux_revision_map(int file);
uint64_t linux_revision_read(const volatile uint64_t *page);

// The heap of a process that ends soon; see arena.c.
/// Small pieces come from an arena from now on, which is never given back. For one thread.
void linux_arena_begin(void);
/// NULL when it hasn't begun, has no room, or `size` is large. Aligned to 16 bytes.
void *linux_arena_take(size_t size);
void linux_arena_give(void *piece);
/// Whether `piece` is one of the arena's.
int linux_arena_has(const void *piece);
/// Bytes that `piece` has room for.
size_t linux_arena_size(const void *piece);

#endif
