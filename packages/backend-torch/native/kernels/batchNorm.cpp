// Normalisation by channel in training, over a batch or over each of its images, with an optional ReLU, leaky or not: two
// passes over memory forward, two backward. The gradient recomputes the sign of the normalised value instead of reading
// the output again.
#include <algorithm>
#include <cmath>

#include "activation.h"
#include "loops.h"

namespace lulc {
namespace {

// What is normalised together: all rows of a batch, or those of an image.
enum class Over { batch, image };

struct Groups {
  int64_t count, rows, channels;
};

Groups groupsOf(const at::Tensor& x, const at::Tensor& gamma, Over over) {
  TORCH_CHECK(x.dim() >= (over == Over::image ? 2 : 1), "normalisation of ", x.sizes());
  const int64_t channels = x.size(-1);
  TORCH_CHECK(gamma.numel() == channels, gamma.numel(), " scales for ", channels, " channels");
  const int64_t count = over == Over::image ? x.size(0) : 1;
  return {count, count * channels == 0 ? 0 : x.numel() / (count * channels), channels};
}

void checkValues(const at::Tensor& tensor, int64_t count) {
  TORCH_CHECK(tensor.numel() == count, tensor.numel(), " values where ", count, " are needed");
}

// How the rows of a group are split between threads: each part has its own sums, merged in order, so that a result does
// not depend on which thread was faster.
int64_t partsOf(const Groups& groups) {
  return std::max<int64_t>(1, std::min<int64_t>(at::get_num_threads(), groups.rows / rowGrain(groups.channels)));
}

// Sums by group and part into one array of `width` values, [groups, parts, width].
at::Tensor inParts(const Groups& groups, int64_t width, const at::TensorOptions& options,
                   const std::function<void(int64_t group, int64_t begin, int64_t rows, float* sums)>& body) {
  const int64_t parts = partsOf(groups);
  at::Tensor sums = at::zeros({groups.count, parts, width}, options);
  float* data = sums.data_ptr<float>();
  const int64_t grain = std::max<int64_t>(1, grainSize / std::max<int64_t>(1, groups.rows / parts * groups.channels));
  at::parallel_for(0, groups.count * parts, grain, [&](int64_t from, int64_t to) {
    for (int64_t task = from; task < to; task++) {
      const int64_t group = task / parts, part = task % parts;
      const int64_t begin = groups.rows * part / parts;
      body(group, group * groups.rows + begin, groups.rows * (part + 1) / parts - begin, data + task * width);
    }
  });
  return sums;
}

// Runs of rows of one group each.
void overRows(const Groups& groups, const std::function<void(int64_t group, int64_t begin, int64_t rows)>& body) {
  at::parallel_for(0, groups.count * groups.rows, rowGrain(groups.channels), [&](int64_t begin, int64_t end) {
    while (begin < end) {
      const int64_t group = begin / groups.rows;
      const int64_t rows = std::min(end, (group + 1) * groups.rows) - begin;
      body(group, begin, rows);
      begin += rows;
    }
  });
}

struct Statistics {
  at::Tensor mean, variance;  // [groups, channels]
};

Statistics statisticsOf(const at::Tensor& x, const Groups& groups) {
  const int64_t channels = groups.channels;
  const float* data = x.data_ptr<float>();
  const auto body = [&](int64_t, int64_t begin, int64_t rows, float* sums) {
    simd::Moments moments{0, sums, sums + channels};
    loops().moments(data + begin * channels, rows, channels, &moments);
  };
  const at::Tensor sums = inParts(groups, 2 * channels, x.options(), body);
  const auto zeros = [&] { return at::zeros({groups.count, channels}, x.options()); };
  Statistics statistics{zeros(), zeros()};
  const int64_t parts = sums.size(1);
  for (int64_t group = 0; group < groups.count; group++) {
    float* mean = statistics.mean.data_ptr<float>() + group * channels;
    float* variance = statistics.variance.data_ptr<float>() + group * channels;
    int64_t merged = 0;
    for (int64_t part = 0; part < parts; part++) {
      const float* other = sums.data_ptr<float>() + (group * parts + part) * 2 * channels;
      const int64_t rows = groups.rows * (part + 1) / parts - groups.rows * part / parts;
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
  }
  return statistics;
}

// y = x scale + shift, by group and channel.
struct Affine {
  std::vector<float> scale, shift;
};

Affine affineOf(const Groups& groups, const float* gamma, const float* beta, const float* mean, const float* inverse) {
  const size_t values = groups.count * groups.channels;
  Affine affine{std::vector<float>(values), std::vector<float>(values)};
  for (size_t i = 0; i < values; i++) {
    const int64_t c = i % groups.channels;
    affine.scale[i] = gamma[c] * inverse[i];
    affine.shift[i] = (beta == nullptr ? 0 : beta[c]) - mean[i] * affine.scale[i];
  }
  return affine;
}

at::Tensor inverseOf(const at::Tensor& variance, double epsilon) {
  at::Tensor inverse = at::empty_like(variance);
  const float* from = variance.data_ptr<float>();
  float* to = inverse.data_ptr<float>();
  for (int64_t i = 0; i < variance.numel(); i++) to[i] = 1 / std::sqrt(from[i] + static_cast<float>(epsilon));
  return inverse;
}

// ATen's own, for other devices and element types: [groups, rows, channels].
at::Tensor asGroups(const at::Tensor& x, const Groups& groups) {
  return x.reshape({groups.count, groups.rows, groups.channels}).to(at::kFloat);
}

// Inputs: x, gamma, beta. Attributes: epsilon, and the slope of the ReLU if there is one. Outputs: y and what the gradient
// needs: mean and variance of a batch, [channels]; mean and 1 / deviation of images, [batch, 1, .., channels].
void forward(Call& call, Over over, bool hasRelu) {
  const at::Tensor& x = call.raw(0);
  const at::Tensor gamma = call.tensor(1), beta = call.tensor(2);
  const double epsilon = call.number();
  const double slope = hasRelu ? call.number() : 1;
  const Groups groups = groupsOf(x, gamma, over);
  checkValues(beta, groups.channels);
  Statistics statistics;
  at::Tensor y, inverse;
  if (isPlain(x)) {
    statistics = statisticsOf(x, groups);
    inverse = inverseOf(statistics.variance, epsilon);
    const Affine affine = affineOf(groups, gamma.data_ptr<float>(), beta.data_ptr<float>(),
                                   statistics.mean.data_ptr<float>(), inverse.data_ptr<float>());
    y = at::empty_like(x);
    const float* from = x.data_ptr<float>();
    float* to = y.data_ptr<float>();
    overRows(groups, [&](int64_t group, int64_t begin, int64_t rows) {
      const int64_t at = group * groups.channels;
      loops().scaleShift(from + begin * groups.channels, affine.scale.data() + at, affine.shift.data() + at, nullptr,
                         static_cast<float>(slope), to + begin * groups.channels, rows, groups.channels);
    });
  } else {
    const at::Tensor all = asGroups(x, groups);
    statistics = {all.mean(1), all.var(1, /*unbiased=*/false)};
    inverse = at::rsqrt(statistics.variance + epsilon);
    y = (all - statistics.mean.unsqueeze(1)) * (inverse * gamma).unsqueeze(1) + beta;
    y = rectified(y, slope).to(x.scalar_type()).reshape(x.sizes());
  }
  call.output(y);
  std::vector<int64_t> shape(over == Over::image ? x.dim() : 1, 1);
  shape.front() = groups.count;
  shape.back() = groups.channels;
  call.output(statistics.mean.reshape(shape));
  call.output((over == Over::image ? inverse : statistics.variance).reshape(shape));
}

// Inputs: dy, x, gamma, the last two outputs of the forward pass, and beta where there is a ReLU. Attributes: epsilon of a
// batch; the slope of the ReLU. With x^ = (x - mean) r, n rows and g the gradient behind the ReLU, in each group:
// dbeta = sum g, dgamma = r sum g (x - mean), dx = gamma r (g - dbeta / n - x^ dgamma / n).
void backward(Call& call, Over over, bool hasRelu) {
  const at::Tensor& dy = call.raw(0);
  const at::Tensor& x = call.raw(1);
  const at::Tensor gamma = call.tensor(2);
  const at::Tensor beta = hasRelu ? call.tensor(5) : at::Tensor();
  const Groups groups = groupsOf(x, gamma, over);
  const int64_t channels = groups.channels;
  TORCH_CHECK(dy.sizes() == x.sizes(), "the gradient has shape ", dy.sizes(), ", the input ", x.sizes());
  for (size_t i : {3, 4}) checkValues(call.tensor(i), groups.count * channels);
  if (hasRelu) checkValues(beta, channels);
  const at::Tensor mean = call.tensor(3).reshape({groups.count, channels});
  const at::Tensor spread = call.tensor(4).reshape({groups.count, channels});
  const double epsilon = over == Over::batch ? call.number() : 0;
  const double slope = hasRelu ? call.number() : 1;
  const double n = static_cast<double>(std::max<int64_t>(1, groups.rows));
  if (!isPlain(x) || !isPlain(dy)) {
    const at::Tensor inverse = (over == Over::image ? spread : at::rsqrt(spread + epsilon)).unsqueeze(1);
    const at::Tensor centred = asGroups(x, groups) - mean.unsqueeze(1);
    const at::Tensor scale = inverse * gamma;
    at::Tensor g = asGroups(dy, groups);
    if (hasRelu) g = at::where(centred * scale + beta > 0, g, slope == 0 ? at::zeros_like(g) : g * slope);
    const at::Tensor dbeta = g.sum(1, true);
    const at::Tensor dgamma = (g * centred).sum(1, true) * inverse;
    const at::Tensor dx = (g - dbeta / n - centred * (inverse * dgamma / n)) * scale;
    call.output(dx.to(x.scalar_type()).reshape(x.sizes()));
    call.output(dgamma.sum(at::IntArrayRef{0, 1}));
    call.output(dbeta.sum(at::IntArrayRef{0, 1}));
    return;
  }
  const at::Tensor inverse = over == Over::image ? spread : inverseOf(spread, epsilon);
  const float *g = dy.data_ptr<float>(), *v = x.data_ptr<float>();
  const float *m = mean.data_ptr<float>(), *r = inverse.data_ptr<float>();
  const Affine affine = affineOf(groups, gamma.data_ptr<float>(), hasRelu ? beta.data_ptr<float>() : nullptr, m, r);
  const float *scale = affine.scale.data(), *shift = affine.shift.data();
  const float leak = static_cast<float>(slope);
  const auto body = [&](int64_t group, int64_t begin, int64_t rows, float* to) {
    const int64_t at = group * channels;
    loops().normGradientSums(g + begin * channels, v + begin * channels, m + at, scale + at, shift + at, leak, to,
                             to + channels, rows, channels);
  };
  const at::Tensor sums = inParts(groups, 2 * channels, x.options(), body);
  const at::Tensor dgamma = at::zeros({channels}, x.options()), dbeta = at::zeros({channels}, x.options());
  float *toGamma = dgamma.data_ptr<float>(), *toBeta = dbeta.data_ptr<float>();
  std::vector<float> a(groups.count * channels), b(groups.count * channels);
  for (int64_t group = 0; group < groups.count; group++) {
    for (int64_t c = 0; c < channels; c++) {
      const int64_t i = group * channels + c;
      float sumDy = 0, sumDyX = 0;
      for (int64_t part = 0; part < sums.size(1); part++) {
        const float* own = sums.data_ptr<float>() + (group * sums.size(1) + part) * 2 * channels;
        sumDy += own[c];
        sumDyX += own[channels + c];
      }
      toGamma[c] += sumDyX * r[i];
      toBeta[c] += sumDy;
      a[i] = -scale[i] * r[i] * r[i] * sumDyX / static_cast<float>(n);
      b[i] = -scale[i] * sumDy / static_cast<float>(n) - a[i] * m[i];
    }
  }
  at::Tensor dx = at::empty_like(x);
  float* to = dx.data_ptr<float>();
  overRows(groups, [&](int64_t group, int64_t begin, int64_t rows) {
    const int64_t at = group * channels;
    loops().normGradient(g + begin * channels, v + begin * channels, scale + at, shift + at, a.data() + at,
                         b.data() + at, leak, to + begin * channels, rows, channels);
  });
  call.output(dx);
  call.output(dgamma);
  call.output(dbeta);
}

}  // namespace

LULC_KERNEL(BatchNormTrain) { forward(call, Over::batch, false); }
LULC_KERNEL(BatchNormReluTrain) { forward(call, Over::batch, true); }
LULC_KERNEL(BatchNormTrainGrad) { backward(call, Over::batch, false); }
LULC_KERNEL(BatchNormReluTrainGrad) { backward(call, Over::batch, true); }
LULC_KERNEL(InstanceNorm) { forward(call, Over::image, false); }
LULC_KERNEL(InstanceNormRelu) { forward(call, Over::image, true); }
LULC_KERNEL(InstanceNormGrad) { backward(call, Over::image, false); }
LULC_KERNEL(InstanceNormReluGrad) { backward(call, Over::image, true); }

}  // namespace lulc
