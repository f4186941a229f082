// Reading and writing at indices that are themselves tensors.
#include "../engine.h"

#include <ATen/Parallel.h>
#include <c10/util/accumulate.h>

#include <cstring>

namespace {

using Sizes = std::vector<int64_t>;

// Indices as 64-bit numbers, all within [0, size). On the CPU one outside is an error, as in TF.js. On CUDA a check would
// have to wait for the device, so `inside` tells which ones count and the others point at 0.
struct Indices {
  at::Tensor values;
  at::Tensor inside;  // undefined when all are
};

Indices checkedIndices(const at::Tensor& given, int64_t size, const char* what) {
  const at::Tensor indices = given.to(at::kLong).contiguous();
  if (!indices.is_cpu()) {
    const at::Tensor inside = at::logical_and(indices.ge(0), indices.lt(size));
    return {at::where(inside, indices, at::zeros_like(indices)), inside};
  }
  const int64_t* values = indices.data_ptr<int64_t>();
  for (int64_t i = 0; i < indices.numel(); i++) {
    TORCH_CHECK(values[i] >= 0 && values[i] < size, what, ": the index value ", values[i], " is not in [0, ", size - 1,
                "]");
  }
  return {indices, {}};
}

// Zeros in the rows whose index is outside.
at::Tensor maskRows(const at::Tensor& rows, const Indices& indices) {
  if (!indices.inside.defined()) return rows;
  return at::where(indices.inside.view({-1, 1}), rows, at::zeros({}, rows.options()));
}

// How an N-dimensional index addresses rows of a tensor.
struct Rows {
  int64_t count;     // rows of the tensor
  int64_t length;    // elements of a row
  Indices indices;   // which row each index means
};

// Attributes: elements of a row, rows, strides of the index's components in rows.
Rows readRows(lulc::Call& call, const at::Tensor& given, const char* what) {
  const int64_t length = call.integer();
  const int64_t count = call.integer();
  const Sizes strides = call.integers();
  const auto rank = static_cast<int64_t>(strides.size());
  TORCH_CHECK(length >= 0 && count >= 0, "a negative size");
  TORCH_CHECK(rank == 0 ? given.dim() > 0 : given.numel() % rank == 0, "indices of ", rank, " components in ",
              given.sizes());
  // Indices without components, all of the whole tensor, are counted by their other axes.
  const int64_t numbers = rank == 0 ? c10::multiply_integers(given.sizes().slice(0, given.dim() - 1))
                                    : given.numel() / rank;
  const at::Tensor components = given.to(at::kLong).reshape({numbers, rank});
  at::Tensor flat = at::zeros({numbers}, components.options());
  for (int64_t i = 0; i < rank; i++) flat = flat.add(components.select(1, i), strides[i]);
  return {count, length, checkedIndices(flat, count, what)};
}

// Updates as one row for every index; a scalar serves all.
at::Tensor updateRows(const at::Tensor& updates, const Rows& rows) {
  const int64_t numbers = rows.indices.values.numel();
  if (updates.dim() == 0) return updates.expand({numbers, rows.length});
  TORCH_CHECK(updates.numel() == numbers * rows.length, "updates of shape ", updates.sizes(), " for ", numbers,
              " indices of rows of ", rows.length);
  return updates.reshape({numbers, rows.length});
}

// Writes rows in order, so that the last of several for the same place stays, as in TF.js.
void assignRows(at::Tensor& target, const Rows& rows, const at::Tensor& updates) {
  if (!target.is_cpu()) {
    const at::Tensor kept = rows.indices.inside.nonzero().view({-1});
    target.index_copy_(0, rows.indices.values.index_select(0, kept), updates.index_select(0, kept));
    return;
  }
  const at::Tensor source = updates.contiguous();
  const size_t bytes = rows.length * target.element_size();
  if (bytes == 0) return;
  auto* to = static_cast<char*>(target.data_ptr());
  const auto* from = static_cast<const char*>(source.data_ptr());
  const int64_t* indices = rows.indices.values.data_ptr<int64_t>();
  for (int64_t i = 0; i < source.size(0); i++) std::memcpy(to + indices[i] * bytes, from + i * bytes, bytes);
}

template <typename Number>
void addRowsOnCpu(void* target, const void* updates, const int64_t* indices, int64_t number, int64_t length) {
  for (int64_t i = 0; i < number; i++) {
    Number* to = static_cast<Number*>(target) + indices[i] * length;
    const Number* from = static_cast<const Number*>(updates) + i * length;
    for (int64_t k = 0; k < length; k++) to[k] += from[k];
  }
}

// Adds rows of floats or 32-bit integers up. libtorch's own needs microseconds for every row on the CPU.
void addRows(at::Tensor& target, const at::Tensor& indices, const at::Tensor& updates) {
  if (!target.is_cpu()) {
    target.index_add_(0, indices, updates);
    return;
  }
  const at::Tensor source = updates.contiguous();
  // Integers wrap around, as in JavaScript's arrays.
  const auto add = target.scalar_type() == at::kFloat ? addRowsOnCpu<float> : addRowsOnCpu<uint32_t>;
  add(target.data_ptr(), source.data_ptr(), indices.data_ptr<int64_t>(), source.size(0), target.size(1));
}

// What a gathering reads: `batch` times `outer` times `size` rows of `inner` elements; and how many of the `size` rows.
struct Gathering {
  int64_t batch;
  int64_t outer;
  int64_t size;
  int64_t inner;
  int64_t number;
};

at::Tensor gatherOnCpu(const at::Tensor& x, const at::Tensor& indices, const Gathering& g) {
  at::Tensor result = at::empty({g.batch, g.outer, g.number, g.inner}, x.options());
  const size_t bytes = g.inner * x.element_size();
  if (bytes == 0) return result;
  const auto* from = static_cast<const char*>(x.data_ptr());
  auto* to = static_cast<char*>(result.data_ptr());
  const int64_t* values = indices.data_ptr<int64_t>();
  const int64_t grain = std::max<int64_t>(1, at::internal::GRAIN_SIZE / g.inner);
  at::parallel_for(0, g.batch * g.outer * g.number, grain, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; row++) {
      const int64_t block = row / g.number;
      const int64_t index = values[block / g.outer * g.number + row % g.number];
      std::memcpy(to + row * bytes, from + (block * g.size + index) * bytes, bytes);
    }
  });
  return result;
}

at::Tensor gatherOnDevice(const at::Tensor& x, const Indices& indices, const Gathering& g) {
  const at::Tensor index = indices.values.view({g.batch, 1, g.number, 1});
  const at::Tensor result = x.reshape({g.batch, g.outer, g.size, g.inner})
                                .gather(2, index.expand({g.batch, g.outer, g.number, g.inner}));
  return at::where(indices.inside.view({g.batch, 1, g.number, 1}), result, at::zeros({}, result.options()));
}

}  // namespace

// Attributes: batch, outer, axis and inner size of the tensor; shape of the result.
LULC_KERNEL(GatherV2) {
  const at::Tensor& x = call.raw(0);
  const int64_t batch = call.integer();
  const int64_t outer = call.integer();
  const int64_t size = call.integer();
  const int64_t inner = call.integer();
  const Sizes shape = call.integers();
  TORCH_CHECK(batch * outer * size * inner == x.numel(), "the sizes do not fit the tensor");
  const Indices indices = checkedIndices(call.tensor(1).reshape({-1}), size, "GatherV2");
  TORCH_CHECK(batch == 0 || indices.values.numel() % batch == 0, "the indices do not fit the batch");
  const int64_t number = batch == 0 ? 0 : indices.values.numel() / batch;
  const Gathering gathering{batch, outer, size, inner, number};
  call.output((x.is_cpu() ? gatherOnCpu(x, indices.values, gathering) : gatherOnDevice(x, indices, gathering)).view(shape));
}

LULC_KERNEL(GatherNd) {
  const at::Tensor& x = call.raw(0);
  const Rows rows = readRows(call, call.tensor(1), "GatherNd: invalid indices");
  const Sizes shape = call.integers();
  TORCH_CHECK(rows.count * rows.length == x.numel(), "the sizes do not fit the tensor");
  const at::Tensor gathered = x.reshape({rows.count, rows.length}).index_select(0, rows.indices.values);
  call.output(maskRows(gathered, rows.indices).reshape(shape));
}

LULC_KERNEL(ScatterNd) {
  const at::Tensor updates = call.tensor(1);
  const Rows rows = readRows(call, call.tensor(0), "ScatterNd: invalid indices");
  const Sizes shape = call.integers();
  // Sums of truth values do not exist.
  const auto type = updates.scalar_type() == at::kBool ? at::kInt : updates.scalar_type();
  at::Tensor sums = at::zeros({rows.count, rows.length}, call.options(type));
  addRows(sums, rows.indices.values, maskRows(updateRows(updates, rows).to(type), rows.indices));
  call.output(sums.to(updates.scalar_type()).reshape(shape));
}

LULC_KERNEL(TensorScatterUpdate) {
  const at::Tensor& x = call.raw(0);
  const Rows rows = readRows(call, call.tensor(1), "TensorScatterUpdate: invalid indices");
  TORCH_CHECK(rows.count * rows.length == x.numel(), "the sizes do not fit the tensor");
  at::Tensor result = x.clone().view({rows.count, rows.length});
  assignRows(result, rows, updateRows(call.raw(2).to(x.scalar_type()), rows));
  call.output(result.view(x.sizes()));
}

LULC_KERNEL(SparseToDense) {
  const at::Tensor values = call.tensor(1);
  const Rows rows = readRows(call, call.tensor(0), "SparseToDense: invalid indices");
  const Sizes shape = call.integers();
  at::Tensor result = call.tensor(2).to(values.scalar_type()).reshape({}).expand({rows.count, rows.length}).clone(
      at::MemoryFormat::Contiguous);
  assignRows(result, rows, updateRows(values, rows));
  call.output(result.reshape(shape));
}

// Rows whose segment does not exist are left out, as in TF.js; the sum of integers is a float there, too.
LULC_KERNEL(UnsortedSegmentSum) {
  const at::Tensor x = call.tensor(0).to(at::kFloat);
  const at::Tensor segments = call.tensor(1).to(at::kLong);
  const int64_t count = call.integer();
  TORCH_CHECK(count >= 0, "a negative number of segments");
  TORCH_CHECK(segments.dim() == 1 && x.dim() >= 1 && x.size(0) == segments.size(0), "segments of shape ",
              segments.sizes(), " for ", x.sizes());
  // One segment more collects what belongs nowhere.
  const at::Tensor exists = at::logical_and(segments.ge(0), segments.lt(count));
  const at::Tensor targets = at::where(exists, segments, at::full_like(segments, count));
  const int64_t length = c10::multiply_integers(x.sizes().slice(1));
  at::Tensor sums = at::zeros({count + 1, length}, x.options());
  addRows(sums, targets, x.reshape({x.size(0), length}));
  Sizes shape = x.sizes().vec();
  shape[0] = count;
  call.output(sums.narrow(0, 0, count).view(shape));
}
