#include "loops.h"

#include <algorithm>
#include <cmath>

namespace lulc::simd::LULC_ISA {
namespace {

// Rows of few channels would leave vectors empty: pixels side by side are taken as one of more channels. Never more than
// this many.
constexpr int64_t widest = 128;

int64_t pixelsAbreast(int64_t rows, int64_t channels) {
  return std::max<int64_t>(1, std::min(rows, widest / 2 / std::max<int64_t>(1, channels)));
}

// Values by channel, once for every pixel abreast.
struct Repeated {
  float values[widest] = {};
  Repeated(const float* from, int64_t channels, int64_t pixels) {
    for (int64_t p = 0; p < pixels; p++)
      for (int64_t c = 0; c < channels; c++) values[p * channels + c] = from[c];
  }
};

// Adds up the pixels abreast.
void addUp(const float* sums, int64_t channels, int64_t pixels, float* to) {
  for (int64_t p = 0; p < pixels; p++)
    for (int64_t c = 0; c < channels; c++) to[c] += sums[p * channels + c];
}

// What follows a normalisation: nothing, a ReLU, or one that leaks.
enum class After { nothing, relu, leaky };

After afterOf(float slope) { return slope == 1 ? After::nothing : slope == 0 ? After::relu : After::leaky; }

// Not a maximum, nor a product with 0: a NaN must stay one, and an infinity become 0.
template <After after>
inline float activated(float value, float slope) {
  if (after == After::relu) return value < 0 ? 0 : value;
  return after == After::leaky ? (value < 0 ? value * slope : value) : value;
}

template <After after>
inline float opened(float gradient, float value, float slope) {
  if (after == After::relu) return value > 0 ? gradient : 0;
  return after == After::leaky ? (value > 0 ? gradient : gradient * slope) : gradient;
}

// Rows of a block that stays in the first-level cache while it is read twice.
int64_t blockRows(int64_t channels) { return std::max<int64_t>(16, 6144 / std::max<int64_t>(1, channels)); }

// Chan, Golub, LeVeque (1979): moments of two parts from those of each. Reading each block twice while it is in the
// cache gives exact deviations for one pass over memory. Their sum, which would be 0 but for rounding, corrects the mean
// (the same authors, 1983): it is as good far from 0.
void momentsOfRows(const float* __restrict__ x, int64_t rows, int64_t channels, int64_t pixels, Moments* into) {
  float* __restrict__ mean = into->mean;
  float* __restrict__ deviation = into->deviation;
  float blockMean[widest];
  float blockRest[widest];
  float blockDeviation[widest];
  const int64_t lineLength = channels * pixels;
  const int64_t block = blockRows(lineLength);
  for (int64_t begin = 0; begin < rows; begin += block) {
    const int64_t count = std::min(block, rows - begin);
    const float* __restrict__ first = x + begin * lineLength;
    const int64_t seen = count * pixels;
    const float share = static_cast<float>(seen) / static_cast<float>(into->count + seen);
    const float weight = static_cast<float>(into->count) * share;
    const float scale = 1.0f / static_cast<float>(seen);
    for (int64_t from = 0; from < lineLength; from += widest) {
      const int64_t width = std::min(widest, lineLength - from);
      const int64_t own = width / pixels;
      for (int64_t c = 0; c < width; c++) blockMean[c] = 0;
      for (int64_t r = 0; r < count; r++) {
        const float* __restrict__ line = first + r * lineLength + from;
        for (int64_t c = 0; c < width; c++) blockMean[c] += line[c];
      }
      for (int64_t c = own; c < width; c++) blockMean[c % own] += blockMean[c];
      for (int64_t c = 0; c < width; c++) {
        blockMean[c] = c < own ? blockMean[c] * scale : blockMean[c % own];
        blockRest[c] = blockDeviation[c] = 0;
      }
      for (int64_t r = 0; r < count; r++) {
        const float* __restrict__ line = first + r * lineLength + from;
        for (int64_t c = 0; c < width; c++) {
          const float d = line[c] - blockMean[c];
          blockRest[c] += d;
          blockDeviation[c] += d * d;
        }
      }
      for (int64_t c = own; c < width; c++) {
        blockRest[c % own] += blockRest[c];
        blockDeviation[c % own] += blockDeviation[c];
      }
      for (int64_t c = 0; c < own; c++) {
        const float rest = blockRest[c] * scale;
        const float delta = blockMean[c] + rest - mean[from + c];
        mean[from + c] += delta * share;
        deviation[from + c] += blockDeviation[c] - rest * blockRest[c] + delta * delta * weight;
      }
    }
    into->count += seen;
  }
}

void moments(const float* x, int64_t rows, int64_t channels, Moments* into) {
  const int64_t pixels = pixelsAbreast(rows, channels), lines = rows / pixels, done = lines * pixels;
  momentsOfRows(x, lines, channels, pixels, into);
  momentsOfRows(x + done * channels, rows - done, channels, 1, into);
}

template <After after, bool residual>
void scaleShiftRows(const float* __restrict__ x, const float* __restrict__ scale, const float* __restrict__ shift,
                    const float* __restrict__ other, float slope, float* __restrict__ y, int64_t rows,
                    int64_t channels) {
  for (int64_t r = 0; r < rows; r++) {
    const int64_t at = r * channels;
    for (int64_t c = 0; c < channels; c++) {
      float value = std::fma(x[at + c], scale[c], shift[c]);
      if (residual) value += other[at + c];
      y[at + c] = activated<after>(value, slope);
    }
  }
}

template <After after>
void scaleShiftPixels(const float* x, const float* scale, const float* shift, const float* residual, float slope,
                      float* y, int64_t rows, int64_t channels) {
  const auto run = residual != nullptr ? scaleShiftRows<after, true> : scaleShiftRows<after, false>;
  const int64_t pixels = pixelsAbreast(rows, channels), lines = rows / pixels, done = lines * pixels * channels;
  if (pixels == 1) return run(x, scale, shift, residual, slope, y, rows, channels);
  const Repeated scales(scale, channels, pixels), shifts(shift, channels, pixels);
  run(x, scales.values, shifts.values, residual, slope, y, lines, channels * pixels);
  run(x + done, scale, shift, residual == nullptr ? nullptr : residual + done, slope, y + done, rows - lines * pixels,
      channels);
}

void scaleShift(const float* x, const float* scale, const float* shift, const float* residual, float slope, float* y,
                int64_t rows, int64_t channels) {
  const auto run = afterOf(slope) == After::nothing ? scaleShiftPixels<After::nothing>
                   : afterOf(slope) == After::relu  ? scaleShiftPixels<After::relu>
                                                    : scaleShiftPixels<After::leaky>;
  run(x, scale, shift, residual, slope, y, rows, channels);
}

template <After after>
void gradientSums(const float* __restrict__ dy, const float* __restrict__ x, const float* __restrict__ mean,
                  const float* __restrict__ scale, const float* __restrict__ shift, float slope,
                  float* __restrict__ sumDy, float* __restrict__ sumDyX, int64_t rows, int64_t channels) {
  // Strips keep the sums in registers or the nearest cache; blocks keep single-precision sums short.
  constexpr int64_t strip = 64;
  float partDy[strip];
  float partDyX[strip];
  const int64_t block = std::max<int64_t>(64, 16384 / std::max<int64_t>(1, channels));
  for (int64_t begin = 0; begin < rows; begin += block) {
    const int64_t end = std::min(rows, begin + block);
    for (int64_t from = 0; from < channels; from += strip) {
      const int64_t width = std::min(strip, channels - from);
      for (int64_t c = 0; c < width; c++) partDy[c] = partDyX[c] = 0;
      for (int64_t r = begin; r < end; r++) {
        const float* __restrict__ g = dy + r * channels + from;
        const float* __restrict__ v = x + r * channels + from;
        for (int64_t c = 0; c < width; c++) {
          const float value = opened<after>(g[c], std::fma(v[c], scale[from + c], shift[from + c]), slope);
          partDy[c] += value;
          partDyX[c] += value * (v[c] - mean[from + c]);
        }
      }
      for (int64_t c = 0; c < width; c++) {
        sumDy[from + c] += partDy[c];
        sumDyX[from + c] += partDyX[c];
      }
    }
  }
}

void normGradientSums(const float* dy, const float* x, const float* mean, const float* scale, const float* shift,
                      float slope, float* sumDy, float* sumDyX, int64_t rows, int64_t channels) {
  const auto run = afterOf(slope) == After::nothing ? gradientSums<After::nothing>
                   : afterOf(slope) == After::relu  ? gradientSums<After::relu>
                                                    : gradientSums<After::leaky>;
  const int64_t pixels = pixelsAbreast(rows, channels), lines = rows / pixels, done = lines * pixels * channels;
  if (pixels == 1) return run(dy, x, mean, scale, shift, slope, sumDy, sumDyX, rows, channels);
  const Repeated means(mean, channels, pixels), scales(scale, channels, pixels), shifts(shift, channels, pixels);
  float sums[widest] = {}, products[widest] = {};
  run(dy, x, means.values, scales.values, shifts.values, slope, sums, products, lines, channels * pixels);
  addUp(sums, channels, pixels, sumDy);
  addUp(products, channels, pixels, sumDyX);
  run(dy + done, x + done, mean, scale, shift, slope, sumDy, sumDyX, rows - lines * pixels, channels);
}

template <After after>
void gradientRows(const float* __restrict__ dy, const float* __restrict__ x, const float* __restrict__ scale,
                  const float* __restrict__ shift, const float* __restrict__ a, const float* __restrict__ b, float slope,
                  float* __restrict__ dx, int64_t rows, int64_t channels) {
  for (int64_t r = 0; r < rows; r++) {
    const int64_t at = r * channels;
    for (int64_t c = 0; c < channels; c++) {
      const float value = opened<after>(dy[at + c], std::fma(x[at + c], scale[c], shift[c]), slope);
      dx[at + c] = value * scale[c] + x[at + c] * a[c] + b[c];
    }
  }
}

void normGradient(const float* dy, const float* x, const float* scale, const float* shift, const float* a,
                  const float* b, float slope, float* dx, int64_t rows, int64_t channels) {
  const auto run = afterOf(slope) == After::nothing ? gradientRows<After::nothing>
                   : afterOf(slope) == After::relu  ? gradientRows<After::relu>
                                                    : gradientRows<After::leaky>;
  const int64_t pixels = pixelsAbreast(rows, channels), lines = rows / pixels, done = lines * pixels * channels;
  if (pixels == 1) return run(dy, x, scale, shift, a, b, slope, dx, rows, channels);
  const Repeated scales(scale, channels, pixels), shifts(shift, channels, pixels);
  const Repeated as(a, channels, pixels), bs(b, channels, pixels);
  run(dy, x, scales.values, shifts.values, as.values, bs.values, slope, dx, lines, channels * pixels);
  run(dy + done, x + done, scale, shift, a, b, slope, dx + done, rows - lines * pixels, channels);
}

void reluGradient(const float* __restrict__ dy, const float* __restrict__ y, float slope, float* __restrict__ dx,
                  int64_t count) {
  if (slope == 0) {
    for (int64_t i = 0; i < count; i++) dx[i] = y[i] > 0 ? dy[i] : 0;
  } else {
    for (int64_t i = 0; i < count; i++) dx[i] = y[i] > 0 ? dy[i] : dy[i] * slope;
  }
}

void addRelu(const float* __restrict__ a, const float* __restrict__ b, float* __restrict__ y, int64_t count) {
  for (int64_t i = 0; i < count; i++) {
    const float value = a[i] + b[i];
    y[i] = value < 0 ? 0 : value;
  }
}

void productSums(const float* __restrict__ a, const float* __restrict__ b, float* __restrict__ sums, int64_t rows,
                 int64_t channels) {
  constexpr int64_t strip = 64;
  float part[strip];
  const int64_t block = std::max<int64_t>(64, 16384 / std::max<int64_t>(1, channels));
  for (int64_t begin = 0; begin < rows; begin += block) {
    const int64_t end = std::min(rows, begin + block);
    for (int64_t from = 0; from < channels; from += strip) {
      const int64_t width = std::min(strip, channels - from);
      for (int64_t c = 0; c < width; c++) part[c] = 0;
      for (int64_t r = begin; r < end; r++) {
        const float* __restrict__ p = a + r * channels + from;
        const float* __restrict__ q = b + r * channels + from;
        for (int64_t c = 0; c < width; c++) part[c] += p[c] * q[c];
      }
      for (int64_t c = 0; c < width; c++) sums[from + c] += part[c];
    }
  }
}

void scaleRows(const float* __restrict__ x, const float* __restrict__ s, const float* __restrict__ other,
               float* __restrict__ y, int64_t rows, int64_t channels) {
  for (int64_t r = 0; r < rows; r++) {
    const int64_t at = r * channels;
    if (other != nullptr) {
      for (int64_t c = 0; c < channels; c++) y[at + c] = std::fma(x[at + c], s[c], other[at + c]);
    } else {
      for (int64_t c = 0; c < channels; c++) y[at + c] = x[at + c] * s[c];
    }
  }
}

void adam(const AdamNumbers& n, const float* __restrict__ weights, const float* __restrict__ gradient,
          const float* __restrict__ m, const float* __restrict__ v, const float* __restrict__ decay,
          float* __restrict__ nextWeights, float* __restrict__ nextM, float* __restrict__ nextV, int64_t count) {
  const float rate = n.rate, beta1 = n.beta1, beta2 = n.beta2, epsilon = n.epsilon, shrink = n.decay, l2 = n.l2;
  for (int64_t i = 0; i < count; i++) {
    const float w = weights[i];
    const float g = gradient[i] + l2 * decay[i] * w;
    const float a = m[i] * beta1 + g * (1 - beta1);
    const float b = v[i] * beta2 + g * g * (1 - beta2);
    nextM[i] = a;
    nextV[i] = b;
    nextWeights[i] = w - w * (decay[i] * shrink) - a * rate / (std::sqrt(b) + epsilon);
  }
}

void sgd(const SgdNumbers& n, const float* __restrict__ weights, const float* __restrict__ gradient,
         const float* __restrict__ momentum, const float* __restrict__ decay, float* __restrict__ nextWeights,
         float* __restrict__ nextMomentum, int64_t count) {
  const float rate = n.rate, keep = n.momentum, l2 = n.decay;
  const float own = n.nesterov ? 1.0f : 0.0f;
  const float ahead = n.nesterov ? keep : 1.0f;
  for (int64_t i = 0; i < count; i++) {
    const float w = weights[i];
    const float g = gradient[i] + l2 * decay[i] * w;
    const float velocity = momentum[i] * keep + g;
    nextMomentum[i] = velocity;
    nextWeights[i] = w - rate * (own * g + ahead * velocity);
  }
}

}  // namespace

const Loops table = {moments,     scaleShift, normGradientSums, normGradient, reluGradient,
                     addRelu,     productSums, scaleRows,       adam,         sgd};

}  // namespace lulc::simd::LULC_ISA
