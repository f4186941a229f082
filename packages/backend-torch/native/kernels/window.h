// Where the windows of convolutions and pools lie on their images.
#pragma once

#include "../engine.h"

namespace lulc {

// Strides, dilations, padding before the first element and number of windows, for each spatial axis (two or three).
// Padding after the last element follows from the number of windows.
struct Window {
  std::vector<int64_t> stride, dilation, before, out;

  int64_t rank() const { return static_cast<int64_t>(stride.size()); }
  // Elements from the first to the last that a filter of `size` elements reads.
  int64_t extent(int64_t axis, int64_t size) const { return (size - 1) * dilation[axis] + 1; }
  // Elements that the last window reads beyond the end of the image (negative: elements that it leaves unread).
  int64_t after(int64_t axis, int64_t in, int64_t size) const {
    return (out[axis] - 1) * stride[axis] + extent(axis, size) - in - before[axis];
  }
};

// Reads what writeWindow of src/kernels/window.ts writes.
inline Window readWindow(Call& call) {
  Window window;
  window.stride = call.integers();
  window.dilation = call.integers();
  window.before = call.integers();
  window.out = call.integers();
  const size_t rank = window.stride.size();
  TORCH_CHECK(rank == 2 || rank == 3, "windows have two or three axes, not ", rank);
  TORCH_CHECK(window.dilation.size() == rank && window.before.size() == rank && window.out.size() == rank,
              "a window with different numbers of strides, dilations, paddings and outputs");
  // Far beyond any image, and small enough that no position overflows.
  constexpr int64_t limit = int64_t{1} << 31;
  for (size_t axis = 0; axis < rank; axis++) {
    const int64_t stride = window.stride[axis], dilation = window.dilation[axis];
    TORCH_CHECK(stride >= 1 && stride < limit, "a stride of ", stride);
    TORCH_CHECK(dilation >= 1 && dilation < limit, "a dilation of ", dilation);
    TORCH_CHECK(window.before[axis] > -limit && window.before[axis] < limit, "a padding of ", window.before[axis]);
    TORCH_CHECK(window.out[axis] >= 0 && window.out[axis] < limit, window.out[axis], " windows");
  }
  return window;
}

}  // namespace lulc
