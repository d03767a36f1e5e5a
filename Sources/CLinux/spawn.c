// Creates a child with clone(CLONE_VM), which copies no memory, and doesn't wait for what the child does (child.c).
//
// Each child on its way has a block of memory: a guard, its stack, and a copy of the request. The parent continues at once. A pipe that
// closes on exec tells the result: end of file when the child has executed (or died), else a report. So a supervisor stays responsive while
// a hundred such children are each stuck on a file system that hangs.
//
// A supervisor of a thousand programs has thousands of descriptors, and copying them for each child costs more than all the rest (with
// 2,000: 85 of 125 microseconds). So the child starts with the parent's own table, and its first step is close_range(CLOSE_RANGE_UNSHARE),
// which copies only what is below a number: the parent puts the child's descriptors there, into a set of slots. A set is free again when
// its child has left the table; if none is free, the child gets a copy of the table. So it does if the table is small, since a copy then
// costs less than the slots.
#define _GNU_SOURCE
#include "spawn.h"
#include <linux/close_range.h>
#include <pthread.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#ifndef CLONE_PIDFD
#define CLONE_PIDFD 0x1000
#endif

enum {
    stack_size = 32 * 1024,
    guard_size = 64 * 1024, // a page on every architecture
    usual_size = guard_size + stack_size + 32 * 1024,
    most_free = 16, // blocks that are kept while children are on their way
    slot_count = 4, // three descriptors and the report
    most_sets = 4,
    small_table = 32, // tables up to this number are copied as they are
};

// PID 1 has one thread; the lock is for test processes.
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

// MARK: Memory

static struct linux_spawning *free_blocks;
static int free_count, underway;

static char *start_of(struct linux_spawning *s) { return (char *)s - stack_size - guard_size; }

static struct linux_spawning *make_block(size_t needed) {
    size_t size = guard_size + stack_size + needed;
    if (size <= usual_size) {
        size = usual_size;
        struct linux_spawning *known = free_blocks;
        if (known) {
            free_blocks = known->next;
            free_count--;
            return known;
        }
    }
    char *base = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (base == MAP_FAILED) return NULL;
    if (mprotect(base, guard_size, PROT_NONE) != 0) {
        munmap(base, size);
        return NULL;
    }
    struct linux_spawning *made = (struct linux_spawning *)(base + guard_size + stack_size);
    made->size = size;
    return made;
}

static void give_back(struct linux_spawning *s) {
    if (s->size != usual_size || free_count >= most_free) {
        munmap(start_of(s), s->size);
    } else {
        s->next = free_blocks;
        free_blocks = s;
        free_count++;
    }
    // Keep one while no child is on its way.
    while (underway == 0 && free_count > 1) {
        struct linux_spawning *other = free_blocks;
        free_blocks = other->next;
        free_count--;
        munmap(start_of(other), other->size);
    }
}

static size_t aligned(size_t size) { return (size + 15) & ~(size_t)15; }

static size_t size_of_strings(char *const *strings, int *count) {
    size_t size = 0;
    for (*count = 0; strings[*count]; ++*count) size += strlen(strings[*count]) + 1;
    return aligned(size) + aligned(((size_t)*count + 1) * sizeof(char *));
}

static void *copy(char **at, const void *source, size_t size) {
    void *place = *at;
    if (size > 0) memcpy(place, source, size);
    *at += aligned(size);
    return place;
}

static char **copy_strings(char **at, char *const *strings, int count) {
    char **array = (char **)*at;
    *at += aligned(((size_t)count + 1) * sizeof(char *));
    char *text = *at;
    for (int i = 0; i < count; i++) {
        const size_t size = strlen(strings[i]) + 1;
        array[i] = memcpy(text, strings[i], size);
        text += size;
    }
    array[count] = NULL;
    *at += aligned((size_t)(text - *at));
    return array;
}

// The request with everything that it points to, in its own block; NULL with errno.
static struct linux_spawning *copy_request(const linux_spawn_request *r) {
    int arguments, variables, candidates = 0;
    static char *const none[] = {NULL};
    char *const *looked_for = r->candidates ? (char *const *)r->candidates : none;
    const size_t path = strlen(r->path) + 1, directory = r->directory ? strlen(r->directory) + 1 : 0;
    const size_t needed = aligned(sizeof(struct linux_spawning)) + size_of_strings(r->argv, &arguments) +
                          size_of_strings(r->envp, &variables) + size_of_strings(looked_for, &candidates) + aligned(path) +
                          aligned(directory) + aligned((size_t)r->limit_count * sizeof *r->limits) +
                          aligned((size_t)r->group_count * sizeof *r->groups) + aligned((size_t)r->affinity_size);
    struct linux_spawning *s = make_block(needed);
    if (!s) return NULL;
    const size_t size = s->size;
    *s = (struct linux_spawning){.request = *r, .size = size, .pid = -1, .pidfd = -1, .reading = -1, .oom_score = -1, .slots = -1};
    char *at = (char *)s + aligned(sizeof *s);
    linux_spawn_request *own = &s->request;
    own->path = copy(&at, r->path, path);
    own->argv = copy_strings(&at, r->argv, arguments);
    own->envp = copy_strings(&at, r->envp, variables);
    own->candidates = (const char *const *)copy_strings(&at, looked_for, candidates);
    own->candidate_count = candidates;
    own->directory = directory ? copy(&at, r->directory, directory) : NULL;
    own->limits = copy(&at, r->limits, (size_t)r->limit_count * sizeof *r->limits);
    own->groups = copy(&at, r->groups, (size_t)r->group_count * sizeof *r->groups);
    own->affinity = copy(&at, r->affinity, (size_t)r->affinity_size);
    if (r->descriptor_count > 0) memcpy(s->descriptors, r->descriptors, (size_t)r->descriptor_count * sizeof *r->descriptors);
    own->descriptors = s->descriptors;
    return s;
}

// MARK: Slots

// Low numbers of the parent's table that hold a child's descriptors while it starts, and an eventfd otherwise.
static struct {
    int numbers[slot_count];
    struct linux_spawning *user;
} sets[most_sets];
static int set_count, placeholder = -1, can_unshare = -1;

static int make_set(void) {
    if (can_unshare < 0) {
        // EINVAL for the range from a kernel that has the call; ENOSYS before 5.9, EPERM from a seccomp filter that doesn't know it.
        can_unshare = syscall(SYS_close_range, 1, 0, CLOSE_RANGE_UNSHARE) != 0 && errno == EINVAL;
    }
    if (!can_unshare) return -1;
    if (placeholder < 0) placeholder = eventfd(0, EFD_CLOEXEC);
    if (placeholder < 0) return -1;
    for (int i = 0; i < slot_count; i++) {
        sets[set_count].numbers[i] = fcntl(placeholder, F_DUPFD_CLOEXEC, 3);
        if (sets[set_count].numbers[i] >= 0) continue;
        while (i-- > 0) close(sets[set_count].numbers[i]);
        return -1;
    }
    return set_count++;
}

static void occupy(int set) {
    for (int i = 0; i < slot_count; i++) dup3(placeholder, sets[set].numbers[i], O_CLOEXEC);
}

static void empty_set(int index) {
    sets[index].user->slots = -1;
    sets[index].user = NULL;
    occupy(index);
}

static int has_been_left(int index) {
    return sets[index].user && __atomic_load_n(&sets[index].user->table, __ATOMIC_ACQUIRE) == table_own;
}

static void empty_left_sets(void) {
    for (int i = 0; i < set_count; i++) {
        if (has_been_left(i)) empty_set(i);
    }
}

static int free_set(void) {
    // The next child's descriptors replace what a child has left there.
    for (int i = 0; i < set_count; i++) {
        if (!has_been_left(i)) continue;
        sets[i].user->slots = -1;
        sets[i].user = NULL;
        return i;
    }
    for (int i = 0; i < set_count; i++) {
        if (!sets[i].user) return i;
    }
    return set_count < most_sets ? make_set() : -1;
}

// Puts the child's descriptors into slots, if possible.
static void move_to_slots(struct linux_spawning *s) {
    if (s->request.descriptor_count < 0 || s->request.descriptor_count >= slot_count) return;
    // New descriptors get the lowest free number, so this one tells how many there are.
    if (s->report < small_table) return;
    const int set = free_set();
    if (set < 0) return;
    const int *numbers = sets[set].numbers;
    linux_spawn_descriptor moved[slot_count];
    int highest = 2;
    int failed = dup3(s->report, numbers[slot_count - 1], O_CLOEXEC) < 0;
    for (int i = 0; i < slot_count - 1; i++) {
        const int is_needed = i < s->request.descriptor_count && s->descriptors[i].source > 2;
        failed |= dup3(is_needed ? s->descriptors[i].source : placeholder, numbers[i], O_CLOEXEC) < 0;
        if (i >= s->request.descriptor_count) continue;
        moved[i] = s->descriptors[i];
        if (is_needed) moved[i].source = numbers[i];
        if (moved[i].source > highest) highest = moved[i].source;
    }
    if (failed) return occupy(set);
    for (int i = 0; i < s->request.descriptor_count; i++) s->descriptors[i] = moved[i];
    sets[set].user = s;
    s->slots = set;
    s->table = table_shared;
    s->keep = (unsigned)(highest > numbers[slot_count - 1] ? highest : numbers[slot_count - 1]) + 1;
}

// MARK: The dumpable mark

// The shared memory loses the flag when a child changes its uid: then no other process can trace the child. init would lose its core dumps
// and the ownership of its folder in /proc, so it restores the flag when no such child is left.
static int changing, was_dumpable;

static void count_change(struct linux_spawning *s) {
    if (!s->request.changes_identity) return;
    s->is_counted = 1;
    if (changing++ == 0) was_dumpable = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 1;
}

static void discount_change(struct linux_spawning *s) {
    if (!s->is_counted) return;
    s->is_counted = 0;
    if (--changing == 0 && was_dumpable) prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

// MARK: What the driver calls

static void drop_set(void) {
    set_count--;
    for (int i = 0; i < slot_count; i++) close(sets[set_count].numbers[i]);
}

static void end(struct linux_spawning *s) {
    if (s->slots >= 0) empty_set(s->slots);
    discount_change(s);
    if (s->reading >= 0) close(s->reading);
    if (s->oom_score >= 0) close(s->oom_score);
    underway--;
    give_back(s);
    // As with memory: keep one while no child is on its way.
    while (underway == 0 && set_count > 1) drop_set();
}

static linux_spawn_begun begin(const linux_spawn_request *request) {
    linux_spawn_begun begun = {NULL, E2BIG, -1, -1, -1};
    if (request->descriptor_count > most_descriptors) return begun;
    int ends[2];
    struct linux_spawning *s = copy_request(request);
    begun.error = errno;
    if (!s) return begun;
    underway++;
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
        begun.error = errno;
        end(s);
        return begun;
    }
    s->reading = ends[0];
    s->report = ends[1];
    s->parent = (pid_t)syscall(SYS_getpid);
    move_to_slots(s);
    const int own = ends[1];
    if (s->slots >= 0) s->report = sets[s->slots].numbers[slot_count - 1];
    count_change(s);

    uint64_t mask = 0;
    const uint64_t all = ~UINT64_C(0);
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, &mask, sizeof mask);
    const int flags = CLONE_VM | SIGCHLD | (request->wants_pidfd ? CLONE_PIDFD : 0) | (s->keep ? CLONE_FILES : 0);
    s->pid = clone(spawn_child, s, flags, s, &s->pidfd);
    begun.error = s->pid < 0 ? errno : 0;
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, sizeof mask);

    close(own);
    if (s->pid < 0) {
        end(s);
        return begun;
    }
    if (request->sets_oom_score) s->oom_score = confine_open_oom_score(s->pid);
    begun.spawning = s;
    begun.pid = s->pid;
    begun.pidfd = s->pidfd; // still -1 on a kernel before 5.2, which ignores the flag
    begun.report = s->reading;
    return begun;
}

linux_spawn_begun linux_spawn_begin(const linux_spawn_request *request) {
    const int saved_errno = errno;
    pthread_mutex_lock(&lock);
    const linux_spawn_begun begun = begin(request);
    pthread_mutex_unlock(&lock);
    errno = saved_errno;
    return begun;
}

// The kernel keeps one score for all processes that share memory: it can be set once the child has its own memory.
static int score_failure(struct linux_spawning *s) {
    if (!s->request.sets_oom_score) return 0;
    if (s->oom_score < 0) s->oom_score = confine_open_oom_score(s->pid);
    if (s->oom_score >= 0 && confine_set_oom_score(s->oom_score, s->request.oom_score) == 0) return 0;
    const int error = errno;
    // If init may not kill it, the program runs without its score, rather than unsupervised.
    return kill(s->pid, SIGKILL) == 0 ? error : 0;
}

int linux_spawn_look(linux_spawning *s, linux_spawn_outcome *outcome) {
    linux_spawn_report report;
    while (1) {
        const ssize_t got = read(s->reading, &report, sizeof report);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0 && errno == EAGAIN) return linux_spawn_underway;
        if (got == (ssize_t)sizeof report && report.stage == linux_spawn_left_table) {
            linux_spawn_settle();
            continue;
        }
        if (got == (ssize_t)sizeof report) {
            *outcome = (linux_spawn_outcome){report.stage, report.error, report.detail};
            return linux_spawn_failed;
        }
        const int error = score_failure(s);
        if (error == 0) return linux_spawn_executed;
        *outcome = (linux_spawn_outcome){linux_spawn_oom_score, error, -1};
        return linux_spawn_failed;
    }
}

void linux_spawn_end(linux_spawning *s) {
    pthread_mutex_lock(&lock);
    end(s);
    pthread_mutex_unlock(&lock);
}

void linux_spawn_settle(void) {
    pthread_mutex_lock(&lock);
    for (int i = 0; i < set_count; i++) {
        if (!sets[i].user) continue;
        int32_t shared = table_shared;
        __atomic_compare_exchange_n(&sets[i].user->table, &shared, table_awaited, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
    }
    empty_left_sets();
    pthread_mutex_unlock(&lock);
}

int linux_spawn_is_underway(void) {
    pthread_mutex_lock(&lock);
    const int is_underway = underway > 0;
    pthread_mutex_unlock(&lock);
    return is_underway;
}
