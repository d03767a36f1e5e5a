#ifndef REEVE_CLINUX_TRUSTED_H
#define REEVE_CLINUX_TRUSTED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "output.h"

// trusted_file.c: files by name where others may have laid something in the way.
//
// A folder is *open to others* when somebody who is neither root nor this process's user may change what is in it: by its mode
// (group or others may write; a sticky folder too), or because it is theirs. Once a path has led through such a folder, links on it
// are not followed, and the file must be a regular one with a single name that belongs to root, to this process's user or to `owner`.
// Elsewhere everything is as open(2) has it.
//
// Every function makes system calls and nothing else: no memory is allocated, no lock taken, no errno written, no time limit kept.
// They need 40 KB of stack, may run on any thread and in a child that shares this memory, and the outcome is plain data.

typedef enum {
    /// `error` is the kernel's.
    linux_trust_kernel,
    /// A symbolic link (ELOOP).
    linux_trust_link,
    /// No regular file (EPERM).
    linux_trust_kind,
    /// Belongs to `owner` (EPERM).
    linux_trust_owner,
    /// Has `names` names: somebody may have linked another file here (EPERM).
    linux_trust_names,
} linux_trust_reason;

typedef struct {
    /// 0 when it went well.
    int error;
    linux_trust_reason reason;
    /// Bytes of the path up to the end of what `reason` is about.
    uint32_t end;
    uint32_t owner;
    uint32_t names;
    /// The path leads through a folder that is open to others.
    bool is_shared;
    /// It is on a file system that needs others for an answer (a network, a program): a call on it may take as long as they want.
    bool is_remote;
    /// Of what was opened.
    linux_status status;
} linux_trust;

/// A folder that a path was walked to, for the next path in it: a walk opens each folder on the way. Whoever keeps one forgets it soon
/// (linux_trusted_forget): what others may do in it can change.
typedef struct {
    /// Of the folder, without the slash behind it; 0 when none is kept.
    uint32_t length;
    int folder;
    bool is_shared;
    char path[512];
} linux_trusted_folder;

void linux_trusted_forget(linux_trusted_folder *kept);

/// Nobody else may own the file.
static const uint32_t linux_trust_nobody = UINT32_MAX;

/// open(2), close-on-exec, without waiting and without becoming a controlling terminal. `flags` may have O_CREAT, O_EXCL and O_TRUNC,
/// which comes after the look. A named pipe that is opened for writing only is opened for both, if that is allowed: then it needs no reader.
///
/// The descriptor, or -1.
///
/// - Parameter kept: may be null.
int linux_trusted_open(
    const char *path, int flags, unsigned mode, uint32_t owner, linux_trusted_folder *kept, linux_trust *trust);
/// unlink(2) in the folder that the path leads to. When `fd` is not -1, only if the name is still that file's (else ENOENT).
///
/// 0 or -1.
int linux_trusted_remove(const char *path, int fd, linux_trust *trust);
/// Puts a full log aside: `log.1` becomes `log.2`, ..., `log` becomes `log.1`, and a new one is opened for appending. With 0 backups it
/// is emptied. When `fd` is not what the path leads to any more, somebody else has done so: then the new one is only opened. Of files
/// beyond the 64th the first 4,096 count.
///
/// The descriptor of the new one, or -1.
int linux_trusted_rotate(const char *path, int fd, int backups, uint32_t owner, linux_trust *trust);
/// readlink(2), for a link in a folder that is not open to others. The number of bytes, or -1.
ssize_t linux_trusted_link(const char *path, char *target, size_t size, linux_trust *trust);

// patient_file.c: the same with a bound, for who may not wait. ETIMEDOUT: no answer yet; ask again, with the same arguments, for what
// came of it. EAGAIN: too many are unanswered.
int linux_patient_open(const char *path, int flags, unsigned mode, uint32_t owner, linux_trust *trust, int milliseconds);
int linux_patient_remove(const char *path, int fd, linux_trust *trust, int milliseconds);
int linux_patient_rotate(const char *path, int fd, int backups, uint32_t owner, linux_trust *trust, int milliseconds);

ssize_t linux_patient_link(const char *path, char *target, size_t size, linux_trust *trust, int milliseconds);

/// Before the process sleeps: a folder that is kept keeps its file system from being unmounted.
void linux_patient_rest(void);

typedef struct {
    /// 0, or why it can't be looked at; ETIMEDOUT and EAGAIN as above.
    int32_t error;
    bool is_directory;
    bool is_regular;
    /// Of a directory: files can be made in it.
    bool is_writable;
} linux_path_status;
/// stat(2) and access(2), which follow links.
linux_path_status linux_patient_status(const char *path, int milliseconds);

#endif
