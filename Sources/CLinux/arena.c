// The heap of ctl, and of init until its first programs run. It allocates from the start of a block, and keeps a list of freed pieces for
// each size. It needs few system calls, and returns pages to the system only when it is told to tidy up.
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
    most_blocks = 4,
    most_rooms = 16,
    least_room = 4096,
    page = 4096,
};

// Precedes each piece, and has its size without the header. Sizes are an odd number of headers, so that pieces are aligned to 16 bytes.
// The lowest bit is set while the piece is free.
typedef size_t header;
enum { is_free = 1 };

// All of a block's bytes belong to pieces or rooms.
static struct {
    char *start, *end;
} blocks[most_blocks];
static int block_count;

// Memory that is no piece yet.
typedef struct {
    char *next, *end;
    char *expected; // the pages below have been requested
    size_t step;    // bytes whose pages are requested at a time; 0: the system provides them as they are touched
} room;
static room rooms[most_rooms];
static int room_count;

static size_t most; // larger pieces justify a system call
static void *lists[list_count];

// MARK: Pieces

// The number of the list for `whole` bytes, header included; rounds `whole` up to the size of its pieces.
static int list_of(size_t *whole) {
    if (*whole <= fine) {
        *whole = (*whole + unit - 1) & ~(size_t)(unit - 1);
        return (int)(*whole / unit);
    }
    int list = fine / unit;
    size_t power = fine;
    for (; power < *whole; list++) power *= 2;
    *whole = power;
    return list;
}

static header *header_of(const void *piece) { return (header *)piece - 1; }
static size_t whole_size(header h) { return (h & ~(header)is_free) + sizeof h; }

static void put(void *piece, int list) {
    *header_of(piece) |= is_free;
    memcpy(piece, &lists[list], sizeof lists[list]);
    lists[list] = piece;
}

static void *make(char *at, size_t whole) {
    header *made = (header *)at;
    *made = whole - sizeof *made;
    return made + 1;
}

int linux_arena_has(const void *piece) {
    for (int i = 0; i < block_count; i++) {
        if ((uintptr_t)piece - (uintptr_t)blocks[i].start < (uintptr_t)(blocks[i].end - blocks[i].start)) return 1;
    }
    return 0;
}

size_t linux_arena_size(const void *piece) { return *header_of(piece); }

static void request(room *r, size_t size) {
    char *first = (char *)((uintptr_t)r->next & ~(uintptr_t)(page - 1));
    if (first < r->expected) first = r->expected;
    size = (size + page - 1) & ~(size_t)(page - 1);
    if (first > r->end || size > (size_t)(r->end - first)) return;
    // Older kernels provide the pages one by one, as they are touched.
    (void)madvise(first, size, MADV_POPULATE_WRITE);
    r->expected = first + size;
}

void *linux_arena_take(size_t size) {
    if (size >= most) return NULL;
    size_t whole = size + sizeof(header);
    const int list = list_of(&whole);
    void *piece = lists[list];
    if (piece != NULL) {
        memcpy(&lists[list], piece, sizeof lists[list]);
        *header_of(piece) &= ~(header)is_free;
        return piece;
    }
    for (room *r = rooms; r < rooms + room_count; r++) {
        if (whole > (size_t)(r->end - r->next)) continue;
        // Much of a large piece may never be used.
        if (whole <= r->step && r->next + whole > r->expected) request(r, r->step);
        piece = make(r->next, whole);
        r->next += whole;
        return piece;
    }
    return NULL;
}

void linux_arena_give(void *piece) {
    size_t whole = whole_size(*header_of(piece));
    put(piece, list_of(&whole));
}

// MARK: Blocks

static void add_block(size_t size, size_t step) {
    if (block_count == most_blocks || room_count == most_rooms) return;
    char *got = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (got == MAP_FAILED) return;
    // Headers are between two multiples of `unit`.
    char *first = got + unit - sizeof(header), *end = got + size - sizeof(header);
    blocks[block_count].start = first;
    blocks[block_count++].end = end;
    rooms[room_count++] = (room){first, end, got, step};
}

void linux_arena_begin(size_t size, size_t step) {
    add_block(size, step);
    most = (size / 4 < (size_t)fine << powers ? size / 4 : (size_t)fine << powers) - sizeof(header) + 1;
}

void linux_arena_extend(size_t size, size_t step) {
    if (block_count > 0) add_block(size, step);
}

void linux_arena_expect(size_t size) {
    if (room_count > 0) request(&rooms[room_count - 1], size);
}

// MARK: Tidying up

// Turns the free bytes from `at` to `end` into a room, or if there are few of them, into pieces.
static void put_together(char *at, char *end) {
    if (end - at >= least_room && room_count < most_rooms) {
        rooms[room_count++] = (room){at, end, end, 0};
        return;
    }
    while (at < end) {
        size_t whole = (size_t)(end - at);
        if (whole > fine) {
            const size_t left = whole;
            for (whole = fine; whole * 2 <= left && whole < (size_t)fine << powers;) whole *= 2;
        }
        void *piece = make(at, whole);
        put(piece, list_of(&whole));
        at += whole;
    }
}

void linux_arena_tidy(void) {
    // What is left of a room looks like a free piece.
    for (room *r = rooms; r < rooms + room_count; r++) {
        if (r->next < r->end) *header_of(make(r->next, (size_t)(r->end - r->next))) |= is_free;
    }
    const int old_count = room_count;
    room old[most_rooms];
    memcpy(old, rooms, sizeof old);
    room_count = 0;
    memset(lists, 0, sizeof lists);
    for (int i = 0; i < block_count; i++) {
        char *first_free = NULL;
        for (char *at = blocks[i].start; at < blocks[i].end;) {
            const header h = *(header *)at;
            if (h & is_free) {
                if (first_free == NULL) first_free = at;
            } else if (first_free != NULL) {
                put_together(first_free, at);
                first_free = NULL;
            }
            at += whole_size(h);
        }
        if (first_free != NULL) put_together(first_free, blocks[i].end);
    }
    // Those whose pages have not been requested yet.
    for (room *r = rooms; r < rooms + room_count; r++) {
        for (int i = 0; i < old_count; i++) {
            if (old[i].end != r->end || old[i].next == old[i].end) continue;
            r->step = old[i].step;
            r->expected = old[i].expected;
        }
    }
}

void linux_arena_rest(void) {
    for (room *r = rooms; r < rooms + room_count; r++) {
        char *first = (char *)(((uintptr_t)r->next + page - 1) & ~(uintptr_t)(page - 1));
        char *last = (char *)((uintptr_t)r->end & ~(uintptr_t)(page - 1));
        if (first < last) (void)madvise(first, (size_t)(last - first), MADV_DONTNEED);
        r->step = 0;
    }
}
