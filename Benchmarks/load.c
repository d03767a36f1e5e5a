/* The supervised program of the benchmarks, and their stop watch. Linked statically, so that its own cost is small and the
 * same under every supervisor.
 *
 *   load sleep STAMPS            stamp, then pause until a signal ends it
 *   load fail STAMPS             stamp and exit with code 1
 *   load write BYTES STAMPS      stamp, write BYTES in lines of 64 as fast as possible, stamp, pause
 *   load writeonly BYTES         the same without stamps or pause: the left end of a pipeline
 *   load lines BYTES STAMPS      like `write`, with a call for each line, after half a second
 *   load drip RATE STAMPS        stamp, then write RATE lines of 64 per second, evenly, until killed
 *   load orphans COUNT STAMPS    COUNT orphans that exit at the same time; stamp then, and when the last one is reaped
 *   load drain STAMPS            read stdin until its end, stamp; the right end of a pipeline
 *   load accept -                listen at a free port of 127.0.0.1, print it, and close each connection
 *   load start STAMPS CMD...     stamp and exec
 *   load repeat COUNT CMD...     run CMD COUNT times, one after the other; print the nanoseconds of each
 *
 * A stamp is CLOCK_MONOTONIC in nanoseconds, 8 bytes appended to the file STAMPS. If the program is called `run`, as s6 and
 * runit call a service, it reads its arguments from the file `arguments` in the current folder, one per line.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void fail(const char *what) {
    fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
    _exit(99);
}

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static void stampAt(const char *path, uint64_t moment) {
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (fd < 0 || write(fd, &moment, sizeof moment) != sizeof moment) fail(path);
    close(fd);
}

static void stamp(const char *path) { stampAt(path, now()); }

static void writeLines(long long bytes) {
    static char block[64 * 1024];
    for (size_t i = 0; i < sizeof block; i++) block[i] = i % 64 == 63 ? '\n' : (char)('a' + i % 64 % 26);
    while (bytes > 0) {
        size_t part = bytes < (long long)sizeof block ? (size_t)bytes : sizeof block;
        ssize_t written = write(1, block, part);
        if (written < 0 && errno != EINTR) fail("write");
        if (written > 0) bytes -= written;
    }
}

static const char line[65] = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk\n";

static void writeEach(long long bytes) {
    for (; bytes > 0; bytes -= 64)
        if (write(1, line, 64) != 64) fail("write");
}

static void drip(int rate) {
    struct timespec next;
    clock_gettime(CLOCK_MONOTONIC, &next);
    for (;;) {
        next.tv_nsec += 1000000000 / rate;
        if (next.tv_nsec >= 1000000000) next.tv_sec++, next.tv_nsec -= 1000000000;
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
        if (write(1, line, 64) != 64) fail("write");
    }
}

static void orphans(int count, const char *stamps) {
    pid_t *made = mmap(NULL, sizeof(pid_t) * (size_t)count, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int go[2];
    if (made == MAP_FAILED || pipe(go)) fail("pipe");
    pid_t between = fork();
    if (between < 0) fail("fork");
    if (between == 0) {
        close(go[1]);
        for (int i = 0; i < count; i++) {
            // Don't assign to the shared array directly: the child would write its 0 there, too.
            pid_t child = fork();
            if (child < 0) fail("fork");
            if (child == 0) {
                char byte;
                _exit(read(go[0], &byte, 1) == 0 ? 0 : 1);
            }
            made[i] = child;
        }
        _exit(0);
    }
    close(go[0]);
    int status;
    waitpid(between, &status, 0);
    if (status) _exit(99);
    uint64_t began = now();
    close(go[1]);
    for (int i = 0; i < count; i++)
        while (kill(made[i], 0) == 0) usleep(200);
    uint64_t ended = now();
    stampAt(stamps, began);
    stampAt(stamps, ended);
}

static void acceptAll(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, length) || listen(fd, 1024)) fail("listen");
    if (getsockname(fd, (struct sockaddr *)&address, &length)) fail("getsockname");
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    for (;;) {
        int connection = accept(fd, NULL, NULL);
        if (connection >= 0) close(connection);
    }
}

static void repeat(int count, char **command) {
    for (int i = 0; i < count; i++) {
        uint64_t began = now();
        pid_t child = vfork();
        if (child < 0) fail("vfork");
        if (child == 0) {
            int null = open("/dev/null", O_WRONLY);
            dup2(null, 1);
            execvp(command[0], command);
            _exit(127);
        }
        int status;
        waitpid(child, &status, 0);
        printf("%llu %d\n", (unsigned long long)(now() - began), status);
    }
}

int main(int argc, char **argv) {
    static char text[4096];
    static char *words[16];
    const char *name = strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0];
    if (!strcmp(name, "run")) {
        int fd = open("arguments", O_RDONLY | O_CLOEXEC);
        if (fd < 0 || read(fd, text, sizeof text - 1) < 0) fail("arguments");
        close(fd);
        argc = 1;
        for (char *word = strtok(text, "\n"); word && argc < 15; word = strtok(NULL, "\n")) words[argc++] = word;
        argv = words;
    }
    if (argc < 3) return 98;
    const char *verb = argv[1], *first = argv[2], *second = argc > 3 ? argv[3] : "";
    if (!strcmp(verb, "sleep")) {
        stamp(first);
        for (;;) pause();
    } else if (!strcmp(verb, "fail")) {
        stamp(first);
        return 1;
    } else if (!strcmp(verb, "write")) {
        stamp(second);
        writeLines(atoll(first));
        stamp(second);
        for (;;) pause();
    } else if (!strcmp(verb, "lines")) {
        usleep(500000);  // time to read what the supervisor's own start has used
        stamp(second);
        writeEach(atoll(first));
        stamp(second);
        for (;;) pause();
    } else if (!strcmp(verb, "drip")) {
        stamp(second);
        drip(atoi(first));
    } else if (!strcmp(verb, "writeonly")) {
        writeLines(atoll(first));
    } else if (!strcmp(verb, "orphans")) {
        orphans(atoi(first), second);
        for (;;) pause();
    } else if (!strcmp(verb, "drain")) {
        static char block[256 * 1024];
        ssize_t got;
        while ((got = read(0, block, sizeof block)) > 0 || (got < 0 && errno == EINTR)) {}
        stamp(first);
    } else if (!strcmp(verb, "start")) {
        stamp(first);
        execvp(argv[3], argv + 3);
        fail(argv[3]);
    } else if (!strcmp(verb, "accept")) {
        acceptAll();
    } else if (!strcmp(verb, "repeat")) {
        repeat(atoi(first), argv + 3);
    } else {
        return 97;
    }
    return 0;
}
