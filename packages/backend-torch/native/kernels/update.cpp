// Updates of weights: all of a network's weights are one vector, so each is one pass over memory.
#include <cmath>

#include "loops.h"

namespace lulc {
namespace {

void checkVectors(Call& call, size_t count) {
  for (size_t i = 0; i < count; i++)
    TORCH_CHECK(call.raw(i).sizes() == call.raw(0).sizes() && call.raw(i).scalar_type() == at::kFloat,
                "vectors of one length are needed");
}

bool allOnCpu(Call& call, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (!call.raw(i).is_cpu()) return false;
  return true;
}

}  // namespace

// Inputs: weights, gradient, m, v, decay. Outputs: weights, m, v.
LULC_KERNEL(FusedAdamStep) {
  checkVectors(call, 5);
  const double learningRate = call.number();
  const double beta1 = call.number();
  const double beta2 = call.number();
  const double epsilon = call.number();
  const double step = call.number();
  const double weightDecay = call.number();
  const bool decoupled = call.flag();
  // weights - lr (m / c1) / (sqrt(v / c2) + epsilon), the scalars drawn together.
  const double root2 = std::sqrt(1 - std::pow(beta2, step));
  const double rate = learningRate * root2 / (1 - std::pow(beta1, step));
  const double shrink = decoupled ? learningRate * weightDecay : 0;
  const double l2 = decoupled ? 0 : weightDecay;
  const at::Tensor& weights = call.raw(0);
  const at::Tensor& gradient = call.raw(1);
  const at::Tensor& m = call.raw(2);
  const at::Tensor& v = call.raw(3);
  const at::Tensor& decay = call.raw(4);
  if (!allOnCpu(call, 5)) {
    const at::Tensor g = l2 == 0 ? gradient : gradient + weights * decay * l2;
    const at::Tensor nextM = m * beta1 + g * (1 - beta1);
    const at::Tensor nextV = v * beta2 + g * g * (1 - beta2);
    const at::Tensor kept = shrink == 0 ? weights : weights - weights * decay * shrink;
    call.output(kept - nextM * rate / (nextV.sqrt() + epsilon * root2));
    call.output(nextM);
    call.output(nextV);
    return;
  }
  const simd::AdamNumbers numbers{static_cast<float>(rate),           static_cast<float>(beta1),
                                  static_cast<float>(beta2),          static_cast<float>(epsilon * root2),
                                  static_cast<float>(shrink),         static_cast<float>(l2)};
  at::Tensor nextWeights = at::empty_like(weights);
  at::Tensor nextM = at::empty_like(m);
  at::Tensor nextV = at::empty_like(v);
  const float* from[] = {weights.data_ptr<float>(), gradient.data_ptr<float>(), m.data_ptr<float>(),
                         v.data_ptr<float>(), decay.data_ptr<float>()};
  float* to[] = {nextWeights.data_ptr<float>(), nextM.data_ptr<float>(), nextV.data_ptr<float>()};
  at::parallel_for(0, weights.numel(), grainSize, [&](int64_t begin, int64_t end) {
    loops().adam(numbers, from[0] + begin, from[1] + begin, from[2] + begin, from[3] + begin, from[4] + begin,
                 to[0] + begin, to[1] + begin, to[2] + begin, end - begin);
  });
  call.output(nextWeights);
  call.output(nextM);
  call.output(nextV);
}

// Inputs: weights, gradient, momentum, decay. Outputs: weights, momentum.
LULC_KERNEL(FusedSgdStep) {
  checkVectors(call, 4);
  const double learningRate = call.number();
  const double keep = call.number();
  const bool nesterov = call.flag();
  const double weightDecay = call.number();
  const at::Tensor& weights = call.raw(0);
  const at::Tensor& gradient = call.raw(1);
  const at::Tensor& momentum = call.raw(2);
  const at::Tensor& decay = call.raw(3);
  if (!allOnCpu(call, 4)) {
    const at::Tensor g = weightDecay == 0 ? gradient : gradient + weights * decay * weightDecay;
    const at::Tensor velocity = momentum * keep + g;
    call.output(weights - (nesterov ? g + velocity * keep : velocity) * learningRate);
    call.output(velocity);
    return;
  }
  const simd::SgdNumbers numbers{static_cast<float>(learningRate), static_cast<float>(keep),
                                 static_cast<float>(weightDecay), nesterov};
  at::Tensor nextWeights = at::empty_like(weights);
  at::Tensor nextMomentum = at::empty_like(momentum);
  const float* from[] = {weights.data_ptr<float>(), gradient.data_ptr<float>(), momentum.data_ptr<float>(),
                         decay.data_ptr<float>()};
  float* to[] = {nextWeights.data_ptr<float>(), nextMomentum.data_ptr<float>()};
  at::parallel_for(0, weights.numel(), grainSize, [&](int64_t begin, int64_t end) {
    loops().sgd(numbers, from[0] + begin, from[1] + begin, from[2] + begin, from[3] + begin, to[0] + begin,
                to[1] + begin, end - begin);
  });
  call.output(nextWeights);
  call.output(nextMomentum);
}

// average + (value - average) (1 - keep): a value that never changes leaves its average exactly as it is.
LULC_KERNEL(EmaStep) {
  const double keep = call.number();
  TORCH_CHECK(call.raw(0).sizes() == call.raw(1).sizes(), "average and values differ in shape");
  call.output(at::add(call.tensor(0), at::sub(call.tensor(1), call.tensor(0)), 1 - keep));
}

// Consecutive parts of a vector: views of it.
LULC_KERNEL(SplitFlat) {
  const at::Tensor& flat = call.raw(0);
  const auto sizes = call.integers();
  TORCH_CHECK(flat.dim() == 1, "a vector is needed");
  int64_t begin = 0;
  for (const int64_t size : sizes) {
    TORCH_CHECK(size >= 0 && begin + size <= flat.numel(), "the parts are longer than the vector");
    call.output(flat.narrow(0, begin, size));
    begin += size;
  }
  TORCH_CHECK(begin == flat.numel(), "the parts are shorter than the vector");
}

}  // namespace lulc
