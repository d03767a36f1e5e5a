// A process that forks one child for each health check.
#define _GNU_SOURCE
#include "CLinux.h"
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

static void note_child(int number) { (void)number; }

int linux_probes_begin(void) {
    int type;
    socklen_t size = sizeof type;
    if (getsockopt(0, SOL_SOCKET, SO_TYPE, &type, &size) < 0 || type != SOCK_SEQPACKET) return -1;
    // SIGCHLD is blocked except while this process waits, so that it never waits beside a dead child.
    const struct sigaction action = {.sa_handler = note_child};
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    if (sigaction(SIGCHLD, &action, 0) < 0 || sigprocmask(SIG_BLOCK, &set, 0) < 0) return -1;
    signal(SIGPIPE, SIG_IGN); // a server may close its connection at any time
    return dup2(0, 1) < 0 ? -1 : 0;
}

pid_t linux_probes_fork(void) {
    const pid_t parent = getpid(), pid = _Fork(); // there is only one thread, so there is nothing that fork would prepare
    if (pid != 0) return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    // It may have ended before that.
    if (getppid() != parent) _exit(1);
    return 0;
}

pid_t linux_probes_next_dead(int *is_done) {
    int status = 0;
    const pid_t pid = waitpid(-1, &status, WNOHANG);
    *is_done = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    return pid;
}

int linux_probes_wait(int64_t nanoseconds) {
    struct pollfd input = {.fd = 0, .events = POLLIN};
    const struct timespec limit = {nanoseconds / 1000000000, nanoseconds % 1000000000};
    sigset_t none;
    sigemptyset(&none);
    return ppoll(&input, 1, nanoseconds < 0 ? 0 : &limit, &none) > 0;
}
