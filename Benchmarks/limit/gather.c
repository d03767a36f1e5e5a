/* The limit of gathering the output of many programs: epoll, one read for each pipe that is ready, one write for its bytes.
 *
 *   gather COUNT CMD...    runs COUNT programs until it is killed
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

int main(int argc, char **argv) {
    static char buffer[65536];
    if (argc < 3) return 98;
    const int poller = epoll_create1(EPOLL_CLOEXEC);
    for (int i = 0; i < atoi(argv[1]); i++) {
        int ends[2];
        if (pipe2(ends, O_CLOEXEC)) return 97;
        const pid_t child = vfork();
        if (child < 0) return 96;
        if (child == 0) {
            dup2(ends[1], 1);
            execv(argv[2], argv + 2);
            _exit(127);
        }
        close(ends[1]);
        struct epoll_event wanted = {.events = EPOLLIN, .data.fd = ends[0]};
        if (epoll_ctl(poller, EPOLL_CTL_ADD, ends[0], &wanted)) return 95;
    }
    for (;;) {
        struct epoll_event ready[64];
        const int count = epoll_wait(poller, ready, 64, -1);
        for (int i = 0; i < count; i++) {
            const ssize_t got = read(ready[i].data.fd, buffer, sizeof buffer);
            if (got > 0 && write(1, buffer, (size_t)got) != got) return 1;
            if (got == 0) close(ready[i].data.fd);
        }
    }
}
