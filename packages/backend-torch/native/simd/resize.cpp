#include "resize.h"

#include "tiles.h"

#include <algorithm>

namespace lulc::simd::LULC_ISA {
namespace {

constexpr int64_t stripWidth = BilinearResize::stripWidth;

int64_t scratchSize(const BilinearResize& s) {
  return std::max(2 * s.columns.out * s.channels, s.columns.in * stripWidth);
}

// A row of the image, as wide as the result.
void widen(const BilinearResize& s, const float* row, float* __restrict__ wide) {
  for (int64_t c = 0; c < s.columns.out; c++) {
    const float* __restrict__ left = row + s.columns.low[c] * s.channels;
    const float* __restrict__ right = row + s.columns.high[c] * s.channels;
    float* __restrict__ pixel = wide + c * s.channels;
    const float across = s.columns.share[c];
    for (int64_t i = 0; i < s.channels; i++) pixel[i] = left[i] + (right[i] - left[i]) * across;
  }
}

// The two rows between which the last result lay are kept: the next one often lies between the same.
void bilinear(const BilinearResize& s, const float* x, float* y, int64_t begin, int64_t end, float* scratch) {
  const int64_t line = s.columns.in * s.channels, wide = s.columns.out * s.channels;
  float* above = scratch;
  float* below = scratch + wide;
  const float* atAbove = nullptr;
  const float* atBelow = nullptr;
  for (int64_t row = begin; row < end; row++) {
    const int64_t r = row % s.rows.out;
    const float* image = x + row / s.rows.out * s.rows.in * line;
    const float* low = image + s.rows.low[r] * line;
    const float* high = image + s.rows.high[r] * line;
    if (low == atBelow && low != atAbove) {
      std::swap(above, below);
      std::swap(atAbove, atBelow);
    }
    if (low != atAbove) widen(s, low, above);
    if (high != atBelow) widen(s, high, below);
    atAbove = low;
    atBelow = high;
    const float down = s.rows.share[r];
    float* __restrict__ result = y + row * wide;
    const float* __restrict__ first = above;
    const float* __restrict__ second = below;
    for (int64_t i = 0; i < wide; i++) result[i] = first[i] + (second[i] - first[i]) * down;
  }
}

// What a row of gradients adds to a row as wide as the image, for a few vectors of channels, or fewer channels than one.
// Pixels between the same two are summed in registers.
template <int vectors>
void narrow(const BilinearResize& s, const float* dy, float* line, int64_t lineStep) {
  for (int64_t c = 0; c < s.columns.out;) {
    const int64_t left = s.columns.low[c], right = s.columns.high[c];
    Vector low[vectors] = {}, high[vectors] = {};
    for (; c < s.columns.out && s.columns.low[c] == left && s.columns.high[c] == right; c++) {
      const float* pixel = dy + c * s.channels;
      const float across = s.columns.share[c];
      for (int v = 0; v < vectors; v++) {
        const Vector value = *reinterpret_cast<const Vector*>(pixel + v * lanes);
        high[v] += value * across;
        low[v] += value * (1 - across);
      }
    }
    for (int v = 0; v < vectors; v++) *reinterpret_cast<Vector*>(line + left * lineStep + v * lanes) += low[v];
    for (int v = 0; v < vectors; v++) *reinterpret_cast<Vector*>(line + right * lineStep + v * lanes) += high[v];
  }
}

void narrowRest(const BilinearResize& s, const float* dy, int64_t count, float* __restrict__ line, int64_t lineStep) {
  for (int64_t c = 0; c < s.columns.out; c++) {
    const float* __restrict__ pixel = dy + c * s.channels;
    const float across = s.columns.share[c];
    float* __restrict__ left = line + s.columns.low[c] * lineStep;
    for (int64_t i = 0; i < count; i++) left[i] += pixel[i] * (1 - across);
    float* __restrict__ right = line + s.columns.high[c] * lineStep;
    for (int64_t i = 0; i < count; i++) right[i] += pixel[i] * across;
  }
}

void gradientOfStrip(const BilinearResize& s, const float* dy, float* dx, int64_t width, float* scratch) {
  constexpr int atOnce = tileVectors >= 4 ? 4 : 2;
  for (int64_t r = 0; r < s.rows.out; r++) {
    const float* row = dy + r * s.columns.out * s.channels;
    std::fill(scratch, scratch + s.columns.in * width, 0.0f);
    int64_t from = 0;
    for (; from + atOnce * lanes <= width; from += atOnce * lanes) narrow<atOnce>(s, row + from, scratch + from, width);
    for (; from + lanes <= width; from += lanes) narrow<1>(s, row + from, scratch + from, width);
    if (from < width) narrowRest(s, row + from, width - from, scratch + from, width);
    const float down = s.rows.share[r];
    const auto add = [&](int64_t row, float share) {
      for (int64_t c = 0; c < s.columns.in; c++) {
        float* __restrict__ sums = dx + (row * s.columns.in + c) * s.channels;
        const float* __restrict__ line = scratch + c * width;
        for (int64_t i = 0; i < width; i++) sums[i] += line[i] * share;
      }
    };
    add(s.rows.low[r], 1 - down);
    add(s.rows.high[r], down);
  }
}

void bilinearGradient(const BilinearResize& s, const float* dy, float* dx, int64_t begin, int64_t end,
                      float* scratch) {
  for (int64_t task = begin; task < end; task++) {
    const int64_t image = task / s.strips(), from = task % s.strips() * stripWidth;
    const int64_t width = std::min(stripWidth, s.channels - from);
    gradientOfStrip(s, dy + image * s.rows.out * s.columns.out * s.channels + from,
                    dx + image * s.rows.in * s.columns.in * s.channels + from, width, scratch);
  }
}

}  // namespace

const ResizeLoops resizeLoops = {scratchSize, bilinear, bilinearGradient};

}  // namespace lulc::simd::LULC_ISA
