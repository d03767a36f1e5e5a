// The heap of a process that exits soon: it hands out pieces of one block from its start, and keeps a list of freed pieces for each size.
// It returns nothing to the system before the process exits, and so needs few system calls.
#include "CLinuxMemory.h"
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

enum {
    unit = 16,
    arena_size = 1024 * 1024, // of address space; the kernel provides pages when they are touched: less than a huge page
    most = 256 * 1024,        // larger pieces justify a system call
    fine = 512,               // sizes are multiples of `unit` up to here, powers of two above
    list_count = fine / unit + 1 + 9,
};

// Precedes each piece: its size, without this header.
typedef struct {
    size_t size, unused;
} header;

_Static_assert(sizeof(header) == unit, "a piece is aligned as its header is");
_Static_assert(fine << 9 == most, "a list for each power of two");

static char *arena, *next;
static void *lists[list_count];

// The number of the list for `size`; sets `size` to the size of its pieces.
static int list_of(size_t *size) {
    if (*size <= fine) {
        *size = *size == 0 ? unit : (*size + unit - 1) & ~(size_t)(unit - 1);
        return (int)(*size / unit);
    }
    int list = fine / unit;
    size_t power = fine;
    while (power < *size) {
        power *= 2;
        list++;
    }
    *size = power;
    return list;
}

void linux_arena_begin(void) {
    void *got = mmap(NULL, arena_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (got != MAP_FAILED) arena = next = got;
}

int linux_arena_has(const void *piece) { return arena != NULL && (uintptr_t)piece - (uintptr_t)arena < arena_size; }

size_t linux_arena_size(const void *piece) { return ((const header *)piece - 1)->size; }

void *linux_arena_take(size_t size) {
    if (arena == NULL || size > most) return NULL;
    const int list = list_of(&size);
    void *piece = lists[list];
    if (piece != NULL) {
        memcpy(&lists[list], piece, sizeof lists[list]);
        return piece;
    }
    if (size + sizeof(header) > (size_t)(arena + arena_size - next)) return NULL;
    header *made = (header *)next;
    made->size = size;
    next += sizeof *made + size;
    return made + 1;
}

void linux_arena_give(void *piece) {
    size_t size = linux_arena_size(piece);
    const int list = list_of(&size);
    memcpy(piece, &lists[list], sizeof lists[list]);
    lists[list] = piece;
}
