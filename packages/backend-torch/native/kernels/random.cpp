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

}  // namespace

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
