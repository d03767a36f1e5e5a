// The child's side of a start: what happens between clone and the program (spawn.c is the parent's).
//
// The child shares the parent's memory, and the parent continues meanwhile. So:
// - it has its own stack, and writes only to that and to its own `linux_spawning`;
// - it makes raw system calls only (raw.h), and calls no function of the C library that may write errno, allocate or lock;
// - it must not run the parent's signal handlers: all signals are blocked before the clone, and stay blocked until the child's dispositions
//   (copied: no CLONE_SIGHAND) are the defaults;
// - what can hang (looking up the command, entering a directory, executing) happens here, where the parent doesn't wait for it;
// - no other process may trace it: changing the user clears the dumpable flag of the shared memory, and the parent restores the flag when
//   no such child is left.
#define _GNU_SOURCE
#include "spawn.h"
#include "raw.h"
#include <linux/close_range.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>

#ifndef SYS_close_range
#define SYS_close_range 436
#endif

enum {
    highest_signal = 64,
    most_groups = 1024, // that are verified; the stack has room for several times as many
};

// The argument of rt_sigaction. All zero is SIG_DFL on every architecture, regardless of the order of the members.
typedef struct {
    unsigned long words[4];
} kernel_sigaction;

typedef struct {
    struct linux_spawning *s;
    const linux_spawn_request *request;
    linux_spawn_report report;
} child_state;

static _Noreturn void fail(child_state *c, int stage) {
    c->report.stage = stage;
    RAW(SYS_write, c->s->report, &c->report, sizeof c->report);
    for (;;) RAW(SYS_exit_group, 127);
}

static void fail_if(child_state *c, long result, int stage) {
    if (report_failure(&c->report, result)) fail(c, stage);
}

static void take(child_state *c, int stage) {
    if (stage != linux_spawn_ran) fail(c, stage);
}

// MARK: Descriptors

static void close_by_listing(unsigned first, unsigned last) {
    const long folder = RAW(SYS_openat, AT_FDCWD, "/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) {
        // There is no /proc either. init opens everything close-on-exec; this closes what init inherited. The limit may be 2^30.
        uint64_t limit[2] = {0, 0};
        RAW(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, limit);
        const uint64_t end = limit[0] > 65536 ? 65536 : limit[0];
        for (uint64_t fd = first; fd < end && fd <= last; fd++) RAW(SYS_close, fd);
        return;
    }
    char buffer[4096] __attribute__((aligned(8)));
    long got;
    while ((got = RAW(SYS_getdents64, folder, buffer, sizeof buffer)) > 0) {
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
            if (is_number && fd >= first && fd <= last && fd != (unsigned)folder) RAW(SYS_close, fd);
            at += length;
        }
    }
    RAW(SYS_close, folder);
}

static void close_between(unsigned first, unsigned last) {
    if (first > last) return;
    // ENOSYS before Linux 5.9; EPERM from seccomp filters that don't know the call.
    if (RAW(SYS_close_range, first, last, 0) != 0) close_by_listing(first, last);
}

static long move_away(int source, int highest) { return RAW(SYS_fcntl, source, F_DUPFD_CLOEXEC, highest + 1); }

// Closes everything else except the report's end. Returns 0 or a negative errno.
static long arrange_descriptors(struct linux_spawning *s) {
    const int count = s->request.descriptor_count;
    const linux_spawn_descriptor *map = s->descriptors;
    const int highest = count > 0 ? map[count - 1].target : -1;
    long safe[most_descriptors];
    // First move out of the way whatever another entry may overwrite.
    if (s->report <= highest) {
        const long moved = move_away(s->report, highest);
        if (moved < 0) return moved;
        s->report = (int32_t)moved;
    }
    for (int i = 0; i < count; i++) {
        safe[i] = map[i].source;
        if (safe[i] <= highest && safe[i] != map[i].target) {
            safe[i] = move_away(map[i].source, highest);
            if (safe[i] < 0) return safe[i];
        }
    }
    for (int i = 0; i < count; i++) {
        const int target = map[i].target;
        long result;
        if (safe[i] == target) {
            result = RAW(SYS_fcntl, target, F_GETFD);
            if (result >= 0) result = RAW(SYS_fcntl, target, F_SETFD, result & ~FD_CLOEXEC);
        } else {
            result = RAW(SYS_dup3, safe[i], target, 0);
        }
        if (result < 0) return result;
    }
    unsigned next = 0;
    for (int i = 0; i < count; i++) {
        const unsigned target = (unsigned)map[i].target;
        if (target > next) close_between(next, target - 1);
        next = target + 1;
    }
    const unsigned report = (unsigned)s->report;
    if (report > next) close_between(next, report - 1);
    close_between(report + 1, ~0u);
    return 0;
}

// Tells the parent, if it waits for that, that another child may use the slots.
static void leave_table(child_state *c) {
    struct linux_spawning *s = c->s;
    if (s->keep == 0) return;
    fail_if(c, RAW(SYS_close_range, s->keep, ~0u, CLOSE_RANGE_UNSHARE), linux_spawn_unshare);
    if (__atomic_exchange_n(&s->table, table_own, __ATOMIC_ACQ_REL) != table_awaited) return;
    const linux_spawn_report note = {linux_spawn_left_table, 0, -1};
    RAW(SYS_write, s->report, &note, sizeof note);
}

// MARK: Other steps

static long reset_dispositions(void) {
    const kernel_sigaction standard = {{0}};
    for (int number = 1; number <= highest_signal; number++) {
        if (number == SIGKILL || number == SIGSTOP) continue;
        const long result = RAW(SYS_rt_sigaction, number, &standard, NULL, sizeof(uint64_t));
        if (result != 0) return result;
    }
    return 0;
}

// All signals are blocked, so a background group can do this without getting SIGTTOU.
static long hand_over_terminal(const linux_spawn_request *r) {
    pid_t group = (pid_t)RAW(SYS_getpgid, 0);
    const long result =
        r->takes_terminal ? RAW(SYS_ioctl, r->terminal, TIOCSCTTY, 0) : RAW(SYS_ioctl, r->terminal, TIOCSPGRP, &group);
    // ENOTTY: not a terminal, or not this session's; ENXIO, EIO: a terminal that has hung up; EPERM: another session's. The program runs
    // without it.
    return result == -ENOTTY || result == -ENXIO || result == -EIO || result == -EPERM ? 0 : result;
}

static int is_executable_by(const struct stat *about) { return (about->st_mode & 0111) != 0; }

// As in supervisord, the first file of that name counts, even if it can't be executed.
static const char *look_up(child_state *c) {
    const linux_spawn_request *r = c->request;
    if (r->candidate_count == 0) return r->path;
    for (int i = 0; i < r->candidate_count; i++) {
        struct stat about;
        if (RAW(SYS_newfstatat, AT_FDCWD, r->candidates[i], &about, 0) != 0) continue;
        c->report.detail = i;
        if (S_ISDIR(about.st_mode)) fail_if(c, -EISDIR, linux_spawn_lookup);
        if (!is_executable_by(&about)) fail_if(c, -ENOEXEC, linux_spawn_lookup);
        fail_if(c, RAW(SYS_faccessat, AT_FDCWD, r->candidates[i], X_OK), linux_spawn_lookup);
        c->report.detail = -1;
        return r->candidates[i];
    }
    c->report.detail = -1;
    fail_if(c, -ENOENT, linux_spawn_lookup);
    return NULL;
}

// The groups that were asked for; the kernel may reorder them or drop duplicates.
static int has_groups(const linux_spawn_request *r) {
    gid_t groups[most_groups];
    const long count = RAW(SYS_getgroups, most_groups, groups);
    if (count < 0) return r->group_count > most_groups;
    for (long i = 0; i < count; i++) {
        int wanted = 0;
        for (int j = 0; j < r->group_count; j++) wanted |= r->groups[j] == groups[i];
        if (!wanted) return 0;
    }
    return 1;
}

// A seccomp filter may report success without making the call, so verify each result.
static void set_groups_and_gid(child_state *c) {
    const linux_spawn_request *r = c->request;
    fail_if(c, RAW(SYS_setgroups, r->group_count, r->groups), linux_spawn_setgroups);
    if (!has_groups(r)) fail_if(c, -EPERM, linux_spawn_setgroups);
    fail_if(c, RAW(SYS_setresgid, r->gid, r->gid, r->gid), linux_spawn_setgid);
    gid_t real, effective, saved;
    fail_if(c, RAW(SYS_getresgid, &real, &effective, &saved), linux_spawn_setgid);
    if (real != r->gid || effective != r->gid || saved != r->gid) fail_if(c, -EPERM, linux_spawn_setgid);
    fail_if(c, RAW(SYS_setresuid, -1, r->uid, -1), linux_spawn_setuid);
}

static void set_uid(child_state *c) {
    const linux_spawn_request *r = c->request;
    fail_if(c, RAW(SYS_setresuid, r->uid, r->uid, r->uid), linux_spawn_setuid);
    uid_t real, effective, saved;
    fail_if(c, RAW(SYS_getresuid, &real, &effective, &saved), linux_spawn_setuid);
    if (real != r->uid || effective != r->uid || saved != r->uid) fail_if(c, -EPERM, linux_spawn_setuid);
}

static void write_own_number(char *const *envp) {
    static const char name[] = "LISTEN_PID=";
    for (; *envp; envp++) {
        unsigned same = 0;
        while (same < sizeof name - 1 && (*envp)[same] == name[same]) same++;
        if (same < sizeof name - 1) continue;
        char digits[10], *place = *envp + same;
        int count = 0;
        for (long number = RAW(SYS_getpid); number > 0 && count < 10; number /= 10) digits[count++] = (char)('0' + number % 10);
        while (count > 0) *place++ = digits[--count];
        *place = 0;
        return;
    }
}

int spawn_child(void *argument) {
    struct linux_spawning *s = argument;
    const linux_spawn_request *r = &s->request;
    child_state state = {s, r, {linux_spawn_ran, 0, -1}}, *c = &state;

    // Writing "0" moves the writer. This is the first step, so that the cgroup accounts for everything that the child does.
    if (r->cgroup >= 0) fail_if(c, RAW(SYS_write, r->cgroup, "0", 1), linux_spawn_cgroup);
    // While all descriptors are open, including Landlock's; nothing is opened afterwards.
    take(c, confine_isolate(r, &c->report));
    leave_table(c);

    if (r->group == linux_spawn_new_session) fail_if(c, RAW(SYS_setsid), linux_spawn_group);
    if (r->group == linux_spawn_new_group) fail_if(c, RAW(SYS_setpgid, 0, 0), linux_spawn_group);

    fail_if(c, reset_dispositions(), linux_spawn_signals);
    if (r->descriptor_count >= 0) fail_if(c, arrange_descriptors(s), linux_spawn_descriptors);
    const char *path = look_up(c);

    if (r->terminal >= 0) fail_if(c, hand_over_terminal(r), linux_spawn_terminal);

    take(c, confine_schedule(r, &c->report));
    take(c, confine_before_identity(r, &c->report));
    if (r->changes_identity) set_groups_and_gid(c);
    // The effective uid is now the new user's, and so are the rights. The real uid changes last, since a process may only signal one of the
    // same user.
    if (r->directory) fail_if(c, RAW(SYS_chdir, r->directory), linux_spawn_directory);
    if (r->mask >= 0) RAW(SYS_umask, r->mask);

    // The real uid may change without a capability, since the effective one has changed already.
    if (!confine_is_late(r)) take(c, confine_after_identity(r, &c->report));
    if (r->names_itself) write_own_number(r->envp);

    // Dispositions are the defaults now: a signal that arrived meanwhile kills the child here, as it would kill its program.
    const uint64_t none = 0;
    fail_if(c, RAW(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, sizeof none), linux_spawn_signals);

    if (r->changes_identity) set_uid(c);
    // A few more calls as the program's user, for the few programs that need them: changing the user takes away what they grant.
    if (confine_is_late(r)) take(c, confine_after_identity(r, &c->report));
    if (r->death_signal) {
        // A change of credentials clears it, so it comes after that. It doesn't notice a parent that has died before.
        fail_if(c, RAW(SYS_prctl, PR_SET_PDEATHSIG, r->death_signal), linux_spawn_deathsig);
        if (RAW(SYS_getppid) != s->parent) fail_if(c, -ESRCH, linux_spawn_deathsig);
    }
    fail_if(c, RAW(SYS_execve, path, r->argv, r->envp), linux_spawn_exec);
    fail(c, linux_spawn_exec);
}
