#pragma once
#include <stdint.h>

/// How often the calling thread has taken memory from the heap since it started. Linking this target into a test program
/// replaces the C library's `malloc` and its relatives by ones that count and call the originals.
uint64_t allocation_count(void);
