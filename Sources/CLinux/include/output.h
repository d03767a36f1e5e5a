// Calls on files and streams that Swift can't make: macros, unions, variadic or GNU-only functions.
#ifndef REEVE_OUTPUT_H
#define REEVE_OUTPUT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct {
    uint64_t device;
    uint64_t inode;
    uint64_t special; // st_rdev
    int64_t size;
    uint32_t mode;
} linux_status;

/// fstat(2), or stat(2) when `path` is not null.
int linux_status_of(int fd, const char *path, linux_status *status);
/// Both ends close-on-exec and blocking.
int linux_pipe(int ends[2]);
int linux_set_nonblocking(int fd, int on);
/// From now on, this end of a newly created pipe doesn't block.
int linux_mark_new_pipe(int end);
/// Gives a pipe at least this capacity; -1 with errno.
int linux_widen_pipe(int fd, int size);
/// Bytes that a pipe holds now; -1 with errno.
int linux_readable_bytes(int fd);
/// Moves at most `count` bytes from one pipe to another without waiting; EAGAIN if one is empty or the other full.
ssize_t linux_splice(int from, int to, size_t count);
/// These bytes must still be written to `fd` if this process crashes; they must not change or be freed before the next note.
void linux_note_unwritten(int fd, const void *bytes, size_t count);
/// Writes the last note, if there is room within `milliseconds`. For the crash handler: async-signal-safe.
void linux_write_unwritten(int milliseconds);
/// 1 if it is writable, 0 if not within `milliseconds` (-1: without a limit), -1 with errno.
int linux_poll_writable(int fd, int milliseconds);
/// pwritev2 with RWF_NOWAIT at the current position.
ssize_t linux_write_nowait(int fd, const void *bytes, size_t count);
/// send with MSG_DONTWAIT and MSG_NOSIGNAL.
ssize_t linux_send_nowait(int fd, const void *bytes, size_t count);
/// 1 for SOCK_STREAM, 0 for other sockets, -1 with errno.
int linux_is_stream_socket(int fd);
/// 1 if both are the same terminal, even if opened under different names.
int linux_is_same_terminal(int a, int b);
/// 1 if the descriptor closes on exec, 0 if not, -1 if it isn't open.
int linux_closes_on_exec(int fd);
/// The process that keeps others from locking the file for writing (`fcntl`): 0 if none does, -1 for one in another namespace.
int linux_lock_holder(int fd);
/// Locks the whole file for reading, until this process closes it. Any process that can read a file can lock it for reading, so a lock only
/// means something together with its holder.
void linux_lock_shared(int fd);
/// `prefix` and a number, where printf would be too much; `text` has room for the prefix and 11 bytes.
void linux_numbered(char *text, const char *prefix, unsigned number);
/// The user of a process according to /proc; -1 if there is no such process, or no /proc.
int64_t linux_process_user(int pid);
/// Occupies those of 0, 1 and 2 that are not open, so that nothing of ours gets their numbers: reading and writing fail with EBADF as
/// before, and they close on exec.
void linux_reserve_standard_streams(void);
/// The position of the last `byte`, or -1.
ssize_t linux_last_index(const void *bytes, size_t count, int byte);
/// The position of the first `byte`, or -1.
ssize_t linux_first_index(const void *bytes, size_t count, int byte);
/// `length` (1...8) random characters of [a-z0-5] and a zero.
void linux_random_name(char text[9], int length);
/// SIGPIPE and SIGXFSZ: a write fails with EPIPE or EFBIG instead.
void linux_ignore_write_signals(void);
/// glibc: one heap for all threads, and blocks of 128 KB and more go back to the kernel when they are freed.
void linux_keep_heap_small(void);

#endif
