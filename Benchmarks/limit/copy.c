/* The limit of forwarding one program's output: reads a pipe, and writes the bytes to stdout.
 *
 *   copy read CMD...      64 KB at a time through a buffer, as a program must that looks at the bytes
 *   copy splice CMD...    with splice, which moves pages from pipe to pipe unseen
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { room = 65536 };

int main(int argc, char **argv) {
    static char buffer[room];
    int ends[2];
    if (argc < 3 || pipe2(ends, O_CLOEXEC)) return 98;
    const pid_t child = vfork();
    if (child < 0) return 97;
    if (child == 0) {
        dup2(ends[1], 1);
        execv(argv[2], argv + 2);
        _exit(127);
    }
    close(ends[1]);
    const int splices = strcmp(argv[1], "splice") == 0;
    for (;;) {
        ssize_t got = splices ? splice(ends[0], NULL, 1, NULL, room, 0) : read(ends[0], buffer, room);
        if (got <= 0) return got < 0;
        for (char *at = buffer; !splices && got > 0;) {
            const ssize_t written = write(1, at, (size_t)got);
            if (written < 0) return 1;
            at += written;
            got -= written;
        }
    }
}
