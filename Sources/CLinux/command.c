#define _GNU_SOURCE
#include "CLinuxCommand.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

int linux_wait_readable(const int *numbers, int *ready, int count, int milliseconds) {
    struct pollfd polled[8];
    if (count < 0 || count > 8) {
        errno = EINVAL;
        return -1;
    }
    for (int i = 0; i < count; i++) polled[i] = (struct pollfd){numbers[i], POLLIN, 0};
    int result = poll(polled, (nfds_t)count, milliseconds);
    for (int i = 0; result >= 0 && i < count; i++) ready[i] = polled[i].revents != 0;
    return result;
}

static int interrupt_mask(int how) {
    sigset_t mask;
    sigemptyset(&mask);
    sigaddset(&mask, SIGINT);
    return sigprocmask(how, &mask, 0);
}

int linux_interrupts_open(void) {
    sigset_t mask;
    sigemptyset(&mask);
    sigaddset(&mask, SIGINT);
    if (interrupt_mask(SIG_BLOCK) < 0) return -1;
    return signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
}

void linux_interrupts_close(int descriptor) {
    struct signalfd_siginfo taken;
    while (read(descriptor, &taken, sizeof taken) == (ssize_t)sizeof taken) continue;
    close(descriptor);
    interrupt_mask(SIG_UNBLOCK);
}
