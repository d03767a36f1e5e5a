#define _GNU_SOURCE
#include "CLinuxCommand.h"

#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

int linux_terminal_raw(int fd, struct termios *before) {
    if (tcgetattr(fd, before) < 0) return -1;
    struct termios raw = *before;
    // Enter still arrives as a newline, and Ctrl-C, Ctrl-Z and Ctrl-\ are still signals; output is processed as before.
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | IEXTEN);
    raw.c_iflag &= ~(tcflag_t)(IXON | ISTRIP);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    // No flush: what was typed ahead is part of the line.
    return tcsetattr(fd, TCSADRAIN, &raw);
}

int linux_terminal_restore(int fd, const struct termios *before) { return tcsetattr(fd, TCSADRAIN, before); }

int linux_terminal_columns(int fd) {
    struct winsize size;
    return ioctl(fd, TIOCGWINSZ, &size) < 0 ? 0 : size.ws_col;
}

int linux_terminal_rows(int fd) {
    struct winsize size;
    return ioctl(fd, TIOCGWINSZ, &size) < 0 ? 0 : size.ws_row;
}

static struct {
    int fd;
    struct termios before;
    char leaving[64];
    size_t length;
} guarded;

static void restore_and_die(int number) {
    if (write(guarded.fd, guarded.leaving, guarded.length) < 0) _exit(128 + number);
    tcsetattr(guarded.fd, TCSANOW, &guarded.before);
    // The handler is gone (SA_RESETHAND): now it ends the process.
    raise(number);
}

void linux_terminal_guard(int fd, const struct termios *before, const unsigned char *leaving, size_t length) {
    static const int crashes[] = {SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE, SIGABRT};
    struct sigaction action = {.sa_flags = SA_RESETHAND | SA_NODEFER};
    guarded.fd = fd;
    guarded.before = *before;
    guarded.length = length < sizeof guarded.leaving ? length : sizeof guarded.leaving;
    memcpy(guarded.leaving, leaving, guarded.length);
    action.sa_handler = length > 0 ? restore_and_die : SIG_DFL;
    for (size_t i = 0; i < sizeof crashes / sizeof crashes[0]; i++) sigaction(crashes[i], &action, NULL);
}
