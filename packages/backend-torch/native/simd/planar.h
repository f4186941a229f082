// Convolutions over two axes with few channels, and their gradients. Vectors of channels would be mostly empty, so a vector
// holds pixels of a row: rows of images are split into planes, one per channel, and results are put together again.
#pragma once

#include <cstdint>

namespace lulc::simd {

struct Planar {
  int64_t inHeight, inWidth, in;     // image
  int64_t outHeight, outWidth, out;  // result
  int64_t height, width;             // filter
  int64_t strideY, strideX;
  int64_t top, left;  // padding

  int64_t taps() const { return height * width; }
  int64_t filterSize() const { return taps() * in * out; }
};

// What follows the sums: + bias (or null) by channel, then values below 0 times `slope`.
struct PlanarFinish {
  const float* bias;
  float slope;
};

struct PlanarLoops {
  // Pixels of a vector: narrower results leave it partly empty.
  int64_t lanes;
  // A filter [height, width, in, out] as `forward` and `inputGradient` read it.
  void (*pack)(const Planar& shape, const float* filter, float* packed);
  void (*packTurned)(const Planar& shape, const float* filter, float* packed);
  // Floats of scratch memory.
  int64_t (*forwardScratch)(const Planar& shape);
  int64_t (*inputGradientScratch)(const Planar& shape);
  int64_t (*filterGradientScratch)(const Planar& shape);
  // Rows [begin, end) of batch x outHeight of the result.
  void (*forward)(const Planar& shape, const float* x, const float* packed, const PlanarFinish& finish, float* y,
                  int64_t begin, int64_t end, float* scratch);
  // Rows [begin, end) of batch x inHeight of the gradient of the image.
  void (*inputGradient)(const Planar& shape, const float* dy, const float* packed, float* dx, int64_t begin,
                        int64_t end, float* scratch);
  // Adds what rows [begin, end) of batch x outHeight give to the gradient [height, width, in, out] of the filter.
  void (*addRows)(const Planar& shape, const float* x, const float* dy, int64_t begin, int64_t end, float* sums,
                  float* scratch);
};

namespace baseline {
extern const PlanarLoops planarLoops;
}
namespace avx2 {
extern const PlanarLoops planarLoops;
}
namespace avx512 {
extern const PlanarLoops planarLoops;
}

}  // namespace lulc::simd
