#ifndef REEVE_PROCESS_STAT_H
#define REEVE_PROCESS_STAT_H

typedef struct {
    /// As ps(1) writes it: R running, S sleeping, Z dead and not waited for.
    char state;
    int parent;
} process_stat;

/// What /proc/PID/stat says of a process; 0 if it can't be read. Needs no memory but the stack.
int read_process_stat(int pid, process_stat *stat);

#endif
