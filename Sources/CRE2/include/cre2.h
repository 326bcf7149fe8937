#pragma once
// RE2 behind C functions: see `CEL/Library`, the only place that uses them.
