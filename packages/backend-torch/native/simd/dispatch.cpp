#include "dispatch.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace lulc::simd {

namespace {

Isa processorIsa() {
#if defined(__x86_64__) && defined(__GNUC__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512vl"))
    return Isa::avx512;
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? Isa::avx2 : Isa::baseline;
#else
  return Isa::baseline;
#endif
}

// The environment's LULC_TORCH_ISA; the best where it names none.
Isa allowedIsa() {
  const char* name = std::getenv("LULC_TORCH_ISA");
  if (name != nullptr && std::strcmp(name, "baseline") == 0) return Isa::baseline;
  if (name != nullptr && std::strcmp(name, "avx2") == 0) return Isa::avx2;
  return Isa::avx512;
}

}  // namespace

Isa bestIsa() {
  static const Isa isa = std::min(processorIsa(), allowedIsa());
  return isa;
}

}  // namespace lulc::simd
