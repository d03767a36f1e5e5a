#ifndef REEVE_CLINUX_TRUSTED_H
#define REEVE_CLINUX_TRUSTED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "output.h"

// trusted_file.c: opens files by name where others may have planted something.
//
// A folder is *open to others* if a user other than root and this process's may change its content: because of its mode (group or others
// may write; a sticky folder too), or because they own it. Once a path has led through such a folder, links on it are not followed, and the
// file must be a regular one with a single name that belongs to root, to this process's user or to `owner`. Elsewhere everything is as in
// open(2).
//
// Every function makes system calls and nothing else: it allocates no memory, takes no lock, writes no errno, and has no time limit. It
// needs 40 KB of stack, may run on any thread and in a child that shares this memory, and its result is plain data.

typedef enum {
    /// `error` is the kernel's.
    linux_trust_kernel,
    /// A symbolic link (ELOOP).
    linux_trust_link,
    /// Not a regular file (EPERM).
    linux_trust_kind,
    /// Belongs to `owner` (EPERM).
    linux_trust_owner,
    /// Has `names` names: another user may have linked another file here (EPERM).
    linux_trust_names,
} linux_trust_reason;

typedef struct {
    /// 0 on success.
    int error;
    linux_trust_reason reason;
    /// Bytes of the path up to the end of what `reason` is about.
    uint32_t end;
    uint32_t owner;
    uint32_t names;
    /// The path leads through a folder that is open to others.
    bool is_shared;
    /// It is on a file system that depends on something else for an answer (a network, a program): a call on it may take any time.
    bool is_remote;
    /// Of the opened file.
    linux_status status;
} linux_trust;

/// The folder that a path led to, kept for the next path in it, since a walk opens each folder on the way. Forget it soon
/// (linux_trusted_forget): others' rights in it can change.
typedef struct {
    /// Of the folder, without the trailing slash; 0 when none is kept.
    uint32_t length;
    int folder;
    bool is_shared;
    char path[512];
} linux_trusted_folder;

void linux_trusted_forget(linux_trusted_folder *kept);

/// No other owner of the file is accepted.
static const uint32_t linux_trust_nobody = UINT32_MAX;

/// open(2), close-on-exec, without waiting and without acquiring a controlling terminal. `flags` may have O_CREAT, O_EXCL and O_TRUNC,
/// which takes effect after the check. A named pipe that is opened only for writing is opened for both, if that is allowed: then it needs
/// no reader.
///
/// The descriptor, or -1.
///
/// - Parameter kept: may be null.
int linux_trusted_open(
    const char *path, int flags, unsigned mode, uint32_t owner, linux_trusted_folder *kept, linux_trust *trust);
/// unlink(2) in the folder that the path leads to. If `fd` is not -1, only while the name is still that file's (else ENOENT).
///
/// 0 or -1.
int linux_trusted_remove(const char *path, int fd, linux_trust *trust);
/// Rotates a full log: `log.1` becomes `log.2`, ..., `log` becomes `log.1`, and a new one is opened for appending. With 0 backups it is
/// truncated. If the path no longer leads to `fd`, another process has rotated it: then this only opens the new one. Of files beyond the
/// 64th the first 4,096 count.
///
/// The descriptor of the new one, or -1.
int linux_trusted_rotate(const char *path, int fd, int backups, uint32_t owner, linux_trust *trust);
/// readlink(2), for a link in a folder that is not open to others. The number of bytes, or -1.
ssize_t linux_trusted_link(const char *path, char *target, size_t size, linux_trust *trust);

// patient_file.c: the same with a bound, for a caller that may not wait. ETIMEDOUT: no answer yet; ask again with the same arguments for
// the result. EAGAIN: too many are unanswered.
int linux_patient_open(const char *path, int flags, unsigned mode, uint32_t owner, linux_trust *trust, int milliseconds);
int linux_patient_remove(const char *path, int fd, linux_trust *trust, int milliseconds);
int linux_patient_rotate(const char *path, int fd, int backups, uint32_t owner, linux_trust *trust, int milliseconds);

enum { linux_patient_most = 4096 };
/// Replaces the content of a file, created if it is missing, with at most `linux_patient_most` bytes; 0 or -1. The bound holds for the
/// write, too. A late one continues.
int linux_patient_write(const char *path, const void *bytes, size_t count, linux_trust *trust, int milliseconds);

ssize_t linux_patient_link(const char *path, char *target, size_t size, linux_trust *trust, int milliseconds);

// patient_log.c: a log on a file system that may stop answering.

typedef struct {
    /// 0: no limit.
    int64_t most_bytes;
    int32_t backups;
} linux_log_limits;

typedef struct {
    /// How many bytes were accepted. Those whose write is late count: the write continues.
    size_t count;
    /// 0, or why the log could not be rotated, although it is full.
    int32_t rotation_error;
} linux_appended;

/// Opens a log, appends, rotates it if it is full then, and closes it; 0, or an errno. While a late write continues, further bytes are
/// refused with ETIMEDOUT; EAGAIN: no process can be made that writes them.
///
/// - Parameter count: > 0.
int linux_patient_append(
    const char *path, uint32_t owner, const void *bytes, size_t count, linux_log_limits limits, int milliseconds, linux_appended *appended);
/// Whether a late write continues.
bool linux_patient_is_appending(const char *path);
/// close(2), which may write what is in the cache. The caller no longer owns `fd`.
void linux_patient_close(int fd, int milliseconds);

/// Before the process sleeps: a kept folder prevents its file system from being unmounted.
void linux_patient_rest(void);

typedef struct {
    /// 0, or why it can't be checked; ETIMEDOUT and EAGAIN as above.
    int32_t error;
    bool is_directory;
    bool is_regular;
    /// Of a directory: files can be created in it.
    bool is_writable;
} linux_path_status;
/// stat(2) and access(2), which follow links.
linux_path_status linux_patient_status(const char *path, int milliseconds);

#endif
