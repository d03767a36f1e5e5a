// The heap of init and ctl, and what happens when the system provides no more memory (RLIMIT_AS, RLIMIT_DATA, no overcommit).
//
// Embedded Swift allocates with posix_memalign and frees with free, and a null pointer is a trap, which would end PID 1. So these functions
// (and the rest of the family, for musl's own use) stand in front of musl's allocator. What the system refuses comes from a reserve that is
// mapped at the start and survives every limit that is set later. Its pages are untouched, so it takes no memory until it is needed.
//
// The reserve is for what can't be refused: a death, a signal, stopping programs. Whatever may need much memory asks first
// (linux_memory_can_have) and is refused. If even the reserve is used up, a process without children prints which limit is too small and
// exits; one with children gives up everything except them (last_resort).
#define _GNU_SOURCE
#include "CLinuxMemory.h"
#include "process_stat.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    most_pieces = 8,          // that the reserve may consist of
    little = 1024 * 1024,     // less than any machine has
    back = 256 * 1024,        // what the system must provide before memory counts as available again
    drained_descriptors = 1024,
    kill_after = 10,          // seconds from the first TERM in the last resort
};

typedef struct {
    char *start;
    size_t size;
    linux_reserve *reserve;
} piece;

static piece pieces[most_pieces];
static int piece_count;
static size_t most_used;
static int is_short;
static int is_serving;

static void *map(size_t size) {
    void *got = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return got == MAP_FAILED ? NULL : got;
}

// Whether nothing is limited: no address space, no data, no strict overcommit. Then the kernel refuses only more than the whole machine has.
static int is_unlimited(void) {
    static int overcommits = -1;
    if (overcommits < 0) {
        char mode = '2';
        const int file = open("/proc/sys/vm/overcommit_memory", O_RDONLY | O_CLOEXEC);
        if (file >= 0) {
            if (read(file, &mode, 1) != 1) mode = '2';
            close(file);
        }
        overcommits = mode != '2';
    }
    struct rlimit space, data;
    return overcommits && getrlimit(RLIMIT_AS, &space) == 0 && space.rlim_cur == RLIM_INFINITY && getrlimit(RLIMIT_DATA, &data) == 0 &&
           data.rlim_cur == RLIM_INFINITY;
}

int linux_memory_can_have(size_t bytes) {
    // Mapping and unmapping takes ten times as long as asking for the limits.
    if (!is_short && bytes <= little && is_unlimited()) return 1;
    void *got = map(bytes > 0 ? bytes : 1);
    if (got != NULL) munmap(got, bytes > 0 ? bytes : 1);
    return got != NULL;
}

static int add_piece(size_t size) {
    if (piece_count == most_pieces) return 0;
    char *start = map(size);
    if (start == NULL) return 0;
    pieces[piece_count++] = (piece){start, size, linux_reserve_make(start, size)};
    return 1;
}

size_t linux_memory_reserved(void) {
    size_t all = 0;
    for (int i = 0; i < piece_count; i++) all += pieces[i].size;
    return all;
}

static size_t used(void) {
    size_t all = 0;
    for (int i = 0; i < piece_count; i++) all += linux_reserve_used(pieces[i].reserve);
    return all;
}

size_t linux_memory_free(void) { return linux_memory_reserved() - used(); }
size_t linux_memory_most_used(void) { return most_used; }
int linux_memory_is_short(void) { return is_short; }
void linux_memory_serve(void) { is_serving = 1; }

int linux_memory_reserve(size_t bytes) {
    size_t have = linux_memory_reserved();
    return bytes <= have || add_piece((bytes - have + 4095) & ~(size_t)4095);
}

void linux_memory_look(void) {
    if (!is_short || !linux_memory_can_have(back)) return;
    is_short = 0;
    // Pieces that can't move stay where they are. The next shortage needs as much memory as this one: don't count a half-full piece.
    size_t free = 0;
    for (int i = 0; i < piece_count; i++) free += pieces[i].size - linux_reserve_used(pieces[i].reserve);
    if (piece_count > 0 && free < pieces[0].size / 2) add_piece(pieces[0].size);
}

// MARK: The last words

typedef struct {
    char bytes[512];
    size_t count;
} line;

static void add(line *l, const char *text) {
    while (*text && l->count < sizeof l->bytes) l->bytes[l->count++] = *text++;
}

static void add_number(line *l, uint64_t number) {
    char digits[24];
    char *at = digits + sizeof digits;
    *--at = 0;
    do *--at = (char)('0' + number % 10);
    while (number /= 10);
    add(l, at);
}

static int add_limit(line *l, int resource, const char *name, int is_first) {
    struct rlimit limit;
    if (getrlimit(resource, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return 0;
    add(l, is_first ? " (" : ", ");
    add(l, name);
    add(l, " is ");
    add_number(l, limit.rlim_cur / 1024);
    add(l, " KB");
    return 1;
}

static void say(const char *what, size_t size, const char *consequence) {
    extern const char *__progname;
    line l = {.count = 0};
    add(&l, __progname && *__progname ? __progname : "init");
    add(&l, ": out of memory: ");
    add(&l, what);
    add_number(&l, (size + 1023) / 1024);
    add(&l, " KB");
    int limits = add_limit(&l, RLIMIT_AS, "the limit of its address space, ulimit -v,", 1);
    limits += add_limit(&l, RLIMIT_DATA, "the limit of its data, ulimit -d,", limits == 0);
    if (limits > 0) add(&l, ")");
    add(&l, consequence);
    add(&l, "\n");
    (void)!write(2, l.bytes, l.count);
}

#ifdef REEVE_MUSL

// MARK: The last resort

// Sends a signal to every child of this process, and to its group. As PID 1: to every process.
static void signal_children(int number) {
    if (getpid() == 1) {
        kill(-1, number);
        return;
    }
    static char entries[4096] __attribute__((aligned(8)));
    int folder = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return;
    long got;
    while ((got = syscall(SYS_getdents64, folder, entries, sizeof entries)) > 0) {
        for (long at = 0; at < got;) {
            // struct linux_dirent64: ino 8, off 8, reclen 2, type 1, name.
            unsigned short length;
            memcpy(&length, entries + at + 16, sizeof length);
            const char *name = entries + at + 19;
            at += length;
            if (*name < '1' || *name > '9') continue;
            pid_t pid = 0;
            for (; *name >= '0' && *name <= '9'; name++) pid = pid * 10 + (*name - '0');
            process_stat stat;
            if (!read_process_stat(pid, &stat) || stat.parent != getpid()) continue;
            if (getpgid(pid) != pid || kill(-pid, number) != 0) kill(pid, number);
        }
    }
    close(folder);
}

static struct pollfd drained[drained_descriptors];
static char thrown_away[4096];

// Reads and discards what programs write: otherwise they would block.
static int find_pipes(void) {
    int count = 0;
    for (int fd = 3; fd < 65536 && count < drained_descriptors; fd++) {
        int flags = fcntl(fd, F_GETFL);
        struct stat status;
        if (flags < 0 || (flags & O_ACCMODE) != O_RDONLY || fstat(fd, &status) != 0 || !S_ISFIFO(status.st_mode)) continue;
        drained[count++] = (struct pollfd){.fd = fd, .events = POLLIN};
    }
    return count;
}

static void drain(int count) {
    if (count == 0 || poll(drained, (nfds_t)count, 0) <= 0) return;
    for (int i = 0; i < count; i++) {
        if (drained[i].revents == 0) continue;
        ssize_t got = 0;
        for (int reads = 0; reads < 16; reads++) {
            got = read(drained[i].fd, thrown_away, sizeof thrown_away);
            if (got < (ssize_t)sizeof thrown_away) break;
        }
        if (got == 0) drained[i].fd = -1;
    }
}

// Gives up everything that init knows except its children: it reaps them, takes their output, and passes TERM on to them.
static _Noreturn void last_resort(void) {
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    int pipes = find_pipes();
    int waited = -1; // turns since TERM was passed on
    for (;;) {
        struct timespec turn = {.tv_nsec = 50 * 1000 * 1000};
        int got = sigtimedwait(&all, NULL, &turn);
        if (got == SIGTERM || got == SIGINT || got == SIGQUIT) {
            signal_children(SIGTERM);
            signal_children(SIGCONT);
            if (waited < 0) waited = 0;
        } else if (got < 0 && waited >= 0 && ++waited % (kill_after * 20) == 0) {
            signal_children(SIGKILL);
        }
        pid_t dead;
        while ((dead = waitpid(-1, NULL, WNOHANG)) > 0) continue;
        if (dead < 0 && errno == ECHILD) _exit(1);
        drain(pipes);
    }
}

// MARK: The heap

void *__libc_malloc_impl(size_t size);
void __libc_free(void *memory);
void *__libc_realloc(void *memory, size_t size);
void *aligned_alloc(size_t alignment, size_t size);
size_t malloc_usable_size(void *memory);

static void *from_reserve(size_t size, size_t alignment) {
    is_short = 1;
    for (int i = 0; i < piece_count; i++) {
        void *got = linux_reserve_take(pieces[i].reserve, size, alignment);
        if (got == NULL) continue;
        size_t now = used();
        if (now > most_used) most_used = now;
        return got;
    }
    if (!is_serving) {
        say("the system doesn't give ", size, "; raise the limit or give the container more memory");
        _exit(1);
    }
    is_serving = 0;
    say("nothing is left of its reserve, not even ", size,
        ". Programs keep running, but none is started or logged any more; TERM ends them and init");
    last_resort();
}

static void *take(size_t size, size_t alignment) {
    void *got = alignment <= 16 ? linux_arena_take(size) : NULL;
    if (got != NULL) return got;
    got = alignment <= 16 ? __libc_malloc_impl(size) : aligned_alloc(alignment, size);
    return got != NULL ? got : from_reserve(size, alignment);
}

static linux_reserve *owner(const void *memory) {
    for (int i = 0; i < piece_count; i++) {
        if ((uintptr_t)memory - (uintptr_t)pieces[i].start < pieces[i].size) return pieces[i].reserve;
    }
    return NULL;
}

void *malloc(size_t size) { return take(size, 16); }

int posix_memalign(void **result, size_t alignment, size_t size) {
    *result = take(size, alignment);
    return 0;
}

void *calloc(size_t count, size_t size) {
    size_t all;
    if (__builtin_mul_overflow(count, size, &all)) all = SIZE_MAX;
    void *got = take(all, 16);
    memset(got, 0, all);
    return got;
}

void free(void *memory) {
    if (linux_arena_has(memory)) return linux_arena_give(memory);
    linux_reserve *reserve = owner(memory);
    if (reserve != NULL) {
        linux_reserve_give(reserve, memory);
    } else {
        __libc_free(memory);
    }
}

void *realloc(void *memory, size_t size) {
    if (memory == NULL) return malloc(size);
    linux_reserve *reserve = owner(memory);
    const int is_in_arena = linux_arena_has(memory);
    if (is_in_arena && size <= linux_arena_size(memory)) return memory;
    if (reserve == NULL && !is_in_arena) {
        void *got = __libc_realloc(memory, size);
        if (got != NULL) return got;
    }
    size_t old = is_in_arena ? linux_arena_size(memory) : reserve != NULL ? linux_reserve_size(memory) : malloc_usable_size(memory);
    void *got = take(size, 16);
    memcpy(got, memory, old < size ? old : size);
    free(memory);
    return got;
}

#endif

// MARK: The start

void linux_memory_begin(size_t wanted, size_t beside) {
    for (int half = 0; half < 2; half++, wanted /= 2) {
        if (linux_memory_can_have(wanted + beside) && linux_memory_reserve(wanted)) return;
    }
    say("it needs a heap of at least ", 2 * wanted + beside, "; raise the limit or give the container more memory");
    _exit(1);
}
