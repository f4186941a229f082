// The gradient of a depthwise filter with one filter per channel, straight from NHWC to HWC1. oneDNN has a fast one for
// windows of 3 pixels only.
#pragma once

#include "filterGradient.h"

namespace lulc::simd {

struct DepthwiseLoops {
  // Adds what images [begin, end) give to sums [height, width, in]; `out` of the shape equals `in`.
  void (*addImages)(const FilterGradient& shape, const float* x, const float* dy, int64_t begin, int64_t end,
                    float* sums);
};

namespace baseline {
extern const DepthwiseLoops depthwiseLoops;
}
namespace avx2 {
extern const DepthwiseLoops depthwiseLoops;
}
namespace avx512 {
extern const DepthwiseLoops depthwiseLoops;
}

}  // namespace lulc::simd
