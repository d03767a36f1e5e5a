// Uses up all memory, including the reserve, on top of Sources/CLinux/memory.c. Tests observe the result from outside.
//   exhausted starting            without children
//   exhausted serving COMMAND...  with a child that runs COMMAND, and one that writes to a pipe endlessly and counts on stderr's end
#include "CLinuxMemory.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

int main(int argc, char **argv) {
    linux_memory_begin(256 * 1024, 256 * 1024);
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    int ends[2];
    if (argc < 2 || pipe(ends) != 0) return 99;
    if (strcmp(argv[1], "serving") == 0) {
        for (int writes = 0; writes < 2; writes++) {
            if (fork() != 0) continue;
            sigset_t none;
            sigemptyset(&none);
            setpgid(0, 0);
            sigprocmask(SIG_SETMASK, &none, NULL);
            if (!writes) {
                execvp(argv[2], argv + 2);
                _exit(127);
            }
            // A megabyte, which no pipe holds: it is written only if another process reads.
            char block[4096] = {0};
            close(ends[0]);
            for (int i = 0; i < 256; i++) {
                if (write(ends[1], block, sizeof block) != sizeof block) _exit(1);
            }
            static const char done[] = "all of it was taken\n";
            (void)!write(2, done, sizeof done - 1);
            _exit(0);
        }
        close(ends[1]);
        linux_memory_serve();
    }
    struct rlimit limit = {1, 1};
    setrlimit(RLIMIT_AS, &limit);
    for (;;) {
        char *got = malloc(3000);
        memset(got, 1, 3000);
    }
}
