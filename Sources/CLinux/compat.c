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
            // Only seeds hash tables: a constant is worse than random bytes and better than no PID 1.
            memset(at, 0x5a, count);
            return;
        }
        at += got;
        count -= (size_t)got;
    }
}

// libcap.a is linked for its texts and names. Its objects are whole: one function brings what all others of its file call. What
// stands here in the place of those spares init 22 KB.

// Its constructor asks which capabilities the kernel has. The linker leaves it out (sections.ld): `ctl` needs none of this.
void _libcap_initialize(void);
void linux_capabilities_begin(void) { _libcap_initialize(); }

// The constructor's question; the real function comes with all that changes a process, fork included.
int cap_get_bound(cap_value_t number) { return prctl(PR_CAPBSET_READ, number, 0, 0, 0); }
void cap_set_syscall(long (*three)(long, long, long, long), long (*six)(long, long, long, long, long, long, long)) {
    (void)three;
    (void)six;
}

// Debian's libcap.a is compiled against glibc, with its checks of buffers.

int __sprintf_chk(char *, int, size_t, const char *, ...);
int __sprintf_chk(char *s, int flag, size_t size, const char *format, ...) {
    (void)flag;
    va_list arguments;
    va_start(arguments, format);
    int count = vsnprintf(s, size, format, arguments);
    va_end(arguments);
    // As in glibc, a text that doesn't fit ends the process.
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
