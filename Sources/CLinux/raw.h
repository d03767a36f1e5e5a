// System calls of a process that shares its parent's memory (see child.c). The C library's syscall() writes a failure to errno, which such
// a process also shares with its parent: these return the kernel's result itself, or a negative errno.
#ifndef REEVE_RAW_H
#define REEVE_RAW_H

#include <sys/syscall.h>

static inline long raw_call(long number, long a, long b, long c, long d, long e, long f) {
#if defined(__x86_64__)
    long result;
    register long fourth __asm__("r10") = d;
    register long fifth __asm__("r8") = e;
    register long sixth __asm__("r9") = f;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(fourth), "r"(fifth), "r"(sixth)
                     : "rcx", "r11", "memory");
    return result;
#elif defined(__aarch64__)
    register long name __asm__("x8") = number;
    register long first __asm__("x0") = a;
    register long second __asm__("x1") = b;
    register long third __asm__("x2") = c;
    register long fourth __asm__("x3") = d;
    register long fifth __asm__("x4") = e;
    register long sixth __asm__("x5") = f;
    __asm__ volatile("svc 0"
                     : "+r"(first)
                     : "r"(name), "r"(second), "r"(third), "r"(fourth), "r"(fifth), "r"(sixth)
                     : "memory");
    return first;
#else
#error "raw_call() is written for x86-64 and arm64"
#endif
}

#define RAW_PADDED(number, a, b, c, d, e, f, ...) \
    raw_call((long)(number), (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
/// RAW(SYS_close, fd): up to six arguments, numbers or pointers.
#define RAW(...) RAW_PADDED(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)

#endif
