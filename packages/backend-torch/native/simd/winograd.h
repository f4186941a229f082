// 3x3 convolutions of stride 1 by Winograd's minimal filtering F(4x4, 3x3) (Lavin & Gray 2016, arXiv:1509.09308): a
// quarter of the multiplications, at the price of a few more rounding errors.
#pragma once

#include <cstdint>

namespace lulc::simd {

struct Winograd {
  int64_t inHeight, inWidth, in;
  int64_t outHeight, outWidth, out;
  int64_t top, left;  // padding
  const float* bias;  // [out], or null
  float slope;  // what values below 0 are multiplied by at the end: 1 is nothing, 0 a ReLU
  // Spacing of the taps. Pixels that far apart are an image of their own, whose taps lie side by side.
  int64_t dilationY = 1, dilationX = 1;

  // Tiles of each such image.
  int64_t tilesY() const { return (outHeight + 4 * dilationY - 1) / (4 * dilationY); }
  int64_t tilesX() const { return (outWidth + 4 * dilationX - 1) / (4 * dilationX); }
  int64_t tiles() const { return dilationY * tilesY() * dilationX * tilesX(); }
};

struct WinogradLoops {
  // `out` rounded up to whole vectors: the last axis of a transformed filter [36, in, paddedOut].
  int64_t (*paddedOut)(int64_t out);
  void (*transformFilter)(const float* filter, int64_t in, int64_t out, float* transformed);
  // Floats of scratch memory for `run`.
  int64_t (*scratchSize)(const Winograd& shape);
  // Computes tiles [begin, end) of those of a batch, image by image. `residual` (or null) is added before that.
  void (*run)(const Winograd& shape, const float* x, const float* filter, const float* residual, float* y,
              int64_t begin, int64_t end, float* scratch);
};

namespace baseline {
extern const WinogradLoops winogradLoops;
}
namespace avx2 {
extern const WinogradLoops winogradLoops;
}
namespace avx512 {
extern const WinogradLoops winogradLoops;
}

}  // namespace lulc::simd
