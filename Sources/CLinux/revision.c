// A number in memory that the gateway can read. It counts what may change init's reports about its programs.
#define _GNU_SOURCE
#include "CLinuxMemory.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif

enum { page_size = 4096 };

static volatile uint64_t *own_page;
static int page_file = -1;

int linux_revision_file(void) {
    if (own_page) return page_file;
    const int file = memfd_create("revision", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (file < 0) return -1;
    void *page = MAP_FAILED;
    if (ftruncate(file, page_size) == 0) page = mmap(NULL, page_size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    // Only this mapping may be written. EINVAL from a kernel before 5.1: a holder of the file could write to it, so init doesn't hand it
    // out.
    const int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE | F_SEAL_SEAL;
    if (page == MAP_FAILED || fcntl(file, F_ADD_SEALS, seals) != 0) {
        const int error = errno;
        if (page != MAP_FAILED) munmap(page, page_size);
        close(file);
        errno = error;
        return -1;
    }
    own_page = page;
    page_file = file;
    return file;
}

void linux_revision_advance(void) {
    if (own_page) __atomic_fetch_add(own_page, 1, __ATOMIC_SEQ_CST);
}

const volatile uint64_t *linux_revision_map(int file) {
    void *page = mmap(NULL, page_size, PROT_READ, MAP_SHARED, file, 0);
    return page == MAP_FAILED ? NULL : page;
}

uint64_t linux_revision_read(const volatile uint64_t *page) { return __atomic_load_n(page, __ATOMIC_SEQ_CST); }
