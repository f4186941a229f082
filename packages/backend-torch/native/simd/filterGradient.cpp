#include "filterGradient.h"

#include "tiles.h"

#include <algorithm>
#include <cstring>

namespace lulc::simd::LULC_ISA {
namespace {

// Rows of gradient that are worked on at a time stay in the second-level cache together with their image rows.
constexpr int64_t blockBytes = 384 * 1024;
constexpr int64_t mostRows = 256;

int64_t rowsPerBlock(const FilterGradient& s) {
  const int64_t bytes = 4 * (s.outWidth * paddedToVectors(s.out) + s.strideY * s.inWidth * s.in);
  return std::max<int64_t>(1, std::min<int64_t>(std::min(s.outHeight, mostRows), blockBytes / std::max<int64_t>(1, bytes)));
}

int64_t scratchSize(const FilterGradient& s) { return rowsPerBlock(s) * s.outWidth * paddedToVectors(s.out); }

// A run of pixels that one tap of the filter sees: the image pixel and the gradient pixel under it go on in step.
struct Run {
  const float* x;
  const float* dy;
  int64_t count;
};

// Sums of `in` input channels and `out` vectors of output channels.
template <int in, int out>
struct AddTile {
  static void run(const Run* runs, int64_t runCount, int64_t xStep, int64_t dyStep, float* sums, int64_t sumStep);
};

template <int in, int out>
void AddTile<in, out>::run(const Run* runs, int64_t runCount, int64_t xStep, int64_t dyStep, float* sums,
                           int64_t sumStep) {
  Vector tile[in][out];
  for (int i = 0; i < in; i++)
    for (int o = 0; o < out; o++) tile[i][o] = *reinterpret_cast<const Vector*>(sums + i * sumStep + o * lanes);
  for (int64_t r = 0; r < runCount; r++) {
    const float* x = runs[r].x;
    const float* dy = runs[r].dy;
    for (int64_t p = 0; p < runs[r].count; p++, x += xStep, dy += dyStep) {
      Vector g[out];
      for (int o = 0; o < out; o++) g[o] = *reinterpret_cast<const Vector*>(dy + o * lanes);
      for (int i = 0; i < in; i++) {
        const Vector v = x[i] - Vector{};
        for (int o = 0; o < out; o++) tile[i][o] += v * g[o];
      }
    }
  }
  for (int i = 0; i < in; i++)
    for (int o = 0; o < out; o++) *reinterpret_cast<Vector*>(sums + i * sumStep + o * lanes) = tile[i][o];
}

int64_t ceilDivide(int64_t a, int64_t b) { return a > 0 ? (a + b - 1) / b : -(-a / b); }

// One block of rows of one image, its gradient copied to rows of padded length.
void addBlock(const FilterGradient& s, const float* image, int64_t firstRow, int64_t rows, const float* dy,
              float* sums) {
  const int64_t padded = paddedToVectors(s.out);
  const int64_t vectors = padded / lanes;
  Run runs[mostRows];
  for (int64_t ky = 0; ky < s.height; ky++) {
    for (int64_t kx = 0; kx < s.width; kx++) {
      const int64_t shift = kx * s.dilationX - s.left;
      const int64_t from = std::max<int64_t>(0, ceilDivide(-shift, s.strideX));
      const int64_t to = std::min<int64_t>(s.outWidth, ceilDivide(s.inWidth - shift, s.strideX));
      if (from >= to) continue;
      int64_t count = 0;
      for (int64_t r = 0; r < rows; r++) {
        const int64_t y = (firstRow + r) * s.strideY + ky * s.dilationY - s.top;
        if (y < 0 || y >= s.inHeight) continue;
        runs[count++] = {image + (y * s.inWidth + from * s.strideX + shift) * s.in,
                         dy + (r * s.outWidth + from) * padded, to - from};
      }
      float* tap = sums + (ky * s.width + kx) * s.in * padded;
      for (int64_t o = 0; o < vectors; o += tileVectors) {
        const int64_t width = std::min<int64_t>(tileVectors, vectors - o);
        for (int64_t c = 0; c < s.in; c += tileRows) {
          Run shifted[mostRows];
          for (int64_t r = 0; r < count; r++) shifted[r] = {runs[r].x + c, runs[r].dy + o * lanes, runs[r].count};
          tileOf<AddTile>(std::min<int64_t>(tileRows, s.in - c), width)(shifted, count, s.strideX * s.in, padded,
                                                              tap + c * padded + o * lanes, padded);
        }
      }
    }
  }
}

void addRows(const FilterGradient& s, const float* x, const float* dy, int64_t begin, int64_t end, float* sums,
             float* scratch) {
  const int64_t padded = paddedToVectors(s.out);
  const int64_t block = rowsPerBlock(s);
  for (int64_t row = begin; row < end;) {
    const int64_t sample = row / s.outHeight;
    const int64_t first = row % s.outHeight;
    const int64_t rows = std::min({block, end - row, s.outHeight - first});
    const float* from = dy + row * s.outWidth * s.out;
    for (int64_t p = 0; p < rows * s.outWidth; p++) {
      std::memcpy(scratch + p * padded, from + p * s.out, s.out * sizeof(float));
      std::fill(scratch + p * padded + s.out, scratch + (p + 1) * padded, 0.0f);
    }
    addBlock(s, x + sample * s.inHeight * s.inWidth * s.in, first, rows, scratch, sums);
    row += rows;
  }
}

}  // namespace

const FilterGradientLoops filterGradientLoops = {paddedToVectors, scratchSize, addRows};

}  // namespace lulc::simd::LULC_ISA
