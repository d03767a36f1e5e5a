// The executable's own pages: code and constants, which the kernel maps when they are used.
#include "CLinux.h"
#ifdef REEVE_MUSL
#include <sys/auxv.h>
#include <sys/mman.h>

/// Set by the linker: the first byte of the executable, and the end of its code.
extern const char __executable_start[], etext[];
/// Set by sections.ld.
extern const char linux_code_reading[], linux_code_reading_end[];

/// Whole pages only: the memory behind the code may be written to.
static void advise(const char *begin, const char *end, int advice) {
    uintptr_t page = getauxval(AT_PAGESZ);
    uintptr_t first = ((uintptr_t)begin + page - 1) / page * page, last = (uintptr_t)end / page * page;
    if (first < last) madvise((void *)first, last - first, advice);
}

/// Bytes of code that the kernel may map at a time.
enum { stripe = 16 * 1024 };

void linux_code_release(void) {
    // The kernel maps a page together with its neighbours, 64 KB of them, and since Linux 6.18 up to 2 MB, but not beyond a mapping. Parts
    // with different advice are different mappings. So what is used of the code between calls of this function doesn't bring the rest with
    // it: with ten programs that is half of its memory.
    int is_random = 0;
    for (const char *begin = __executable_start; begin < linux_code_reading; begin += stripe) {
        const char *end = linux_code_reading - begin > stripe ? begin + stripe : linux_code_reading;
        advise(begin, end, is_random ? MADV_RANDOM : MADV_NORMAL);
        is_random = !is_random;
    }
    advise(linux_code_reading, linux_code_reading_end, MADV_RANDOM);
    advise(__executable_start, etext, MADV_DONTNEED);
}
#else
void linux_code_release(void) {}
#endif
