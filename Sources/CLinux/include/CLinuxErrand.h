// Calls with a bound: what a file system that hangs would never answer.
#ifndef REEVE_CLINUXERRAND_H
#define REEVE_CLINUXERRAND_H

#include <stddef.h>
#include <stdint.h>

typedef void (*linux_errand_work)(void *argument);

/// Runs `work` on a copy of `argument` in a process that shares memory and descriptors with this one, and copies back what it left there
/// if it is done after at most `milliseconds`. Otherwise it goes on; who asks the same again, to the byte, gets what it has found since then.
/// `work` makes raw calls only, and touches nothing but its argument, of which 10 KB are possible.
///
/// - Parameter discard: may be null; gives back what was found for somebody who doesn't ask again.
/// - Returns: 0, ETIMEDOUT, EAGAIN (256 hang already) or E2BIG. Where no process can be had, `work` runs here.
int linux_errand_run(linux_errand_work work, linux_errand_work discard, void *argument, size_t size, int milliseconds);

/// Gives the pages back that the last one has used; the next touches them again.
void linux_errand_rest(void);

/// How many have not come to an end, or wait for somebody who asks again. What the others have left is taken back.
int linux_errands_underway(void);

/// open(2); 0 with `descriptor`, or an errno.
int linux_errand_open(const char *path, int flags, unsigned mode, int milliseconds, int *descriptor);

typedef struct {
    char *bytes;
    size_t count;
    size_t mapped;
} linux_errand_bytes;
/// All of a regular file (ENXIO for anything else, EFBIG for more than `limit`); 0, or an errno. Bytes are the caller's to free, also after
/// an error.
int linux_errand_read(const char *path, size_t limit, int milliseconds, linux_errand_bytes *bytes);
void linux_errand_free(const linux_errand_bytes *bytes);

/// Which of some paths is the first that exists, and why it can't be executed: 0, EISDIR, ENOEXEC, EACCES; ENOENT: none of them;
/// E2BIG: too many to ask about.
///
/// - Parameter paths: one behind the other, each ended by a zero; `size` bytes of them.
int linux_errand_look_up(const char *paths, size_t size, int milliseconds, int *index);

#endif
