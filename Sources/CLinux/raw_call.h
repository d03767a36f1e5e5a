// System calls that touch nothing but the kernel: no errno, no lock, no memory of the C library. For code that runs on a thread
// of its own, or in a child that shares the parent's memory.
#ifndef REEVE_RAW_CALL_H
#define REEVE_RAW_CALL_H

#include <sys/syscall.h>

/// The kernel's own result: a negative errno for a failure.
static inline long raw_call(long number, long a, long b, long c, long d, long e) {
#if defined(__x86_64__)
    long result;
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
                     : "rcx", "r11", "memory");
    return result;
#elif defined(__aarch64__)
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4) : "memory");
    return x0;
#else
#error "raw_call is written for x86-64 and arm64"
#endif
}

#endif
