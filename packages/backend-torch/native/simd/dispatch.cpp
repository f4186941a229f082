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
  const char* wanted = std::getenv("LULC_TORCH_ISA");
  for (const Isa isa : {Isa::baseline, Isa::avx2})
    if (wanted != nullptr && std::strcmp(wanted, nameOf(isa)) == 0) return isa;
  return Isa::avx512;
}

}  // namespace

Isa bestIsa() {
  static const Isa isa = std::min(processorIsa(), allowedIsa());
  return isa;
}

const char* nameOf(Isa isa) {
  static constexpr const char* names[] = {"baseline", "avx2", "avx512"};
  return names[static_cast<int>(isa)];
}

}  // namespace lulc::simd
