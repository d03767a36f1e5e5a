// This process's own capabilities.
#define _GNU_SOURCE
#include "CLinux.h"
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

// Direct system calls: libcap's functions would wait for the sets of other threads, and pull in more of its code.
static int get(struct __user_cap_data_struct *data) {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    return (int)syscall(SYS_capget, &header, data);
}

uint64_t linux_capabilities_permitted(void) {
    struct __user_cap_data_struct data[2];
    return get(data) == 0 ? data[0].permitted | (uint64_t)data[1].permitted << 32 : 0;
}

uint64_t linux_capabilities_ambient(void) {
    uint64_t set = 0;
    for (int number = 0; number < 64; number++) {
        if (prctl(47 /* PR_CAP_AMBIENT */, 1 /* PR_CAP_AMBIENT_IS_SET */, number, 0, 0) == 1) set |= UINT64_C(1) << number;
    }
    return set;
}

int linux_capabilities_keep(uint64_t kept) {
    struct __user_cap_data_struct data[2];
    if (get(data) != 0) return -1;
    for (int i = 0; i < 2; i++) {
        uint32_t half = (uint32_t)(kept >> (32 * i));
        data[i].permitted &= half;
        data[i].effective &= half;
    }
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    return (int)syscall(SYS_capset, &header, data);
}
