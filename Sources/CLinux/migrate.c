// init --migrate is ctl migrate: nothing of it belongs into PID 1.
#include "CLinux.h"

void linux_migrate(int count, char *const *arguments) {
    if (count < 2 || strcmp(arguments[1], "--migrate")) return;
    char path[4096];
    char **words = (char **)arguments;
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 4);
    while (length > 0 && path[length - 1] != '/') length--;
    if (length > 0) {
        memcpy(path + length, "ctl", 4);
        words[0] = path;
        words[1] = "migrate";
        execv(path, words);
    }
    static const char why[] = "init: --migrate is done by ctl, which is not beside init: run ctl migrate FILE\n";
    if (write(2, why, sizeof why - 1) < 0) _exit(2);
    _exit(2);
}
