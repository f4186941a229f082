// The gradient of a convolution's filter, straight from NHWC to HWIO: no re-layout of images, gradients or result.
// oneDNN's is as fast only where channels are multiples of its blocks.
#pragma once

#include <cstdint>

namespace lulc::simd {

struct FilterGradient {
  int64_t inHeight, inWidth, in;     // image
  int64_t outHeight, outWidth, out;  // gradient of the result
  int64_t height, width;             // filter
  int64_t strideY, strideX, dilationY, dilationX;
  int64_t top, left;  // padding
};

struct FilterGradientLoops {
  // Channels of the result as the sums are kept: `out` rounded up to whole vectors.
  int64_t (*paddedOut)(int64_t out);
  // Floats of scratch memory for `addRows`.
  int64_t (*scratchSize)(const FilterGradient& shape);
  // Adds what rows [begin, end) of batch x outHeight give to sums [height, width, in, paddedOut].
  void (*addRows)(const FilterGradient& shape, const float* x, const float* dy, int64_t begin, int64_t end,
                  float* sums, float* scratch);
};

namespace baseline {
extern const FilterGradientLoops filterGradientLoops;
}
namespace avx2 {
extern const FilterGradientLoops filterGradientLoops;
}
namespace avx512 {
extern const FilterGradientLoops filterGradientLoops;
}

}  // namespace lulc::simd
