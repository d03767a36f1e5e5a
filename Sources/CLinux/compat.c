// What Embedded Swift and Debian's glibc-built static libraries expect and musl lacks.
#define _GNU_SOURCE
#include "CLinux.h"
#ifdef REEVE_MUSL
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
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

int __sprintf_chk(char *, int, size_t, const char *, ...);
int __sprintf_chk(char *s, int flag, size_t size, const char *format, ...) {
    (void)flag;
    va_list ap;
    va_start(ap, format);
    int n = vsnprintf(s, size, format, ap);
    va_end(ap);
    return n;
}

int __snprintf_chk(char *, size_t, int, size_t, const char *, ...);
int __snprintf_chk(char *s, size_t n, int flag, size_t size, const char *format, ...) {
    (void)flag;
    (void)size;
    va_list ap;
    va_start(ap, format);
    int r = vsnprintf(s, n, format, ap);
    va_end(ap);
    return r;
}

int __asprintf_chk(char **, int, const char *, ...);
int __asprintf_chk(char **s, int flag, const char *format, ...) {
    (void)flag;
    va_list ap;
    va_start(ap, format);
    int r = vasprintf(s, format, ap);
    va_end(ap);
    return r;
}
#endif
