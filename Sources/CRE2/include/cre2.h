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

/// How many capturing groups the pattern has.
int cre2_group_count(const cre2_pattern *pattern);

/// Finds the leftmost match that starts at byte `from` or later; what stands before counts as context for `^` and `\b`. `places`
/// gets the start and end of the match and of its groups, `count` pairs in all; -1 for a group that took no part. `count` is at
/// most 10 and at most one more than there are groups. Linear in the text's length.
bool cre2_find(
    const cre2_pattern *pattern, const char *text, size_t length, size_t from, intptr_t *places, int count);

void cre2_free(cre2_pattern *pattern);

#ifdef __cplusplus
}
#endif
