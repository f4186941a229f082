// Vector loops shared between the threads, for kernels that ATen would run as several passes over memory.
#pragma once

#include "../engine.h"
#include "../simd/dispatch.h"
#include "../simd/loops.h"

namespace lulc {

inline const simd::Loops& loops() {
  static const simd::Loops& best = LULC_PICK(table);
  return best;
}

// Whether the own loops can work on a tensor: single precision in host memory.
inline bool isPlain(const at::Tensor& tensor) { return tensor.is_cpu() && tensor.scalar_type() == at::kFloat; }

// Values of one task: enough that starting a thread pays.
constexpr int64_t grainSize = 32768;

inline int64_t rowGrain(int64_t channels) {
  return std::max<int64_t>(1, grainSize / std::max<int64_t>(1, channels));
}

}  // namespace lulc
