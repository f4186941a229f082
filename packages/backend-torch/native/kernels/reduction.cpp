// Reductions along axes. Attributes: the axes, and whether they stay with size 1.
#include <algorithm>
#include <limits>

#include "loops.h"
#include "numbers.h"

namespace lulc {
namespace {

struct Axes {
  std::vector<int64_t> axes;
  bool keep;
};

Axes axesOf(Call& call, const at::Tensor& x) {
  Axes axes{call.integers(), false};
  for (const int64_t axis : axes.axes)
    TORCH_CHECK(axis >= 0 && axis < x.dim(), "axis ", axis, " of a tensor of ", x.dim(), " dimensions");
  axes.keep = call.flag();
  return axes;
}

int64_t axisOf(int64_t axis, const at::Tensor& x) {
  const int64_t rank = std::max<int64_t>(1, x.dim());
  TORCH_CHECK(axis >= -rank && axis < rank, "axis ", axis, " of a tensor of ", x.dim(), " dimensions");
  return axis < 0 ? axis + rank : axis;
}

// The shape that remains.
std::vector<int64_t> remaining(const at::Tensor& x, const Axes& axes) {
  std::vector<int64_t> shape;
  for (int64_t i = 0; i < x.dim(); i++) {
    const bool reduced = std::find(axes.axes.begin(), axes.axes.end(), i) != axes.axes.end();
    if (!reduced) shape.push_back(x.size(i));
    if (reduced && axes.keep) shape.push_back(1);
  }
  return shape;
}

// x as [rest, reduced].
at::Tensor asRows(const at::Tensor& x, const Axes& axes) {
  std::vector<int64_t> order;
  int64_t rest = 1;
  int64_t reduced = 1;
  for (int64_t i = 0; i < x.dim(); i++) {
    if (std::find(axes.axes.begin(), axes.axes.end(), i) != axes.axes.end()) {
      reduced *= x.size(i);
    } else {
      rest *= x.size(i);
      order.push_back(i);
    }
  }
  order.insert(order.end(), axes.axes.begin(), axes.axes.end());
  return x.permute(order).reshape({rest, reduced});
}

int64_t reducedCount(const at::Tensor& x, const Axes& axes) {
  int64_t count = 1;
  for (const int64_t axis : axes.axes) count *= x.size(axis);
  return count;
}

// The extreme of nothing is what an array holds for JavaScript's undefined: NaN, or 0 among whole numbers.
template <typename Extreme>
void outputExtreme(Call& call, Extreme extreme) {
  const at::Tensor x = call.tensor(0);
  const Axes axes = axesOf(call, x);
  if (axes.axes.empty()) return call.output(x);
  if (reducedCount(x, axes) > 0) return call.output(extreme(x, axes.axes, axes.keep));
  const at::Tensor nothing = at::full({}, std::numeric_limits<float>::quiet_NaN(), x.options().dtype(at::kFloat));
  call.output(stored(nothing, x.scalar_type()).expand(remaining(x, axes)));
}

// The first position of the extreme, as a scan with `beats` finds it: NaN never wins, unless it came first.
template <typename Number, typename Beats>
at::Tensor scannedPositions(const at::Tensor& x, int64_t axis, Beats beats) {
  const int64_t length = x.size(axis);
  int64_t inner = 1;
  for (int64_t i = axis + 1; i < x.dim(); i++) inner *= x.size(i);
  std::vector<int64_t> shape = x.sizes().vec();
  shape.erase(shape.begin() + axis);
  at::Tensor positions = at::zeros(shape, x.options().dtype(at::kInt));
  const Number* values = x.data_ptr<Number>();
  int32_t* position = positions.data_ptr<int32_t>();
  const int64_t grain = std::max<int64_t>(1, grainSize / std::max<int64_t>(1, length));
  at::parallel_for(0, positions.numel(), grain, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) {
      const Number* line = values + (i / inner) * length * inner + i % inner;
      Number best = line[0];
      int64_t at = 0;
      for (int64_t j = 1; j < length; j++) {
        const Number value = line[j * inner];
        if (beats(value, best)) {
          best = value;
          at = j;
        }
      }
      position[i] = static_cast<int32_t>(at);
    }
  });
  return positions;
}

// The same with ATen, for which NaN is the largest value: `worst` takes its place, or `best` where it comes first.
at::Tensor positions(const at::Tensor& x, int64_t axis, bool largest) {
  at::Tensor known = x;
  if (isFloat(x)) {
    const double best = largest ? INFINITY : -INFINITY;
    known = x.masked_fill(x.isnan(), -best);
    const at::Tensor first = x.narrow(axis, 0, 1);
    known.narrow(axis, 0, 1).masked_fill_(first.isnan(), best);
  }
  return largest ? known.argmax(axis) : known.argmin(axis);
}

template <typename Beats>
void outputPositions(Call& call, bool largest, Beats beats) {
  at::Tensor x = call.tensor(0);
  if (x.scalar_type() == at::kBool) x = x.to(at::kInt);
  if (x.dim() == 0) x = x.view({1});
  const int64_t axis = axisOf(call.integer(), x);
  if (x.numel() == 0) return call.output(at::zeros(remaining(x, {{axis}, false}), x.options().dtype(at::kInt)));
  if (!x.is_cpu()) return call.output(positions(x, axis, largest));
  call.output(isFloat(x) ? scannedPositions<float>(x, axis, beats) : scannedPositions<int32_t>(x, axis, beats));
}

// Running sums or products along an axis. `start`: of nothing.
template <typename Running>
void outputRunning(Call& call, double start, Running running) {
  at::Tensor x = call.tensor(0);
  const int64_t axis = axisOf(call.integer(), x);
  const bool exclusive = call.flag();
  const bool reverse = call.flag();
  const at::ScalarType type = sumType(x.scalar_type());
  if (x.dim() == 0) return call.output(exclusive ? at::full({}, start, x.options().dtype(type)) : x.to(type));
  if (reverse) x = x.flip(axis);
  if (exclusive && x.size(axis) > 0) {
    const at::Tensor first = at::full({}, start, x.options().dtype(type)).expand_as(x.narrow(axis, 0, 1));
    x = at::cat({first, x.narrow(axis, 0, x.size(axis) - 1).to(type)}, axis);
  }
  at::Tensor result = running(x, axis, type);
  call.output(reverse ? result.flip(axis) : result);
}

}  // namespace

LULC_KERNEL(Sum) {
  const at::Tensor x = call.tensor(0);
  const Axes axes = axesOf(call, x);
  const at::ScalarType type = sumType(x.scalar_type());
  call.output(axes.axes.empty() ? x.to(type) : at::sum(x, axes.axes, axes.keep, type));
}

LULC_KERNEL(Mean) {
  const at::Tensor x = call.tensor(0).to(at::kFloat);
  const Axes axes = axesOf(call, x);
  if (axes.axes.empty()) return call.output(x);
  // The mean of nothing is 0 here, not NaN.
  call.output(reducedCount(x, axes) > 0 ? at::mean(x, axes.axes, axes.keep) : at::sum(x, axes.axes, axes.keep));
}

LULC_KERNEL(Prod) {
  const at::Tensor x = call.tensor(0);
  const Axes axes = axesOf(call, x);
  const at::ScalarType type = sumType(x.scalar_type());
  call.output(axes.axes.empty() ? x.to(type) : at::prod(asRows(x, axes), 1, false, type).view(remaining(x, axes)));
}

LULC_KERNEL(Max) {
  outputExtreme(call, [](const auto& x, const auto& axes, bool keep) { return at::amax(x, axes, keep); });
}
LULC_KERNEL(Min) {
  outputExtreme(call, [](const auto& x, const auto& axes, bool keep) { return at::amin(x, axes, keep); });
}

LULC_KERNEL(ArgMax) {
  outputPositions(call, true, [](auto value, auto best) { return value > best; });
}
LULC_KERNEL(ArgMin) {
  outputPositions(call, false, [](auto value, auto best) { return value < best; });
}

LULC_KERNEL(Cumsum) {
  outputRunning(call, 0, [](const auto& x, int64_t axis, at::ScalarType type) { return at::cumsum(x, axis, type); });
}
LULC_KERNEL(Cumprod) {
  outputRunning(call, 1, [](const auto& x, int64_t axis, at::ScalarType type) { return at::cumprod(x, axis, type); });
}

LULC_KERNEL(Softmax) {
  const at::Tensor logits = call.tensor(0).to(at::kFloat);
  const int64_t axis = axisOf(call.integer(), logits);
  const auto softmax = [](const at::Tensor& x, int64_t along) { return at::softmax(x, along); };
  if (axis + 1 != logits.dim() || logits.numel() == 0) return call.output(softmax(logits, axis));
  call.output(overRows(logits.view({-1, logits.size(axis)}), softmax).view(logits.sizes()));
}

}  // namespace lulc
