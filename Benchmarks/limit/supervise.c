/* The limit of starting and stopping: only the kernel's work.
 *
 *   supervise COUNT CMD...    starts COUNT children, each with three pipes, as a supervisor does; TERM or INT ends them all and,
 *                             when the last is reaped, this program.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
    if (argc < 3) return 98;
    const int count = atoi(argv[1]);
    pid_t *children = calloc((size_t)count, sizeof *children);
    if (!children) return 97;
    struct rlimit files = {3 * (rlim_t)count + 64, 3 * (rlim_t)count + 64};
    setrlimit(RLIMIT_NOFILE, &files);
    sigset_t ends, none;
    sigemptyset(&none);
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    sigprocmask(SIG_BLOCK, &ends, NULL);
    for (int i = 0; i < count; i++) {
        int in[2], out[2], err[2];
        if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC)) return 96;
        const pid_t child = vfork();
        if (child < 0) return 95;
        if (child == 0) {
            dup2(in[0], 0);
            dup2(out[1], 1);
            dup2(err[1], 2);
            setpgid(0, 0);
            sigprocmask(SIG_SETMASK, &none, NULL);
            execv(argv[2], argv + 2);
            _exit(127);
        }
        children[i] = child;
        close(in[0]);
        close(out[1]);
        close(err[1]);
    }
    int signal;
    sigwait(&ends, &signal);
    for (int i = 0; i < count; i++) kill(children[i], SIGTERM);
    for (int i = 0; i < count; i++) waitpid(-1, NULL, 0);
    return 0;
}
