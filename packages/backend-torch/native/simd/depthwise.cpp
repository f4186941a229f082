#include "depthwise.h"

#include "tiles.h"

#include <algorithm>

namespace lulc::simd::LULC_ISA {
namespace {

// Rows of gradient that all taps go over while they stay in the second-level cache.
constexpr int64_t blockBytes = 192 * 1024;

struct Range {
  int64_t begin, end;
};

// Windows [0, out) whose tap `offset` pixels from their start lies inside [0, in).
Range windowsInside(int64_t offset, int64_t stride, int64_t in, int64_t out) {
  const int64_t first = offset >= 0 ? 0 : (-offset + stride - 1) / stride;
  const int64_t last = offset >= in ? 0 : (in - 1 - offset) / stride + 1;
  return {std::min(first, out), std::max(std::min(first, out), std::min(last, out))};
}

// What one tap sees: image and gradient at its first pixel, floats from pixel to pixel and from row to row.
struct Seen {
  const float* x;
  const float* dy;
  int64_t rows, columns;
  int64_t xStep, xRow, dyStep, dyRow;
};

// Several independent chains of sums hide the latency of an addition where there is a single vector of channels.
template <int vectors>
void addTap(const Seen& seen, float* sums) {
  constexpr int chains = vectors >= 4 ? 1 : 4 / vectors;
  Vector total[chains][vectors] = {};
  for (int64_t row = 0; row < seen.rows; row++) {
    const float* x = seen.x + row * seen.xRow;
    const float* dy = seen.dy + row * seen.dyRow;
    int64_t column = 0;
    for (; column + chains <= seen.columns; column += chains)
      for (int chain = 0; chain < chains; chain++, x += seen.xStep, dy += seen.dyStep)
        for (int v = 0; v < vectors; v++)
          total[chain][v] += *reinterpret_cast<const Vector*>(x + v * lanes) *
                             *reinterpret_cast<const Vector*>(dy + v * lanes);
    for (; column < seen.columns; column++, x += seen.xStep, dy += seen.dyStep)
      for (int v = 0; v < vectors; v++)
        total[0][v] += *reinterpret_cast<const Vector*>(x + v * lanes) *
                       *reinterpret_cast<const Vector*>(dy + v * lanes);
  }
  for (int chain = 1; chain < chains; chain++)
    for (int v = 0; v < vectors; v++) total[0][v] += total[chain][v];
  for (int v = 0; v < vectors; v++) *reinterpret_cast<Vector*>(sums + v * lanes) += total[0][v];
}

void addTapOfOneChannel(const Seen& seen, float* sums) {
  float total = 0;
  for (int64_t row = 0; row < seen.rows; row++)
    for (int64_t column = 0; column < seen.columns; column++)
      total += seen.x[row * seen.xRow + column * seen.xStep] * seen.dy[row * seen.dyRow + column * seen.dyStep];
  *sums += total;
}

struct Strip {
  void (*add)(const Seen& seen, float* sums);
  int64_t channels;
};

// How to go on with so many channels left.
Strip stripFor(int64_t left) {
  if (left >= 4 * lanes) return {addTap<4>, 4 * lanes};
  if (left >= 2 * lanes) return {addTap<2>, 2 * lanes};
  if (left >= lanes) return {addTap<1>, lanes};
  return {addTapOfOneChannel, 1};
}

// One strip of channels of rows [begin, end) of one image's gradient.
void addRows(const FilterGradient& s, const Strip& strip, const float* image, const float* gradient, Range rows,
             float* sums) {
  for (int64_t ky = 0; ky < s.height; ky++) {
    const int64_t offsetY = ky * s.dilationY - s.top;
    const Range inside = windowsInside(offsetY, s.strideY, s.inHeight, s.outHeight);
    const Range y{std::max(inside.begin, rows.begin), std::min(inside.end, rows.end)};
    if (y.begin >= y.end) continue;
    for (int64_t kx = 0; kx < s.width; kx++) {
      const int64_t offsetX = kx * s.dilationX - s.left;
      const Range x = windowsInside(offsetX, s.strideX, s.inWidth, s.outWidth);
      if (x.begin >= x.end) continue;
      const int64_t row = y.begin * s.strideY + offsetY;
      const int64_t column = x.begin * s.strideX + offsetX;
      strip.add({image + (row * s.inWidth + column) * s.in, gradient + (y.begin * s.outWidth + x.begin) * s.in,
                 y.end - y.begin, x.end - x.begin, s.strideX * s.in, s.strideY * s.inWidth * s.in, s.in,
                 s.outWidth * s.in},
                sums + (ky * s.width + kx) * s.in);
    }
  }
}

void addImages(const FilterGradient& s, const float* x, const float* dy, int64_t begin, int64_t end, float* sums) {
  for (int64_t image = begin; image < end; image++) {
    const float* pixels = x + image * s.inHeight * s.inWidth * s.in;
    const float* gradient = dy + image * s.outHeight * s.outWidth * s.in;
    for (int64_t channel = 0; channel < s.in;) {
      const Strip strip = stripFor(s.in - channel);
      const int64_t rowBytes = 4 * strip.channels * (s.outWidth + s.strideY * s.inWidth);
      const int64_t block = std::max<int64_t>(1, blockBytes / std::max<int64_t>(1, rowBytes));
      for (int64_t row = 0; row < s.outHeight; row += block)
        addRows(s, strip, pixels + channel, gradient + channel, {row, std::min(row + block, s.outHeight)},
                sums + channel);
      channel += strip.channels;
    }
  }
}

}  // namespace

const DepthwiseLoops depthwiseLoops = {addImages};

}  // namespace lulc::simd::LULC_ISA
