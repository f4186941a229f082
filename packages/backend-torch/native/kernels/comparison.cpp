// Comparisons, logic, choices and changes of element type.
#include "numbers.h"

namespace lulc {
namespace {

// Numbers of different types are compared as double precision, which holds both.
template <typename Operation>
at::Tensor compared(Call& call, Operation operation) {
  const at::Tensor& a = call.raw(0);
  const at::Tensor& b = call.raw(1);
  if (isFloat(a) == isFloat(b)) return operation(a, b);
  return operation(a.to(at::kDouble), b.to(at::kDouble));
}

// `condition` with as many dimensions as `values`: along the first one when it is a vector.
at::Tensor alignedCondition(const at::Tensor& condition, int64_t dimensions) {
  if (condition.dim() != 1 || dimensions <= 1) return condition;
  std::vector<int64_t> shape(dimensions, 1);
  shape[0] = condition.size(0);
  return condition.view(shape);
}

}  // namespace

LULC_KERNEL(Equal) { call.output(compared(call, [](const auto& a, const auto& b) { return a.eq(b); })); }
LULC_KERNEL(NotEqual) { call.output(compared(call, [](const auto& a, const auto& b) { return a.ne(b); })); }
LULC_KERNEL(Greater) { call.output(compared(call, [](const auto& a, const auto& b) { return a.gt(b); })); }
LULC_KERNEL(GreaterEqual) { call.output(compared(call, [](const auto& a, const auto& b) { return a.ge(b); })); }
LULC_KERNEL(Less) { call.output(compared(call, [](const auto& a, const auto& b) { return a.lt(b); })); }
LULC_KERNEL(LessEqual) { call.output(compared(call, [](const auto& a, const auto& b) { return a.le(b); })); }

LULC_KERNEL(LogicalAnd) { call.output(at::logical_and(truth(call.raw(0)), truth(call.raw(1)))); }
LULC_KERNEL(LogicalOr) { call.output(at::logical_or(truth(call.raw(0)), truth(call.raw(1)))); }

LULC_KERNEL(Select) {
  const at::Tensor yes = call.tensor(1);
  const at::Tensor no = call.tensor(2);
  const at::ScalarType type = upcast(yes.scalar_type(), no.scalar_type());
  const at::Tensor condition = alignedCondition(truth(call.raw(0)), yes.dim());
  call.output(chosen(condition, yes.to(type), no.to(type)));
}

// A value of its own even when the type stays.
LULC_KERNEL(Cast) {
  const at::Tensor x = call.tensor(0);
  const DType dtype = call.dtype();
  call.output(dtype == DType::boolean ? x.to(at::kBool) : stored(x, scalarType(dtype)));
}

}  // namespace lulc
