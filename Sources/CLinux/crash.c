// The report that init writes when it crashes: which signal, where, which build, and what it was doing. scripts/symbolize turns the
// addresses into lines.
//
// The handler runs on its own stack and makes only system calls; then the process ends as it would without a handler.
#define _GNU_SOURCE
#include "CLinux.h"
#include <elf.h>
#include <link.h>
#include <poll.h>
#include <stddef.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <ucontext.h>

enum {
    longest_build = 20,    // bytes of a build id (SHA-1)
    longest_name = 128,    // of the part of a program's name that is kept
    most_frames = 32,
    patience = 100,        // milliseconds that a reader of the report has to make room
    stack_size = 64 * 1024, // untouched until the first crash; the kernel's frame takes up to 11 KB of it with AVX-512
};

static char stack[stack_size] __attribute__((aligned(16)));
static unsigned char build[longest_build];
static size_t build_length;
static const char *volatile phase = "starting";
static char subject[longest_name];
static volatile size_t subject_length;
static volatile int log_descriptor = -1;

void linux_crash_phase(const char *name) {
    phase = name;
    subject_length = 0;
}

void linux_crash_subject(const char *name, size_t length) {
    subject_length = 0;
    if (length > sizeof subject) length = sizeof subject;
    memcpy(subject, name, length);
    subject_length = length;
}

void linux_crash_log(int descriptor) { log_descriptor = descriptor; }

typedef struct {
    char text[1024];
    size_t length;
} report;

static void add(report *report, const char *text, size_t length) {
    for (size_t i = 0; i < length && report->length < sizeof report->text; i++) report->text[report->length++] = text[i];
}

static void add_text(report *report, const char *text) { add(report, text, strlen(text)); }

static void add_number(report *report, uint64_t number, unsigned base) {
    char digits[20];
    char *at = digits + sizeof digits;
    do *--at = "0123456789abcdef"[number % base];
    while (number /= base);
    if (base == 16) add_text(report, "0x");
    add(report, at, (size_t)(digits + sizeof digits - at));
}

static void say_on(int descriptor, const report *report) {
    // A pipe without a reader must not keep a crashed PID 1 alive. A writable pipe accepts a whole report.
    struct pollfd poll_for = {.fd = descriptor, .events = POLLOUT};
    if (poll(&poll_for, 1, patience) == 1 && write(descriptor, report->text, report->length) < 0) {}
}

static void say(report *report) {
    say_on(2, report);
    linux_write_unwritten(patience);
    if (log_descriptor >= 0) say_on(log_descriptor, report);
    report->length = 0;
}

static const char *name_of(int signal) {
    switch (signal) {
    case SIGILL: return "SIGILL";
    case SIGTRAP: return "SIGTRAP";
    case SIGABRT: return "SIGABRT";
    case SIGBUS: return "SIGBUS";
    case SIGFPE: return "SIGFPE";
    default: return "SIGSEGV";
    }
}

typedef struct {
    uintptr_t code, frame, stack;
} registers;

static registers registers_of(const ucontext_t *context) {
#if defined(__x86_64__)
    const greg_t *all = context->uc_mcontext.gregs;
    return (registers){(uintptr_t)all[REG_RIP], (uintptr_t)all[REG_RBP], (uintptr_t)all[REG_RSP]};
#elif defined(__aarch64__)
    return (registers){context->uc_mcontext.pc, context->uc_mcontext.regs[29], context->uc_mcontext.sp};
#endif
}

static void add_frames(report *report, registers at) {
    add_text(report, "init: calls: ");
    add_number(report, at.code, 16);
    // Swift's functions and the C code here keep frame pointers; elsewhere the list may be short.
    uintptr_t low = at.stack, high = at.stack + 8 * 1024 * 1024;
    for (int i = 0; i < most_frames && at.frame >= low && at.frame < high && at.frame % sizeof(uintptr_t) == 0; i++) {
        uintptr_t pair[2];
        struct iovec to = {pair, sizeof pair}, from = {(void *)at.frame, sizeof pair};
        // Not a direct read: a broken chain must not end the report.
        if (syscall(SYS_process_vm_readv, getpid(), &to, 1UL, &from, 1UL, 0UL) != (long)sizeof pair || pair[1] == 0) break;
        add_text(report, " ");
        add_number(report, pair[1] - 1, 16);
        low = at.frame + 1;
        at.frame = pair[0];
    }
    add_text(report, "\n");
}

static void crashed(int signal, siginfo_t *info, void *context) {
    int was_sent = info->si_code <= 0;
    // As without a handler, PID 1 ignores such a signal from processes of its own namespace. (From outside, the sender is 0.)
    if (was_sent && getpid() == 1 && info->si_pid > 1) return;
    struct sigaction standard = {.sa_handler = SIG_DFL};
    sigaction(signal, &standard, NULL);
    registers at = registers_of(context);
    report report = {.length = 0};
    add_text(&report, "init: crashed: ");
    add_text(&report, name_of(signal));
    if (was_sent) {
        add_text(&report, " sent by process ");
        add_number(&report, (uint64_t)info->si_pid, 10);
    } else {
        add_text(&report, " for address ");
        add_number(&report, (uintptr_t)info->si_addr, 16);
    }
    add_text(&report, ", at ");
    add_number(&report, at.code, 16);
    add_text(&report, ", build ");
    for (size_t i = 0; i < build_length; i++) {
        add(&report, &"0123456789abcdef"[build[i] >> 4], 1);
        add(&report, &"0123456789abcdef"[build[i] & 15], 1);
    }
    add_text(&report, ", while ");
    add_text(&report, phase);
    if (subject_length > 0) {
        add_text(&report, " ");
        add(&report, subject, subject_length);
    }
    add_text(&report, "\n");
    say(&report);
    add_frames(&report, at);
    say(&report);
    // A fault of the processor happens again now and ends the process, even PID 1, and abort() continues to its end. A signal that was sent
    // is over, so send it again; but the kernel doesn't let PID 1 die from that.
    if (!was_sent || (signal == SIGABRT && info->si_pid == getpid())) return;
    if (getpid() == 1) _exit(128 + signal);
    kill(getpid(), signal);
}

static void read_build(void) {
    const ElfW(Phdr) *header = (const void *)getauxval(AT_PHDR);
    for (size_t i = 0, count = getauxval(AT_PHNUM); header && i < count; i++) {
        if (header[i].p_type != PT_NOTE) continue;
        const char *at = (const char *)header[i].p_vaddr, *end = at + header[i].p_memsz;
        while (at + sizeof(ElfW(Nhdr)) <= end) {
            const ElfW(Nhdr) *note = (const void *)at;
            const char *name = at + sizeof *note, *content = name + ((note->n_namesz + 3) & ~3U);
            if (note->n_type == NT_GNU_BUILD_ID && note->n_namesz == 4 && memcmp(name, "GNU", 4) == 0) {
                build_length = note->n_descsz < longest_build ? note->n_descsz : longest_build;
                memcpy(build, content, build_length);
                return;
            }
            at = content + ((note->n_descsz + 3) & ~3U);
        }
    }
}

void linux_crash_begin(void) {
    read_build();
    stack_t own = {.ss_sp = stack, .ss_size = sizeof stack};
    if (sigaltstack(&own, NULL) != 0) return;
    struct sigaction action = {.sa_sigaction = crashed, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    static const int signals[] = {SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) sigaction(signals[i], &action, NULL);
}
