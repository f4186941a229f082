// What follows a convolution or matrix product in TF.js' fused kernels.
#pragma once

#include "../engine.h"

namespace lulc {

// The numbers are part of the protocol with src/kernels/activation.ts.
enum class Activation : int { linear = 0, relu = 1, relu6 = 2, elu = 3, sigmoid = 4, leakyRelu = 5, prelu = 6, swish = 7, gelu = 8 };

constexpr int64_t lastActivation = static_cast<int64_t>(Activation::gelu);

inline at::Tensor exponentialUnit(const at::Tensor& x) {
#if TORCH_VERSION_MAJOR < 2
  // Its own subtracts 1 from the power, which leaves few digits of small numbers.
  return at::where(x > 0, x, at::expm1(x));
#else
  return at::elu(x);
#endif
}

// A ReLU, or one that leaks; nothing where the slope is 1.
inline at::Tensor rectified(const at::Tensor& x, double slope) {
  return slope == 1 ? x : slope == 0 ? at::relu(x) : at::leaky_relu(x, slope);
}

// Applied in place where that is possible: `x` must be the kernel's own. `slope` is the number of a leaky ReLU, `weights` belong to a PReLU.
inline at::Tensor activate(at::Tensor x, Activation activation, double slope, const at::Tensor& weights) {
  switch (activation) {
    case Activation::linear:
      return x;
    case Activation::relu:
      return x.relu_();
    case Activation::relu6:
      return x.clamp_(0, 6);
    case Activation::elu:
      return exponentialUnit(x);
    case Activation::sigmoid:
      return x.sigmoid_();
    case Activation::leakyRelu:
      return at::leaky_relu_(x, slope);
    case Activation::prelu:
      TORCH_CHECK(weights.defined(), "prelu needs its weights");
      return at::where(x < 0, x * weights.to(x.scalar_type()), x);
    case Activation::swish:
      return at::silu_(x);
    case Activation::gelu:
      return at::gelu(x);
  }
  TORCH_CHECK(false, "unknown activation ", static_cast<int>(activation));
}

}  // namespace lulc
