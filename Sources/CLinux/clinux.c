#define _GNU_SOURCE
#include "clinux.h"

#include <string.h>

const void *clinux_memmem(const void *haystack, size_t haystack_length, const void *needle, size_t needle_length) {
  return memmem(haystack, haystack_length, needle, needle_length);
}
