// Convolutions with few channels, and their gradients, with the engine's own loops, where those are faster.
#pragma once

#include "../simd/planar.h"

#include "activation.h"
#include "convolution.h"
#include "filterGradient.h"
#include "loops.h"

namespace lulc {

inline const simd::PlanarLoops& planarLoops() {
  static const simd::PlanarLoops& best = LULC_PICK(planarLoops);
  return best;
}

// A convolution as the loops see it. Null where they could not compute it at all.
inline c10::optional<simd::Planar> planarOf(const Call& call, const Convolution& convolution, const FilterSizes& sizes,
                                            at::IntArrayRef in) {
  const Window& window = convolution.window;
  if (!isSinglePrecision(call.settings()) || convolution.kind != FilterKind::dense || convolution.channelsFirst ||
      window.rank() != 2)
    return {};
  for (int64_t axis = 0; axis < 2; axis++)
    if (sizes.window[axis] > 4 || window.stride[axis] > 2 || window.dilation[axis] != 1 || window.before[axis] < 0 ||
        window.before[axis] > 4 || window.out[axis] < 1 || in[axis] < 1)
      return {};
  if (sizes.in < 1 || sizes.out < 1 || sizes.window[0] < 1 || sizes.window[1] < 1) return {};
  return simd::Planar{in[0],           in[1],           sizes.in,         window.out[0],    window.out[1],
                      sizes.out,       sizes.window[0], sizes.window[1],  window.stride[0], window.stride[1],
                      window.before[0], window.before[1]};
}

// Whether rows of `width` results fill vectors of pixels.
inline bool fillsVectors(int64_t width) {
  const int64_t lanes = planarLoops().lanes;
  return 4 * width >= 3 * ((width + lanes - 1) / lanes * lanes);
}

// Whether `channels` leave vectors of channels mostly empty; of many channels, only the last vector is.
inline bool isNarrow(int64_t channels) {
  const int64_t lanes = planarLoops().lanes;
  return channels < 2 * lanes && 4 * channels <= 3 * ((channels + lanes - 1) / lanes * lanes);
}

// Whether the products are worth splitting rows into planes.
inline bool isWorthPlanes(const simd::Planar& shape) {
  return shape.taps() != 4;
}

inline bool isFasterByPlanes(const simd::Planar& shape) {
  return isNarrow(shape.out) && fillsVectors(shape.outWidth) && isWorthPlanes(shape);
}

inline bool isInputGradientFasterByPlanes(const simd::Planar& shape) {
  return isNarrow(shape.in) && fillsVectors(shape.inWidth / shape.strideX) && isWorthPlanes(shape);
}

inline bool isFilterGradientFasterByPlanes(const simd::Planar& shape) {
  return isNarrow(shape.out) && fillsVectors(shape.outWidth) && isWorthPlanes(shape);
}

// work(begin, end, scratch) for parts of the rows of a batch.
template <typename Work>
void overRows(int64_t rows, int64_t scratchSize, const at::TensorOptions& options, Work work) {
  const int64_t parts = partsOf(rows);
  const at::Tensor scratch = at::empty({parts, scratchSize}, options);
  float* memory = scratch.data_ptr<float>();
  at::parallel_for(0, parts, 1, [&](int64_t begin, int64_t end) {
    for (int64_t part = begin; part < end; part++)
      work(rows * part / parts, rows * (part + 1) / parts, memory + part * scratchSize);
  });
}

// A filter as the loops read it.
inline at::Tensor packed(const simd::Planar& shape, const at::Tensor& filter, bool turned) {
  at::Tensor result = at::empty({shape.filterSize()}, filter.options());
  (turned ? planarLoops().packTurned : planarLoops().pack)(shape, filter.data_ptr<float>(), result.data_ptr<float>());
  return result;
}

// `slope` is what values below 0 are multiplied by at the end.
inline at::Tensor planarForward(const simd::Planar& shape, const at::Tensor& x, const at::Tensor& filter,
                                const at::Tensor& bias, float slope) {
  const auto& own = planarLoops();
  at::Tensor y = at::empty({x.size(0), shape.outHeight, shape.outWidth, shape.out}, x.options());
  const at::Tensor weights = packed(shape, filter, false);
  const simd::PlanarFinish finish{bias.defined() ? bias.data_ptr<float>() : nullptr, slope};
  const float *from = x.data_ptr<float>(), *w = weights.data_ptr<float>();
  float* to = y.data_ptr<float>();
  overRows(x.size(0) * shape.outHeight, own.forwardScratch(shape), x.options(),
           [&](int64_t begin, int64_t end, float* scratch) {
             own.forward(shape, from, w, finish, to, begin, end, scratch);
           });
  return y;
}

inline at::Tensor planarInputGradient(const simd::Planar& shape, const at::Tensor& dy, const at::Tensor& filter) {
  const auto& own = planarLoops();
  at::Tensor dx = at::empty({dy.size(0), shape.inHeight, shape.inWidth, shape.in}, dy.options());
  const at::Tensor weights = packed(shape, filter, true);
  const float *from = dy.data_ptr<float>(), *w = weights.data_ptr<float>();
  float* to = dx.data_ptr<float>();
  overRows(dy.size(0) * shape.inHeight, own.inputGradientScratch(shape), dy.options(),
           [&](int64_t begin, int64_t end, float* scratch) {
             own.inputGradient(shape, from, w, to, begin, end, scratch);
           });
  return dx;
}

inline at::Tensor planarFilterGradient(const simd::Planar& shape, const at::Tensor& x, const at::Tensor& dy) {
  const auto& own = planarLoops();
  const int64_t rows = x.size(0) * shape.outHeight;
  const int64_t parts = partsOf(rows), scratchSize = own.filterGradientScratch(shape);
  const at::Tensor scratch = at::empty({parts, scratchSize}, x.options());
  float* memory = scratch.data_ptr<float>();
  const float *image = x.data_ptr<float>(), *gradient = dy.data_ptr<float>();
  const at::Tensor sums = sumOfParts(parts, shape.filterSize(), x.options(), [&](int64_t part, float* to) {
    own.addRows(shape, image, gradient, rows * part / parts, rows * (part + 1) / parts, to,
                memory + part * scratchSize);
  });
  return sums.view({shape.height, shape.width, shape.in, shape.out});
}

}  // namespace lulc
