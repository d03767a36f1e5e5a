// crash.c: the report that init leaves when it crashes.
#ifndef REEVE_CLINUX_CRASH_H
#define REEVE_CLINUX_CRASH_H

#include <stddef.h>

/// From now on a crash of this process is reported on stderr and in the log.
void linux_crash_begin(void);
/// What the process does from now on, as the report says it ("while ..."). The text has to stay where it is.
void linux_crash_phase(const char *name);
/// For which program, until the next phase. It is copied.
void linux_crash_subject(const char *name, size_t length);
/// Where the report goes beside stderr; -1 for nowhere.
void linux_crash_log(int descriptor);

#endif
