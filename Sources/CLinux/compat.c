// What Embedded Swift and Debian's glibc-built static libraries expect and musl lacks.
#define _GNU_SOURCE
#include "CLinux.h"
#ifdef REEVE_MUSL
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/random.h>

void arc4random_buf(void *buffer, size_t count);
void arc4random_buf(void *buffer, size_t count) {
    unsigned char *at = buffer;
    while (count > 0) {
        ssize_t got = getrandom(at, count > 256 ? 256 : count, 0);
        if (got < 0) {
            // Only seeds hash tables: a constant is worse than random bytes, but better than no PID 1.
            memset(at, 0x5a, count);
            return;
        }
        at += got;
        count -= (size_t)got;
    }
}

// libcap.a is linked for its text form and names. Each of its object files is linked as a whole: one function brings in everything that the
// others of its file call. These replacements save init 22 KB.

// Its constructor asks which capabilities the kernel has. The linker leaves it out (sections.ld), since `ctl` doesn't need it.
void _libcap_initialize(void);
void linux_capabilities_begin(void) { _libcap_initialize(); }

// The constructor calls this; the real function brings in everything that changes a process, including fork.
int cap_get_bound(cap_value_t number) { return prctl(PR_CAPBSET_READ, number, 0, 0, 0); }
void cap_set_syscall(long (*three)(long, long, long, long), long (*six)(long, long, long, long, long, long, long)) {
    (void)three;
    (void)six;
}

// Debian's libcap.a is compiled against glibc, with its buffer checks.

int __sprintf_chk(char *, int, size_t, const char *, ...);
int __sprintf_chk(char *s, int flag, size_t size, const char *format, ...) {
    (void)flag;
    va_list arguments;
    va_start(arguments, format);
    int count = vsnprintf(s, size, format, arguments);
    va_end(arguments);
    // As in glibc, a string that doesn't fit ends the process.
    if (count >= 0 && (size_t)count >= size) __builtin_trap();
    return count;
}

int __snprintf_chk(char *, size_t, int, size_t, const char *, ...);
int __snprintf_chk(char *s, size_t count, int flag, size_t size, const char *format, ...) {
    (void)flag;
    if (count > size) __builtin_trap();
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(s, count, format, arguments);
    va_end(arguments);
    return length;
}

int __asprintf_chk(char **, int, const char *, ...);
int __asprintf_chk(char **s, int flag, const char *format, ...) {
    (void)flag;
    va_list arguments;
    va_start(arguments, format);
    int count = vasprintf(s, format, arguments);
    va_end(arguments);
    return count;
}
#else
void linux_capabilities_begin(void) {}
#endif
