#ifndef REEVE_PROCESS_STAT_H
#define REEVE_PROCESS_STAT_H

typedef struct {
    /// The state as ps(1) shows it: R running, S sleeping, Z zombie.
    char state;
    int parent;
} process_stat;

/// Reads /proc/PID/stat; 0 if that fails. Needs no memory except the stack.
int read_process_stat(int pid, process_stat *stat);

#endif
