// crash.c: the report that init leaves when it crashes.
#ifndef REEVE_CLINUX_CRASH_H
#define REEVE_CLINUX_CRASH_H

#include <stddef.h>

/// From now on, a crash of this process is reported on stderr and in the log.
void linux_crash_begin(void);
/// What the process does from now on, for the report ("while ..."). The text must stay in place.
void linux_crash_phase(const char *name);
/// Which program it does this for, until the next phase. The name is copied.
void linux_crash_subject(const char *name, size_t length);
/// Where the report goes besides stderr; -1 for nowhere.
void linux_crash_log(int descriptor);

#endif
