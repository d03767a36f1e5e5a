// Calls with a bound, for file systems that may never answer.
#ifndef REEVE_CLINUXERRAND_H
#define REEVE_CLINUXERRAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef void (*linux_errand_work)(void *argument);

/// Runs `work` on a copy of `argument` in a process that shares memory and descriptors with this one, and copies the result back if it is
/// done within `milliseconds`. Otherwise the work continues; a later call with the same bytes gets what it has found since then. `work`
/// makes raw calls only, and touches nothing but its argument, which may have 10 KB.
///
/// - Parameter discard: may be null; frees a result that is not asked for again.
/// - Returns: 0, ETIMEDOUT, EAGAIN (256 hang already) or E2BIG. If no process can be created, `work` runs here.
int linux_errand_run(linux_errand_work work, linux_errand_work discard, void *argument, size_t size, int milliseconds);

/// Whether there is a late errand that has not finished and whose argument began with these bytes.
bool linux_errand_is_unfinished(linux_errand_work work, const void *key, size_t size);

/// Returns the pages that the last errand has used; the next one touches them again.
void linux_errand_rest(void);

/// How many errands have not finished, or wait for their question to be asked again. Frees what the others have left.
int linux_errands_underway(void);

/// open(2); 0 with `descriptor`, or an errno.
int linux_errand_open(const char *path, int flags, unsigned mode, int milliseconds, int *descriptor);

typedef struct {
    char *bytes;
    size_t count;
    size_t mapped;
} linux_errand_bytes;
/// All of a regular file (ENXIO for anything else, EFBIG for more than `limit`); 0, or an errno. The caller frees the bytes, also after an
/// error.
int linux_errand_read(const char *path, size_t limit, int milliseconds, linux_errand_bytes *bytes);
void linux_errand_free(const linux_errand_bytes *bytes);

/// Which of several paths is the first that exists, and why it can't be executed: 0, EISDIR, ENOEXEC, EACCES; ENOENT: none exists; E2BIG:
/// too many to ask about.
///
/// - Parameter paths: concatenated, each ended by a zero; `size` bytes in all.
int linux_errand_look_up(const char *paths, size_t size, int milliseconds, int *index);

#endif
