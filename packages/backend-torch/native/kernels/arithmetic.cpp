// Element-wise arithmetic of inputs that broadcast. The result has the element type of the first.
#include "numbers.h"

namespace lulc {
namespace {

// The sign of the divisor, as in Python.
at::Tensor floorMod(const at::Tensor& a, const at::Tensor& b) {
  const at::Tensor rest = at::fmod(a, b);
  const at::Tensor sameSign = a.lt(0).logical_and(b.lt(0)).logical_or_(a.ge(0).logical_and(b.ge(0)));
  return at::where(sameSign, rest, at::fmod(rest + b, b));
}

at::Tensor power(const at::Tensor& base, const at::Tensor& exponent) {
  const bool isSquare = exponent.dim() == 0 && exponent.is_cpu() && exponent.item<double>() == 2;
  return isSquare ? base * base : at::pow(base, exponent);
}

at::Tensor maskedAnd(const at::Tensor& a, const at::Tensor& b) {
  return at::bitwise_and(stored(a, at::kInt), stored(b, at::kInt));
}

}  // namespace

LULC_KERNEL(Add) {
  call.output(ofNumbers(call.raw(0), call.raw(1), [](const auto& a, const auto& b) { return at::add(a, b); }));
}
LULC_KERNEL(Sub) {
  call.output(ofNumbers(call.raw(0), call.raw(1), [](const auto& a, const auto& b) { return at::sub(a, b); }));
}
LULC_KERNEL(Multiply) {
  call.output(ofNumbers(call.raw(0), call.raw(1), [](const auto& a, const auto& b) { return at::mul(a, b); }));
}
LULC_KERNEL(Maximum) {
  call.output(ofNumbers(call.raw(0), call.raw(1), [](const auto& a, const auto& b) { return at::maximum(a, b); }));
}
LULC_KERNEL(Minimum) {
  call.output(ofNumbers(call.raw(0), call.raw(1), [](const auto& a, const auto& b) { return at::minimum(a, b); }));
}
LULC_KERNEL(SquaredDifference) {
  call.output(ofNumbers(call.tensor(0), call.tensor(1),
                        [](const auto& a, const auto& b) { return at::sub(a, b).square_(); }));
}
LULC_KERNEL(RealDiv) {
  call.output(ofReals(call.tensor(0), call.tensor(1), [](const auto& a, const auto& b) { return at::div(a, b); }));
}
LULC_KERNEL(Pow) { call.output(ofReals(call.tensor(0), call.tensor(1), power)); }
LULC_KERNEL(Atan2) {
  call.output(ofReals(call.tensor(0), call.tensor(1), [](const auto& a, const auto& b) { return at::atan2(a, b); }));
}
// In double precision: in single, a rest may be off by the whole divisor.
LULC_KERNEL(Mod) {
  const at::Tensor a = call.tensor(0);
  call.output(stored(floorMod(a.to(at::kDouble), call.tensor(1).to(at::kDouble)), a.scalar_type()));
}
// Whole numbers whatever the inputs; the quotient is not rounded to single precision before its floor is taken.
LULC_KERNEL(FloorDiv) {
  call.output(wrapped(at::div(call.tensor(0).to(at::kDouble), call.tensor(1).to(at::kDouble)).floor_()));
}
LULC_KERNEL(BitwiseAnd) {
  const at::Tensor a = call.tensor(0);
  call.output(stored(maskedAnd(a, call.tensor(1)), a.scalar_type()));
}
LULC_KERNEL(AddN) {
  const size_t count = call.inputCount();
  at::Tensor sum = call.tensor(0);
  for (size_t i = 1; i < count; i++) {
    const at::Tensor next = call.tensor(i);
    TORCH_CHECK(next.sizes() == sum.sizes(), "a tensor of shape ", next.sizes(), " in a sum of shape ", sum.sizes());
    sum = i > 1 && isFloat(sum) && isFloat(next)
              ? sum.add_(next)
              : ofNumbers(sum, next, [](const auto& a, const auto& b) { return at::add(a, b); });
  }
  call.output(sum);
}

}  // namespace lulc
