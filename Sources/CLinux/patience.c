#define _GNU_SOURCE
#include "patience.h"
#include <linux/futex.h>
#include <sys/syscall.h>

enum {
    slice = 100,      // milliseconds, between two looks at a child that is slow
    patience = 5000,  // until it is killed: a disk that sleeps, an image that is loaded while it is used
    last_word = 1000, // after that
};

// The thread pointer's way of saying that a thread is gone; the kernel does it for an execve, too.
void patience_begin(int32_t *running) { syscall(SYS_set_tid_address, running); }

// Not by syscall(): parent and child have one errno, which the child may be about to read.
static void sleep_while_running(int32_t *running) {
    const struct timespec time = {0, slice * 1000000L};
#if defined(__x86_64__)
    long result;
    register const struct timespec *fourth __asm__("r10") = &time;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"((long)SYS_futex), "D"(running), "S"((long)FUTEX_WAIT), "d"(1L), "r"(fourth)
                     : "rcx", "r11", "memory");
#elif defined(__aarch64__)
    register long number __asm__("x8") = SYS_futex;
    register long first __asm__("x0") = (long)running;
    register long second __asm__("x1") = FUTEX_WAIT;
    register long third __asm__("x2") = 1;
    register long fourth __asm__("x3") = (long)&time;
    __asm__ volatile("svc 0" : "+r"(first) : "r"(number), "r"(second), "r"(third), "r"(fourth) : "memory");
#else
    syscall(SYS_futex, running, FUTEX_WAIT, 1, &time, NULL, 0);
#endif
}

static int is_running(const int32_t *running) { return __atomic_load_n(running, __ATOMIC_ACQUIRE) != 0; }

int patience_wait(pid_t child, int32_t *running) {
    int waited = 0, killed = 0;
    struct timespec began, now;
    clock_gettime(CLOCK_MONOTONIC, &began);
    while (is_running(running)) {
        sleep_while_running(running);
        if (!is_running(running)) break;
        clock_gettime(CLOCK_MONOTONIC, &now);
        waited = (int)((now.tv_sec - began.tv_sec) * 1000 + (now.tv_nsec - began.tv_nsec) / 1000000);
        siginfo_t info;
        info.si_pid = 0;
        if (waitid(P_PID, (id_t)child, &info, WEXITED | WSTOPPED | WNOHANG | WNOWAIT) == 0 && info.si_pid == child) {
            // Dead before it could say so; or stopped, which SIGSTOP does to whoever is of its sender's user.
            if (info.si_code != CLD_STOPPED && info.si_code != CLD_TRAPPED) break;
            kill(child, SIGCONT);
        }
        if (waited < patience || (killed && waited < patience + last_word)) continue;
        if (killed) return patience_abandoned;
        // It shares our memory: who may not end it has to wait for it.
        if (kill(child, SIGKILL) == 0) killed = 1;
    }
    return killed ? patience_killed : patience_done;
}
