#pragma once
// System interfaces that Swift cannot import as they stand: GNU functions, macros, variadic functions, unions.
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/socket.h>

/// `memmem(3)`: the first place of `needle` in `haystack`, or null. Linear in the sum of both lengths.
const void *clinux_memmem(const void *haystack, size_t haystack_length, const void *needle, size_t needle_length);
