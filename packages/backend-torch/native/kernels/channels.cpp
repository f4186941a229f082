// Images [batch, height, width, channels] and one number per channel: the gates of channel attention, and batch norms
// whose statistics are fixed.
#include <cmath>

#include "activation.h"
#include "loops.h"

namespace lulc {
namespace {

struct Image {
  int64_t batch, rows, channels;
};

Image imageOf(const at::Tensor& x) {
  TORCH_CHECK(x.dim() == 4, "an image [batch, height, width, channels] is needed, got ", x.sizes());
  return {x.size(0), x.size(1) * x.size(2), x.size(3)};
}

// Runs `body(sample, begin, end)` over the rows of every sample, in parts that are worth a thread.
template <typename Body>
void overRows(const Image& image, Body body) {
  const int64_t parts = std::max<int64_t>(1, image.rows / rowGrain(image.channels));
  at::parallel_for(0, image.batch * parts, 1, [&](int64_t from, int64_t to) {
    for (int64_t i = from; i < to; i++) {
      const int64_t part = i % parts;
      body(i / parts, image.rows * part / parts, image.rows * (part + 1) / parts);
    }
  });
}

}  // namespace

// Inputs: image x, gate s and what is added, of x's shape or like s. y = x s + added.
LULC_KERNEL(ScaleAdd) {
  const at::Tensor& x = call.raw(0);
  const at::Tensor& s = call.raw(1);
  const at::Tensor& added = call.raw(2);
  const Image image = imageOf(x);
  const std::vector<int64_t> gate{image.batch, 1, 1, image.channels};
  const bool byChannel = added.sizes() != x.sizes();
  TORCH_CHECK(s.sizes() == gate && (!byChannel || added.sizes() == gate), "a gate of shape ", s.sizes(), " and ",
              added.sizes(), " for an image ", x.sizes());
  if (!isPlain(x) || !isPlain(s) || !isPlain(added)) return call.output(at::add(at::mul(x, s), added));
  at::Tensor y = at::empty_like(x);
  const float* from = x.data_ptr<float>();
  const float* scale = s.data_ptr<float>();
  const float* other = added.data_ptr<float>();
  float* to = y.data_ptr<float>();
  overRows(image, [&](int64_t sample, int64_t begin, int64_t end) {
    const int64_t at = (sample * image.rows + begin) * image.channels;
    const float* own = scale + sample * image.channels;
    if (byChannel) {
      loops().scaleShift(from + at, own, other + sample * image.channels, nullptr, 1, to + at, end - begin,
                         image.channels);
    } else {
      loops().scaleRows(from + at, own, other + at, to + at, end - begin, image.channels);
    }
  });
  call.output(y);
}

// Sums over the image of the product of two images: [batch, channels].
LULC_KERNEL(ProductSum) {
  const at::Tensor& a = call.raw(0);
  const at::Tensor& b = call.raw(1);
  const Image image = imageOf(a);
  TORCH_CHECK(a.sizes() == b.sizes(), "images of shapes ", a.sizes(), " and ", b.sizes());
  if (!isPlain(a) || !isPlain(b)) return call.output(at::mul(call.tensor(0), call.tensor(1)).sum({1, 2}));
  at::Tensor sums = at::zeros({image.batch, image.channels}, a.options());
  const float* left = a.data_ptr<float>();
  const float* right = b.data_ptr<float>();
  float* to = sums.data_ptr<float>();
  at::parallel_for(0, image.batch, 1, [&](int64_t begin, int64_t end) {
    for (int64_t sample = begin; sample < end; sample++) {
      const int64_t at = sample * image.rows * image.channels;
      loops().productSums(left + at, right + at, to + sample * image.channels, image.rows, image.channels);
    }
  });
  call.output(sums);
}

namespace {

struct FixedNorm {
  at::Tensor scale, shift;
};

// Inputs from `first` on: mean, variance, offset, scale, of which the last two may be left out.
FixedNorm fixedNorm(Call& call, size_t first, double epsilon) {
  FixedNorm norm;
  norm.scale = at::rsqrt(call.tensor(first + 1) + epsilon);
  if (call.has(first + 3)) norm.scale = norm.scale * call.tensor(first + 3);
  norm.shift = -(call.tensor(first) * norm.scale);
  if (call.has(first + 2)) norm.shift = norm.shift + call.tensor(first + 2);
  TORCH_CHECK(norm.scale.dim() == 1 && norm.shift.dim() == 1 && norm.scale.sizes() == norm.shift.sizes(),
              "statistics of one channel each are needed");
  norm.scale = norm.scale.contiguous();
  norm.shift = norm.shift.contiguous();
  return norm;
}

}  // namespace

// Inputs: filter, bias (may be left out), mean, variance, offset, scale. Attributes: epsilon, whether the filter is a
// depthwise one. Outputs: the filter and bias of a convolution that does both.
LULC_KERNEL(FoldBatchNorm) {
  const at::Tensor filter = call.tensor(0);
  const double epsilon = call.number();
  const bool depthwise = call.flag();
  const FixedNorm norm = fixedNorm(call, 2, epsilon);
  TORCH_CHECK(filter.dim() == 4, "a filter of rank 4 is needed");
  const int64_t channels = depthwise ? filter.size(2) * filter.size(3) : filter.size(3);
  TORCH_CHECK(norm.scale.numel() == channels, norm.scale.numel(), " statistics for ", channels, " channels");
  const at::Tensor scale = depthwise ? norm.scale.view({filter.size(2), filter.size(3)}) : norm.scale;
  call.output(filter * scale);
  call.output(call.has(1) ? call.tensor(1) * norm.scale + norm.shift : norm.shift);
}

// Inputs: image, mean, variance, offset, scale. Attributes: epsilon, and what values below 0 are multiplied by. The norm and
// its ReLU in one pass.
LULC_KERNEL(BatchNormRelu) {
  const at::Tensor& x = call.raw(0);
  const double epsilon = call.number();
  const float slope = static_cast<float>(call.number());
  const Image image = imageOf(x);
  const FixedNorm norm = fixedNorm(call, 1, epsilon);
  TORCH_CHECK(norm.scale.numel() == image.channels, norm.scale.numel(), " statistics for ", image.channels,
              " channels");
  if (!isPlain(x)) return call.output(rectified(x * norm.scale + norm.shift, slope).to(x.scalar_type()));
  at::Tensor y = at::empty_like(x);
  const float* from = x.data_ptr<float>();
  const float* scale = norm.scale.data_ptr<float>();
  const float* shift = norm.shift.data_ptr<float>();
  float* to = y.data_ptr<float>();
  at::parallel_for(0, image.batch * image.rows, rowGrain(image.channels), [&](int64_t begin, int64_t end) {
    loops().scaleShift(from + begin * image.channels, scale, shift, nullptr, slope, to + begin * image.channels,
                       end - begin, image.channels);
  });
  call.output(y);
}

}  // namespace lulc
