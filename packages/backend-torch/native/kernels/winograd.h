// 3x3 convolutions of stride 1 with the engine's own loops, where that is faster.
#pragma once

#include "../simd/winograd.h"

#include "activation.h"
#include "convolution.h"
#include "loops.h"

namespace lulc {

inline const simd::WinogradLoops& winogradLoops() {
  static const simd::WinogradLoops& best = LULC_PICK(winogradLoops);
  return best;
}

// Whether a convolution to `out` channels of `outputs` pixels is one that Winograd's filtering makes faster. With fewer
// pixels the transformed filter, four times as large as the filter, is read for too little.
inline bool isForWinograd(const Call& call, const Convolution& convolution, const FilterSizes& sizes,
                          int64_t outputs) {
  const Window& window = convolution.window;
  if (!call.settings().winograd || !isSinglePrecision(call.settings()) || convolution.kind != FilterKind::dense || convolution.channelsFirst ||
      window.rank() != 2)
    return false;
  for (int64_t axis = 0; axis < 2; axis++)
    if (sizes.window[axis] != 3 || window.stride[axis] != 1 || window.dilation[axis] != 1 ||
        window.before[axis] < 0 || window.before[axis] > 2)
      return false;
  return sizes.in >= 32 && sizes.out >= 32 && outputs >= 512;
}

inline at::Tensor transformedFilter(const at::Tensor& filter) {
  const auto& own = winogradLoops();
  const int64_t in = filter.size(2), out = filter.size(3);
  at::Tensor transformed = at::empty({36, in, own.paddedOut(out)}, filter.options());
  own.transformFilter(filter.data_ptr<float>(), in, out, transformed.data_ptr<float>());
  return transformed;
}

// y = convolution of NHWC `x` (+ bias) (+ residual) (then a ReLU), for a filter that was transformed.
inline at::Tensor runWinograd(const at::Tensor& x, const at::Tensor& transformed, const at::Tensor& bias,
                              const at::Tensor& residual, bool relu, std::array<int64_t, 2> outSize, int64_t out,
                              std::array<int64_t, 2> before) {
  const auto& own = winogradLoops();
  const simd::Winograd shape{x.size(1), x.size(2), x.size(3), outSize[0], outSize[1],
                             out,       before[0], before[1], bias.defined() ? bias.data_ptr<float>() : nullptr,
                             relu};
  at::Tensor y = at::empty({x.size(0), outSize[0], outSize[1], out}, x.options());
  const int64_t tiles = x.size(0) * shape.tilesY() * shape.tilesX();
  const int64_t parts = std::max<int64_t>(1, std::min<int64_t>(at::get_num_threads(), tiles));
  const at::Tensor scratch = at::empty({parts, own.scratchSize(shape)}, x.options());
  const float* from = x.data_ptr<float>();
  const float* filter = transformed.data_ptr<float>();
  const float* added = residual.defined() ? residual.data_ptr<float>() : nullptr;
  float* to = y.data_ptr<float>();
  float* memory = scratch.data_ptr<float>();
  at::parallel_for(0, parts, 1, [&](int64_t begin, int64_t end) {
    for (int64_t part = begin; part < end; part++)
      own.run(shape, from, filter, added, to, tiles * part / parts, tiles * (part + 1) / parts,
              memory + part * scratch.size(1));
  });
  return y;
}

// The input gradient is a convolution with the filter turned by half a turn, its channels swapped.
inline at::Tensor turnedFilter(const at::Tensor& filter) {
  return transformedFilter(filter.flip({0, 1}).transpose(2, 3).contiguous());
}

}  // namespace lulc
