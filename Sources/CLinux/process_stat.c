// Reads the state and the parent of a process for C code that may not allocate. Kernel/ProcessStat.swift reads the other fields.
#define _GNU_SOURCE
#include "process_stat.h"
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int read_process_stat(int pid, process_stat *stat) {
    char path[32], text[512];
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return 0;
    const ssize_t count = read(file, text, sizeof text - 1);
    close(file);
    if (count <= 0) return 0;
    text[count] = 0;
    // pid (name) state ppid: the name may contain anything, and is shorter than 64 bytes.
    const char *after = strrchr(text, ')');
    if (after == NULL || after[1] != ' ' || after[2] == 0 || after[3] != ' ') return 0;
    *stat = (process_stat){.state = after[2]};
    for (const char *digit = after + 4; *digit >= '0' && *digit <= '9'; digit++) stat->parent = stat->parent * 10 + (*digit - '0');
    return 1;
}
