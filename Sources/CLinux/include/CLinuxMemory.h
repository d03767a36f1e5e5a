// Memory: the heap's reserve, which init uses while the system provides none (memory.c), and what it shares (revision.c).
#ifndef REEVE_CLINUX_MEMORY_H
#define REEVE_CLINUX_MEMORY_H

#include <stddef.h>
#include <stdint.h>

/// Maps the reserve: `wanted` bytes, or half of it if a limit leaves no more than that and `beside`. If not even that can be mapped, the
/// process says so on stderr and exits with code 1.
void linux_memory_begin(size_t wanted, size_t beside);
/// Makes the reserve `bytes` long in all; 0 if the system doesn't provide as much.
int linux_memory_reserve(size_t bytes);
/// From now on there are children to look after: running out of memory is no longer a reason to exit.
void linux_memory_serve(void);
/// An allocation had to come from the reserve, and the system has had no memory since.
int linux_memory_is_short(void);
/// Checks whether the system has memory again. Cheap if there was no shortage.
void linux_memory_look(void);
/// Whether the system would provide `bytes` now, besides the reserve.
int linux_memory_can_have(size_t bytes);
/// Bytes of the reserve that are free.
size_t linux_memory_free(void);
/// Bytes of the reserve, and the most that were in use at any time.
size_t linux_memory_reserved(void);
size_t linux_memory_most_used(void);

// code.c
/// Unmaps the executable's pages: they stay in the kernel's page cache, and return one by one when they are used.
void linux_code_release(void);

// The reserve's own allocator, for its tests: it hands out pieces of memory that its caller has mapped.
typedef struct linux_reserve linux_reserve;
/// Turns `size` bytes at `memory`, which is aligned to 16 bytes, into an empty reserve.
linux_reserve *linux_reserve_make(void *memory, size_t size);
/// NULL if no piece is large enough. `alignment` is a power of two.
void *linux_reserve_take(linux_reserve *reserve, size_t size, size_t alignment);
void linux_reserve_give(linux_reserve *reserve, void *piece);
size_t linux_reserve_used(const linux_reserve *reserve);
/// Bytes that `piece` has room for.
size_t linux_reserve_size(const void *piece);

// revision.c
/// A memory file with the revision, sealed so that only this process can write to it; the first call creates it. -1 with errno: EINVAL
/// before Linux 5.1.
int linux_revision_file(void);
/// Increments the revision; does nothing until the file has been asked for.
void linux_revision_advance(void);
/// Maps the page of such a file for reading; NULL with errno.
const volatile uint64_t *linux_revision_map(int file);
uint64_t linux_revision_read(const volatile uint64_t *page);

// The heap of a process that starts or exits soon; see arena.c.
/// From now on, pieces of at most a quarter of `size` come from an arena of `size` bytes, until it is full. Pages are requested `step`
/// bytes at a time; 0: the system provides them as they are touched. Not thread-safe.
void linux_arena_begin(size_t size, size_t step);
/// Adds `size` bytes to the arena, if there is one. Their pages are requested as they are needed, `step` bytes at a time, except those
/// of pieces larger than that.
void linux_arena_extend(size_t size, size_t step);
/// Requests the pages of the next `size` bytes in one system call, instead of one page fault for each.
void linux_arena_expect(size_t size);
/// Joins pieces that are free and side by side, so that the memory can be used for pieces of any size.
void linux_arena_tidy(void);
/// Returns the pages that have no piece to the system, which provides them again when they are needed. Call it after `linux_arena_tidy`.
void linux_arena_rest(void);
/// NULL if it hasn't begun, has no room, or `size` is large. Aligned to 16 bytes.
void *linux_arena_take(size_t size);
void linux_arena_give(void *piece);
/// Whether `piece` is one of the arena's.
int linux_arena_has(const void *piece);
/// Bytes that `piece` has room for.
size_t linux_arena_size(const void *piece);

#endif
