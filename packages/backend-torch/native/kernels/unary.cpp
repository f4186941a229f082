// Element-wise functions of one input, and those with a parameter or a second input that shapes them.
#include "activation.h"
#include "numbers.h"

namespace lulc {
namespace {

// 0 up to 0 and 1 above; NaN stays. Two vectorised passes, unlike a choice.
at::Tensor unitStep(const at::Tensor& x) { return at::clamp(x, 0, 1).ceil_(); }

at::Tensor asFloat(const at::Tensor& x) { return isFloat(x) ? x : x.to(at::kFloat); }

// Where libtorch 1.13 is not precise.
namespace own {
#if TORCH_VERSION_MAJOR < 2
// Its own overflows from 1.5e38 on; where 1 is lost in rounding, the logarithm is the same.
at::Tensor log1p(const at::Tensor& x) { return at::where(x > 1e30, at::log(x), x.log1p()); }
// As that of ELU (activation.h).
at::Tensor selu(const at::Tensor& x) {
  constexpr double alpha = 1.6732632423543772, scale = 1.0507009873554805;
  return at::where(x > 0, x * scale, at::expm1(x) * (alpha * scale));
}
#else
at::Tensor log1p(const at::Tensor& x) { return x.log1p(); }
at::Tensor selu(const at::Tensor& x) { return at::selu(x); }
#endif
}  // namespace own

}  // namespace

// A function of real numbers; the result has the element type of the input.
#define REAL_FUNCTION(kernel, function) \
  LULC_KERNEL(kernel) { call.output(ofReal(call.tensor(0), [](const auto& x) { return function(x); })); }

REAL_FUNCTION(Sqrt, at::sqrt)
REAL_FUNCTION(Rsqrt, at::rsqrt)
REAL_FUNCTION(Reciprocal, at::reciprocal)
REAL_FUNCTION(Expm1, at::expm1)
REAL_FUNCTION(Log, at::log)
REAL_FUNCTION(Log1p, own::log1p)
REAL_FUNCTION(Sin, at::sin)
REAL_FUNCTION(Cos, at::cos)
REAL_FUNCTION(Tan, at::tan)
REAL_FUNCTION(Asin, at::asin)
REAL_FUNCTION(Acos, at::acos)
REAL_FUNCTION(Atan, at::atan)
REAL_FUNCTION(Sinh, at::sinh)
REAL_FUNCTION(Cosh, at::cosh)
REAL_FUNCTION(Tanh, at::tanh)
REAL_FUNCTION(Asinh, at::asinh)
REAL_FUNCTION(Acosh, at::acosh)
REAL_FUNCTION(Atanh, at::atanh)
REAL_FUNCTION(Erf, at::erf)
REAL_FUNCTION(Elu, exponentialUnit)
REAL_FUNCTION(Selu, own::selu)
REAL_FUNCTION(Sigmoid, at::sigmoid)
REAL_FUNCTION(Softplus, at::softplus)
REAL_FUNCTION(Ceil, at::ceil)
REAL_FUNCTION(Floor, at::floor)
REAL_FUNCTION(Round, at::round)
#undef REAL_FUNCTION

// A function that maps whole numbers to whole numbers and costs nothing in low precision.
#define NUMBER_FUNCTION(kernel, function) \
  LULC_KERNEL(kernel) { call.output(ofNumbers(call.raw(0), [](const auto& x) { return function; })); }

NUMBER_FUNCTION(Abs, at::abs(x))
NUMBER_FUNCTION(Neg, at::neg(x))
NUMBER_FUNCTION(Sign, at::sign(x))
NUMBER_FUNCTION(Square, at::mul(x, x))
NUMBER_FUNCTION(Relu, at::relu(x))
NUMBER_FUNCTION(Relu6, at::clamp(x, 0, 6))
#undef NUMBER_FUNCTION

LULC_KERNEL(Exp) {
  const at::Tensor x = call.tensor(0);
  call.output(at::exp(isFloat(x) ? x : x.to(at::kDouble)));
}

LULC_KERNEL(LeakyRelu) { call.output(at::leaky_relu(asFloat(call.raw(0)), call.number())); }

LULC_KERNEL(Prelu) {
  const at::Tensor x = asFloat(call.raw(0));
  const at::Tensor scaled = asFloat(call.raw(1)).to(x.scalar_type()) * x;
  call.output(chosen(x.lt(0), scaled, x));
}

LULC_KERNEL(EluGrad) {
  const at::Tensor dy = asFloat(call.tensor(0));
  const at::Tensor y = asFloat(call.tensor(1));
  call.output(chosen(y.ge(0), dy, dy * (y + 1)));
}

LULC_KERNEL(Step) {
  const double alpha = call.number();
  call.output(ofReal(call.raw(0), [alpha](const auto& x) {
    const at::Tensor step = unitStep(x);
    return alpha == 0 ? step : chosen(step.eq(0), at::full_like(step, alpha), step);
  }));
}

LULC_KERNEL(ClipByValue) {
  const double low = call.number();
  const double high = call.number();
  call.output(ofReal(call.raw(0), [low, high](const auto& x) { return at::clamp(x, low, high); }));
}

LULC_KERNEL(IsNan) { call.output(at::isnan(call.raw(0))); }
LULC_KERNEL(IsInf) { call.output(at::isinf(call.raw(0))); }
LULC_KERNEL(IsFinite) { call.output(at::isfinite(call.raw(0))); }
LULC_KERNEL(LogicalNot) { call.output(truth(call.raw(0)).logical_not()); }

}  // namespace lulc
