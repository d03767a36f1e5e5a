/* The limit of starting and stopping: only the kernel's work.
 *
 *   supervise COUNT FOLDER CMD...    reads FOLDER/s.conf and opens what it names, as a supervisor does before its first child: two
 *                                    sockets, a log, a pidfile. Then starts COUNT children, each with three pipes. TERM or INT ends
 *                                    them all and, when the last is reaped, this program.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static char path[256];
static struct sockaddr_un sockets[2];

static const char *in(const char *folder, const char *name) {
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void listen_at(struct sockaddr_un *address, const char *folder, const char *name, int type) {
    address->sun_family = AF_UNIX;
    snprintf(address->sun_path, sizeof address->sun_path, "%s/%s", folder, name);
    const int made = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
    if (made < 0 || fchmod(made, 0700) || bind(made, (struct sockaddr *)address, sizeof *address) || listen(made, 128)) _exit(94);
}

static void prepare(const char *folder) {
    static char configuration[1 << 20];
    const int file = open(in(folder, "s.conf"), O_RDONLY | O_CLOEXEC);
    if (file < 0 || read(file, configuration, sizeof configuration) <= 0) _exit(93);
    close(file);
    listen_at(&sockets[0], folder, "s.sock.ctl", SOCK_SEQPACKET);
    listen_at(&sockets[1], folder, "s.sock", SOCK_STREAM);
    if (open("/dev/null", O_WRONLY | O_APPEND | O_CLOEXEC) < 0) _exit(92);
    const int pidfile = open(in(folder, "s.pid"), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (pidfile < 0 || write(pidfile, "1\n", 2) != 2) _exit(91);
}

int main(int argc, char **argv) {
    if (argc < 4) return 98;
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
    prepare(argv[2]);
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
            execv(argv[3], argv + 3);
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
    unlink(in(argv[2], "s.pid"));
    for (int i = 0; i < 2; i++) unlink(sockets[i].sun_path);
    return 0;
}
