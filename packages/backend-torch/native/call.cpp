#include "engine.h"

namespace lulc {

std::vector<Kernel>& kernelTable() {
  static std::vector<Kernel> table;
  return table;
}

at::ScalarType scalarType(DType dtype) {
  switch (dtype) {
    case DType::int32:
      return at::kInt;
    case DType::boolean:
      return at::kBool;
    default:
      return at::kFloat;
  }
}

DType dtypeOf(const at::Tensor& tensor) {
  switch (tensor.scalar_type()) {
    case at::kInt:
      return DType::int32;
    case at::kBool:
      return DType::boolean;
    default:
      return DType::float32;
  }
}

Value& Call::required(size_t i) const {
  TORCH_CHECK(has(i), "input ", i, " is missing");
  TORCH_CHECK(inputs_[i]->tensor.defined(), "input ", i, " was disposed");
  return *inputs_[i];
}

const at::Tensor& Call::raw(size_t i) const { return required(i).tensor; }

at::Tensor Call::tensor(size_t i) const {
  const at::Tensor& value = raw(i);
  const auto type = value.scalar_type();
  return type == at::kBFloat16 || type == at::kHalf ? value.to(at::kFloat) : value;
}

double Call::number() {
  TORCH_CHECK(next_ < end_, "an attribute is missing");
  return *next_++;
}

std::vector<int64_t> Call::integers() {
  const int64_t count = integer();
  TORCH_CHECK(count >= 0 && count <= end_ - next_, "a list of ", count, " attributes is cut off");
  std::vector<int64_t> list(count);
  for (auto& item : list) item = integer();
  return list;
}

void Call::output(at::Tensor tensor) {
  switch (tensor.scalar_type()) {
    case at::kFloat:
    case at::kInt:
    case at::kBool:
    case at::kBFloat16:
    case at::kHalf:
      outputs_.push_back(tensor.contiguous());
      break;
    case at::kDouble:
      outputs_.push_back(tensor.to(at::kFloat).contiguous());
      break;
    default:
      outputs_.push_back(tensor.to(at::kInt).contiguous());
  }
}

void Call::output(const at::Tensor& tensor, DType dtype) {
  outputs_.push_back(tensor.to(scalarType(dtype)).contiguous());
}

}  // namespace lulc
