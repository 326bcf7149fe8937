#include "cdecimal.h"

#include <charconv>

size_t cdecimal_shortest(double number, char *text, size_t capacity) {
  const auto written = std::to_chars(text, text + capacity, number, std::chars_format::scientific);
  return written.ec == std::errc() ? static_cast<size_t>(written.ptr - text) : 0;
}
