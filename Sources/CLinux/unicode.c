// What the Swift library asks about Unicode when it compares, hashes and walks strings, answered for bytes.
//
// Strings here are names, paths and keys: equal when their bytes are, as everywhere in Unix. The library's own answers
// (canonical equivalence, grapheme clusters) cost 50 KB of tables and would make two files with different names one.
// The tables for upper and lower case are the library's.
#include "CLinux.h"
#include <stdbool.h>
#ifdef REEVE_MUSL

/// "Needs no normalisation", for every scalar.
uint16_t _swift_stdlib_getNormData(uint32_t scalar);
uint16_t _swift_stdlib_getNormData(uint32_t scalar) {
    (void)scalar;
    return 0;
}

uint32_t _swift_stdlib_getDecompositionEntry(uint32_t scalar);
uint32_t _swift_stdlib_getDecompositionEntry(uint32_t scalar) {
    (void)scalar;
    return 0;
}

uint32_t _swift_stdlib_getComposition(uint32_t first, uint32_t second);
uint32_t _swift_stdlib_getComposition(uint32_t first, uint32_t second) {
    (void)first;
    (void)second;
    return UINT32_MAX;
}

static const uint8_t no_decompositions[4] = {0};
extern const uint8_t *const _swift_stdlib_nfd_decompositions;
const uint8_t *const _swift_stdlib_nfd_decompositions = no_decompositions;

/// "Breaks before and after", for every scalar: a character is a scalar.
uint8_t _swift_stdlib_getGraphemeBreakProperty(uint32_t scalar);
uint8_t _swift_stdlib_getGraphemeBreakProperty(uint32_t scalar) {
    (void)scalar;
    return 0xff;
}

bool _swift_stdlib_isInCB_Consonant(uint32_t scalar);
bool _swift_stdlib_isInCB_Consonant(uint32_t scalar) {
    (void)scalar;
    return false;
}

bool _swift_stdlib_isExtendedPictographic(uint32_t scalar);
bool _swift_stdlib_isExtendedPictographic(uint32_t scalar) {
    (void)scalar;
    return false;
}

#endif
