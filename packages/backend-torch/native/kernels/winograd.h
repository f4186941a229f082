// 3x3 convolutions of stride 1, dilated or not, with the engine's own loops, where that is faster.
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

// Taps of all windows on one axis that lie inside the image.
inline int64_t tapsInside(const Window& window, int64_t axis, int64_t in) {
  int64_t taps = 0;
  for (int64_t tap = 0; tap < 3; tap++) {
    const int64_t shift = tap * window.dilation[axis] - window.before[axis];
    taps += std::max<int64_t>(0, std::min(window.out[axis], in - shift) - std::max<int64_t>(0, -shift));
  }
  return taps;
}

// Whether a dilation leaves images that are large enough: tiles that they do not fill are multiplied for nothing, and taps
// that only see padding would not be multiplied otherwise. The transforms cost about as much as half of the products.
inline bool fillsTiles(const Window& window, at::IntArrayRef in) {
  if (window.dilation[0] == 1 && window.dilation[1] == 1) return true;
  // As large as the image, and no product of them overflows.
  for (int64_t axis = 0; axis < 2; axis++)
    if (window.dilation[axis] > window.out[axis]) return false;
  const simd::Winograd shape{in[0], in[1], 0,       window.out[0],      window.out[1],     0, 0,
                             0,     nullptr, 1,     window.dilation[0], window.dilation[1]};
  return 36 * shape.tiles() * 3 / 2 < tapsInside(window, 0, in[0]) * tapsInside(window, 1, in[1]);
}

// Whether a convolution of images of size `in` is one that Winograd's filtering makes faster; `outputs` are the pixels of
// its result. With few of them the transformed filter, four times as large as the filter, is read for too little.
inline bool isForWinograd(const Call& call, const Convolution& convolution, const FilterSizes& sizes,
                          at::IntArrayRef in, int64_t outputs) {
  const Window& window = convolution.window;
  if (!call.settings().winograd || !isSinglePrecision(call.settings()) || convolution.kind != FilterKind::dense || convolution.channelsFirst ||
      window.rank() != 2)
    return false;
  for (int64_t axis = 0; axis < 2; axis++)
    if (sizes.window[axis] != 3 || window.stride[axis] != 1 || window.before[axis] < 0 ||
        window.before[axis] > 2 * window.dilation[axis])
      return false;
  return sizes.in >= 32 && sizes.out >= 32 && outputs >= 512 && fillsTiles(window, in);
}

inline at::Tensor transformedFilter(const at::Tensor& filter) {
  const auto& own = winogradLoops();
  const int64_t in = filter.size(2), out = filter.size(3);
  at::Tensor transformed = at::empty({36, in, own.paddedOut(out)}, filter.options());
  own.transformFilter(filter.data_ptr<float>(), in, out, transformed.data_ptr<float>());
  return transformed;
}

// y = convolution of NHWC `x` (+ bias) (+ residual), then what is below 0 times `slope`, for a filter that was transformed.
inline at::Tensor runWinograd(const at::Tensor& x, const at::Tensor& transformed, const at::Tensor& bias,
                              const at::Tensor& residual, float slope, std::array<int64_t, 2> outSize, int64_t out,
                              std::array<int64_t, 2> before, const std::vector<int64_t>& dilation) {
  const auto& own = winogradLoops();
  const simd::Winograd shape{x.size(1), x.size(2), x.size(3), outSize[0], outSize[1],
                             out,       before[0], before[1], bias.defined() ? bias.data_ptr<float>() : nullptr,
                             slope,     dilation[0], dilation[1]};
  at::Tensor y = at::empty({x.size(0), outSize[0], outSize[1], out}, x.options());
  const int64_t tiles = x.size(0) * shape.tiles();
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
