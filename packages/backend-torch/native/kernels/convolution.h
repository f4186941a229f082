// What the kernels of convolutions share: their attributes, and tensors as libtorch wants them.
#pragma once

#include "window.h"

namespace lulc {

// How TF.js orders a filter: [...size, in, out], or [...size, in, multiplier] with channels on their own.
enum class FilterKind : int { dense = 0, depthwise = 1 };

struct Convolution {
  FilterKind kind;
  bool channelsFirst;
  Window window;
};

// Reads what writeConvolution of src/kernels/convolution.ts writes.
inline Convolution readConvolution(Call& call) {
  const int64_t kind = call.integer();
  TORCH_CHECK(kind == 0 || kind == 1, "unknown kind of filter ", kind);
  const bool channelsFirst = call.flag();
  return {static_cast<FilterKind>(kind), channelsFirst, readWindow(call)};
}

// The type in which convolutions and matrix products compute.
inline at::ScalarType computeType(const Settings& settings) {
  switch (settings.precision) {
    case Precision::bf16:
      return at::kBFloat16;
    case Precision::fp16:
      return at::kHalf;
    default:
      return at::kFloat;
  }
}

// Whether the engine's own single-precision loops compute what was asked for.
inline bool isSinglePrecision(const Settings& settings) { return computeType(settings) == at::kFloat; }

// Sizes of the filter as libtorch orders it, and how many groups of channels it has.
struct FilterSizes {
  int64_t in, out, groups;
  std::vector<int64_t> window;

  FilterSizes(at::IntArrayRef filter, FilterKind kind, int64_t rank) {
    TORCH_CHECK(static_cast<int64_t>(filter.size()) == rank + 2, "a filter of rank ", filter.size(), " for ", rank,
                " axes");
    in = filter[rank];
    out = kind == FilterKind::depthwise ? in * filter[rank + 1] : filter[rank + 1];
    groups = kind == FilterKind::depthwise ? std::max<int64_t>(1, in) : 1;
    window = filter.slice(0, rank).vec();
  }
  std::vector<int64_t> torch() const {
    std::vector<int64_t> sizes{out, in / groups};
    sizes.insert(sizes.end(), window.begin(), window.end());
    return sizes;
  }
};

// [N, ..., C] seen as [N, C, ...], and back. Nothing is copied.
inline at::Tensor channelsFirst(const at::Tensor& images) { return images.movedim(-1, 1); }
inline at::Tensor channelsLast(const at::Tensor& images) { return images.movedim(1, -1); }

}  // namespace lulc
