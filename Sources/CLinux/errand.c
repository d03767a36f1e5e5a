// Calls that a file system may never answer. A helper process that shares memory, descriptors and the current directory with this one makes
// them, and this process waits for it only a few milliseconds. The helper writes its result into its own block. When the same question is
// asked again later, the result that has arrived meanwhile is the answer. Raw calls only: see child.c for why.
#define _GNU_SOURCE
#include "CLinuxErrand.h"
#include "CLinuxNear.h"
#include "process_stat.h"
#include "raw.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    block_size = 80 * 1024, // the arguments, twice, and a stack for trusted_file.c
    most_asked = 10 * 1024,
    guard_size = 64 * 1024, // a page on every architecture
    most_late = 256,        // errands that hang; at this number no more are begun
    starved_times = 4,      // the factor for one that is runnable but gets no processor: still less than PID 1 may take
    kept = 10,              // seconds for which a late result waits for the question to be asked again
};

enum { is_running, is_done };
enum { no_one_to_ask = -1 };

typedef struct errand {
    int32_t state;
    /// Cleared by the kernel when the process no longer uses this memory.
    int32_t alive;
    linux_errand_work work, discard;
    size_t size;
    int64_t began;
    int32_t pid;
    struct errand *next;
    char asked[most_asked] __attribute__((aligned(16)));
    char argument[most_asked] __attribute__((aligned(16)));
} errand;

// PID 1 has one thread; the lock is for test processes.
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static errand *late, *spare;
static int spare_is_touched;
static int late_count;

static int run(void *given) {
    errand *e = given;
    e->work(e->argument);
    __atomic_store_n(&e->state, is_done, __ATOMIC_RELEASE);
    RAW(SYS_futex, &e->state, FUTEX_WAKE, 1);
    for (;;) RAW(SYS_exit, 0);
}

static errand *make(void) {
    if (spare) {
        errand *e = spare;
        spare = NULL;
        return e;
    }
    char *base = mmap(NULL, guard_size + block_size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (base == MAP_FAILED) return NULL;
    if (mprotect(base, guard_size, PROT_NONE) != 0) {
        munmap(base, guard_size + block_size);
        return NULL;
    }
    // The stack grows down from here.
    return (errand *)(base + guard_size + block_size - sizeof(errand));
}

static void dispose(errand *e) {
    if (!spare) {
        spare = e;
        spare_is_touched = 1;
    } else {
        munmap((char *)e + sizeof(errand) - block_size - guard_size, guard_size + block_size);
    }
}

// The process no longer uses this memory. What remains of its exit is short, and happens in the kernel: wait for it.
static int has_left(errand *e) {
    if (__atomic_load_n(&e->alive, __ATOMIC_ACQUIRE) != 0) return 0;
    // It sends no signal on exit, so only __WCLONE waits for it.
    if (e->pid > 0) RAW(SYS_wait4, e->pid, NULL, __WCLONE, NULL);
    e->pid = 0;
    return 1;
}

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

// Late errands that have finished, and whose question was not asked again.
static void forget_old(void) {
    const int64_t oldest = now() - (int64_t)kept * 1000000000;
    for (errand **at = &late; *at;) {
        errand *e = *at;
        if (!has_left(e) || (e->discard && e->began > oldest)) {
            at = &e->next;
            continue;
        }
        *at = e->next;
        late_count--;
        if (e->discard) e->discard(e->argument);
        dispose(e);
    }
}

// An errand with the same question; removed from the list if it is done.
static errand *find_late(linux_errand_work work, const void *argument, size_t size, int *is_there) {
    for (errand **at = &late; *at; at = &(*at)->next) {
        errand *e = *at;
        if (e->work != work || e->size != size || memcmp(e->asked, argument, size) != 0) continue;
        *is_there = 1;
        if (!has_left(e)) return NULL;
        *at = e->next;
        late_count--;
        return e;
    }
    return NULL;
}

static void keep(errand *e) {
    e->next = late;
    late = e;
    late_count++;
}

// Waits until a word differs from `value`, or the time is over.
static int await(int32_t *word, int32_t value, int milliseconds) {
    const int64_t end = now() + (int64_t)milliseconds * 1000000;
    while (__atomic_load_n(word, __ATOMIC_ACQUIRE) == value) {
        const int64_t left = end - now();
        if (left <= 0) return 0;
        const struct timespec time = {left / 1000000000, left % 1000000000};
        RAW(SYS_futex, word, FUTEX_WAIT, value, &time, NULL, 0);
    }
    return 1;
}

// Like `await`. A process that is runnable but gets no processor is no sign of a file system that hangs, so this waits longer for it.
static int await_process(int32_t *word, int32_t value, int pid, int milliseconds) {
    for (int times = 1; !await(word, value, milliseconds); times++) {
        process_stat stat;
        if (times == starved_times || !read_process_stat(pid, &stat) || stat.state != 'R') {
            return __atomic_load_n(word, __ATOMIC_ACQUIRE) != value;
        }
    }
    return 1;
}

static int begin(errand *e) {
    uint64_t mask = 0;
    const uint64_t all = ~UINT64_C(0);
    RAW(SYS_rt_sigprocmask, SIG_SETMASK, &all, &mask, sizeof mask);
    // No signal on exit: this process's handlers and counters must not notice the helper.
    const int flags = CLONE_VM | CLONE_FILES | CLONE_FS | CLONE_CHILD_CLEARTID;
    const int pid = clone(run, e, flags, e, NULL, NULL, &e->alive);
    if (pid < 0) e->alive = 0;
    e->pid = pid;
    RAW(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, sizeof mask);
    return pid;
}

// Continues an errand with the same question, or begins one: the caller waits for `*begun` if it is not null.
static int take_up(linux_errand_work work, linux_errand_work discard, void *argument, size_t size, errand **begun) {
    int is_asked = 0;
    errand *e = find_late(work, argument, size, &is_asked);
    if (e) {
        memcpy(argument, e->argument, size);
        dispose(e);
        return 0;
    }
    forget_old();
    if (is_asked) return ETIMEDOUT;
    if (late_count >= most_late) return EAGAIN;
    e = make();
    if (!e) return no_one_to_ask;
    e->state = is_running;
    e->alive = 1;
    e->work = work;
    e->discard = discard;
    e->size = size;
    e->began = now();
    memcpy(e->asked, argument, size);
    memcpy(e->argument, argument, size);
    if (begin(e) < 0) {
        dispose(e);
        return no_one_to_ask;
    }
    *begun = e;
    return 0;
}

int linux_errand_run(linux_errand_work work, linux_errand_work discard, void *argument, size_t size, int milliseconds) {
    if (size > most_asked) return E2BIG;
    errand *e = NULL;
    pthread_mutex_lock(&lock);
    int error = take_up(work, discard, argument, size, &e);
    pthread_mutex_unlock(&lock);
    if (error == no_one_to_ask) {
        // There are not enough processes or memory: make the call here, at the risk of waiting.
        work(argument);
        return 0;
    }
    if (!e) return error;
    const int is_in_time = await_process(&e->state, is_running, e->pid, milliseconds);
    if (is_in_time) memcpy(argument, e->argument, size);
    // The helper is exiting now; if it gets stopped there, a later sweep frees its block.
    const int has_gone = is_in_time && await_process(&e->alive, 1, e->pid, milliseconds) && has_left(e);
    pthread_mutex_lock(&lock);
    if (is_in_time) {
        e->discard = NULL;
        e->size = 0;
    }
    if (has_gone) {
        dispose(e);
    } else {
        keep(e);
    }
    pthread_mutex_unlock(&lock);
    return is_in_time ? 0 : ETIMEDOUT;
}

bool linux_errand_is_unfinished(linux_errand_work work, const void *key, size_t size) {
    bool is_there = false;
    pthread_mutex_lock(&lock);
    for (const errand *e = late; e && !is_there; e = e->next) {
        const bool is_it = e->work == work && memcmp(e->asked, key, size) == 0;
        is_there = is_it && __atomic_load_n(&e->state, __ATOMIC_ACQUIRE) == is_running;
    }
    pthread_mutex_unlock(&lock);
    return is_there;
}

void linux_errand_rest(void) {
    pthread_mutex_lock(&lock);
    // Keep the address space for times without memory.
    if (spare && spare_is_touched) madvise((char *)spare + sizeof *spare - block_size, block_size, MADV_DONTNEED);
    spare_is_touched = 0;
    pthread_mutex_unlock(&lock);
}

int linux_errands_underway(void) {
    pthread_mutex_lock(&lock);
    forget_old();
    const int count = late_count;
    pthread_mutex_unlock(&lock);
    return count;
}

// MARK: What is asked

typedef struct {
    int32_t flags, descriptor;
    uint32_t mode;
    char path[PATH_MAX];
} open_errand;

static int copy_path(char *to, const char *path) {
    const size_t size = strlen(path) + 1;
    if (size > PATH_MAX) return ENAMETOOLONG;
    memcpy(to, path, size);
    return 0;
}

static void open_path(void *argument) {
    open_errand *a = argument;
    a->descriptor = (int32_t)RAW(SYS_openat, AT_FDCWD, a->path, a->flags | O_CLOEXEC | O_NOCTTY, a->mode);
}

static void close_opened(void *argument) {
    const open_errand *a = argument;
    if (a->descriptor >= 0) RAW(SYS_close, a->descriptor);
}

int linux_errand_open(const char *path, int flags, unsigned mode, int milliseconds, int *descriptor) {
    open_errand a;
    memset(&a, 0, sizeof a);
    a.flags = flags;
    a.mode = mode;
    int error = copy_path(a.path, path);
    if (error == 0) error = linux_errand_run(open_path, close_opened, &a, sizeof a, milliseconds);
    if (error != 0) return error;
    *descriptor = a.descriptor;
    return a.descriptor < 0 ? -a.descriptor : 0;
}

typedef struct {
    linux_errand_bytes found;
    size_t limit;
    int32_t error;
    char path[PATH_MAX];
} read_errand;

static long read_opened(read_errand *a, long file) {
    struct stat about;
    long result = RAW(SYS_newfstatat, file, "", &about, AT_EMPTY_PATH);
    if (result != 0) return result;
    if (!S_ISREG(about.st_mode)) return -ENXIO;
    // Allocation is not possible here. Files of /proc have no size, and a file may grow meanwhile.
    const size_t known = about.st_size > 0 ? (size_t)about.st_size : 0, least = 64 * 1024;
    const size_t expected = known < least ? least : known;
    const size_t size = (expected < a->limit ? expected : a->limit) + 1;
    result = RAW(SYS_mmap, NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (result < 0 && result > -4096) return result;
    a->found.bytes = (char *)result;
    a->found.mapped = size;
    do {
        result = RAW(SYS_read, file, a->found.bytes + a->found.count, size - a->found.count);
        if (result > 0) a->found.count += (size_t)result;
    } while (result > 0 && a->found.count < size);
    return a->found.count == size ? -EFBIG : result;
}

static void read_file(void *argument) {
    read_errand *a = argument;
    const long file = RAW(SYS_openat, AT_FDCWD, a->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    const long result = file < 0 ? file : read_opened(a, file);
    if (result < 0) a->error = (int32_t)-result;
    if (file >= 0) RAW(SYS_close, file);
}

static void unmap(void *argument) {
    const read_errand *a = argument;
    if (a->found.mapped > 0) RAW(SYS_munmap, a->found.bytes, a->found.mapped);
}

int linux_errand_read(const char *path, size_t limit, int milliseconds, linux_errand_bytes *bytes) {
    read_errand a;
    memset(&a, 0, sizeof a);
    a.limit = limit;
    int error = copy_path(a.path, path);
    const int near = error == 0 ? linux_near_open(path) : -1;
    if (near >= 0) {
        const long result = read_opened(&a, near);
        close(near);
        *bytes = a.found;
        return result < 0 ? (int)-result : 0;
    }
    if (error == 0) error = linux_errand_run(read_file, unmap, &a, sizeof a, milliseconds);
    *bytes = error == 0 ? a.found : (linux_errand_bytes){NULL, 0, 0};
    return error != 0 ? error : a.error;
}

void linux_errand_free(const linux_errand_bytes *bytes) {
    if (bytes->mapped > 0) munmap(bytes->bytes, bytes->mapped);
}

typedef struct {
    int32_t index, error;
    size_t size;
    char paths[2 * PATH_MAX];
} lookup_errand;

static void look_up(void *argument) {
    lookup_errand *a = argument;
    a->index = 0;
    a->error = ENOENT;
    for (size_t at = 0; at < a->size; a->index++) {
        const char *path = a->paths + at;
        while (a->paths[at++] != 0) {}
        struct stat about;
        if (RAW(SYS_newfstatat, AT_FDCWD, path, &about, 0) != 0) continue;
        if (S_ISDIR(about.st_mode)) {
            a->error = EISDIR;
        } else if ((about.st_mode & 0111) == 0) {
            a->error = ENOEXEC;
        } else {
            a->error = RAW(SYS_faccessat, AT_FDCWD, path, X_OK) == 0 ? 0 : EACCES;
        }
        return;
    }
}

int linux_errand_look_up(const char *paths, size_t size, int milliseconds, int *index) {
    lookup_errand a;
    if (size > sizeof a.paths) return E2BIG;
    // The bytes that are compared with other errands must all be initialized.
    memset(&a, 0, sizeof a);
    memcpy(a.paths, paths, size);
    a.size = size;
    *index = 0;
    const int error = linux_errand_run(look_up, NULL, &a, sizeof a, milliseconds);
    *index = a.index;
    return error != 0 ? error : a.error;
}
