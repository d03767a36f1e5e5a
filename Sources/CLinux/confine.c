#define _GNU_SOURCE
#include "confine.h"
#include "raw.h"
#include <linux/capability.h>
#include <sys/prctl.h>

#ifndef PR_CAP_AMBIENT
#define PR_CAP_AMBIENT 47
#define PR_CAP_AMBIENT_RAISE 2
#define PR_CAP_AMBIENT_CLEAR_ALL 4
#endif
#ifndef SYS_landlock_restrict_self
#define SYS_landlock_restrict_self 446
#endif

enum {
    highest_capability = 63,
    keep_capabilities = 1 << 4, // SECBIT_KEEP_CAPS: execve clears it
    io_priority_of_process = 1,
};

static const uint64_t one = 1;

int confine_open_oom_score(pid_t child) {
    char path[40] = "/proc/", *at = path + 6, digits[12];
    int count = 0;
    for (unsigned rest = (unsigned)child; rest > 0; rest /= 10) digits[count++] = (char)('0' + rest % 10);
    while (count > 0) *at++ = digits[--count];
    memcpy(at, "/oom_score_adj", sizeof "/oom_score_adj");
    return open(path, O_WRONLY | O_CLOEXEC);
}

int confine_set_oom_score(int file, int score) {
    char text[8], *at = text + sizeof text;
    unsigned rest = score < 0 ? (unsigned)-score : (unsigned)score;
    do *--at = (char)('0' + rest % 10);
    while (rest /= 10);
    if (score < 0) *--at = '-';
    const ssize_t length = text + sizeof text - at;
    return write(file, at, (size_t)length) == length ? 0 : -1;
}

int confine_schedule(const linux_spawn_request *r, linux_spawn_report *report) {
    for (int i = 0; i < r->limit_count; i++) {
        uint64_t limit[2] = {r->limits[i].soft, r->limits[i].hard};
        report->detail = i;
        if (report_failure(report, RAW(SYS_prlimit64, 0, r->limits[i].resource, limit, NULL))) return linux_spawn_limits;
    }
    if (r->sets_nice && report_failure(report, RAW(SYS_setpriority, PRIO_PROCESS, 0, r->nice))) return linux_spawn_nice;
    if (r->io_priority >= 0 && report_failure(report, RAW(SYS_ioprio_set, io_priority_of_process, 0, r->io_priority))) {
        return linux_spawn_ionice;
    }
    if (r->affinity_size > 0 && report_failure(report, RAW(SYS_sched_setaffinity, 0, r->affinity_size, r->affinity))) {
        return linux_spawn_affinity;
    }
    return linux_spawn_ran;
}

int confine_isolate(const linux_spawn_request *r, linux_spawn_report *report) {
    if (r->no_new_privileges && report_failure(report, RAW(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1))) return linux_spawn_privileges;
    if (r->landlock >= 0 && report_failure(report, RAW(SYS_landlock_restrict_self, r->landlock, 0))) return linux_spawn_landlock;
    return linux_spawn_ran;
}

// MARK: Capabilities

typedef struct {
    uint64_t effective, permitted, inheritable;
} capability_state;

// Like the two below, returns 0 or a negative errno.
static long get_capabilities(capability_state *state) {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2];
    const long result = RAW(SYS_capget, &header, data);
    if (result != 0) return result;
    state->effective = data[0].effective | (uint64_t)data[1].effective << 32;
    state->permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
    state->inheritable = data[0].inheritable | (uint64_t)data[1].inheritable << 32;
    return 0;
}

static long set_capabilities(const capability_state *state) {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2] = {
        {(uint32_t)state->effective, (uint32_t)state->permitted, (uint32_t)state->inheritable},
        {(uint32_t)(state->effective >> 32), (uint32_t)(state->permitted >> 32), (uint32_t)(state->inheritable >> 32)},
    };
    long result = RAW(SYS_capset, &header, data);
    if (result != 0) return result;
    capability_state now;
    result = get_capabilities(&now);
    if (result != 0) return result;
    const int is_done = now.effective == state->effective && now.permitted == state->permitted && now.inheritable == state->inheritable;
    return is_done ? 0 : -EPERM; // a filter that reports success without making the call
}

static int32_t lowest(uint64_t set) {
    return set ? (int32_t)__builtin_ctzll(set) : -1;
}

// The rest of the bounding set matters only to a process that can gain capabilities by executing a program; with no_new_privs it can't.
static int drop_from_bounding_set(const linux_spawn_request *r, linux_spawn_report *report) {
    for (int number = 0; number <= highest_capability; number++) {
        if (!(r->dropped >> number & one)) continue;
        const long has = RAW(SYS_prctl, PR_CAPBSET_READ, number);
        if (has < 0) break; // the kernel has fewer
        if (has == 0) continue;
        long result = RAW(SYS_prctl, PR_CAPBSET_DROP, number);
        if (result == 0 && RAW(SYS_prctl, PR_CAPBSET_READ, number) != 0) result = -EPERM; // such a filter again
        if (result == 0 || r->no_new_privileges) continue;
        report->detail = number;
        report_failure(report, result);
        return linux_spawn_bounding;
    }
    return linux_spawn_ran;
}

int confine_is_late(const linux_spawn_request *r) {
    return (r->has_capabilities && r->ambient != 0) || r->secure_bits >= 0;
}

int confine_before_identity(const linux_spawn_request *r, linux_spawn_report *report) {
    // The kernel does this when root changes to another user, but not when another privileged user does.
    const int clears = r->has_capabilities || (r->changes_identity && r->uid != (uid_t)RAW(SYS_getuid));
    if (clears) {
        const long result = RAW(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL);
        if (result != -EINVAL && report_failure(report, result)) return linux_spawn_ambient;
    }
    if (r->has_capabilities) {
        capability_state state;
        if (report_failure(report, get_capabilities(&state))) return linux_spawn_capabilities;
        report->detail = lowest(r->inheritable & ~state.permitted);
        if (state.inheritable != r->inheritable) {
            state.inheritable = r->inheritable;
            if (report_failure(report, set_capabilities(&state))) return linux_spawn_inheritable;
        }
        const int stage = drop_from_bounding_set(r, report);
        if (stage != linux_spawn_ran) return stage;
    }
    if (r->changes_identity && confine_is_late(r) && report_failure(report, RAW(SYS_prctl, PR_SET_KEEPCAPS, 1))) {
        return linux_spawn_secure_bits;
    }
    return linux_spawn_ran;
}

static long set_secure_bits(const linux_spawn_request *r) {
    const long now = RAW(SYS_prctl, PR_GET_SECUREBITS);
    if (now < 0) return now;
    if ((now & ~keep_capabilities) == (r->secure_bits & ~keep_capabilities)) return 0;
    return RAW(SYS_prctl, PR_SET_SECUREBITS, r->secure_bits);
}

int confine_after_identity(const linux_spawn_request *r, linux_spawn_report *report) {
    if (!r->has_capabilities && r->secure_bits < 0) return linux_spawn_ran;
    capability_state state;
    if (report_failure(report, get_capabilities(&state))) return linux_spawn_capabilities;
    if (r->has_capabilities) {
        for (int number = 0; number <= highest_capability; number++) {
            if (!(r->ambient >> number & one)) continue;
            report->detail = number;
            if (report_failure(report, RAW(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, number))) return linux_spawn_ambient;
        }
    }
    if (r->secure_bits >= 0) {
        // Changing the user has made them ineffective.
        state.effective = state.permitted;
        if (report_failure(report, set_capabilities(&state)) || report_failure(report, set_secure_bits(r))) {
            return linux_spawn_secure_bits;
        }
    }
    if (r->has_capabilities) {
        // For a process that keeps capabilities when it executes a program: root under no_new_privs.
        state.permitted &= ~r->dropped | r->ambient;
        state.effective &= state.permitted;
        if (report_failure(report, set_capabilities(&state))) return linux_spawn_capabilities;
    }
    return linux_spawn_ran;
}
