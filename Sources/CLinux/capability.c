// Capabilities by libcap's names and texts, as bits, and this process's own.
#define _GNU_SOURCE
#include "CLinux.h"
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

int linux_capability_sets(const char *text, uint64_t sets[3]) {
    static const cap_iab_vector_t vectors[3] = {CAP_IAB_BOUND, CAP_IAB_INH, CAP_IAB_AMB};
    cap_iab_t iab = cap_iab_from_text(text);
    if (!iab) return -1;
    for (int i = 0; i < 3; i++) {
        sets[i] = 0;
        for (int number = 0; number < 64; number++) {
            if (cap_iab_get_vector(iab, vectors[i], number) == CAP_SET) sets[i] |= UINT64_C(1) << number;
        }
    }
    cap_free(iab);
    return 0;
}

int linux_capability_name(int number, char *name, int size) {
    if (number < 0 || number > CAP_LAST_CAP) return -1;
    char *found = cap_to_name((cap_value_t)number);
    if (!found) return -1;
    strncpy(name, found, (size_t)size - 1);
    name[size - 1] = 0;
    cap_free(found);
    return 0;
}

// The kernel's own calls: libcap's would wait for other threads' sets, and brings more of its code along.
static int get(struct __user_cap_data_struct *data) {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    return (int)syscall(SYS_capget, &header, data);
}

static uint64_t joined(uint32_t low, uint32_t high) { return low | (uint64_t)high << 32; }

int linux_capabilities_get(linux_capabilities *sets) {
    struct __user_cap_data_struct data[2];
    if (get(data) != 0) return -1;
    sets->effective = joined(data[0].effective, data[1].effective);
    sets->permitted = joined(data[0].permitted, data[1].permitted);
    sets->inheritable = joined(data[0].inheritable, data[1].inheritable);
    sets->ambient = 0;
    for (int number = 0; number < 64; number++) {
        if (prctl(47 /* PR_CAP_AMBIENT */, 1 /* PR_CAP_AMBIENT_IS_SET */, number, 0, 0) == 1) sets->ambient |= UINT64_C(1) << number;
    }
    return 0;
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
