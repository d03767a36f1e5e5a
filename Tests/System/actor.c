/* The supervised program of the tests: executes its arguments, one after the other.
 *
 *   report FILE          write its surroundings (ids, descriptors, signals, environment) as JSON; `-` is stdout
 *   say TEXT, err TEXT   write a line to stdout, to stderr
 *   append FILE TEXT     append a line to a file, in one write
 *   ignore SIGNAL        set SIG_IGN
 *   on SIGNAL FILE TEXT CODE   when SIGNAL arrives, append TEXT to FILE and exit with CODE (continue if it is -1)
 *   sleep SECONDS, wait  sleep for a time, or until killed
 *   exit CODE, die SIGNAL
 *   count N              write the lines "0", "1", ... N-1, each padded to 64 bytes; N = -1: endlessly
 *   every SECONDS TEXT   write TEXT and a number as a line, again and again
 *   flood, blob BYTES    write lines as fast as the pipe accepts them; write bytes without a newline
 *   keep                 leave a grandchild behind that holds stdout and stderr, and continue
 *   daemon               the same, but the grandchild has its own session and holds nothing
 *   leave WORDS / ...    an orphan with its own session executes WORDS, up to a slash; this process executes the rest
 *   breed SECONDS FILE   create a child again and again; each appends "told" to FILE at SIGTERM and exits
 *   become               change to root completely, by the set-user-id bit
 *   orphans N            create N orphans that all end at the same moment, once all of them exist
 *   hold N FILE          create N children that live until FILE exists
 *   serve TEXT           accept connections on descriptor 0, and answer each with TEXT and its own pid
 *
 * It is linked statically, against libc only, and starts in a fraction of a millisecond.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static void fail(const char *what) {
    fprintf(stderr, "actor: %s: %s\n", what, strerror(errno));
    _exit(99);
}

static int signalNumber(const char *name) {
    static const struct { const char *name; int number; } table[] = {
        {"HUP", SIGHUP}, {"INT", SIGINT}, {"QUIT", SIGQUIT}, {"ABRT", SIGABRT}, {"KILL", SIGKILL},
        {"USR1", SIGUSR1}, {"USR2", SIGUSR2}, {"SEGV", SIGSEGV}, {"PIPE", SIGPIPE}, {"ALRM", SIGALRM},
        {"TERM", SIGTERM}, {"CHLD", SIGCHLD}, {"CONT", SIGCONT}, {"STOP", SIGSTOP}, {"WINCH", SIGWINCH},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (!strcmp(table[i].name, name)) return table[i].number;
    return atoi(name);
}

static void pauseFor(double seconds) {
    struct timespec left = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
    while (nanosleep(&left, &left) && errno == EINTR) {}  // sleep: role
}

/* The caller wants to write all or nothing, but a pipe may accept less. */
static void put(int fd, const char *bytes, size_t count) {
    while (count > 0) {
        ssize_t written = write(fd, bytes, count);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) fail("write");
        bytes += written;
        count -= (size_t)written;
    }
}

static void line(int fd, const char *text) {
    char buffer[4096];
    int length = snprintf(buffer, sizeof buffer, "%s\n", text);
    put(fd, buffer, (size_t)length < sizeof buffer ? (size_t)length : sizeof buffer - 1);
}

static void append(const char *path, const char *text) {
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (fd < 0) fail(path);
    line(fd, text);
    close(fd);
}

static struct { const char *path, *text; int code; } reactions[65];

static void react(int number) {
    append(reactions[number].path, reactions[number].text);
    if (reactions[number].code >= 0) _exit(reactions[number].code);
}

static void quoted(FILE *out, const char *text) {
    fputc('"', out);
    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte == '"' || byte == '\\') fprintf(out, "\\%c", byte);
        else if (byte < 0x20 || byte >= 0x7f) fprintf(out, "\\u%04x", byte);
        else fputc(byte, out);
    }
    fputc('"', out);
}

static void report(const char *path, int argc, char **argv) {
    char temporary[4096];
    snprintf(temporary, sizeof temporary, "%s.%d", path, (int)getpid());
    int toStdout = !strcmp(path, "-");

    /* Collected before this function opens anything. */
    char descriptors[8192] = "";
    for (int fd = 0; fd < 1024; fd++) {
        char name[64], target[1024];
        snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
        ssize_t length = readlink(name, target, sizeof target - 1);
        if (length < 0) continue;
        target[length] = 0;
        size_t used = strlen(descriptors);
        snprintf(descriptors + used, sizeof descriptors - used, "%s\"%d\": \"%s\"", used ? ", " : "", fd, target);
    }
    FILE *out = toStdout ? stdout : fopen(temporary, "w");
    if (!out) fail(temporary);
    mode_t mask = umask(0);
    umask(mask);
    char cwd[4096];
    if (!getcwd(cwd, sizeof cwd)) strcpy(cwd, "?");
    fprintf(out, "{\"pid\": %d, \"ppid\": %d, \"pgid\": %d, \"sid\": %d, ", getpid(), getppid(), getpgrp(), getsid(0));
    fprintf(out, "\"uid\": %d, \"euid\": %d, \"gid\": %d, \"egid\": %d, ", getuid(), geteuid(), getgid(), getegid());
    gid_t groups[256];
    int count = getgroups(256, groups);
    fprintf(out, "\"groups\": [");
    for (int i = 0; i < count; i++) fprintf(out, "%s%d", i ? ", " : "", groups[i]);
    fprintf(out, "], \"umask\": %d, \"cwd\": ", mask);
    quoted(out, cwd);
    fprintf(out, ", \"argv\": [");
    for (int i = 0; i < argc; i++) { if (i) fputs(", ", out); quoted(out, argv[i]); }
    fprintf(out, "], \"environment\": {");
    for (char **entry = environ, *equals; *entry; entry++) {
        if (!(equals = strchr(*entry, '='))) continue;
        *equals = 0;
        if (entry != environ) fputs(", ", out);
        quoted(out, *entry);
        fputs(": ", out);
        quoted(out, equals + 1);
        *equals = '=';
    }
    fprintf(out, "}, \"descriptors\": {%s}, ", descriptors);
    sigset_t blocked;
    sigprocmask(SIG_BLOCK, NULL, &blocked);
    const char *sets[] = {"blocked", "ignored"};
    for (int set = 0; set < 2; set++) {
        fprintf(out, "\"%s\": [", sets[set]);
        int first = 1;
        for (int number = 1; number <= 64; number++) {
            struct sigaction action;
            int hit = set == 0 ? sigismember(&blocked, number) == 1
                               : sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
            if (hit) { fprintf(out, "%s%d", first ? "" : ", ", number); first = 0; }
        }
        fprintf(out, "], ");
    }
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    fprintf(out, "\"nofile\": %ld, \"no_new_privs\": %d}\n", (long)files.rlim_cur, prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
    fflush(out);
    if (!toStdout) {
        fclose(out);
        if (rename(temporary, path)) fail(path);
    }
}

/* Creates an orphan: its parent, a process in between, is gone when this returns. */
static void orphan(int keepsOutput) {
    pid_t between = fork();
    if (between < 0) fail("fork");
    if (between == 0) {
        if (fork() == 0) {
            if (!keepsOutput) {
                setsid();
                int null = open("/dev/null", O_RDWR);
                for (int fd = 0; fd < 3; fd++) dup2(null, fd);
            }
            for (;;) pause();
        }
        _exit(0);
    }
    while (waitpid(between, NULL, 0) < 0 && errno == EINTR) {}
}

/* Returns true in the orphan. */
static int leave(void) {
    pid_t between = fork();
    if (between < 0) fail("fork");
    if (between == 0) {
        if (fork() != 0) _exit(0);
        setsid();
        int null = open("/dev/null", O_RDWR);
        for (int fd = 0; fd < 3; fd++) dup2(null, fd);
        return 1;
    }
    while (waitpid(between, NULL, 0) < 0 && errno == EINTR) {}
    return 0;
}

static void breed(double seconds, const char *path) {
    reactions[SIGTERM].path = path;
    reactions[SIGTERM].text = "told";
    for (;;) {
        if (fork() == 0) {
            signal(SIGTERM, react);
            for (;;) pause();
        }
        while (waitpid(-1, NULL, WNOHANG) > 0) {}
        pauseFor(seconds);
    }
}

/* When this process closes `go`, every orphan reads end of file at the same moment. */
static void orphans(int count) {
    int go[2], ready[2];
    if (pipe(go) || pipe(ready)) fail("pipe");
    pid_t between = fork();
    if (between < 0) fail("fork");
    if (between == 0) {
        close(go[1]);
        close(ready[0]);
        int made = 0;
        for (; made < count; made++) {
            pid_t child = fork();
            if (child < 0) break;
            if (child == 0) {
                char byte;
                close(ready[1]);
                _exit(read(go[0], &byte, 1) == 0 ? 0 : 1);
            }
        }
        put(ready[1], (char *)&made, sizeof made);
        _exit(0);
    }
    close(go[0]);
    close(ready[1]);
    int made = 0;
    if (read(ready[0], &made, sizeof made) != sizeof made) fail("orphans");
    while (waitpid(between, NULL, 0) < 0 && errno == EINTR) {}
    char text[64];
    snprintf(text, sizeof text, "orphans %d", made);
    line(1, text);
    close(go[1]);
    close(ready[0]);
}

static void hold(int count, const char *path) {
    for (int made = 0; made < count; made++) {
        pid_t child = fork();
        if (child < 0) break;
        if (child == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            while (access(path, F_OK)) pauseFor(0.02);
            _exit(0);
        }
    }
    while (wait(NULL) > 0 || errno == EINTR) {}
}

static void serve(const char *text) {
    char answer[256];
    int length = snprintf(answer, sizeof answer, "%s %d\n", text, getpid());
    for (;;) {
        int connection = accept(0, NULL, NULL);
        if (connection < 0 && errno == EINTR) continue;
        if (connection < 0) fail("accept");
        put(connection, answer, (size_t)length);
        close(connection);
    }
}

static void flood(void) {
    static char block[64 * 1024];
    for (size_t i = 0; i < sizeof block; i++) block[i] = i % 64 == 63 ? '\n' : (char)('a' + i / 64 % 26);
    for (;;) put(1, block, sizeof block);
}

static void blob(long long bytes) {
    static char block[64 * 1024];
    memset(block, 'x', sizeof block);
    while (bytes > 0) {
        size_t part = bytes < (long long)sizeof block ? (size_t)bytes : sizeof block;
        put(1, block, part);
        bytes -= (long long)part;
    }
}

int main(int argc, char **argv) {
    int position = 1;
    const char *verb;
#define NEXT (position < argc ? argv[position++] : (fprintf(stderr, "actor: %s: what?\n", verb), exit(98), ""))
    while (position < argc) {
        verb = argv[position++];
        if (!strcmp(verb, "report")) report(NEXT, argc, argv);
        else if (!strcmp(verb, "say")) line(1, NEXT);
        else if (!strcmp(verb, "err")) line(2, NEXT);
        else if (!strcmp(verb, "append")) { const char *path = NEXT; append(path, NEXT); }
        else if (!strcmp(verb, "ignore")) signal(signalNumber(NEXT), SIG_IGN);
        else if (!strcmp(verb, "on")) {
            int number = signalNumber(NEXT);
            if (number < 1 || number > 64) fail("on");
            reactions[number].path = NEXT;
            reactions[number].text = NEXT;
            reactions[number].code = atoi(NEXT);
            signal(number, react);
        }
        else if (!strcmp(verb, "sleep")) pauseFor(atof(NEXT));
        else if (!strcmp(verb, "wait")) for (;;) pause();
        else if (!strcmp(verb, "exit")) exit(atoi(NEXT));
        else if (!strcmp(verb, "die")) { kill(getpid(), signalNumber(NEXT)); pauseFor(1); }
        else if (!strcmp(verb, "count")) {
            long long last = atoll(NEXT);
            char text[65];
            for (long long number = 0; last < 0 || number < last; number++) {
                int used = snprintf(text, sizeof text, "%lld ", number);
                memset(text + used, '.', 63 - (size_t)used);
                text[63] = '\n';
                put(1, text, 64);
            }
        }
        else if (!strcmp(verb, "every")) {
            double seconds = atof(NEXT);
            const char *label = NEXT;
            char text[256];
            for (long long number = 0;; number++) {
                snprintf(text, sizeof text, "%s %lld", label, number);
                line(1, text);
                pauseFor(seconds);
            }
        }
        else if (!strcmp(verb, "serve")) serve(NEXT);
        else if (!strcmp(verb, "flood")) flood();
        else if (!strcmp(verb, "blob")) blob(atoll(NEXT));
        else if (!strcmp(verb, "keep")) orphan(1);
        else if (!strcmp(verb, "daemon")) orphan(0);
        else if (!strcmp(verb, "leave")) {
            if (!leave())
                while (position < argc && strcmp(argv[position++], "/")) {}
        }
        else if (!strcmp(verb, "/")) return 0;
        else if (!strcmp(verb, "become")) { if (setresuid(0, 0, 0)) fail("become"); }
        else if (!strcmp(verb, "breed")) { double seconds = atof(NEXT); breed(seconds, NEXT); }
        else if (!strcmp(verb, "orphans")) orphans(atoi(NEXT));
        else if (!strcmp(verb, "hold")) { int count = atoi(NEXT); hold(count, NEXT); }
        else { fprintf(stderr, "actor: no verb %s\n", verb); return 97; }
    }
    return 0;
}
