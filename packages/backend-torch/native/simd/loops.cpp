#include "loops.h"

#include <algorithm>
#include <cmath>

namespace lulc::simd::LULC_ISA {
namespace {

// Rows of a block that stays in the first-level cache while it is read twice.
int64_t blockRows(int64_t channels) { return std::max<int64_t>(16, 6144 / std::max<int64_t>(1, channels)); }

// Chan, Golub, LeVeque (1979): moments of two parts from those of each. Reading each block twice while it is in the
// cache gives exact deviations for one pass over memory. Their sum, which would be 0 but for rounding, corrects the mean
// (the same authors, 1983): it is as good far from 0.
void moments(const float* __restrict__ x, int64_t rows, int64_t channels, Moments* into) {
  float* __restrict__ mean = into->mean;
  float* __restrict__ deviation = into->deviation;
  constexpr int64_t strip = 128;
  float blockMean[strip];
  float blockRest[strip];
  float blockDeviation[strip];
  const int64_t block = blockRows(channels);
  for (int64_t begin = 0; begin < rows; begin += block) {
    const int64_t count = std::min(block, rows - begin);
    const float* __restrict__ first = x + begin * channels;
    const float share = static_cast<float>(count) / static_cast<float>(into->count + count);
    const float weight = static_cast<float>(into->count) * share;
    for (int64_t from = 0; from < channels; from += strip) {
      const int64_t width = std::min(strip, channels - from);
      for (int64_t c = 0; c < width; c++) blockMean[c] = 0;
      for (int64_t r = 0; r < count; r++) {
        const float* __restrict__ line = first + r * channels + from;
        for (int64_t c = 0; c < width; c++) blockMean[c] += line[c];
      }
      const float scale = 1.0f / static_cast<float>(count);
      for (int64_t c = 0; c < width; c++) {
        blockMean[c] *= scale;
        blockRest[c] = blockDeviation[c] = 0;
      }
      for (int64_t r = 0; r < count; r++) {
        const float* __restrict__ line = first + r * channels + from;
        for (int64_t c = 0; c < width; c++) {
          const float d = line[c] - blockMean[c];
          blockRest[c] += d;
          blockDeviation[c] += d * d;
        }
      }
      for (int64_t c = 0; c < width; c++) {
        const float rest = blockRest[c] * scale;
        const float delta = blockMean[c] + rest - mean[from + c];
        mean[from + c] += delta * share;
        deviation[from + c] += blockDeviation[c] - rest * blockRest[c] + delta * delta * weight;
      }
    }
    into->count += count;
  }
}

template <bool relu, bool residual>
void scaleShiftRows(const float* __restrict__ x, const float* __restrict__ scale, const float* __restrict__ shift,
                    const float* __restrict__ other, float* __restrict__ y, int64_t rows, int64_t channels) {
  for (int64_t r = 0; r < rows; r++) {
    const int64_t at = r * channels;
    for (int64_t c = 0; c < channels; c++) {
      float value = std::fma(x[at + c], scale[c], shift[c]);
      if (residual) value += other[at + c];
      // Not max: a NaN must stay one.
      y[at + c] = relu ? (value < 0 ? 0 : value) : value;
    }
  }
}

void scaleShift(const float* x, const float* scale, const float* shift, const float* residual, bool relu, float* y,
                int64_t rows, int64_t channels) {
  if (relu) {
    if (residual != nullptr) return scaleShiftRows<true, true>(x, scale, shift, residual, y, rows, channels);
    return scaleShiftRows<true, false>(x, scale, shift, nullptr, y, rows, channels);
  }
  if (residual != nullptr) return scaleShiftRows<false, true>(x, scale, shift, residual, y, rows, channels);
  scaleShiftRows<false, false>(x, scale, shift, nullptr, y, rows, channels);
}

template <bool relu>
void gradientSums(const float* __restrict__ dy, const float* __restrict__ x, const float* __restrict__ mean,
                  const float* __restrict__ scale, const float* __restrict__ shift, float* __restrict__ sumDy,
                  float* __restrict__ sumDyX, int64_t rows, int64_t channels) {
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
          float value = g[c];
          if (relu) value = std::fma(v[c], scale[from + c], shift[from + c]) > 0 ? value : 0;
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
                      bool relu, float* sumDy, float* sumDyX, int64_t rows, int64_t channels) {
  if (relu) return gradientSums<true>(dy, x, mean, scale, shift, sumDy, sumDyX, rows, channels);
  gradientSums<false>(dy, x, mean, scale, shift, sumDy, sumDyX, rows, channels);
}

template <bool relu>
void gradientRows(const float* __restrict__ dy, const float* __restrict__ x, const float* __restrict__ scale,
                  const float* __restrict__ shift, const float* __restrict__ a, const float* __restrict__ b,
                  float* __restrict__ dx, int64_t rows, int64_t channels) {
  for (int64_t r = 0; r < rows; r++) {
    const int64_t at = r * channels;
    for (int64_t c = 0; c < channels; c++) {
      float value = dy[at + c];
      if (relu) value = std::fma(x[at + c], scale[c], shift[c]) > 0 ? value : 0;
      dx[at + c] = value * scale[c] + x[at + c] * a[c] + b[c];
    }
  }
}

void normGradient(const float* dy, const float* x, const float* scale, const float* shift, const float* a,
                  const float* b, bool relu, float* dx, int64_t rows, int64_t channels) {
  if (relu) return gradientRows<true>(dy, x, scale, shift, a, b, dx, rows, channels);
  gradientRows<false>(dy, x, scale, shift, a, b, dx, rows, channels);
}

void reluGradient(const float* __restrict__ dy, const float* __restrict__ y, float* __restrict__ dx, int64_t count) {
  for (int64_t i = 0; i < count; i++) dx[i] = y[i] > 0 ? dy[i] : 0;
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
