// The gradient of a filter over two axes, dense or with one filter per channel, with the engine's own loops, where they
// apply.
#pragma once

#include "../simd/depthwise.h"
#include "../simd/filterGradient.h"

#include "convolution.h"
#include "loops.h"

namespace lulc {

inline const simd::FilterGradientLoops& filterGradientLoops() {
  static const simd::FilterGradientLoops& best = LULC_PICK(filterGradientLoops);
  return best;
}

inline const simd::DepthwiseLoops& depthwiseLoops() {
  static const simd::DepthwiseLoops& best = LULC_PICK(depthwiseLoops);
  return best;
}

// The sum of what `work(part, sums)` adds to zeros, one part per thread.
template <typename Work>
at::Tensor sumOfParts(int64_t parts, int64_t values, const at::TensorOptions& options, Work work) {
  at::Tensor sums = at::zeros({parts, values}, options);
  float* to = sums.data_ptr<float>();
  at::parallel_for(0, parts, 1, [&](int64_t from, int64_t until) {
    for (int64_t part = from; part < until; part++) work(part, to + part * values);
  });
  return parts == 1 ? sums[0] : sums.sum(0);
}

inline int64_t partsOf(int64_t tasks) {
  return std::max<int64_t>(1, std::min<int64_t>(at::get_num_threads(), tasks));
}

inline at::Tensor denseFilterGradient(const simd::FilterGradient& shape, const at::Tensor& x, const at::Tensor& dy) {
  const auto& own = filterGradientLoops();
  const int64_t padded = own.paddedOut(shape.out);
  const int64_t taps = shape.height * shape.width;
  const int64_t rows = x.size(0) * shape.outHeight;
  const int64_t parts = partsOf(rows);
  const at::Tensor scratch = at::empty({parts, own.scratchSize(shape)}, x.options());
  const float* image = x.data_ptr<float>();
  const float* gradient = dy.data_ptr<float>();
  float* copies = scratch.data_ptr<float>();
  const int64_t copied = scratch.size(1);
  const at::Tensor total =
      sumOfParts(parts, taps * shape.in * padded, x.options(), [&](int64_t part, float* sums) {
        own.addRows(shape, image, gradient, rows * part / parts, rows * (part + 1) / parts, sums,
                    copies + part * copied);
      });
  return total.view({taps * shape.in, padded})
      .narrow(1, 0, shape.out)
      .reshape({shape.height, shape.width, shape.in, shape.out});
}

inline at::Tensor depthwiseFilterGradient(const simd::FilterGradient& shape, const at::Tensor& x,
                                          const at::Tensor& dy) {
  const int64_t batch = x.size(0);
  const int64_t parts = partsOf(batch);
  const float* image = x.data_ptr<float>();
  const float* gradient = dy.data_ptr<float>();
  const at::Tensor total =
      sumOfParts(parts, shape.height * shape.width * shape.in, x.options(), [&](int64_t part, float* sums) {
        depthwiseLoops().addImages(shape, image, gradient, batch * part / parts, batch * (part + 1) / parts, sums);
      });
  return total.view({shape.height, shape.width, shape.in, 1});
}

// Of the images and gradients of a call, NHWC; the result is HWIO, or HWC1. Undefined when the loops do not apply.
inline at::Tensor ownFilterGradient(const Call& call, const Convolution& convolution, const FilterSizes& sizes) {
  const at::Tensor& x = call.raw(0);
  const at::Tensor& dy = call.raw(1);
  const Window& window = convolution.window;
  if (!isSinglePrecision(call.settings()) || !isPlain(x) || !isPlain(dy) || convolution.channelsFirst ||
      window.rank() != 2 || !x.is_contiguous() || !dy.is_contiguous())
    return {};
  const simd::FilterGradient shape{x.size(1),          x.size(2),        sizes.in,           dy.size(1),
                                   dy.size(2),         sizes.out,        sizes.window[0],    sizes.window[1],
                                   window.stride[0],   window.stride[1], window.dilation[0], window.dilation[1],
                                   window.before[0],   window.before[1]};
  if (convolution.kind == FilterKind::dense) return denseFilterGradient(shape, x, dy);
  // oneDNN's is faster for windows of 3 pixels side by side, and five to twenty times slower for all others.
  const bool isForOneDnn = shape.height == 3 && shape.width == 3 && shape.strideY == 1 && shape.strideX == 1 &&
                           shape.dilationY == 1 && shape.dilationX == 1;
  return sizes.out == sizes.in && !isForOneDnn ? depthwiseFilterGradient(shape, x, dy) : at::Tensor();
}

}  // namespace lulc
