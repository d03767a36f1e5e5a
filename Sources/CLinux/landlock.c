// Landlock: rulesets that restrict a child. The system call numbers are the same on all architectures.
#define _GNU_SOURCE
#include "CLinux.h"
#include <linux/landlock.h>
#include <sys/syscall.h>

enum { create_ruleset = 444, add_rule = 445, restrict_self = 446 };

// The distribution's headers are older than kernels: what each version of the interface has added.
enum {
    all_of_1 = (1 << 13) - 1,
    refer = 1 << 13,     // 2
    truncate_file = 1 << 14,  // 3
    device_ioctl = 1 << 15,   // 5
    // Rights that apply to a file that is not a directory.
    of_files = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE | truncate_file | device_ioctl,
    to_read = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
    all_of_network = 3,  // 4: bind and connect of TCP
    all_scopes = 3,      // 6: abstract sockets and signals
};

int linux_landlock_version(void) {
    return (int)syscall(create_ruleset, NULL, 0, 1 /* LANDLOCK_CREATE_RULESET_VERSION */);
}

static uint64_t handled(int version) {
    return all_of_1 | (version >= 2 ? refer : 0) | (version >= 3 ? truncate_file : 0) | (version >= 5 ? device_ioctl : 0);
}

int linux_landlock_create(int everything) {
    struct {
        uint64_t files, network, scopes;
    } attributes = {0, 0, 0};
    int version = linux_landlock_version();
    if (version < 0) return -1;
    attributes.files = handled(version);
    // A kernel accepts a size that it doesn't know if the rest is zero.
    if (everything && version >= 4) attributes.network = all_of_network;
    if (everything && version >= 6) attributes.scopes = all_scopes;
    return (int)syscall(create_ruleset, &attributes, sizeof attributes, 0);
}

int linux_landlock_allow(int ruleset, int file, int kind) {
    int version = linux_landlock_version();
    if (version < 0) return -1;
    struct stat about;
    if (fstat(file, &about) != 0) return -1;
    uint64_t access = handled(version);
    if (kind == linux_landlock_read) access &= to_read;
    if (!S_ISDIR(about.st_mode)) access &= of_files;
    // Packed: the header's own type, as the kernel reads it.
    struct landlock_path_beneath_attr rule = {.allowed_access = access, .parent_fd = file};
    return (int)syscall(add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
}

int linux_landlock_restrict(int ruleset) { return (int)syscall(restrict_self, ruleset, 0); }
