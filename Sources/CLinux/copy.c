// memcpy and memmove for the small pieces that Swift's arrays and strings consist of. On x86-64 musl's begin every copy with `rep movs`,
// which is slow to start: a sixth of init's time for a list of a hundred programs. Elsewhere musl's own are used.
#if defined(REEVE_MUSL) && defined(__x86_64__)
#include <stddef.h>
#include <stdint.h>

// At any address.
typedef struct {
    uint16_t value;
} __attribute__((packed, may_alias)) two;
typedef struct {
    uint32_t value;
} __attribute__((packed, may_alias)) four;
typedef struct {
    uint64_t value;
} __attribute__((packed, may_alias)) eight;
typedef struct {
    uint64_t value[2];
} __attribute__((packed, may_alias)) sixteen;

// The first and the last piece of this type, which may overlap: both are read before one is written.
#define ENDS(type)                                                              \
    do {                                                                        \
        const type first = *(const type *)from;                                 \
        const type last = *(const type *)(from + count - sizeof(type));         \
        *(type *)to = first;                                                    \
        *(type *)(to + count - sizeof(type)) = last;                            \
        return start;                                                           \
    } while (0)

__attribute__((used, no_builtin)) void *memmove(void *start, const void *source, size_t count) {
    char *to = start;
    const char *from = source;
    if (count >= 32) {
        if ((uintptr_t)to - (uintptr_t)from >= count) {
            asm volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(count) : : "memory");
            return start;
        }
        // It moves up over itself.
        while (count >= sizeof(eight)) {
            count -= sizeof(eight);
            *(eight *)(to + count) = *(const eight *)(from + count);
        }
    }
    if (count >= 16) ENDS(sixteen);
    if (count >= 8) ENDS(eight);
    if (count >= 4) ENDS(four);
    if (count >= 2) ENDS(two);
    if (count) *to = *from;
    return start;
}

__attribute__((used, alias("memmove"))) void *memcpy(void *restrict start, const void *restrict source, size_t count);
#endif
