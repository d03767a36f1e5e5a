// An allocator in a given block of memory: a sequence of blocks, first fit, where free neighbours merge. It is slow with thousands of
// blocks, and needed only while the system provides no memory.
#include "CLinuxMemory.h"
#include <stdint.h>

// Precedes each block. Sizes are multiples of 16 and include the header.
typedef struct {
    size_t size_and_use; // lowest bit: in use
    size_t before;       // size of the block in front; 0: there is none
} block;

struct linux_reserve {
    block *first, *end;
    block *next; // where the search begins: behind the most recently used block
    size_t used;
};

enum { unit = 16 };

_Static_assert(sizeof(block) == unit, "a block's content is aligned like its header");
_Static_assert(sizeof(linux_reserve) % unit == 0, "the first block is aligned");

static size_t size_of(const block *b) { return b->size_and_use & ~(size_t)1; }
static int is_used(const block *b) { return b->size_and_use & 1; }
static block *at(block *b, size_t offset) { return (block *)((char *)b + offset); }
static block *after(block *b) { return at(b, size_of(b)); }

linux_reserve *linux_reserve_make(void *memory, size_t size) {
    linux_reserve *r = memory;
    size_t content = (size - sizeof *r) & ~(size_t)(unit - 1);
    r->first = r->next = (block *)(r + 1);
    r->end = at(r->first, content);
    r->used = 0;
    r->first->size_and_use = content;
    r->first->before = 0;
    return r;
}

static void set_size(linux_reserve *r, block *b, size_t size) {
    b->size_and_use = size;
    if (after(b) < r->end) after(b)->before = size;
}

// `b` keeps `size` bytes; the rest becomes a free block, if it can hold anything.
static void split(linux_reserve *r, block *b, size_t size) {
    size_t rest = size_of(b) - size;
    if (rest < 2 * unit) return;
    b->size_and_use = size;
    block *behind = after(b);
    behind->before = size;
    set_size(r, behind, rest);
}

void *linux_reserve_take(linux_reserve *r, size_t size, size_t alignment) {
    if (size > PTRDIFF_MAX - 4096 || alignment > 4096) return NULL;
    size_t wanted = sizeof(block) + ((size + unit - 1) & ~(size_t)(unit - 1));
    if (wanted < 2 * unit) wanted = 2 * unit;
    block *b = r->next < r->end ? r->next : r->first;
    block *begin = b;
    do {
        if (!is_used(b)) {
            // The space in front is either empty or a free block of at least two units.
            size_t skip = 0;
            while (((uintptr_t)b + skip + sizeof(block)) % (alignment > unit ? alignment : unit) != 0 || skip == unit) skip += unit;
            if (size_of(b) >= skip + wanted) {
                if (skip > 0) {
                    split(r, b, skip);
                    b = after(b);
                }
                split(r, b, wanted);
                b->size_and_use |= 1;
                r->used += size_of(b);
                r->next = after(b);
                return b + 1;
            }
        }
        b = after(b) < r->end ? after(b) : r->first;
    } while (b != begin);
    return NULL;
}

void linux_reserve_give(linux_reserve *r, void *piece) {
    block *b = (block *)piece - 1;
    size_t size = size_of(b);
    r->used -= size;
    if (after(b) < r->end && !is_used(after(b))) size += size_of(after(b));
    if (b->before != 0) {
        block *front = (block *)((char *)b - b->before);
        if (!is_used(front)) {
            size += size_of(front);
            b = front;
        }
    }
    set_size(r, b, size);
    // It may point into the middle of a block now.
    if (r->next > b && (char *)r->next < (char *)b + size) r->next = b;
}

size_t linux_reserve_used(const linux_reserve *r) { return r->used; }
size_t linux_reserve_size(const void *piece) { return size_of((const block *)piece - 1) - sizeof(block); }
