// Tensors made of numbers, and of shapes.
#include <ATen/ExpandUtils.h>

#include "numbers.h"

namespace lulc {
namespace {

template <typename Number>
at::Tensor steps(double start, double step, int64_t count) {
  at::Tensor values = at::empty({count}, c10::CppTypeToScalarType<Number>::value);
  Number* value = values.data_ptr<Number>();
  // Each from the one before as it was stored: that is how TF.js rounds.
  for (int64_t i = 0; i < count; i++)
    value[i] = static_cast<Number>(i == 0 ? start : static_cast<double>(value[i - 1]) + step);
  return values;
}

std::vector<int64_t> shapeIn(const at::Tensor& sizes) {
  const at::Tensor list = sizes.to(at::kCPU).to(at::kLong).contiguous();
  return {list.data_ptr<int64_t>(), list.data_ptr<int64_t>() + list.numel()};
}

}  // namespace

// Attributes: element type, value, shape.
LULC_KERNEL(Fill) {
  const DType dtype = call.dtype();
  const double value = call.number();
  const std::vector<int64_t> shape = call.integers();
  for (const int64_t size : shape) TORCH_CHECK(size >= 0, "a negative size in the shape ", at::IntArrayRef(shape));
  const at::Tensor number = stored(at::full({}, value, at::kDouble), scalarType(dtype)).to(call.settings().device);
  call.output(number.to(scalarType(dtype)).expand(shape));
}

LULC_KERNEL(OnesLike) { call.output(at::ones_like(call.tensor(0))); }
LULC_KERNEL(ZerosLike) { call.output(at::zeros_like(call.tensor(0))); }

// Attributes: element type, start, step, count.
LULC_KERNEL(Range) {
  const DType dtype = call.dtype();
  const double start = call.number();
  const double step = call.number();
  const int64_t count = call.integer();
  TORCH_CHECK(count >= 0, "a negative count");
  const at::Tensor values =
      dtype == DType::int32 ? steps<int32_t>(start, step, count) : steps<float>(start, step, count);
  call.output(values.to(call.settings().device));
}

// Attributes: element type, depth, values for on and off.
LULC_KERNEL(OneHot) {
  const at::Tensor indices = call.tensor(0);
  const DType dtype = call.dtype();
  const int64_t depth = call.integer();
  TORCH_CHECK(depth >= 0, "a negative depth");
  const at::Tensor on = at::full({}, call.number(), call.options());
  const at::Tensor off = at::full({}, call.number(), call.options());
  const at::Tensor classes = at::arange(depth, indices.options().dtype(sumType(indices.scalar_type())));
  // Few classes are compared row by row, along memory.
  constexpr int64_t few = 32, many = 256;
  const bool turn = depth <= few && indices.numel() >= many;
  const at::Tensor is = turn ? indices.reshape({1, -1}).eq(classes.unsqueeze(1)) : indices.unsqueeze(-1).eq(classes);
  const at::Tensor values = stored(at::where(is, on, off), scalarType(dtype));
  std::vector<int64_t> shape = indices.sizes().vec();
  shape.push_back(depth);
  call.output(turn ? values.t().contiguous().view(shape) : values);
}

LULC_KERNEL(Diag) {
  const at::Tensor x = call.tensor(0);
  std::vector<int64_t> shape = x.sizes().vec();
  shape.insert(shape.end(), x.sizes().begin(), x.sizes().end());
  call.output(at::diag_embed(x.reshape({-1})).reshape(shape));
}

LULC_KERNEL(BroadcastArgs) {
  const std::vector<int64_t> shape = at::infer_size(shapeIn(call.tensor(0)), shapeIn(call.tensor(1)));
  at::Tensor sizes = at::empty({static_cast<int64_t>(shape.size())}, at::kInt);
  std::copy(shape.begin(), shape.end(), sizes.data_ptr<int32_t>());
  call.output(sizes.to(call.settings().device));
}

}  // namespace lulc
