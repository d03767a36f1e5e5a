// The heap of ctl, and of init until its first programs run. It allocates from the start of one block, and keeps a list of freed pieces for
// each size. It returns nothing to the system, and so needs few system calls.
#define _GNU_SOURCE
#include "CLinuxMemory.h"
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 // Linux 5.14
#endif

enum {
    unit = 16,
    fine = 512, // sizes are multiples of `unit` up to here, less a header, and powers of two above
    powers = 9,
    list_count = fine / unit + 1 + powers,
};

// Precedes each piece, and has its size without the header. Sizes are an odd number of headers, so that pieces are aligned to 16 bytes.
typedef size_t header;

static char *arena, *next, *end;
static size_t most; // larger pieces justify a system call
static void *lists[list_count];

// The number of the list for `size`; sets `size` to the size of its pieces.
static int list_of(size_t *size) {
    size_t whole = *size + sizeof(header);
    int list;
    if (whole <= fine) {
        whole = (whole + unit - 1) & ~(size_t)(unit - 1);
        list = (int)(whole / unit);
    } else {
        list = fine / unit;
        for (size_t power = fine; power < whole; list++) power *= 2;
        whole = (size_t)fine << (list - fine / unit);
    }
    *size = whole - sizeof(header);
    return list;
}

void linux_arena_begin(size_t size) {
    void *got = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (got == MAP_FAILED) return;
    arena = got;
    next = arena + unit - sizeof(header);
    end = arena + size;
    most = size / 4 < (size_t)fine << powers ? size / 4 : (size_t)fine << powers;
}

void linux_arena_expect(size_t size) {
    if (arena == NULL || size > (size_t)(end - next)) return;
    const uintptr_t page = 4096, first = (uintptr_t)next & ~(page - 1);
    // Older kernels provide the pages one by one, as they are touched.
    (void)madvise((void *)first, size & ~(page - 1), MADV_POPULATE_WRITE);
}

int linux_arena_has(const void *piece) { return (uintptr_t)piece - (uintptr_t)arena < (uintptr_t)(end - arena); }

size_t linux_arena_size(const void *piece) { return ((const header *)piece)[-1]; }

void *linux_arena_take(size_t size) {
    if (arena == NULL || size > most - sizeof(header)) return NULL;
    const int list = list_of(&size);
    void *piece = lists[list];
    if (piece != NULL) {
        memcpy(&lists[list], piece, sizeof lists[list]);
        return piece;
    }
    if (size + sizeof(header) > (size_t)(end - next)) return NULL;
    header *made = (header *)next;
    *made = size;
    next += sizeof *made + size;
    return made + 1;
}

void linux_arena_give(void *piece) {
    size_t size = linux_arena_size(piece);
    const int list = list_of(&size);
    memcpy(piece, &lists[list], sizeof lists[list]);
    lists[list] = piece;
}
