// Batch normalisation with given statistics, and local response normalisation.
#include "loops.h"
#include "numbers.h"

namespace lulc {
namespace {

// Parameters of batch normalisation repeat along x in memory order: by channel or, rarely, over all of its last axes.
at::Tensor repeated(const at::Tensor& parameter, int64_t length) {
  const int64_t count = parameter.numel();
  const at::Tensor flat = parameter.reshape({-1});
  if (count == length) return flat;
  TORCH_CHECK(count > 0 && length % count == 0, count, " parameters of batch normalisation for ", length);
  return flat.repeat({length / count});
}

struct Affine {
  at::Tensor scale;
  at::Tensor shift;
};

at::Tensor scaledAndShifted(const at::Tensor& x, const Affine& affine) {
  const int64_t channels = affine.scale.numel();
  const int64_t rows = x.numel() / channels;
  if (!isPlain(x)) {
    const at::Tensor result = at::addcmul(affine.shift, x.reshape({rows, channels}).to(at::kFloat), affine.scale);
    return result.to(x.scalar_type()).view(x.sizes());
  }
  at::Tensor result = at::empty(x.sizes(), x.options());
  const float* from = x.data_ptr<float>();
  const float* scale = affine.scale.data_ptr<float>();
  const float* shift = affine.shift.data_ptr<float>();
  float* to = result.data_ptr<float>();
  at::parallel_for(0, rows, rowGrain(channels), [&](int64_t begin, int64_t end) {
    loops().scaleShift(from + begin * channels, scale, shift, nullptr, 1, to + begin * channels, end - begin,
                       channels);
  });
  return result;
}

struct LocalResponse {
  int64_t radius;
  double bias;
  double alpha;
  double beta;
};

LocalResponse localResponse(Call& call, const at::Tensor& x) {
  const int64_t radius = call.integer();
  TORCH_CHECK(x.dim() > 0 && radius >= 0, "local response normalisation of ", x.sizes(), " with radius ", radius);
  const double bias = call.number();
  const double alpha = call.number();
  const double beta = call.number();
  return {std::min(radius, std::max<int64_t>(0, x.size(-1) - 1)), bias, alpha, beta};
}

// The sum over the channels up to `radius` away.
at::Tensor neighbourSum(const at::Tensor& x, int64_t radius) {
  if (radius == 0 || x.numel() == 0) return x;
  return at::constant_pad_nd(x, {radius, radius}).unfold(-1, 2 * radius + 1, 1).sum(-1);
}

at::Tensor energy(const at::Tensor& x, const LocalResponse& response) {
  return neighbourSum(x.square(), response.radius).mul_(response.alpha).add_(response.bias);
}

}  // namespace

// Inputs: x, mean, variance, offset, scale, the last two optional.
LULC_KERNEL(FusedBatchNorm) {
  const at::Tensor& given = call.raw(0);
  const at::Tensor x = isFloat(given) ? given : given.to(at::kFloat);
  const double epsilon = call.number();
  if (x.numel() == 0) return call.output(given);
  int64_t length = 1;
  for (size_t i = 1; i <= 4; i++)
    if (call.has(i)) length = std::max(length, call.tensor(i).numel());
  TORCH_CHECK(x.numel() % length == 0, length, " parameters of batch normalisation for ", x.sizes());
  const auto parameter = [&](size_t i) { return repeated(call.tensor(i).to(at::kFloat), length); };
  Affine affine;
  affine.scale = at::rsqrt(parameter(2) + epsilon);
  if (call.has(4)) affine.scale = affine.scale * parameter(4);
  affine.shift = parameter(1).neg().mul_(affine.scale);
  if (call.has(3)) affine.shift.add_(parameter(3));
  call.output(stored(scaledAndShifted(x, affine), given.scalar_type()));
}

LULC_KERNEL(LRN) {
  const at::Tensor x = call.tensor(0).to(at::kFloat);
  const LocalResponse response = localResponse(call, x);
  call.output(energy(x, response).pow_(-response.beta).mul_(x));
}

// Inputs: x, y, dy. dx = dy e^-beta - 2 alpha beta x sum(dy y / e), e the energy of the neighbourhood.
LULC_KERNEL(LRNGrad) {
  const at::Tensor x = call.tensor(0).to(at::kFloat);
  const at::Tensor y = call.tensor(1).to(at::kFloat);
  const at::Tensor dy = call.tensor(2).to(at::kFloat);
  const LocalResponse response = localResponse(call, x);
  const at::Tensor e = energy(x, response);
  const at::Tensor others = neighbourSum(dy * y / e, response.radius) * x;
  call.output(dy * e.pow(-response.beta) - others * (2 * response.alpha * response.beta));
}

}  // namespace lulc
