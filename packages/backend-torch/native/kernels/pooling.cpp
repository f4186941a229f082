// Pools over two and three axes, with their gradients.
#include "../simd/pooling.h"

#include "loops.h"
#include "window.h"

namespace lulc {
namespace {

const simd::Pooling& pooling() {
  static const simd::Pooling& best = LULC_PICK(pooling);
  return best;
}

struct Pool {
  Window window;
  std::vector<int64_t> size;

  explicit Pool(Call& call) : window(readWindow(call)), size(call.integers()) {
    TORCH_CHECK(static_cast<int64_t>(size.size()) == window.rank(), "a pool with ", size.size(), " sizes for ",
                window.rank(), " axes");
    for (const int64_t n : size) TORCH_CHECK(n >= 1 && n < (int64_t{1} << 31), "a pool of size ", n);
  }

  std::vector<int64_t> resultShape(at::IntArrayRef images) const {
    std::vector<int64_t> shape{images[0]};
    shape.insert(shape.end(), window.out.begin(), window.out.end());
    shape.push_back(images.back());
    return shape;
  }

  void checkImages(at::IntArrayRef images) const {
    TORCH_CHECK(static_cast<int64_t>(images.size()) == window.rank() + 2, "images of rank ", images.size(), " where ",
                window.rank() + 2, " are needed");
  }

  simd::PoolShape shape(at::IntArrayRef images) const {
    simd::PoolShape shape{{1, 1, 1}, {1, 1, 1}, {1, 1, 1}, {1, 1, 1}, {1, 1, 1}, {0, 0, 0}, images.back()};
    const int64_t skipped = 3 - window.rank();
    for (int64_t axis = 0; axis < window.rank(); axis++) {
      shape.in[skipped + axis] = images[axis + 1];
      shape.out[skipped + axis] = window.out[axis];
      shape.size[skipped + axis] = size[axis];
      shape.stride[skipped + axis] = window.stride[axis];
      shape.dilation[skipped + axis] = window.dilation[axis];
      shape.before[skipped + axis] = window.before[axis];
    }
    TORCH_CHECK(shape.inPixels() < (int64_t{1} << 31), "images of ", shape.inPixels(), " pixels");
    return shape;
  }

  // [N, C, ...] with the padding in the image itself, for libtorch's pools.
  at::Tensor padded(const at::Tensor& x, double value) const {
    std::vector<int64_t> pad;
    for (int64_t axis = window.rank() - 1; axis >= 0; axis--) {
      pad.push_back(window.before[axis]);
      pad.push_back(std::max<int64_t>(0, window.after(axis, x.size(axis + 1), size[axis])));
    }
    return at::constant_pad_nd(x.movedim(-1, 1), pad, value);
  }

  // Undoes `padded`.
  at::Tensor cropped(at::Tensor padded, at::IntArrayRef images) const {
    for (int64_t axis = 0; axis < window.rank(); axis++)
      padded = padded.narrow(axis + 2, window.before[axis], images[axis + 1]);
    return padded.movedim(1, -1);
  }
};

// Shares the pixels of all results between the threads.
template <typename Work>
void forPixels(const simd::PoolShape& shape, int64_t images, Work work) {
  const int64_t taps = shape.size[0] * shape.size[1] * shape.size[2];
  at::parallel_for(0, images * shape.outPixels(), rowGrain(shape.channels * taps), work);
}

// Shares the strips of channels of all images between the threads.
template <typename Work>
void forTasks(const simd::PoolShape& shape, int64_t images, Work work) {
  at::parallel_for(0, images * shape.strips(), rowGrain(shape.inPixels() * simd::PoolShape::stripWidth), work);
}

// libtorch's pools, where the own loops cannot go. They differ in two things: not-a-number is the largest, and over
// three axes the first of equal elements gets the gradient.

at::Tensor deviceSums(const Pool& pool, const at::Tensor& x) {
  const std::vector<int64_t> none(pool.window.rank(), 0);
  return pool.window.rank() == 2
             ? at::avg_pool2d(pool.padded(x, 0), pool.size, pool.window.stride, none, false, true, 1)
             : at::avg_pool3d(pool.padded(x, 0), pool.size, pool.window.stride, none, false, true, 1);
}

at::Tensor deviceAverage(const Pool& pool, const at::Tensor& x) {
  std::vector<int64_t> shape = x.sizes().vec();
  shape.front() = shape.back() = 1;
  return (deviceSums(pool, x) / deviceSums(pool, at::ones(shape, x.options()))).movedim(1, -1);
}

at::Tensor deviceAverageGradient(const Pool& pool, const at::Tensor& dy, const at::Tensor& x) {
  const std::vector<int64_t> none(pool.window.rank(), 0);
  const at::Tensor padded = pool.padded(x, 0), first = dy.movedim(-1, 1);
  const auto dx = pool.window.rank() == 2
                      ? at::avg_pool2d_backward(first, padded, pool.size, pool.window.stride, none, false, true,
                                                c10::nullopt)
                      : at::avg_pool3d_backward(first, padded, pool.size, pool.window.stride, none, false, true,
                                                c10::nullopt);
  return pool.cropped(dx, x.sizes());
}

std::tuple<at::Tensor, at::Tensor> deviceMaximum(const Pool& pool, const at::Tensor& padded) {
  const std::vector<int64_t> none(pool.window.rank(), 0);
  const auto& [stride, dilation, before, out] = pool.window;
  return pool.window.rank() == 2 ? at::max_pool2d_with_indices(padded, pool.size, stride, none, dilation)
                                 : at::max_pool3d_with_indices(padded, pool.size, stride, none, dilation);
}

at::Tensor deviceMaximumGradient(const Pool& pool, const at::Tensor& dy, const at::Tensor& x) {
  const std::vector<int64_t> none(pool.window.rank(), 0);
  const auto& [stride, dilation, before, out] = pool.window;
  const at::Tensor padded = pool.padded(x, -std::numeric_limits<double>::infinity()), first = dy.movedim(-1, 1);
  const at::Tensor where = std::get<1>(deviceMaximum(pool, padded));
  const auto dx =
      pool.window.rank() == 2
          ? at::max_pool2d_with_indices_backward(first, padded, pool.size, stride, none, dilation, false, where)
          : at::max_pool3d_with_indices_backward(first, padded, pool.size, stride, none, dilation, false, where);
  return pool.cropped(dx, x.sizes());
}

at::Tensor maximum(const Pool& pool, const at::Tensor& x) {
  at::Tensor y = at::empty(pool.resultShape(x.sizes()), x.options());
  if (y.numel() == 0) return y;
  if (!x.is_cpu()) {
    // Double holds whole numbers exactly, and has an infinity to pad with.
    const at::Tensor wide = x.scalar_type() == at::kInt ? x.to(at::kDouble) : x;
    const at::Tensor padded = pool.padded(wide, -std::numeric_limits<double>::infinity());
    return std::get<0>(deviceMaximum(pool, padded)).movedim(1, -1);
  }
  const auto shape = pool.shape(x.sizes());
  forPixels(shape, x.size(0), [&](int64_t begin, int64_t end) {
    if (x.scalar_type() == at::kInt) {
      pooling().integerMaximum(shape, x.data_ptr<int32_t>(), y.data_ptr<int32_t>(), begin, end);
    } else {
      pooling().maximum(shape, x.data_ptr<float>(), y.data_ptr<float>(), begin, end);
    }
  });
  return y;
}

// Input i as numbers that the loops know: whole ones where the input is whole, else single precision.
at::Tensor numbers(const Call& call, size_t i) {
  const at::Tensor x = call.tensor(i);
  return x.scalar_type() == at::kFloat ? x : x.to(at::kInt);
}

void outputLike(Call& call, const at::Tensor& result, const at::Tensor& like) {
  call.output(result.to(like.scalar_type()));
}

void checkGradient(const Pool& pool, const at::Tensor& dy, at::IntArrayRef images) {
  pool.checkImages(images);
  const auto shape = pool.resultShape(images);
  TORCH_CHECK(dy.sizes() == shape, "a gradient of shape ", dy.sizes(), " where ", at::IntArrayRef(shape),
              " is needed");
}

}  // namespace

LULC_KERNEL(MaxPool) {
  const Pool pool(call);
  pool.checkImages(call.raw(0).sizes());
  outputLike(call, maximum(pool, numbers(call, 0)), call.raw(0));
}

LULC_KERNEL(AvgPool) {
  const Pool pool(call);
  const at::Tensor x = call.tensor(0).to(at::kFloat);
  pool.checkImages(x.sizes());
  at::Tensor y = at::empty(pool.resultShape(x.sizes()), x.options());
  if (y.numel() > 0 && x.is_cpu()) {
    const auto shape = pool.shape(x.sizes());
    // What TF.js gives for a window that lies outside the image, over two axes and over three.
    const float nothing = pool.window.rank() == 2 ? std::numeric_limits<float>::quiet_NaN() : 0.0f;
    forPixels(shape, x.size(0), [&](int64_t begin, int64_t end) {
      pooling().average(shape, x.data_ptr<float>(), nothing, y.data_ptr<float>(), begin, end);
    });
  } else if (y.numel() > 0) {
    y = deviceAverage(pool, x);
  }
  outputLike(call, y, call.raw(0));
}

// Inputs: x. Attributes: the pool, and whether places count through all images.
LULC_KERNEL(MaxPoolWithArgmax) {
  const Pool pool(call);
  const bool acrossImages = call.flag();
  const at::Tensor x = numbers(call, 0);
  pool.checkImages(x.sizes());
  outputLike(call, maximum(pool, x), call.raw(0));
  const at::Tensor host = x.to(at::kFloat).cpu();
  const at::Tensor places = at::empty(pool.resultShape(x.sizes()), host.options().dtype(at::kInt));
  if (places.numel() > 0) {
    const auto shape = pool.shape(x.sizes());
    TORCH_CHECK(x.numel() < (int64_t{1} << 31), "places beyond 32 bits");
    forPixels(shape, x.size(0), [&](int64_t begin, int64_t end) {
      pooling().positions(shape, host.data_ptr<float>(), acrossImages, places.data_ptr<int32_t>(), begin, end);
    });
  }
  call.output(places.to(x.device()));
}

// Inputs: dy, x. Of equal elements, TF.js gives the gradient to the first over two axes, and to the last over three.
LULC_KERNEL(MaxPoolGradient) {
  const Pool pool(call);
  const at::Tensor dy = call.tensor(0).to(at::kFloat), x = call.tensor(1).to(at::kFloat);
  checkGradient(pool, dy, x.sizes());
  if (dy.numel() > 0 && !x.is_cpu()) {
    call.output(deviceMaximumGradient(pool, dy, x));
    return;
  }
  const at::Tensor dx = at::zeros_like(x);
  if (dy.numel() > 0) {
    const auto shape = pool.shape(x.sizes());
    const auto tie = pool.window.rank() == 2 ? simd::Tie::first : simd::Tie::last;
    forTasks(shape, x.size(0), [&](int64_t begin, int64_t end) {
      pooling().maximumGradient(shape, x.data_ptr<float>(), dy.data_ptr<float>(), tie, dx.data_ptr<float>(), begin,
                                end);
    });
  }
  call.output(dx);
}

// Inputs: dy, x.
LULC_KERNEL(AvgPoolGradient) {
  const Pool pool(call);
  const at::Tensor dy = call.tensor(0).to(at::kFloat), x = call.tensor(1).to(at::kFloat);
  checkGradient(pool, dy, x.sizes());
  if (dy.numel() > 0 && !x.is_cpu()) {
    call.output(deviceAverageGradient(pool, dy, x));
    return;
  }
  const at::Tensor dx = at::zeros_like(x);
  if (dy.numel() > 0) {
    const auto shape = pool.shape(x.sizes());
    forTasks(shape, x.size(0), [&](int64_t begin, int64_t end) {
      pooling().averageGradient(shape, dy.data_ptr<float>(), dx.data_ptr<float>(), begin, end);
    });
  }
  call.output(dx);
}

}  // namespace lulc
