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

// Its constructor asks which capabilities the kernel has. The linker leaves it out (discard.ld): `ctl` needs none of this.
void _libcap_initialize(void);
void linux_capabilities_begin(void) { _libcap_initialize(); }

// The constructor's question; the real function comes with all that changes a process, fork included.
int cap_get_bound(cap_value_t number) { return prctl(PR_CAPBSET_READ, number, 0, 0, 0); }
void cap_set_syscall(long (*three)(long, long, long, long), long (*six)(long, long, long, long, long, long, long)) {
    (void)three;
    (void)six;
}

// It formats names and numbers; musl's printf would be 15 KB.
static int format_plainly(char *s, size_t size, const char *format, va_list ap) {
    size_t n = 0;
    for (; *format; format++) {
        char digits[12];
        const char *piece = format;
        size_t length = 1;
        if (format[0] == '%' && (format[1] == 's' || format[1] == 'u')) {
            format++;
            if (*format == 's') {
                piece = va_arg(ap, const char *);
                length = strlen(piece);
            } else {
                char *at = digits + sizeof digits;
                unsigned number = va_arg(ap, unsigned);
                do *--at = (char)('0' + number % 10);
                while (number /= 10);
                piece = at;
                length = (size_t)(digits + sizeof digits - at);
            }
        }
        for (size_t i = 0; i < length; i++, n++) {
            if (n + 1 < size) s[n] = piece[i];
        }
    }
    if (size > 0) s[n < size ? n : size - 1] = 0;
    return (int)n;
}

int __sprintf_chk(char *, int, size_t, const char *, ...);
int __sprintf_chk(char *s, int flag, size_t size, const char *format, ...) {
    (void)flag;
    va_list ap;
    va_start(ap, format);
    int n = format_plainly(s, size, format, ap);
    va_end(ap);
    return n;
}

int __asprintf_chk(char **, int, const char *, ...);
int __asprintf_chk(char **s, int flag, const char *format, ...) {
    (void)flag;
    enum { longest = 64 };
    *s = malloc(longest);
    if (!*s) return -1;
    va_list ap;
    va_start(ap, format);
    int n = format_plainly(*s, longest, format, ap);
    va_end(ap);
    return n;
}

// Of functions of libcap that nobody calls here (reading what /proc says of a process): no file is ever there.
// By their names at the link, since the header makes other names of some.
FILE *no_file(const char *, const char *) __asm__("fopen64");
FILE *no_file(const char *path, const char *mode) {
    (void)path;
    (void)mode;
    return NULL;
}
char *no_line(char *, int, FILE *) __asm__("fgets");
char *no_line(char *s, int size, FILE *file) {
    (void)s;
    (void)size;
    (void)file;
    return NULL;
}
int no_close(FILE *) __asm__("fclose");
int no_close(FILE *file) {
    (void)file;
    return 0;
}
#else
void linux_capabilities_begin(void) {}
#endif
