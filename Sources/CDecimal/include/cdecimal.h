#pragma once
// Numbers as decimal text, from the C++ standard library, which takes nothing from the heap for it.
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Writes the shortest digits that read back as `number`, a finite one, as `d.ddde+xx` (`std::to_chars`, C++17).
/// Returns how many bytes were written: at most 24. `capacity` must be at least that.
size_t cdecimal_shortest(double number, char *text, size_t capacity);

#ifdef __cplusplus
}
#endif
