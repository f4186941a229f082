// Arithmetic as JavaScript does it: TF.js' kernels compute in double precision and store the result in an array of some
// element type. Single-precision inputs stay so here; everything else follows JavaScript exactly.
#pragma once

#include "../engine.h"

namespace lulc {

inline bool isFloat(const at::Tensor& tensor) { return tensor.is_floating_point(); }

// Real numbers as whole ones, the way Int32Array takes them: towards zero, modulo 2^32, 0 for NaN and infinities.
at::Tensor wrapped(const at::Tensor& numbers);

// Numbers as an array of element type `type` takes them. Float types are left in the precision they have.
at::Tensor stored(const at::Tensor& numbers, at::ScalarType type);

// What JavaScript takes for true: neither 0 nor NaN.
at::Tensor truth(const at::Tensor& values);

// `yes` where the condition holds, else `no`; both of one element type. ATen's own choice is a branch per value, which
// a processor cannot foresee; this one is not, where the shapes allow it.
at::Tensor chosen(const at::Tensor& condition, const at::Tensor& yes, const at::Tensor& no);

// The element type that holds both: boolean < int32 < float32.
at::ScalarType upcast(at::ScalarType a, at::ScalarType b);

// The element type of sums: int32 for whole numbers and truth values.
inline at::ScalarType sumType(at::ScalarType type) { return upcast(type, at::kInt); }

// Applies an operation of real numbers to numbers of any type; the result has the type of `x`.
template <typename Operation>
at::Tensor ofReal(const at::Tensor& x, Operation operation) {
  if (isFloat(x)) return operation(x);
  return stored(operation(x.to(at::kDouble)), x.scalar_type());
}

// The same with two arguments, in the type of the first.
template <typename Operation>
at::Tensor ofReals(const at::Tensor& a, const at::Tensor& b, Operation operation) {
  if (isFloat(a) && isFloat(b)) return operation(a, b);
  return stored(operation(a.to(at::kDouble), b.to(at::kDouble)), a.scalar_type());
}

// For operations that whole numbers are closed under, too.
template <typename Operation>
at::Tensor ofNumbers(const at::Tensor& x, Operation operation) {
  if (isFloat(x)) return operation(x);
  return stored(operation(x.to(at::kInt)), x.scalar_type());
}

template <typename Operation>
at::Tensor ofNumbers(const at::Tensor& a, const at::Tensor& b, Operation operation) {
  if (isFloat(a) || isFloat(b)) return ofReals(a, b, operation);
  return stored(operation(a.to(at::kInt), b.to(at::kInt)), a.scalar_type());
}

// Whether rows of a matrix are better worked on as columns: over a last axis of few elements, such as the classes of
// pixels, ATen leaves its vectors mostly empty.
inline bool isForColumns(const at::Tensor& x) {
  constexpr int64_t few = 32, many = 256;
  return x.size(1) <= few && x.size(0) >= many;
}

// A normalisation over the rows of a matrix, `normalise(x, axis)`.
template <typename Normalise>
at::Tensor overRows(const at::Tensor& x, Normalise normalise) {
  if (!isForColumns(x)) return normalise(x, 1);
  return normalise(x.t().contiguous(), 0).t().contiguous();
}

}  // namespace lulc
