// Random draws. The seed is an attribute, so a kernel stays a function of its inputs.
#include <algorithm>
#include <cstring>
#include <random>

#include "numbers.h"

namespace lulc {
namespace {

// Uniform in [0, 1), the same on every platform.
double uniform(std::mt19937_64& generator) {
  constexpr double unit = 1.0 / 9007199254740992.0;
  return static_cast<double>(generator() >> 11) * unit;
}

uint64_t bitsOf(double seed) {
  uint64_t bits;
  std::memcpy(&bits, &seed, sizeof bits);
  return bits;
}

// Spreads every bit of the input over the output (the finaliser of splitmix64, Steele, Lea & Flood 2014).
uint64_t mixed(uint64_t x) {
  x += 0x9e3779b97f4a7c15ull;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
  return x ^ (x >> 31);
}

}  // namespace

// Attributes: rate, key of the step, number of the draw, shape. A function of the position alone, so threads may share it.
LULC_KERNEL(DropoutMask) {
  const double rate = call.number();
  const uint64_t key = bitsOf(call.number());
  const uint64_t draw = bitsOf(call.number());
  const std::vector<int64_t> shape = call.integers();
  TORCH_CHECK(rate >= 0 && rate < 1, "a dropout rate of ", rate);
  for (const int64_t size : shape) TORCH_CHECK(size >= 0, "a negative size");
  at::Tensor mask = at::empty(shape, at::kFloat);
  float* to = mask.data_ptr<float>();
  const uint64_t start = mixed(key ^ mixed(draw));
  const uint64_t bound = static_cast<uint64_t>(rate * 18446744073709551616.0);
  const float kept = static_cast<float>(1 / (1 - rate));
  at::parallel_for(0, mask.numel(), 32768, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) to[i] = mixed(start + static_cast<uint64_t>(i)) < bound ? 0 : kept;
  });
  call.output(mask.to(call.settings().device));
}

// Attributes: samples per row, seed, whether the rows are probabilities already (else logits).
LULC_KERNEL(Multinomial) {
  const at::Tensor logits = call.tensor(0).to(at::kFloat);
  const int64_t samples = call.integer();
  std::mt19937_64 generator(bitsOf(call.number()));
  const bool normalised = call.flag();
  TORCH_CHECK(logits.dim() == 2 && logits.size(1) > 0 && samples >= 0, samples, " draws from ", logits.sizes());
  const at::Tensor weights = (normalised ? logits : at::softmax(logits, 1)).to(at::kDouble);
  const at::Tensor cumulative = at::cumsum(weights, 1).to(at::kCPU).contiguous();
  const int64_t rows = logits.size(0);
  const int64_t events = logits.size(1);
  at::Tensor drawn = at::empty({rows, samples}, at::kInt);
  const double* bounds = cumulative.data_ptr<double>();
  int32_t* event = drawn.data_ptr<int32_t>();
  for (int64_t row = 0; row < rows; row++, bounds += events) {
    // What rounding leaves over goes to the last event.
    for (int64_t i = 0; i < samples; i++)
      *event++ = static_cast<int32_t>(std::upper_bound(bounds, bounds + events - 1, uniform(generator)) - bounds);
  }
  call.output(drawn.to(call.settings().device));
}

}  // namespace lulc
