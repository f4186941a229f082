// The gradient of a dense filter over two axes with the engine's own loops, where they apply.
#pragma once

#include "../simd/filterGradient.h"

#include "convolution.h"
#include "loops.h"

namespace lulc {

inline const simd::FilterGradientLoops& filterGradientLoops() {
  static const simd::FilterGradientLoops& best = LULC_PICK(filterGradientLoops);
  return best;
}

// Of the images and gradients of a call, NHWC; the result is HWIO. Undefined when the loops do not apply.
inline at::Tensor ownFilterGradient(const Call& call, const Convolution& convolution, const FilterSizes& sizes) {
  const at::Tensor& x = call.raw(0);
  const at::Tensor& dy = call.raw(1);
  const Window& window = convolution.window;
  if (!isSinglePrecision(call.settings()) || !isPlain(x) || !isPlain(dy) || convolution.kind != FilterKind::dense || convolution.channelsFirst ||
      window.rank() != 2 || !x.is_contiguous() || !dy.is_contiguous())
    return {};
  const simd::FilterGradient shape{x.size(1),          x.size(2),        sizes.in,           dy.size(1),
                                   dy.size(2),         sizes.out,        sizes.window[0],    sizes.window[1],
                                   window.stride[0],   window.stride[1], window.dilation[0], window.dilation[1],
                                   window.before[0],   window.before[1]};
  const auto& own = filterGradientLoops();
  const int64_t padded = own.paddedOut(shape.out);
  const int64_t taps = shape.height * shape.width;
  const int64_t rows = x.size(0) * shape.outHeight;
  const int64_t parts = std::max<int64_t>(1, std::min<int64_t>(at::get_num_threads(), rows));
  at::Tensor sums = at::zeros({parts, taps * shape.in, padded}, x.options());
  const at::Tensor scratch = at::empty({parts, own.scratchSize(shape)}, x.options());
  const float* image = x.data_ptr<float>();
  const float* gradient = dy.data_ptr<float>();
  float* to = sums.data_ptr<float>();
  float* copies = scratch.data_ptr<float>();
  at::parallel_for(0, parts, 1, [&](int64_t from, int64_t until) {
    for (int64_t part = from; part < until; part++)
      own.addRows(shape, image, gradient, rows * part / parts, rows * (part + 1) / parts,
                  to + part * taps * shape.in * padded, copies + part * scratch.size(1));
  });
  const at::Tensor total = parts == 1 ? sums[0] : sums.sum(0);
  return total.narrow(1, 0, shape.out).reshape({shape.height, shape.width, shape.in, shape.out});
}

}  // namespace lulc
