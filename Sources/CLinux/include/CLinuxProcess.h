// Processes: clone and the child's side of it, signals by number, credentials, limits.
#ifndef REEVE_CLINUXPROCESS_H
#define REEVE_CLINUXPROCESS_H

#include <stdint.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/types.h>

/// Where the start of a child stopped, in the order of the steps. The attribute makes it a closed enumeration in Swift, so that a stage
/// without a sentence breaks the build.
enum __attribute__((enum_extensibility(closed))) linux_spawn_stage {
    linux_spawn_ran = 0,
    linux_spawn_clone,
    linux_spawn_cgroup,
    linux_spawn_privileges,
    linux_spawn_landlock,
    linux_spawn_unshare,
    linux_spawn_group,
    linux_spawn_terminal,
    linux_spawn_signals,
    linux_spawn_descriptors,
    /// The command: ENOENT, EISDIR, ENOEXEC (no one may execute it), EACCES.
    linux_spawn_lookup,
    linux_spawn_limits,
    linux_spawn_nice,
    linux_spawn_ionice,
    linux_spawn_affinity,
    linux_spawn_inheritable,
    linux_spawn_bounding,
    linux_spawn_setgroups,
    linux_spawn_setgid,
    linux_spawn_directory,
    linux_spawn_setuid,
    linux_spawn_ambient,
    linux_spawn_secure_bits,
    linux_spawn_capabilities,
    linux_spawn_deathsig,
    linux_spawn_exec,
    /// It took so long that the parent killed it.
    linux_spawn_late,
    /// It executed its program, and was killed.
    linux_spawn_oom_score,
    /// Not a failure, and for the parent's C code only: the child now has its own descriptor table. It
    /// must be the last one: the number of a stage comes from another process, and is compared with it.
    linux_spawn_left_table,
};

/// The child's descriptor `target` is the parent's `source`.
typedef struct {
    int32_t source;
    int32_t target;
} linux_spawn_descriptor;

typedef struct {
    int32_t resource;
    uint64_t soft;
    uint64_t hard;
} linux_spawn_limit;

enum { linux_spawn_inherit_group = 0, linux_spawn_new_group = 1, linux_spawn_new_session = 2 };

typedef struct {
    /// Executed where there are no candidates.
    const char *path;
    /// Paths of the command; the child executes the first that exists, which it looks up with init's rights.
    const char *const *candidates;
    int32_t candidate_count;
    char *const *argv;
    char *const *envp;
    /// Null: the parent's.
    const char *directory;
    /// Ascending by target, without duplicates. Everything else is closed. A count of -1: all as in the parent.
    const linux_spawn_descriptor *descriptors;
    int32_t descriptor_count;
    const linux_spawn_limit *limits;
    int32_t limit_count;
    const gid_t *groups;
    int32_t group_count;
    /// 0: uid, gid and groups stay as they are.
    int32_t changes_identity;
    uid_t uid;
    gid_t gid;
    /// -1: the parent's.
    int32_t mask;
    /// One of the three above.
    int32_t group;
    /// -1, or a descriptor of the child: its terminal's foreground becomes the child's group.
    int32_t terminal;
    /// By taking the terminal for the new session (TIOCSCTTY).
    int32_t takes_terminal;
    int32_t no_new_privileges;
    /// 0: the sets stay as the kernel sets them. Otherwise bit n is capability n: `dropped` is removed from the permitted set and the
    /// bounding set (where capabilities that only a privileged parent could remove stay if the child has no_new_privs), and these are the
    /// inheritable and ambient sets.
    int32_t has_capabilities;
    uint64_t dropped;
    uint64_t inheritable;
    uint64_t ambient;
    /// -1: the parent's.
    int32_t secure_bits;
    int32_t sets_nice;
    int32_t nice;
    /// -1, or a class shifted by 13 with a level.
    int32_t io_priority;
    /// A bit per processor; nothing if the size is 0.
    const uint8_t *affinity;
    int32_t affinity_size;
    int32_t sets_oom_score;
    int32_t oom_score;
    /// -1, or a Landlock ruleset.
    int32_t landlock;
    /// The child overwrites the ten characters after `LISTEN_PID=` in `envp` with its pid, and appends a zero.
    int32_t names_itself;
    /// 0, or the signal that the child gets when the calling thread's process dies.
    int32_t death_signal;
    int32_t wants_pidfd;
    /// -1, or the parent's descriptor of the cgroup.procs of a cgroup that the child joins before anything else.
    int32_t cgroup;
} linux_spawn_request;

/// A child on its way to its program.
typedef struct linux_spawning linux_spawning;

typedef struct {
    /// Null if there is no child; `error` says why.
    linux_spawning *spawning;
    int32_t error;
    pid_t pid;
    /// -1 unless asked for, and on kernels before 5.2. The caller closes it.
    int32_t pidfd;
    /// Becomes readable when linux_spawn_look has something to report.
    int32_t report;
} linux_spawn_begun;

typedef struct {
    int32_t stage;
    int32_t error;
    /// Of a limit or a candidate: its position; of a capability: its number, or -1.
    int32_t detail;
} linux_spawn_outcome;

/// Creates the child, and doesn't wait for anything that it does. Copies everything that the request points to; its descriptors must stay
/// open until the child has reported.
linux_spawn_begun linux_spawn_begin(const linux_spawn_request *request);
enum { linux_spawn_underway, linux_spawn_executed, linux_spawn_failed };
/// What the child has reported. A child that was killed before it could report anything counts as executed.
int linux_spawn_look(linux_spawning *spawning, linux_spawn_outcome *outcome);
/// Reuses the child's memory: call it once the child has executed or is reaped, and never before.
void linux_spawn_end(linux_spawning *spawning);
/// Before the process sleeps: frees what is kept for children that have left this process's descriptor table, and asks the others to report
/// when they leave it.
void linux_spawn_settle(void);
/// Whether a child is on its way, and may have a copy of this process's descriptors.
int linux_spawn_is_underway(void);

/// Signal sets are 64 bits: bit n-1 is signal n. The kernel's own calls, so that the C library's two signals are not special.
int linux_sigprocmask(int how, uint64_t set, uint64_t *old);
int linux_sigpending(uint64_t *set);
int linux_signalfd(int fd, uint64_t set);
int linux_sigwait(uint64_t set, int32_t *sender);
/// 1: default, 0: ignore.
int linux_signal_disposition(int number, int use_default);

typedef struct {
    int32_t number;
    int32_t code;
    int32_t sender;
    int32_t value;
} linux_received_signal;
/// At most 32 at a time; the count, or -1.
int linux_signalfd_read(int fd, linux_received_signal *signals, int capacity);

int linux_wait_any(int32_t *pid, int32_t *status, int options);
/// waitid(P_PID or P_PIDFD) without WNOHANG unless it is in `options`; *pid is 0 if there was nothing.
int linux_wait_one(int32_t pid, int32_t pidfd, int32_t *status, int options, int32_t *found);
/// Leaves dead children unreaped.
int linux_wait_peek(int32_t *pid);

/// 1 for a child that is stopped.
int linux_is_stopped(pid_t child);
/// poll(2) for one descriptor: 1 if it is readable, or at its end.
int linux_poll_readable(int fd, int milliseconds);

int linux_set_subreaper(int on);
int linux_is_subreaper(void);
int linux_set_death_signal(int number);
int linux_set_dumpable(int on);
int linux_setgroups(const gid_t *groups, int count);
int linux_setgid(gid_t gid);
int linux_setuid(uid_t uid);
/// RLIMIT_*, which glibc has as an enum and musl as macros.
enum {
    linux_limit_core = RLIMIT_CORE,
    linux_limit_data = RLIMIT_DATA,
    linux_limit_processes = RLIMIT_NPROC,
    linux_limit_open_files = RLIMIT_NOFILE,
};
/// Call before libcap's functions for text and names. Cheap the second time.
void linux_capabilities_begin(void);
/// This process's permitted set; empty if it can't be read.
uint64_t linux_capabilities_permitted(void);
uint64_t linux_capabilities_ambient(void);
/// Lowers this process's permitted and effective sets to `kept`; the inheritable and ambient ones follow.
int linux_capabilities_keep(uint64_t kept);

enum { linux_landlock_read = 0, linux_landlock_write = 1 };
/// From 1 on; -1 if the kernel has no Landlock, or doesn't use it.
int linux_landlock_version(void);
/// A ruleset that forbids all use of files, and with `everything` also binding and connecting TCP sockets, and signals and abstract sockets
/// of others, as far as the kernel supports it.
int linux_landlock_create(int everything);
/// Allows access below a place, a descriptor from linux_open_path: reading and executing, or everything.
int linux_landlock_allow(int ruleset, int file, int kind);
/// O_PATH.
enum { linux_open_path = 010000000 };
/// Restricts the calling thread, which has no_new_privs, permanently.
int linux_landlock_restrict(int ruleset);
int linux_set_no_new_privileges(void);
int linux_getrlimit(int resource, uint64_t *soft, uint64_t *hard);
int linux_setrlimit(int resource, uint64_t soft, uint64_t hard);
int linux_pidfd_open(pid_t pid);
/// How many processors this process may use; at least 1.
int linux_processor_count(void);
/// The processors that the CPU quota of a cgroup and of those above it is worth, rounded up; 0: there is no quota. `membership` is
/// /proc/self/cgroup, `root` /sys/fs/cgroup.
int linux_processor_quota(const char *membership, const char *root);
/// How many processes the kernel has killed because memory ran out, by a file such as memory.events; -1: it doesn't say.
int64_t linux_memory_kills(const char *path);
/// The same by the nearest such file of a cgroup and those above it.
int64_t linux_own_memory_kills(const char *membership, const char *root);
int linux_pidfd_signal(int pidfd, int number);
int linux_take_terminal(int fd);
int linux_drop_terminal(int fd);
char **linux_environ(void);

// cgroup.c
enum { linux_cgroup_found, linux_cgroup_not_mounted, linux_cgroup_outside };
/// The folder of this process's version 2 cgroup, from two files like /proc/self/mountinfo and /proc/self/cgroup; for linux_cgroup_outside,
/// the place of a mount that doesn't contain it.
int linux_cgroup_find(const char *mounts, const char *membership, char *folder, size_t size);
enum { linux_cgroup_count, linux_cgroup_kill, linux_cgroup_move };
/// Applies to each process of a cgroup, and counts them; `target` is the cgroup.procs to move them to.
int linux_cgroup_each(const char *folder, int what, const char *target);
/// One write into an existing file; 0, or -1.
int linux_write_text(const char *path, const char *text);
int linux_make_directory(const char *path);
int linux_remove_directory(const char *path);

#endif
