#include "cre2.h"

#include <re2/re2.h>

#include <cstring>
#include <new>

struct cre2_pattern {
  cre2_pattern(const re2::StringPiece &text, const RE2::Options &options) : expression(text, options) {}
  RE2 expression;
};

cre2_pattern *cre2_compile(
    const char *pattern, size_t length, int64_t max_memory, char *error, size_t error_capacity) {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(max_memory);
  auto *compiled = new (std::nothrow) cre2_pattern(re2::StringPiece(pattern, length), options);
  if (compiled == nullptr) return nullptr;
  if (compiled->expression.ok()) return compiled;
  if (error != nullptr && error_capacity > 0) {
    const std::string &reason = compiled->expression.error();
    const size_t count = reason.size() < error_capacity - 1 ? reason.size() : error_capacity - 1;
    memcpy(error, reason.data(), count);
    error[count] = 0;
  }
  delete compiled;
  return nullptr;
}

bool cre2_matches(const cre2_pattern *pattern, const char *text, size_t length) {
  const re2::StringPiece piece(text, length);
  return pattern->expression.Match(piece, 0, length, RE2::UNANCHORED, nullptr, 0);
}

int cre2_group_count(const cre2_pattern *pattern) { return pattern->expression.NumberOfCapturingGroups(); }

bool cre2_find(
    const cre2_pattern *pattern, const char *text, size_t length, size_t from, intptr_t *places, int count) {
  re2::StringPiece groups[10];
  const re2::StringPiece piece(text, length);
  if (!pattern->expression.Match(piece, from, length, RE2::UNANCHORED, groups, count)) return false;
  for (int index = 0; index < count; index++) {
    const bool matched = groups[index].data() != nullptr;
    places[2 * index] = matched ? groups[index].data() - text : -1;
    places[2 * index + 1] = matched ? places[2 * index] + (intptr_t)groups[index].size() : -1;
  }
  return true;
}

void cre2_free(cre2_pattern *pattern) { delete pattern; }
