// Making a child: clone(CLONE_VM) and what the child does before its program runs.
//
// The child shares the parent's memory and the parent sleeps until the child has executed or is gone (see patience.c: not by
// CLONE_VFORK, which would make it wait for as long as the child is stopped or a file system hangs). So:
// - the child has a stack of its own and writes nothing of the parent's but the outcome (and its number into an
//   environment that is made for it alone); of the C library it calls
//   syscall() only, which sets errno, and the parent puts its errno back;
// - it must not run the parent's signal handlers: all signals are blocked before the clone and stay blocked until
//   the child's (copied: no CLONE_SIGHAND) dispositions are the defaults;
// - whoever stops the child in between holds up the parent, until that continues the child. Terminal stop signals are blocked or,
//   at the very end, as good as; SIGSTOP can't be. A process may only signal one of the same user: that is why the real uid
//   changes last, and the steps that need the new user's rights (chdir) go by the effective uid.
//
// A supervisor of a thousand programs has thousands of descriptors, and copying them for each child costs more than all
// the rest (2,000: 85 of 125 microseconds). So the child starts with the parent's table itself, and its first step is
// close_range(CLOSE_RANGE_UNSHARE), which copies only what is below a number: what the child is to have is put there.
#define _GNU_SOURCE
#include "confine.h"
#include "patience.h"
#include <dirent.h>
#include <linux/close_range.h>
#include <pthread.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#ifndef CLONE_PIDFD
#define CLONE_PIDFD 0x1000
#endif

enum {
    stack_size = 64 * 1024,
    guard_size = 64 * 1024, // a page on every architecture
    first_of_libc = 32,     // glibc and musl refuse these in sigaction(); the kernel doesn't
    highest_signal = 64,
    most_groups = 1024,     // that are looked at again; the stack has room for ten times as many
    most_descriptors = 64, // fd map: 0-2 and inherited sockets; the Swift side refuses more
};

// What rt_sigaction takes. All zero is SIG_DFL on every architecture, whatever the order of the members.
typedef struct {
    unsigned long words[4];
} kernel_sigaction;

typedef struct {
    const linux_spawn_request *request;
    linux_spawn_outcome *outcome;
    const linux_spawn_descriptor *descriptors;
    // The table is the parent's: leave it, with a copy of the descriptors below this number. 0: it is the child's own.
    unsigned keep;
    pid_t parent;
    int32_t *running;
} child_argument;

static long set_mask(int how, uint64_t set, uint64_t *old) {
    return syscall(SYS_rt_sigprocmask, how, &set, old, sizeof set);
}

static _Noreturn void fail(const child_argument *a, int stage) {
    a->outcome->error = errno;
    a->outcome->stage = stage;
    for (;;) syscall(SYS_exit_group, 127);
}

static void take(const child_argument *a, int stage) {
    if (stage != linux_spawn_ran) fail(a, stage);
}

static void close_by_listing(unsigned first, unsigned last) {
    int folder = (int)syscall(SYS_openat, AT_FDCWD, "/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) {
        // No /proc either. What init opens is close-on-exec; this is for what it was given. The limit may be 2^30.
        uint64_t limit[2] = {0, 0};
        syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, limit);
        uint64_t end = limit[0] > 65536 ? 65536 : limit[0];
        for (uint64_t fd = first; fd < end && fd <= last; fd++) syscall(SYS_close, (int)fd);
        return;
    }
    char buffer[4096] __attribute__((aligned(8)));
    long got;
    while ((got = syscall(SYS_getdents64, folder, buffer, sizeof buffer)) > 0) {
        for (long at = 0; at < got;) {
            // struct linux_dirent64: ino 8, off 8, reclen 2, type 1, name.
            unsigned short length;
            __builtin_memcpy(&length, buffer + at + 16, sizeof length);
            const char *name = buffer + at + 19;
            unsigned fd = 0;
            int is_number = *name != 0;
            for (; *name; name++) {
                if (*name < '0' || *name > '9') is_number = 0;
                fd = fd * 10 + (unsigned)(*name - '0');
            }
            if (is_number && fd >= first && fd <= last && (int)fd != folder) syscall(SYS_close, (int)fd);
            at += length;
        }
    }
    syscall(SYS_close, folder);
}

static void close_between(unsigned first, unsigned last) {
    if (first > last) return;
    // ENOSYS before Linux 5.9; EPERM from filters that don't know it.
    if (syscall(SYS_close_range, first, last, 0) != 0) close_by_listing(first, last);
}

static int arrange_descriptors(const linux_spawn_descriptor *map, int count) {
    if (count == 0) {
        close_between(0, ~0u);
        return 0;
    }
    int highest = map[count - 1].target;
    int32_t safe[most_descriptors];
    // A source that another entry may overwrite moves out of the way first.
    for (int i = 0; i < count; i++) {
        int source = map[i].source;
        safe[i] = source;
        if (source <= highest && source != map[i].target) {
            safe[i] = (int)syscall(SYS_fcntl, source, F_DUPFD_CLOEXEC, highest + 1);
            if (safe[i] < 0) return -1;
        }
    }
    for (int i = 0; i < count; i++) {
        int target = map[i].target;
        if (safe[i] == target) {
            long flags = syscall(SYS_fcntl, target, F_GETFD);
            if (flags < 0 || syscall(SYS_fcntl, target, F_SETFD, flags & ~FD_CLOEXEC) < 0) return -1;
        } else if (syscall(SYS_dup3, safe[i], target, 0) < 0) {
            return -1;
        }
    }
    unsigned next = 0;
    for (int i = 0; i < count; i++) {
        unsigned target = (unsigned)map[i].target;
        if (target > next) close_between(next, target - 1);
        next = target + 1;
    }
    close_between(next, ~0u);
    return 0;
}

static int reset_dispositions(void) {
    const kernel_sigaction standard = {{0}};
    for (int number = 1; number <= highest_signal; number++) {
        if (number == SIGKILL || number == SIGSTOP) continue;
        if (syscall(SYS_rt_sigaction, number, &standard, NULL, sizeof(uint64_t)) != 0) return -1;
    }
    return 0;
}

// All signals are blocked, so that a background group may do this without SIGTTOU.
static int hand_over_terminal(const linux_spawn_request *r) {
    pid_t group = (pid_t)syscall(SYS_getpgid, 0);
    long result = r->takes_terminal ? syscall(SYS_ioctl, r->terminal, TIOCSCTTY, 0)
                                    : syscall(SYS_ioctl, r->terminal, TIOCSPGRP, &group);
    // ENOTTY: not a terminal, or not this session's; ENXIO, EIO: one that is hung up; EPERM: another session's own.
    // The program runs without it.
    return result == 0 || errno == ENOTTY || errno == ENXIO || errno == EIO || errno == EPERM ? 0 : -1;
}

// Those that were asked for; in what order and how often is the kernel's own affair.
static int has_groups(const linux_spawn_request *r) {
    gid_t groups[most_groups];
    long count = syscall(SYS_getgroups, most_groups, groups);
    if (count < 0) return r->group_count > most_groups;
    for (long i = 0; i < count; i++) {
        int wanted = 0;
        for (int j = 0; j < r->group_count; j++) wanted |= r->groups[j] == groups[i];
        if (!wanted) return 0;
    }
    return 1;
}

static int set_groups_and_gid(const child_argument *a) {
    const linux_spawn_request *r = a->request;
    if (syscall(SYS_setgroups, r->group_count, r->groups) != 0) fail(a, linux_spawn_setgroups);
    if (!has_groups(r)) {
        errno = EPERM; // a filter that answers "done" without doing it
        fail(a, linux_spawn_setgroups);
    }
    if (syscall(SYS_setresgid, r->gid, r->gid, r->gid) != 0) fail(a, linux_spawn_setgid);
    gid_t real, effective, saved;
    if (syscall(SYS_getresgid, &real, &effective, &saved) != 0) fail(a, linux_spawn_setgid);
    if (real != r->gid || effective != r->gid || saved != r->gid) {
        errno = EPERM; // that filter again
        fail(a, linux_spawn_setgid);
    }
    if (syscall(SYS_setresuid, -1, r->uid, -1) != 0) fail(a, linux_spawn_setuid);
    return 0;
}

static void write_own_number(char *const *envp) {
    static const char name[] = "LISTEN_PID=";
    for (; *envp; envp++) {
        unsigned same = 0;
        while (same < sizeof name - 1 && (*envp)[same] == name[same]) same++;
        if (same < sizeof name - 1) continue;
        char digits[10], *place = *envp + same;
        int count = 0;
        for (long number = syscall(SYS_getpid); number > 0 && count < 10; number /= 10) digits[count++] = (char)('0' + number % 10);
        while (count > 0) *place++ = digits[--count];
        *place = 0;
        return;
    }
}

static int child(void *argument) {
    const child_argument *a = argument;
    const linux_spawn_request *r = a->request;

    patience_begin(a->running);
    // "0" is who writes it. First of all, so that everything that the child does is on its cgroup's account.
    if (r->cgroup >= 0 && syscall(SYS_write, r->cgroup, "0", 1) != 1) fail(a, linux_spawn_cgroup);
    // While all descriptors are there, Landlock's among them; nothing is opened after it.
    take(a, confine_isolate(r));
    if (a->keep && syscall(SYS_close_range, a->keep, ~0u, CLOSE_RANGE_UNSHARE) != 0) fail(a, linux_spawn_unshare);

    if (r->group == linux_spawn_new_session && syscall(SYS_setsid) < 0) fail(a, linux_spawn_group);
    if (r->group == linux_spawn_new_group && syscall(SYS_setpgid, 0, 0) != 0) fail(a, linux_spawn_group);

    if (reset_dispositions() != 0) fail(a, linux_spawn_signals);
    if (r->descriptor_count >= 0 && arrange_descriptors(a->descriptors, r->descriptor_count) != 0) fail(a, linux_spawn_descriptors);

    if (r->terminal >= 0 && hand_over_terminal(r) != 0) fail(a, linux_spawn_terminal);

    take(a, confine_schedule(r, &a->outcome->detail));
    take(a, confine_before_identity(r, &a->outcome->detail));
    if (r->changes_identity) set_groups_and_gid(a);
    if (r->directory && syscall(SYS_chdir, r->directory) != 0) fail(a, linux_spawn_directory);
    if (r->mask >= 0) syscall(SYS_umask, r->mask);

    // The real uid may go without a capability: the effective one has gone before.
    if (!confine_is_late(r)) take(a, confine_after_identity(r, &a->outcome->detail));
    if (r->names_itself) write_own_number(r->envp);

    // Dispositions are the defaults: what was sent to the child meanwhile kills it here, as it would its program.
    if (set_mask(SIG_SETMASK, 0, NULL) != 0) fail(a, linux_spawn_signals);

    if (r->changes_identity) {
        if (syscall(SYS_setresuid, r->uid, r->uid, r->uid) != 0) fail(a, linux_spawn_setuid);
        uid_t real, effective, saved;
        if (syscall(SYS_getresuid, &real, &effective, &saved) != 0) fail(a, linux_spawn_setuid);
        if (real != r->uid || effective != r->uid || saved != r->uid) {
            errno = EPERM;
            fail(a, linux_spawn_setuid);
        }
    }
    // Some calls more as the program's user, for those few programs: a change of the user takes away what is granted here.
    if (confine_is_late(r)) take(a, confine_after_identity(r, &a->outcome->detail));
    if (r->death_signal) {
        // A change of credentials clears it, so it comes after them. A parent that died before can't be noticed by it.
        if (syscall(SYS_prctl, PR_SET_PDEATHSIG, r->death_signal, 0, 0, 0) != 0) fail(a, linux_spawn_deathsig);
        if (syscall(SYS_getppid) != a->parent) {
            errno = ESRCH;
            fail(a, linux_spawn_deathsig);
        }
    }
    syscall(SYS_execve, r->path, r->argv, r->envp);
    fail(a, linux_spawn_exec);
}

// One stack for all children: the parent sleeps while it is in use. PID 1 has one thread; the lock is for test processes.
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char *stack_top;

static char *child_stack(void) {
    if (stack_top) return stack_top;
    char *base = mmap(NULL, guard_size + stack_size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (base == MAP_FAILED) return NULL;
    if (mprotect(base, guard_size, PROT_NONE) != 0) {
        munmap(base, guard_size + stack_size);
        return NULL;
    }
    // A number is kept above it: that of a child that had to be abandoned is still the kernel's to write to.
    stack_top = base + guard_size + stack_size - 64;
    return stack_top;
}

// Low numbers of the parent's table in which a child's descriptors stand while it is made, an eventfd otherwise.
enum { slot_count = 3 };
static int slots[slot_count] = {-1, -1, -1};
static int placeholder = -1;
static int can_unshare = 1;

static int reserve_slots(void) {
    if (placeholder < 0) placeholder = eventfd(0, EFD_CLOEXEC);
    if (placeholder < 0) return -1;
    for (int i = 0; i < slot_count; i++) {
        if (slots[i] < 0) slots[i] = fcntl(placeholder, F_DUPFD_CLOEXEC, 3);
        if (slots[i] < 0) return -1;
    }
    return 0;
}

// The number below which `map`, with its sources moved to the slots, has all that the child needs; 0: not possible.
static unsigned move_to_slots(const linux_spawn_request *r, linux_spawn_descriptor *map) {
    if (!can_unshare || r->descriptor_count < 0 || r->descriptor_count > slot_count || reserve_slots() != 0) return 0;
    int highest = 2;
    for (int i = 0; i < r->descriptor_count; i++) {
        map[i] = r->descriptors[i];
        if (map[i].source > 2) {
            if (dup3(map[i].source, slots[i], O_CLOEXEC) < 0) return 0;
            map[i].source = slots[i];
        }
        if (map[i].source > highest) highest = map[i].source;
    }
    return (unsigned)highest + 1;
}

static void empty_slots(const linux_spawn_request *r) {
    for (int i = 0; i < r->descriptor_count && i < slot_count; i++) {
        if (r->descriptors[i].source > 2 && slots[i] >= 0) dup3(placeholder, slots[i], O_CLOEXEC);
    }
}

// 0, or -1 with stage and error in the outcome; a child that failed is reaped, but for one that is abandoned.
static int clone_and_wait(char *stack, child_argument *argument, int wants_pidfd) {
    linux_spawn_outcome *outcome = argument->outcome;
    int pidfd = -1;
    int flags = CLONE_VM | SIGCHLD | (wants_pidfd ? CLONE_PIDFD : 0) | (argument->keep ? CLONE_FILES : 0);
    outcome->stage = linux_spawn_ran;
    outcome->error = 0;
    *argument->running = 1;
    int pid = clone(child, stack, flags, argument, &pidfd);
    if (pid < 0) {
        outcome->stage = linux_spawn_clone;
        outcome->error = errno;
        return -1;
    }
    const linux_spawn_request *r = argument->request;
    int score = r->sets_oom_score ? confine_open_oom_score(pid) : -1;
    const int waited = patience_wait(pid, argument->running);
    if (waited != patience_done && outcome->stage == linux_spawn_ran) {
        outcome->stage = linux_spawn_late;
        outcome->error = ETIMEDOUT;
    }
    if (r->sets_oom_score) {
        // Again, for errno's sake, which was the child's, too.
        if (score < 0) score = confine_open_oom_score(pid);
        if ((score < 0 || confine_set_oom_score(score, r->oom_score) != 0) && outcome->stage == linux_spawn_ran) {
            outcome->stage = linux_spawn_oom_score;
            outcome->error = errno;
            // Who may not end it has a program without its score, and not one that nobody waits for.
            if (kill(pid, SIGKILL) != 0) outcome->stage = linux_spawn_ran;
        }
        if (score >= 0) close(score);
    }
    if (waited == patience_abandoned) {
        stack_top = NULL;
        if (pidfd >= 0) close(pidfd);
        return -1;
    }
    if (outcome->stage != linux_spawn_ran) {
        int status;
        while (syscall(SYS_wait4, pid, &status, 0, NULL) < 0 && errno == EINTR) {}
        if (pidfd >= 0) close(pidfd);
        return -1;
    }
    outcome->pid = pid;
    outcome->pidfd = pidfd; // still -1 on a kernel before 5.2, which ignores the flag
    return 0;
}

void linux_spawn(const linux_spawn_request *request, linux_spawn_outcome *outcome) {
    const int saved_errno = errno;
    *outcome = (linux_spawn_outcome){.pid = -1, .pidfd = -1, .stage = linux_spawn_clone, .error = 0, .detail = -1};
    if (request->descriptor_count > most_descriptors) {
        outcome->error = E2BIG;
        return;
    }
    pthread_mutex_lock(&lock);
    char *stack = child_stack();
    uint64_t mask = 0;
    if (!stack || set_mask(SIG_SETMASK, ~UINT64_C(0), &mask) != 0) {
        outcome->error = errno;
        pthread_mutex_unlock(&lock);
        errno = saved_errno;
        return;
    }
    // The shared memory loses its dumpable mark when the child changes its uid: nobody can trace the child then, but init
    // would lose its core dumps and the ownership of its folder in /proc for ever.
    const long dumpable = request->changes_identity ? syscall(SYS_prctl, PR_GET_DUMPABLE, 0, 0, 0, 0) : -1;

    linux_spawn_descriptor moved[slot_count];
    child_argument argument = {request, outcome, moved, move_to_slots(request, moved), (pid_t)syscall(SYS_getpid),
                               (int32_t *)stack};
    if (argument.keep == 0) argument.descriptors = request->descriptors;
    if (clone_and_wait(stack, &argument, request->wants_pidfd) != 0 && outcome->stage == linux_spawn_unshare) {
        can_unshare = 0; // a kernel before 5.9 or a filter: it will not change its mind
        argument.keep = 0;
        argument.descriptors = request->descriptors;
        clone_and_wait(stack, &argument, request->wants_pidfd);
    }
    empty_slots(request);

    if (dumpable == 1) syscall(SYS_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0);
    set_mask(SIG_SETMASK, mask, NULL);
    pthread_mutex_unlock(&lock);
    errno = saved_errno;
}
