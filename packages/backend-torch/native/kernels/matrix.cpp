// Matrix products.
#include <c10/util/accumulate.h>

#include "activation.h"
#include "product.h"

namespace {

// The type in which a product is computed: what the precision option says for floats, double for whole numbers, whose
// products it holds exactly.
at::ScalarType productType(const lulc::Call& call, at::ScalarType type) {
  if (type == at::kInt || type == at::kBool) return at::kDouble;
  switch (call.settings().precision) {
    case lulc::Precision::bf16:
      return at::kBFloat16;
    case lulc::Precision::fp16:
      return at::kHalf;
    default:
      return at::kFloat;
  }
}

// Back to whole numbers; beyond 32 bits they wrap around.
at::Tensor inType(const at::Tensor& result, at::ScalarType type) {
  if (type == at::kInt) return result.to(at::kLong).to(at::kInt);
  return type == at::kBool ? result.to(at::kBool) : result;
}

// A matrix, or a batch of them; a batch of one is a matrix, so that one product serves the whole other batch.
at::Tensor operand(const at::Tensor& x, at::ScalarType type, bool transposed) {
  at::Tensor matrix = x.to(type);
  if (matrix.dim() > 2 && c10::multiply_integers(matrix.sizes().slice(0, matrix.dim() - 2)) == 1)
    matrix = matrix.view({matrix.size(-2), matrix.size(-1)});
  return transposed ? matrix.transpose(-2, -1) : matrix;
}

std::vector<int64_t> productShape(const at::Tensor& a, const at::Tensor& b, bool transposeA, bool transposeB) {
  TORCH_CHECK(a.dim() >= 2 && b.dim() >= 2, "matrices need two axes at least");
  TORCH_CHECK(a.size(transposeA ? -2 : -1) == b.size(transposeB ? -1 : -2),
              "Error in matMul: inner shapes of ", a.sizes(), transposeA ? " (transposed)" : "", " and ", b.sizes(),
              transposeB ? " (transposed)" : "", " must match");
  auto shape = at::infer_size(a.sizes().slice(0, a.dim() - 2), b.sizes().slice(0, b.dim() - 2));
  shape.push_back(a.size(transposeA ? -1 : -2));
  shape.push_back(b.size(transposeB ? -2 : -1));
  return shape;
}

// Whether the bias is one row that every row of a single product gets.
bool isRow(const at::Tensor& bias, const at::Tensor& left, const at::Tensor& right) {
  return left.dim() == 2 && right.dim() == 2 && bias.dim() == 1 && bias.size(0) == right.size(1);
}

// The product of inputs 0 and 1, plus an optional bias.
at::Tensor product(lulc::Call& call, const at::Tensor& bias) {
  const bool transposeA = call.flag();
  const bool transposeB = call.flag();
  const at::Tensor& a = call.raw(0);
  const at::Tensor& b = call.raw(1);
  const auto shape = productShape(a, b, transposeA, transposeB);
  const bool whole = !at::isFloatingType(a.scalar_type()) && !at::isFloatingType(b.scalar_type());
  const auto given = whole ? at::promote_types(a.scalar_type(), b.scalar_type()) : at::kFloat;
  const auto type = productType(call, given);
  const at::Tensor left = operand(a, type, transposeA);
  const at::Tensor right = operand(b, type, transposeB);
  if (type == at::kFloat) {
    const bool row = bias.defined() && isRow(bias, left, right);
    const at::Tensor own = lulc::ownProduct(left, right, row ? bias.to(type) : at::Tensor());
    if (own.defined()) return bias.defined() && !row ? at::add(own.view(shape), bias.to(type)) : own.view(shape);
  }
  if (bias.defined() && !whole && isRow(bias, left, right))
    return at::addmm(bias.to(type), left, right).view(shape);
  const at::Tensor result = inType(at::matmul(left, right), given).reshape(shape);
  return bias.defined() ? at::add(result, whole ? bias : bias.to(type)) : result;
}

// A subscript of an einsum as at::einsum spells it.
std::string subscript(const std::vector<int64_t>& labels) {
  constexpr const char* letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  std::string text;
  for (const int64_t label : labels) {
    TORCH_CHECK(label >= 0 && label < 52, "more than 52 different subscripts");
    text += letters[label];
  }
  return text;
}

}  // namespace

LULC_KERNEL(BatchMatMul) { call.output(product(call, {})); }

LULC_KERNEL(FusedMatMul) {
  const at::Tensor bias = call.optional(2);
  const at::Tensor weights = call.optional(3);
  at::Tensor result = product(call, bias);
  const auto activation = static_cast<lulc::Activation>(call.integer());
  call.output(lulc::activate(std::move(result), activation, call.number(), weights));
}

// Attributes: number of labels in the result, which are the first ones; then the labels of every input.
LULC_KERNEL(Einsum) {
  const int64_t kept = call.integer();
  TORCH_CHECK(kept >= 0 && kept <= 52, kept, " different subscripts");
  std::vector<int64_t> result(kept);
  for (int64_t i = 0; i < kept; i++) result[i] = i;
  auto given = call.raw(0).scalar_type();
  std::string equation;
  int64_t most = kept;
  for (size_t i = 0; i < call.inputCount(); i++) {
    const auto labels = call.integers();
    for (const int64_t label : labels) most = std::max(most, label + 1);
    equation += (i == 0 ? "" : ",") + subscript(labels);
    const auto type = call.raw(i).scalar_type();
    given = at::isFloatingType(given) || at::isFloatingType(type) ? at::kFloat : at::promote_types(given, type);
  }
  // TF.js sums truth values as numbers.
  if (given == at::kBool && most > kept) given = at::kInt;
  std::vector<at::Tensor> operands;
  for (size_t i = 0; i < call.inputCount(); i++) operands.push_back(call.raw(i).to(productType(call, given)));
  call.output(inType(at::einsum(equation + "->" + subscript(result), operands), given));
}
