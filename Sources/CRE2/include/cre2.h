#pragma once
// RE2 behind C functions: see `CEL/Library/Regex.swift`, the only place that uses them.
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A compiled pattern. Matching does not change it as far as a caller can see, and any number of threads may match at once.
typedef struct cre2_pattern cre2_pattern;

/// Compiles a pattern of RE2's syntax: UTF-8, case-sensitive, one line, as CEL's `matches` defines it. `max_memory` bounds
/// the bytes that the program and its automaton caches may take. Null when the pattern is not valid or too large; then
/// `error` (when not null) holds the reason, cut at `error_capacity` - 1 bytes and ended with a zero.
cre2_pattern *cre2_compile(
    const char *pattern, size_t length, int64_t max_memory, char *error, size_t error_capacity);

/// Whether the pattern matches anywhere in the text. Linear in the text's length.
bool cre2_matches(const cre2_pattern *pattern, const char *text, size_t length);

void cre2_free(cre2_pattern *pattern);

#ifdef __cplusplus
}
#endif
