// Batch normalisation in training over the last axis, with an optional ReLU: two passes over memory forward, two
// backward. The gradient recomputes the sign of the normalised value instead of reading the output again.
#include <algorithm>

#include "loops.h"

namespace lulc {
namespace {

struct Rows {
  int64_t rows;
  int64_t channels;
};

Rows rowsOf(const at::Tensor& x, const at::Tensor& gamma) {
  TORCH_CHECK(x.dim() >= 1, "batch normalisation needs channels");
  const int64_t channels = x.size(-1);
  TORCH_CHECK(gamma.numel() == channels, gamma.numel(), " scales for ", channels, " channels");
  return {channels == 0 ? 0 : x.numel() / channels, channels};
}

void checkChannels(const at::Tensor& tensor, int64_t channels) {
  TORCH_CHECK(tensor.numel() == channels, tensor.numel(), " values for ", channels, " channels");
}

// How the rows are split between threads: each part has its own sums, merged in order, so that a result does not
// depend on which thread was faster.
int64_t partsOf(const Rows& size) {
  return std::max<int64_t>(1, std::min<int64_t>(at::get_num_threads(), size.rows / rowGrain(size.channels)));
}

// Sums by part into one array of `width` values.
at::Tensor inParts(const Rows& size, int64_t width, const at::TensorOptions& options,
                   const std::function<void(int64_t begin, int64_t end, float* sums)>& body) {
  const int64_t parts = partsOf(size);
  at::Tensor sums = at::zeros({parts, width}, options);
  float* data = sums.data_ptr<float>();
  at::parallel_for(0, parts, 1, [&](int64_t from, int64_t to) {
    for (int64_t part = from; part < to; part++)
      body(size.rows * part / parts, size.rows * (part + 1) / parts, data + part * width);
  });
  return sums;
}

struct Statistics {
  at::Tensor mean;
  at::Tensor variance;
};

Statistics statisticsOf(const at::Tensor& x, const Rows& size) {
  const int64_t channels = size.channels;
  const float* data = x.data_ptr<float>();
  const at::Tensor parts = inParts(size, 2 * channels, x.options(), [&](int64_t begin, int64_t end, float* sums) {
    simd::Moments moments{0, sums, sums + channels};
    loops().moments(data + begin * channels, end - begin, channels, &moments);
  });
  Statistics statistics{at::zeros({channels}, x.options()), at::zeros({channels}, x.options())};
  float* mean = statistics.mean.data_ptr<float>();
  float* variance = statistics.variance.data_ptr<float>();
  const int64_t count = parts.size(0);
  int64_t merged = 0;
  for (int64_t part = 0; part < count; part++) {
    const float* other = parts.data_ptr<float>() + part * 2 * channels;
    const int64_t rows = size.rows * (part + 1) / count - size.rows * part / count;
    if (rows == 0) continue;
    const float share = static_cast<float>(rows) / static_cast<float>(merged + rows);
    const float weight = static_cast<float>(merged) * share;
    for (int64_t c = 0; c < channels; c++) {
      const float delta = other[c] - mean[c];
      mean[c] += delta * share;
      variance[c] += other[channels + c] + delta * delta * weight;
    }
    merged += rows;
  }
  const float scale = merged == 0 ? NAN : 1.0f / static_cast<float>(merged);
  for (int64_t c = 0; c < channels; c++) variance[c] *= scale;
  return statistics;
}

struct Affine {
  std::vector<float> scale;
  std::vector<float> shift;
};

// y = x scale + shift for the given statistics.
Affine affineOf(const at::Tensor& gamma, const at::Tensor& beta, const at::Tensor& mean, const at::Tensor& variance,
                double epsilon) {
  const int64_t channels = gamma.numel();
  Affine affine{std::vector<float>(channels), std::vector<float>(channels)};
  const float* g = gamma.data_ptr<float>();
  const float* b = beta.defined() ? beta.data_ptr<float>() : nullptr;
  const float* m = mean.data_ptr<float>();
  const float* v = variance.data_ptr<float>();
  for (int64_t c = 0; c < channels; c++) {
    affine.scale[c] = g[c] / std::sqrt(v[c] + static_cast<float>(epsilon));
    affine.shift[c] = (b == nullptr ? 0 : b[c]) - m[c] * affine.scale[c];
  }
  return affine;
}

// ATen's own, for other devices and element types: images as [rows, channels, 1, 1].
at::Tensor asMatrix(const at::Tensor& x) { return x.reshape({-1, x.size(-1)}); }

void forward(Call& call, bool relu) {
  const at::Tensor& x = call.raw(0);
  const at::Tensor gamma = call.tensor(1);
  const at::Tensor beta = call.tensor(2);
  const double epsilon = call.number();
  const Rows size = rowsOf(x, gamma);
  checkChannels(beta, size.channels);
  if (!isPlain(x)) {
    const at::Tensor flat = asMatrix(x).to(at::kFloat);
    const at::Tensor mean = flat.mean(0);
    const at::Tensor variance = flat.var(0, /*unbiased=*/false);
    at::Tensor y = (flat - mean) * (at::rsqrt(variance + epsilon) * gamma) + beta;
    if (relu) y = at::relu(y);
    call.output(y.to(x.scalar_type()).reshape(x.sizes()));
    call.output(mean);
    call.output(variance);
    return;
  }
  const Statistics statistics = statisticsOf(x, size);
  const Affine affine = affineOf(gamma, beta, statistics.mean, statistics.variance, epsilon);
  at::Tensor y = at::empty_like(x);
  const float* from = x.data_ptr<float>();
  float* to = y.data_ptr<float>();
  at::parallel_for(0, size.rows, rowGrain(size.channels), [&](int64_t begin, int64_t end) {
    loops().scaleShift(from + begin * size.channels, affine.scale.data(), affine.shift.data(), nullptr, relu,
                       to + begin * size.channels, end - begin, size.channels);
  });
  call.output(y);
  call.output(statistics.mean);
  call.output(statistics.variance);
}

// With x^ = (x - mean) r, r = 1 / sqrt(variance + epsilon), n rows and g the gradient behind the ReLU:
// dbeta = sum g, dgamma = r sum g (x - mean), dx = gamma r (g - dbeta / n - x^ dgamma / n).
void backward(Call& call, bool relu) {
  const at::Tensor& dy = call.raw(0);
  const at::Tensor& x = call.raw(1);
  const at::Tensor gamma = call.tensor(2);
  const at::Tensor mean = call.tensor(3);
  const at::Tensor variance = call.tensor(4);
  const at::Tensor beta = relu ? call.tensor(5) : at::Tensor();
  const double epsilon = call.number();
  const Rows size = rowsOf(x, gamma);
  TORCH_CHECK(dy.sizes() == x.sizes(), "the gradient has shape ", dy.sizes(), ", the input ", x.sizes());
  checkChannels(mean, size.channels);
  checkChannels(variance, size.channels);
  if (relu) checkChannels(beta, size.channels);
  if (!isPlain(x) || !isPlain(dy)) {
    const at::Tensor flat = asMatrix(x).to(at::kFloat);
    at::Tensor g = asMatrix(dy).to(at::kFloat);
    const at::Tensor r = at::rsqrt(variance + epsilon);
    const at::Tensor centred = flat - mean;
    if (relu) g = at::where(centred * (r * gamma) + beta > 0, g, at::zeros({}, g.options()));
    const at::Tensor dbeta = g.sum(0);
    const at::Tensor dgamma = (g * centred).sum(0) * r;
    const double n = static_cast<double>(std::max<int64_t>(1, size.rows));
    const at::Tensor dx = (g - dbeta / n - centred * (r * dgamma / n)) * (gamma * r);
    call.output(dx.to(x.scalar_type()).reshape(x.sizes()));
    call.output(dgamma);
    call.output(dbeta);
    return;
  }
  const int64_t channels = size.channels;
  const Affine affine = affineOf(gamma, beta, mean, variance, epsilon);
  const float* g = dy.data_ptr<float>();
  const float* v = x.data_ptr<float>();
  const float* m = mean.data_ptr<float>();
  const at::Tensor parts = inParts(size, 2 * channels, x.options(), [&](int64_t begin, int64_t end, float* sums) {
    loops().normGradientSums(g + begin * channels, v + begin * channels, m, affine.scale.data(), affine.shift.data(),
                             relu, sums, sums + channels, end - begin, channels);
  });
  const at::Tensor sums = parts.sum(0);
  const float* sumDy = sums.data_ptr<float>();
  const float* sumDyX = sumDy + channels;
  at::Tensor dgamma = at::empty({channels}, x.options());
  std::vector<float> a(channels);
  std::vector<float> b(channels);
  const float n = static_cast<float>(std::max<int64_t>(1, size.rows));
  for (int64_t c = 0; c < channels; c++) {
    const float r = 1.0f / std::sqrt(variance.data_ptr<float>()[c] + static_cast<float>(epsilon));
    dgamma.data_ptr<float>()[c] = sumDyX[c] * r;
    a[c] = -affine.scale[c] * r * r * sumDyX[c] / n;
    b[c] = -affine.scale[c] * sumDy[c] / n - a[c] * m[c];
  }
  at::Tensor dx = at::empty_like(x);
  float* to = dx.data_ptr<float>();
  at::parallel_for(0, size.rows, rowGrain(channels), [&](int64_t begin, int64_t end) {
    loops().normGradient(g + begin * channels, v + begin * channels, affine.scale.data(), affine.shift.data(),
                         a.data(), b.data(), relu, to + begin * channels, end - begin, channels);
  });
  call.output(dx);
  call.output(dgamma);
  call.output(sums.slice(0, 0, channels).clone());
}

}  // namespace

LULC_KERNEL(BatchNormTrain) { forward(call, false); }
LULC_KERNEL(BatchNormReluTrain) { forward(call, true); }
LULC_KERNEL(BatchNormTrainGrad) { backward(call, false); }
// Inputs: dy, x, gamma, mean, variance, beta.
LULC_KERNEL(BatchNormReluTrainGrad) { backward(call, true); }

}  // namespace lulc
