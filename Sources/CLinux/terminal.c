#define _GNU_SOURCE
#include "CLinuxCommand.h"

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
