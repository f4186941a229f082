// Moving values without changing them: joining, cutting, padding, permuting.
#include "../engine.h"

#include <algorithm>

#include <c10/util/accumulate.h>

namespace {

using Sizes = std::vector<int64_t>;

// Bytes that a view keeps alive for every byte of its own, at most; a smaller part is copied out.
constexpr int64_t viewShare = 8;

Sizes contiguousStrides(at::IntArrayRef sizes) {
  Sizes strides(sizes.size());
  int64_t stride = 1;
  for (size_t axis = sizes.size(); axis-- > 0; stride *= std::max<int64_t>(sizes[axis], 1)) strides[axis] = stride;
  return strides;
}

// Whether a part of a tensor may be kept as a view of it.
bool worthAView(const at::Tensor& part) {
  return part.is_contiguous() &&
         static_cast<int64_t>(part.nbytes()) * viewShare >= static_cast<int64_t>(part.storage().nbytes());
}

at::Tensor viewOrCopy(const at::Tensor& part) {
  return worthAView(part) ? part : part.clone(at::MemoryFormat::Contiguous);
}

// The box of `sizes` elements from `begin` on.
at::Tensor box(const at::Tensor& x, at::IntArrayRef begin, at::IntArrayRef sizes) {
  TORCH_CHECK(static_cast<int64_t>(begin.size()) == x.dim() && begin.size() == sizes.size(), "a slice of ",
              begin.size(), " axes of a tensor of ", x.dim());
  int64_t offset = x.storage_offset();
  for (int64_t axis = 0; axis < x.dim(); axis++) {
    TORCH_CHECK(begin[axis] >= 0 && begin[axis] <= x.size(axis) && sizes[axis] >= 0 && sizes[axis] <= x.size(axis) - begin[axis],
                "a slice of ", sizes[axis], " from ", begin[axis], " is outside of axis ", axis, " of size ", x.size(axis));
    offset += begin[axis] * x.stride(axis);
  }
  return x.as_strided(sizes, x.strides(), offset);
}

// Tensors that lie one after another in the same memory are their own concatenation: the weights that an optimiser cuts
// out of one flat vector and joins again in the next step.
bool areAdjacent(const std::vector<at::Tensor>& parts) {
  int64_t next = parts[0].storage_offset();
  for (const auto& part : parts) {
    if (!part.is_alias_of(parts[0]) || part.storage_offset() != next || !part.is_contiguous()) return false;
    next += part.numel();
  }
  return true;
}

at::Tensor concatenate(const std::vector<at::Tensor>& parts, int64_t axis) {
  Sizes sizes = parts[0].sizes().vec();
  for (size_t i = 1; i < parts.size(); i++) {
    TORCH_CHECK(parts[i].dim() == parts[0].dim(), "tensors of ", parts[0].dim(), " and ", parts[i].dim(),
                " axes cannot be joined");
    for (int64_t other = 0; other < parts[0].dim(); other++) {
      TORCH_CHECK(other == axis || parts[i].size(other) == sizes[other], "tensors of ", sizes[other], " and ",
                  parts[i].size(other), " elements on axis ", other, " cannot be joined on axis ", axis);
    }
    sizes[axis] += parts[i].size(axis);
  }
  const bool outermost = c10::multiply_integers(at::IntArrayRef(sizes).slice(0, axis)) == 1;
  if (outermost && areAdjacent(parts))
    return parts[0].as_strided(sizes, contiguousStrides(sizes), parts[0].storage_offset());
  return at::cat(parts, axis);
}

// All inputs, in the element type of the first.
std::vector<at::Tensor> alikeInputs(const lulc::Call& call) {
  std::vector<at::Tensor> inputs(call.inputCount());
  TORCH_CHECK(!inputs.empty(), "at least one tensor is needed");
  bool alike = true;
  for (size_t i = 0; i < inputs.size(); i++) {
    inputs[i] = call.raw(i);
    alike = alike && inputs[i].scalar_type() == inputs[0].scalar_type();
  }
  if (alike) return inputs;
  const auto type = lulc::scalarType(lulc::dtypeOf(inputs[0]));
  for (auto& input : inputs) input = input.to(type);
  return inputs;
}

int64_t checkedAxis(int64_t axis, int64_t rank) {
  TORCH_CHECK(axis >= 0 && axis < rank, "axis ", axis, " of a tensor of ", rank, " axes");
  return axis;
}

struct Padding {
  Sizes before;
  Sizes after;
};

Padding readPadding(lulc::Call& call, const at::Tensor& x) {
  Padding padding{call.integers(), call.integers()};
  TORCH_CHECK(static_cast<int64_t>(padding.before.size()) == x.dim() && padding.before.size() == padding.after.size(),
              "paddings of ", padding.before.size(), " axes for a tensor of ", x.dim());
  for (int64_t axis = 0; axis < x.dim(); axis++)
    TORCH_CHECK(padding.before[axis] >= 0 && padding.after[axis] >= 0, "a negative padding");
  return padding;
}

at::Tensor pad(const at::Tensor& x, const Padding& padding, double value) {
  // ATen counts axes from the last one.
  Sizes pairs;
  Sizes padded = x.sizes().vec();
  for (int64_t axis = x.dim() - 1; axis >= 0; axis--) {
    pairs.push_back(padding.before[axis]);
    pairs.push_back(padding.after[axis]);
    padded[axis] += padding.before[axis] + padding.after[axis];
  }
  // libtorch 1.13 refuses to make nothing.
  if (std::find(padded.begin(), padded.end(), 0) != padded.end()) return at::empty(padded, x.options());
  return at::constant_pad_nd(x, pairs, value);
}

// Positive block sizes for the axes after the first.
// Blocks beyond it, or so many in all, have no use, and products of them would overflow.
constexpr int64_t largestBlock = int64_t{1} << 20;

Sizes readBlocks(lulc::Call& call, const at::Tensor& x) {
  Sizes blocks = call.integers();
  TORCH_CHECK(static_cast<int64_t>(blocks.size()) < x.dim(), blocks.size(), " block axes for a tensor of ", x.dim());
  int64_t all = 1;
  for (const int64_t block : blocks) {
    TORCH_CHECK(block > 0 && block <= largestBlock, "a block of size ", block);
    all *= block;
    TORCH_CHECK(all <= largestBlock, all, " blocks");
  }
  return blocks;
}

void outputViews(lulc::Call& call, const std::vector<at::Tensor>& parts) {
  for (const auto& part : parts) call.output(part);
}

}  // namespace

LULC_KERNEL(Concat) {
  const auto parts = alikeInputs(call);
  call.output(concatenate(parts, checkedAxis(call.integer(), parts[0].dim())));
}

LULC_KERNEL(Pack) {
  auto parts = alikeInputs(call);
  const int64_t axis = checkedAxis(call.integer(), parts[0].dim() + 1);
  for (size_t i = 1; i < parts.size(); i++)
    TORCH_CHECK(lulc::dtypeOf(call.raw(i)) == lulc::dtypeOf(parts[0]), "tensors of different types cannot be stacked");
  for (const auto& part : parts)
    TORCH_CHECK(part.sizes() == parts[0].sizes(), "tensors of shapes ", parts[0].sizes(), " and ", part.sizes(),
                " cannot be stacked");
  for (auto& part : parts) part = part.unsqueeze(axis);
  call.output(concatenate(parts, axis));
}

LULC_KERNEL(Unpack) {
  const at::Tensor& x = call.raw(0);
  outputViews(call, x.unbind(checkedAxis(call.integer(), x.dim())));
}

LULC_KERNEL(SplitV) {
  const at::Tensor& x = call.raw(0);
  const int64_t axis = checkedAxis(call.integer(), x.dim());
  const Sizes sizes = call.integers();
  outputViews(call, x.split_with_sizes(sizes, axis));
}

LULC_KERNEL(Slice) {
  const at::Tensor& x = call.raw(0);
  const Sizes begin = call.integers();
  const Sizes sizes = call.integers();
  call.output(viewOrCopy(box(x, begin, sizes)));
}

// Begin, end and stride of every axis, all within the tensor, then the shape of the result, in which axes of one element
// may come and go.
LULC_KERNEL(StridedSlice) {
  at::Tensor x = call.raw(0);
  const Sizes begin = call.integers();
  const Sizes end = call.integers();
  const Sizes strides = call.integers();
  const Sizes shape = call.integers();
  TORCH_CHECK(static_cast<int64_t>(begin.size()) == x.dim() && begin.size() == end.size() &&
                  begin.size() == strides.size(),
              "a slice of ", begin.size(), " axes of a tensor of ", x.dim());
  for (int64_t axis = 0; axis < x.dim(); axis++) {
    const int64_t stride = strides[axis];
    TORCH_CHECK(stride != 0, "a stride of 0");
    const int64_t step = std::abs(stride);
    const int64_t span = stride > 0 ? end[axis] - begin[axis] : begin[axis] - end[axis];
    const int64_t count = span <= 0 ? 0 : (span + step - 1) / step;
    const int64_t last = begin[axis] + (count - 1) * stride;
    TORCH_CHECK(count == 0 || (std::min(begin[axis], last) >= 0 && std::max(begin[axis], last) < x.size(axis)),
                "the slice from ", begin[axis], " to ", end[axis], " is outside of axis ", axis, " of size ",
                x.size(axis));
    if (count == 0) {
      x = x.narrow(axis, 0, 0);
    } else if (stride > 0) {
      x = x.slice(axis, begin[axis], last + 1, stride);
    } else {
      x = x.slice(axis, last, begin[axis] + 1, step).flip(axis);
    }
  }
  call.output(viewOrCopy(x).view(shape));
}

LULC_KERNEL(PadV2) {
  const at::Tensor& x = call.raw(0);
  const Padding padding = readPadding(call, x);
  call.output(pad(x, padding, call.number()));
}

// Mirrors with (symmetric) or without (reflect) the border itself.
LULC_KERNEL(MirrorPad) {
  at::Tensor x = call.raw(0);
  const Padding padding = readPadding(call, x);
  const int64_t skipped = call.flag() ? 1 : 0;
  for (int64_t axis = 0; axis < x.dim(); axis++) {
    const int64_t before = padding.before[axis];
    const int64_t after = padding.after[axis];
    if (before == 0 && after == 0) continue;
    const int64_t available = x.size(axis) - skipped;
    TORCH_CHECK(before <= available && after <= available, "a mirrored padding of ", std::max(before, after),
                " on axis ", axis, " of size ", x.size(axis));
    x = at::cat({x.narrow(axis, skipped, before).flip(axis), x, x.narrow(axis, available - after, after).flip(axis)},
                axis);
  }
  call.output(x);
}

LULC_KERNEL(Transpose) { call.output(call.raw(0).permute(call.integers())); }

LULC_KERNEL(Reverse) { call.output(call.raw(0).flip(call.integers())); }

LULC_KERNEL(Tile) {
  const at::Tensor& x = call.raw(0);
  const Sizes times = call.integers();
  TORCH_CHECK(static_cast<int64_t>(times.size()) == x.dim(), times.size(), " repetitions for a tensor of ", x.dim(),
              " axes");
  // Axes of one element are only seen several times; the copy is made once, at the end.
  Sizes repeated = times;
  Sizes expanded = x.sizes().vec();
  bool repeats = false;
  for (int64_t axis = 0; axis < x.dim(); axis++) {
    TORCH_CHECK(times[axis] >= 0, "a negative number of repetitions");
    if (x.size(axis) == 1) repeated[axis] = 1;
    repeats = repeats || repeated[axis] != 1;
    expanded[axis] *= times[axis];
  }
  call.output((repeats ? x.repeat(repeated) : x).expand(expanded));
}

LULC_KERNEL(SpaceToBatchND) {
  at::Tensor x = call.raw(0);
  const Sizes blocks = readBlocks(call, x);
  x = pad(x, readPadding(call, x), 0);
  const auto count = static_cast<int64_t>(blocks.size());
  // [batch, outer 1, block 1, outer 2, block 2, …, rest] -> [blocks …, batch, outers …, rest]
  Sizes cut = {x.size(0)};
  Sizes order;
  Sizes joined = {x.size(0) * c10::multiply_integers(blocks)};
  for (int64_t i = 0; i < count; i++) {
    TORCH_CHECK(x.size(i + 1) % blocks[i] == 0, "blocks of ", blocks[i], " do not divide the padded size ",
                x.size(i + 1), " of axis ", i + 1);
    cut.push_back(x.size(i + 1) / blocks[i]);
    cut.push_back(blocks[i]);
    joined.push_back(x.size(i + 1) / blocks[i]);
    order.push_back(2 * i + 2);
  }
  order.push_back(0);
  for (int64_t i = 0; i < count; i++) order.push_back(2 * i + 1);
  for (int64_t axis = count + 1; axis < x.dim(); axis++) {
    cut.push_back(x.size(axis));
    joined.push_back(x.size(axis));
    order.push_back(axis + count);
  }
  call.output(x.reshape(cut).permute(order).reshape(joined));
}

LULC_KERNEL(BatchToSpaceND) {
  const at::Tensor& x = call.raw(0);
  const Sizes blocks = readBlocks(call, x);
  const Sizes begin = call.integers();
  Sizes sizes = call.integers();
  const auto count = static_cast<int64_t>(blocks.size());
  const int64_t all = c10::multiply_integers(blocks);
  TORCH_CHECK(x.size(0) % all == 0, "a batch of ", x.size(0), " is not divisible by the blocks' ", all);
  // [blocks …, batch, outers …, rest] -> [batch, outer 1, block 1, outer 2, block 2, …, rest]
  Sizes cut = blocks;
  cut.push_back(x.size(0) / all);
  Sizes order = {count};
  Sizes joined = {x.size(0) / all};
  for (int64_t axis = 1; axis < x.dim(); axis++) {
    cut.push_back(x.size(axis));
    order.push_back(axis + count);
    if (axis <= count) order.push_back(axis - 1);
    joined.push_back(axis <= count ? x.size(axis) * blocks[axis - 1] : x.size(axis));
  }
  call.output(viewOrCopy(box(x.view(cut).permute(order).reshape(joined), begin, sizes)));
}

LULC_KERNEL(DepthToSpace) {
  const at::Tensor& x = call.raw(0);
  const int64_t block = call.integer();
  TORCH_CHECK(x.dim() == 4 && block > 0 && block <= largestBlock && x.size(3) % (block * block) == 0, "blocks of ",
              block, " for ", x.sizes());
  const int64_t depth = x.size(3) / (block * block);
  call.output(x.view({x.size(0), x.size(1), x.size(2), block, block, depth})
                  .permute({0, 1, 3, 2, 4, 5})
                  .reshape({x.size(0), x.size(1) * block, x.size(2) * block, depth}));
}
