// Bilinear resizing of channels-last images and its gradient, one axis after the other. No ATen in here: work is split
// between threads by the callers.
#pragma once

#include <cstdint>

namespace lulc::simd {

// Where the elements of a resized axis come from: `low` and, as far as `share` says, `high`.
struct ResizedAxis {
  int64_t in, out;
  const int64_t* low;
  const int64_t* high;
  const float* share;
};

struct BilinearResize {
  ResizedAxis rows, columns;
  int64_t channels;

  int64_t strips() const { return (channels + stripWidth - 1) / stripWidth; }
  static constexpr int64_t stripWidth = 64;
};

struct ResizeLoops {
  // Floats of scratch memory for each of the two.
  int64_t (*scratchSize)(const BilinearResize& shape);
  // Rows [begin, end) of those of all results.
  void (*bilinear)(const BilinearResize& shape, const float* x, float* y, int64_t begin, int64_t end, float* scratch);
  // Adds gradients to dx for the tasks [begin, end); a task is a strip of channels of one image.
  void (*bilinearGradient)(const BilinearResize& shape, const float* dy, float* dx, int64_t begin, int64_t end,
                           float* scratch);
};

namespace baseline {
extern const ResizeLoops resizeLoops;
}
namespace avx2 {
extern const ResizeLoops resizeLoops;
}
namespace avx512 {
extern const ResizeLoops resizeLoops;
}

}  // namespace lulc::simd
