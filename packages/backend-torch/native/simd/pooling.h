// Loops of pools over channels-last images, compiled once per instruction set. Two axes are three of which the first has
// one element. No ATen in here: work is split between threads by the callers.
#pragma once

#include <cstdint>

namespace lulc::simd {

struct PoolShape {
  int64_t in[3], out[3], size[3], stride[3], dilation[3], before[3], channels;

  int64_t inPixels() const { return in[0] * in[1] * in[2]; }
  int64_t outPixels() const { return out[0] * out[1] * out[2]; }
  int64_t strips() const { return (channels + stripWidth - 1) / stripWidth; }
  static constexpr int64_t stripWidth = 64;
};

// Which of several largest elements gets the gradient.
enum class Tie { first, last };

struct Pooling {
  // Pixels [begin, end) of the results of all images. Not-a-number is never the largest.
  void (*maximum)(const PoolShape& shape, const float* x, float* y, int64_t begin, int64_t end);
  void (*integerMaximum)(const PoolShape& shape, const int32_t* x, int32_t* y, int64_t begin, int64_t end);
  // The mean of what lies inside the image, `nothing` where nothing does.
  void (*average)(const PoolShape& shape, const float* x, float nothing, float* y, int64_t begin, int64_t end);
  // Places of the largest elements in their image, or in all of the images; -1 where there is none.
  void (*positions)(const PoolShape& shape, const float* x, bool acrossImages, int32_t* y, int64_t begin, int64_t end);
  // Adds gradients to dx for the tasks [begin, end); a task is a strip of channels of one image.
  void (*maximumGradient)(const PoolShape& shape, const float* x, const float* dy, Tie tie, float* dx, int64_t begin,
                          int64_t end);
  void (*averageGradient)(const PoolShape& shape, const float* dy, float* dx, int64_t begin, int64_t end);
};

namespace baseline {
extern const Pooling pooling;
}
namespace avx2 {
extern const Pooling pooling;
}
namespace avx512 {
extern const Pooling pooling;
}

}  // namespace lulc::simd
