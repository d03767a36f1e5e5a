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

static int interrupt_mask(int how, sigset_t *before) {
    sigset_t mask;
    sigemptyset(&mask);
    sigaddset(&mask, SIGINT);
    return sigprocmask(how, &mask, before);
}

int linux_interrupts_open(int *was_blocked) {
    sigset_t mask, before;
    sigemptyset(&mask);
    sigaddset(&mask, SIGINT);
    if (interrupt_mask(SIG_BLOCK, &before) < 0) return -1;
    *was_blocked = sigismember(&before, SIGINT) == 1;
    return signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
}

void linux_interrupts_take(int descriptor) {
    struct signalfd_siginfo taken;
    while (read(descriptor, &taken, sizeof taken) == (ssize_t)sizeof taken) continue;
}

void linux_interrupts_close(int descriptor, int was_blocked) {
    linux_interrupts_take(descriptor);
    close(descriptor);
    if (!was_blocked) interrupt_mask(SIG_UNBLOCK, 0);
}
