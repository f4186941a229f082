// Sums over groups of rows.
#include "../engine.h"

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
  std::vector<int64_t> shape = x.sizes().vec();
  shape[0] = count + 1;
  call.output(at::zeros(shape, x.options()).index_add_(0, targets, x).narrow(0, 0, count));
}
