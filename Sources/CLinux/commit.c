// The commit of the sources. scripts/release writes it into the finished executable: a new commit by itself compiles nothing.
#include "CLinux.h"

__attribute__((section(".reeve.commit"))) const char linux_commit_text[64] = "unknown";

const char *linux_commit(void) { return linux_commit_text; }
