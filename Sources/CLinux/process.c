// Signals as 64-bit sets, waiting, credentials and limits: what the C library hides behind macros or refuses.
#define _GNU_SOURCE
#include "CLinux.h"
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>

extern char **environ;
char **linux_environ(void) { return environ; }

int linux_sigprocmask(int how, uint64_t set, uint64_t *old) {
    return (int)syscall(SYS_rt_sigprocmask, how, &set, old, sizeof set);
}

int linux_sigpending(uint64_t *set) { return (int)syscall(SYS_rt_sigpending, set, sizeof *set); }

int linux_signalfd(int fd, uint64_t set) {
    return (int)syscall(SYS_signalfd4, fd, &set, sizeof set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int linux_sigwait(uint64_t set, int32_t *sender) {
    siginfo_t info;
    int number = (int)syscall(SYS_rt_sigtimedwait, &set, &info, NULL, sizeof set);
    if (number > 0) *sender = info.si_pid;
    return number;
}

int linux_signal_disposition(int number, int use_default) {
    return signal(number, use_default ? SIG_DFL : SIG_IGN) == SIG_ERR ? -1 : 0;
}

int linux_signalfd_read(int fd, linux_received_signal *signals, int capacity) {
    struct signalfd_siginfo raw[32];
    if (capacity > 32) capacity = 32;
    ssize_t got = read(fd, raw, sizeof raw[0] * (size_t)capacity);
    if (got < 0) return -1;
    int count = (int)((size_t)got / sizeof raw[0]);
    for (int i = 0; i < count; i++) {
        signals[i] = (linux_received_signal){
            (int32_t)raw[i].ssi_signo, raw[i].ssi_code, (int32_t)raw[i].ssi_pid, raw[i].ssi_int};
    }
    return count;
}

int linux_wait_any(int32_t *pid, int32_t *status, int options) {
    int raw = 0;
    pid_t found = waitpid(-1, &raw, options | WNOHANG);
    if (found < 0) return -1;
    *pid = found;
    *status = raw;
    return 0;
}

// siginfo's code and status as a wait status.
static int wait_status(const siginfo_t *info) {
    switch (info->si_code) {
    case CLD_EXITED: return (info->si_status & 0xff) << 8;
    case CLD_KILLED: return info->si_status & 0x7f;
    case CLD_DUMPED: return (info->si_status & 0x7f) | 0x80;
    case CLD_STOPPED:
    case CLD_TRAPPED: return ((info->si_status & 0xff) << 8) | 0x7f;
    default: return 0xffff;
    }
}

int linux_wait_one(int32_t pid, int32_t pidfd, int32_t *status, int options, int32_t *found) {
    siginfo_t info;
    memset(&info, 0, sizeof info);
    int result = pidfd >= 0 ? waitid((idtype_t)3 /* P_PIDFD */, (id_t)pidfd, &info, options)
                            : waitid(P_PID, (id_t)pid, &info, options);
    if (result != 0) return -1;
    *found = info.si_pid;
    *status = wait_status(&info);
    return 0;
}

int linux_wait_peek(int32_t *pid) {
    siginfo_t info;
    memset(&info, 0, sizeof info);
    if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0) return -1;
    *pid = info.si_pid;
    return 0;
}

int linux_set_subreaper(int on) { return prctl(PR_SET_CHILD_SUBREAPER, on, 0, 0, 0); }
int linux_is_subreaper(void) {
    int on = 0;
    return prctl(PR_GET_CHILD_SUBREAPER, &on, 0, 0, 0) == 0 && on;
}
int linux_set_death_signal(int number) { return prctl(PR_SET_PDEATHSIG, number, 0, 0, 0); }
int linux_set_dumpable(int on) { return prctl(PR_SET_DUMPABLE, on, 0, 0, 0); }

int linux_set_no_new_privileges(void) { return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); }

// The raw calls act on the calling thread, which is the whole process if there is only one.
int linux_setgroups(const gid_t *groups, int count) { return (int)syscall(SYS_setgroups, count, groups); }
int linux_setgid(gid_t gid) { return (int)syscall(SYS_setresgid, gid, gid, gid); }
int linux_setuid(uid_t uid) { return (int)syscall(SYS_setresuid, uid, uid, uid); }

int linux_processor_count(void) {
    unsigned long set[8192 / (8 * sizeof(unsigned long))] = {0}; // the most that Linux can be built for
    const long size = syscall(SYS_sched_getaffinity, 0, sizeof set, set);
    int count = 0;
    for (long i = 0; i < size / (long)sizeof *set; i++) count += __builtin_popcountl(set[i]);
    return count > 0 ? count : 1;
}

int linux_getrlimit(int resource, uint64_t *soft, uint64_t *hard) {
    uint64_t limit[2];
    if (syscall(SYS_prlimit64, 0, resource, NULL, limit) != 0) return -1;
    *soft = limit[0];
    *hard = limit[1];
    return 0;
}

int linux_setrlimit(int resource, uint64_t soft, uint64_t hard) {
    uint64_t limit[2] = {soft, hard};
    return (int)syscall(SYS_prlimit64, 0, resource, limit, NULL);
}

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
int linux_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }
int linux_pidfd_signal(int pidfd, int number) { return (int)syscall(SYS_pidfd_send_signal, pidfd, number, NULL, 0); }

int linux_take_terminal(int fd) { return ioctl(fd, TIOCSCTTY, 0); }
int linux_drop_terminal(int fd) { return ioctl(fd, TIOCNOTTY); }

int linux_is_stopped(pid_t child) {
    siginfo_t info;
    info.si_pid = 0;
    if (waitid(P_PID, (id_t)child, &info, WSTOPPED | WNOHANG | WNOWAIT) != 0) return 0;
    return info.si_pid == child && (info.si_code == CLD_STOPPED || info.si_code == CLD_TRAPPED);
}

int linux_poll_readable(int fd, int milliseconds) {
    struct pollfd poll_one = {.fd = fd, .events = POLLIN};
    return poll(&poll_one, 1, milliseconds);
}
