// The backups of a log: files named `log.1`, `log.2` and so on beside it. System calls only, as in trusted_file.c.
#define _GNU_SOURCE
#include "trusted.h"

enum {
    probed_backups = 64,  // each number is tried; for more the folder is listed
    listed_backups = 4096,
};

static int rename_at(int folder, const char *from, const char *to) {
    return (int)RAW(SYS_renameat, folder, (long)from, folder, (long)to, 0);
}

/// `name.number`; false when it is too long for a file's name.
static bool backup_name(const char *name, unsigned number, char backup[longest_name + 1]) {
    char digits[10];
    size_t count = 0;
    do digits[count++] = (char)('0' + number % 10);
    while ((number /= 10) != 0);
    const size_t length = length_of(name);
    if (length + 1 + count > longest_name) return false;
    __builtin_memcpy(backup, name, length);
    backup[length] = '.';
    for (size_t i = 0; i < count; i++) backup[length + 1 + i] = digits[count - 1 - i];
    backup[length + 1 + count] = 0;
    return true;
}

static int put_one_aside(const place *place, unsigned number) {
    char from[longest_name + 1], to[longest_name + 1];
    if (!backup_name(place->name, number + 1, to)) return -ENAMETOOLONG;
    if (number == 0) return rename_at(place->folder, place->name, to);
    if (!backup_name(place->name, number, from)) return -ENAMETOOLONG;
    const int error = rename_at(place->folder, from, to);
    return error == -ENOENT ? 0 : error;  // numbers may be missing
}

/// The number of a backup of `name`, 1 and more; 0 for another file.
static unsigned backup_number(const char *file, const char *name) {
    while (*name && *file == *name) file++, name++;
    if (*name || file[0] != '.' || file[1] < '1') return 0;
    unsigned number = 0;
    int digits = 0;
    for (file++; *file; file++) {
        if (*file < '0' || *file > '9' || ++digits > 9) return 0;
        number = number * 10 + (unsigned)(*file - '0');
    }
    return number;
}

/// The numbers below `backups` of files in the folder, highest first; how many, or a negative errno.
static int list_backups(const place *place, unsigned backups, unsigned numbers[listed_backups]) {
    const int listing = open_at(place->folder, ".", O_RDONLY | O_DIRECTORY, 0);
    if (listing < 0) return listing;
    char buffer[4096] __attribute__((aligned(8)));
    int count = 0;
    long got;
    while ((got = RAW(SYS_getdents64, listing, (long)buffer, sizeof buffer, 0, 0)) > 0) {
        for (long at = 0; at < got;) {
            // struct linux_dirent64: ino 8, off 8, reclen 2, type 1, name.
            unsigned short length;
            __builtin_memcpy(&length, buffer + at + 16, sizeof length);
            const unsigned number = backup_number(buffer + at + 19, place->name);
            at += length;
            if (number == 0 || number >= backups) continue;
            // Sorted; if there are too many, the lowest are kept.
            int index = count;
            while (index > 0 && numbers[index - 1] < number) index--;
            if (count == listed_backups) {
                if (index == 0) continue;
                for (int i = 0; i + 1 < index; i++) numbers[i] = numbers[i + 1];
                numbers[index - 1] = number;
                continue;
            }
            for (int i = count; i > index; i--) numbers[i] = numbers[i - 1];
            numbers[index] = number;
            count++;
        }
    }
    close_raw(listing);
    return got < 0 ? (int)got : count;
}

int trusted_put_aside(const place *place, int backups) {
    int error = 0;
    if (backups <= probed_backups) {
        for (int number = backups - 1; number > 0 && error == 0; number--) error = put_one_aside(place, (unsigned)number);
    } else {
        unsigned numbers[listed_backups];
        const int count = list_backups(place, (unsigned)backups, numbers);
        if (count < 0) error = count;
        for (int i = 0; i < count && error == 0; i++) error = put_one_aside(place, numbers[i]);
    }
    return error != 0 ? error : put_one_aside(place, 0);
}
