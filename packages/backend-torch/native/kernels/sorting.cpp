// Order and counting: largest values, distinct ones, positions in sorted sequences, histograms.
#include <cstring>

#include "numbers.h"

namespace lulc {
namespace {

// Slices along an axis as rows of bytes, in host memory, in which values that are written alike are alike: all NaNs,
// and both zeros.
at::Tensor comparableRows(const at::Tensor& x, int64_t axis) {
  at::Tensor rows = x.transpose(0, axis).reshape({x.size(axis), -1});
  if (isFloat(x)) {
    rows = rows.masked_fill(rows.isnan(), NAN);
    rows = rows.masked_fill(rows.eq(0), 0);
  }
  return rows.to(at::kCPU).contiguous();
}

at::Tensor indexTensor(const std::vector<int64_t>& indices) {
  at::Tensor tensor = at::empty({static_cast<int64_t>(indices.size())}, at::kLong);
  if (!indices.empty()) std::memcpy(tensor.data_ptr<int64_t>(), indices.data(), indices.size() * sizeof(int64_t));
  return tensor;
}

void checkCounts(const at::Tensor& x, const at::Tensor& weights, int64_t size) {
  TORCH_CHECK(size >= 0, "a negative size");
  TORCH_CHECK(weights.numel() == 0 || weights.numel() == x.numel(), weights.numel(), " weights for ", x.numel(),
              " values");
  TORCH_CHECK(x.numel() == 0 || x.min().item<double>() >= 0, "Input x must be non-negative!");
}

// Weighted counts of 0 … size - 1 in each row of x. Values beyond are counted in a last column that is cut off.
at::Tensor counts(const at::Tensor& x, const at::Tensor& weights, int64_t size, bool binary) {
  checkCounts(x, weights, size);
  const at::ScalarType type = sumType(weights.scalar_type());
  const at::Tensor columns = x.clamp_max(size).to(at::kLong);
  at::Tensor result = at::zeros({x.size(0), size + 1}, weights.options().dtype(type));
  if (binary) {
    result.scatter_(1, columns, 1);
  } else if (weights.numel() == 0) {
    result.scatter_add_(1, columns, at::ones(columns.sizes(), result.options()));
  } else {
    result.scatter_add_(1, columns, weights.to(type).view(columns.sizes()));
  }
  return stored(result.narrow(1, 0, size), weights.scalar_type());
}

}  // namespace

// Among equal values the one that comes first wins.
LULC_KERNEL(TopK) {
  const at::Tensor x = call.tensor(0);
  const int64_t k = call.integer();
  TORCH_CHECK(x.dim() > 0 && k >= 0 && k <= x.size(-1), "the ", k, " largest of ", x.sizes());
  const at::ScalarType type = x.scalar_type();
  const at::Tensor numbers = type == at::kBool ? x.to(at::kInt) : x;
  const auto [values, indices] = at::sort(numbers, /*stable=*/true, /*dim=*/-1, /*descending=*/true);
  call.output(values.narrow(-1, 0, k).to(type));
  call.output(indices.narrow(-1, 0, k).to(at::kInt));
}

// In the order in which they first appear.
LULC_KERNEL(Unique) {
  const at::Tensor x = call.tensor(0);
  const int64_t axis = call.integer();
  TORCH_CHECK(axis >= 0 && axis < x.dim(), "axis ", axis, " of a tensor of ", x.dim(), " dimensions");
  const int64_t count = x.size(axis);
  const at::Tensor rows = count > 0 && x.numel() > 0 ? comparableRows(x, axis) : at::empty({count, 0}, at::kInt);
  const size_t width = static_cast<size_t>(rows.size(1)) * rows.element_size();
  const char* bytes = width > 0 ? static_cast<const char*>(rows.data_ptr()) : "";
  at::Tensor positions = at::empty({count}, at::kInt);
  std::unordered_map<std::string, int32_t> seen;
  std::vector<int64_t> firsts;
  for (int64_t i = 0; i < count; i++) {
    const auto [found, isNew] =
        seen.emplace(std::string(bytes + static_cast<size_t>(i) * width, width), static_cast<int32_t>(firsts.size()));
    if (isNew) firsts.push_back(i);
    positions.data_ptr<int32_t>()[i] = found->second;
  }
  call.output(at::index_select(x, axis, indexTensor(firsts).to(x.device())));
  call.output(positions.to(x.device()));
}

LULC_KERNEL(SearchSorted) {
  const at::Tensor sequence = call.tensor(0);
  const at::Tensor values = call.tensor(1);
  const bool right = call.flag();
  const at::ScalarType type = upcast(upcast(sequence.scalar_type(), values.scalar_type()), at::kInt);
  TORCH_CHECK(sequence.dim() == 2 && values.dim() == 2 && sequence.size(0) == values.size(0), "sequences of shape ",
              sequence.sizes(), " and values of shape ", values.sizes());
  if (sequence.numel() == 0 || values.numel() == 0)
    return call.output(at::zeros(values.sizes(), values.options().dtype(at::kInt)));
  at::Tensor found = at::searchsorted(sequence.to(type), values.to(type), /*out_int32=*/true, right);
  // NaN is above nothing.
  call.output(isFloat(values) ? found.masked_fill(values.isnan(), 0) : found);
}

LULC_KERNEL(Bincount) {
  const at::Tensor x = call.tensor(0);
  const at::Tensor weights = call.tensor(1);
  const int64_t size = call.integer();
  call.output(counts(x.reshape({1, -1}), weights, size, false).view({size}));
}

// A histogram of each row; of a vector, whose histogram is never binary, as in TF.js.
LULC_KERNEL(DenseBincount) {
  const at::Tensor x = call.tensor(0);
  const at::Tensor weights = call.tensor(1);
  const int64_t size = call.integer();
  const bool binary = call.flag();
  TORCH_CHECK(x.dim() == 1 || x.dim() == 2, "Error in denseBincount: input must be at most rank 2, but got rank ",
              x.dim());
  if (x.dim() == 2) return call.output(counts(x, weights, size, binary));
  call.output(counts(x.view({1, -1}), weights, size, false).view({size}));
}

}  // namespace lulc
