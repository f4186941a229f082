// Loops over memory that the compiler vectorises, compiled once per instruction set; `loops()` gives the best set for
// the processor it runs on. No ATen in here: rows are split between threads by the callers.
#pragma once

#include <cstdint>

namespace lulc::simd {

// Statistics of the channels of some rows: count, mean and sum of squared deviations, merged block by block.
struct Moments {
  int64_t count;
  float* mean;
  float* deviation;
};

// Numbers of an Adam step, the same for every weight.
struct AdamNumbers {
  float rate, beta1, beta2, epsilon, decay, l2;
};

struct SgdNumbers {
  float rate, momentum, decay;
  bool nesterov;
};

struct Loops {
  // Merges rows of x [rows, channels] into `moments`.
  void (*moments)(const float* x, int64_t rows, int64_t channels, Moments* moments);
  // y = x scale + shift (+ residual), then what is below 0 times `slope`: 1 leaves it as it is, 0 is a ReLU.
  void (*scaleShift)(const float* x, const float* scale, const float* shift, const float* residual, float slope,
                     float* y, int64_t rows, int64_t channels);
  // sums of g and of g (x - mean), added to `sumDy` and `sumDyX`; g = dy where x scale + shift > 0, else dy slope.
  void (*normGradientSums)(const float* dy, const float* x, const float* mean, const float* scale, const float* shift,
                           float slope, float* sumDy, float* sumDyX, int64_t rows, int64_t channels);
  // dx = g scale + x a + b with g as above.
  void (*normGradient)(const float* dy, const float* x, const float* scale, const float* shift, const float* a,
                       const float* b, float slope, float* dx, int64_t rows, int64_t channels);
  // dx = dy where y > 0, else dy slope.
  void (*reluGradient)(const float* dy, const float* y, float slope, float* dx, int64_t count);
  // y = max(a + b, 0).
  void (*addRelu)(const float* a, const float* b, float* y, int64_t count);
  // sums over rows of a b, by channel, added to `sums`.
  void (*productSums)(const float* a, const float* b, float* sums, int64_t rows, int64_t channels);
  // y = x s (+ other), s by channel.
  void (*scaleRows)(const float* x, const float* s, const float* other, float* y, int64_t rows, int64_t channels);
  void (*adam)(const AdamNumbers& numbers, const float* weights, const float* gradient, const float* m, const float* v,
               const float* decay, float* nextWeights, float* nextM, float* nextV, int64_t count);
  void (*sgd)(const SgdNumbers& numbers, const float* weights, const float* gradient, const float* momentum,
              const float* decay, float* nextWeights, float* nextMomentum, int64_t count);
};

namespace baseline {
extern const Loops table;
}
namespace avx2 {
extern const Loops table;
}
namespace avx512 {
extern const Loops table;
}

}  // namespace lulc::simd
