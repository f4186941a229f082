// Kernels of this library that TF.js would compose of several.
#include "loops.h"
#include "numbers.h"

namespace lulc {
namespace {

// One loop over values of the same shape, or nothing when the tensors are not the loops' kind.
template <typename Body>
bool overValues(const at::Tensor& a, const at::Tensor& b, at::Tensor& out, Body body) {
  if (!isPlain(a) || !isPlain(b) || a.sizes() != b.sizes()) return false;
  out = at::empty_like(a);
  const float* left = a.data_ptr<float>();
  const float* right = b.data_ptr<float>();
  float* to = out.data_ptr<float>();
  at::parallel_for(0, a.numel(), grainSize, [&](int64_t begin, int64_t end) {
    body(left + begin, right + begin, to + begin, end - begin);
  });
  return true;
}

}  // namespace

namespace {

void reluGradient(Call& call, double slope) {
  const at::Tensor& dy = call.raw(0);
  const at::Tensor& y = call.raw(1);
  TORCH_CHECK(dy.sizes() == y.sizes(), "the gradient has shape ", dy.sizes(), ", the output ", y.sizes());
  at::Tensor dx;
  const auto run = [slope](const float* g, const float* open, float* to, int64_t count) {
    loops().reluGradient(g, open, static_cast<float>(slope), to, count);
  };
  if (!overValues(dy, y, dx, run)) dx = at::where(y > 0, dy, slope == 0 ? at::zeros_like(dy) : dy * slope);
  call.output(dx);
}

}  // namespace

// Inputs: dy, y (the output of the forward pass).
LULC_KERNEL(ReluGrad) { reluGradient(call, 0); }
LULC_KERNEL(LeakyReluGrad) { reluGradient(call, call.number()); }

// x sigmoid(x), and its gradient from dy and x.
LULC_KERNEL(Swish) { call.output(at::silu(call.raw(0))); }

LULC_KERNEL(SwishGrad) {
  TORCH_CHECK(call.raw(0).sizes() == call.raw(1).sizes(), "gradient and input differ in shape");
  call.output(at::silu_backward(call.raw(0), call.raw(1)));
}

// x times the share of a unit normal below x, and its gradient from dy and x.
LULC_KERNEL(Gelu) { call.output(at::gelu(call.tensor(0))); }

LULC_KERNEL(GeluGrad) {
  TORCH_CHECK(call.tensor(0).sizes() == call.tensor(1).sizes(), "gradient and input differ in shape");
  call.output(at::gelu_backward(call.tensor(0), call.tensor(1)));
}

// max(a + b, 0).
LULC_KERNEL(AddRelu) {
  at::Tensor y;
  if (!overValues(call.raw(0), call.raw(1), y, loops().addRelu)) y = at::relu(at::add(call.raw(0), call.raw(1)));
  call.output(y);
}

// Inputs: logits, targets, weights (one per column; optional). Attribute: count. Outputs: sum of w l / count, and its
// gradient w (sigmoid(z) - y) / count.
LULC_KERNEL(SigmoidCrossEntropy) {
  const at::Tensor z = call.tensor(0);
  const at::Tensor targets = call.tensor(1);
  const at::Tensor weights = call.optional(2);
  const double count = call.number();
  TORCH_CHECK(z.sizes() == targets.sizes(), "logits have shape ", z.sizes(), ", targets ", targets.sizes());
  at::Tensor loss = at::clamp_min(z, 0) - z * targets + at::log1p(at::exp(-z.abs()));
  at::Tensor gradient = at::sigmoid(z) - targets;
  if (weights.defined()) {
    loss = loss * weights;
    gradient = gradient * weights;
  }
  call.output(loss.sum() / count);
  call.output(gradient / count);
}

// Inputs: logits, targets (rows need not sum to 1). Attribute: count. Outputs: -sum y log softmax(z) / count, and its
// gradient (softmax(z) sum(y) - y) / count.
LULC_KERNEL(SoftmaxCrossEntropy) {
  const at::Tensor z = call.tensor(0);
  const at::Tensor targets = call.tensor(1);
  const double count = call.number();
  TORCH_CHECK(z.dim() == 2 && z.sizes() == targets.sizes(), "logits have shape ", z.sizes(), ", targets ",
              targets.sizes());
  // Few classes are rows: sums over them then go along memory.
  const bool turn = isForColumns(z);
  const int64_t classes = turn ? 0 : 1;
  const auto laid = [turn](const at::Tensor& x) { return turn ? x.t().contiguous() : x; };
  const at::Tensor logs = at::log_softmax(laid(z), classes), wanted = laid(targets);
  call.output(-(logs * wanted).sum() / count);
  const at::Tensor gradient = logs.exp().mul_(wanted.sum(classes, true)).sub_(wanted).div_(count);
  call.output(turn ? gradient.t().contiguous() : gradient);
}

// Inputs: x, gamma, beta; normalises the last axis. Outputs: y, mean and 1 / deviation of each row.
LULC_KERNEL(LayerNorm) {
  const at::Tensor x = call.tensor(0);
  const at::Tensor gamma = call.tensor(1);
  const at::Tensor beta = call.tensor(2);
  const double epsilon = call.number();
  TORCH_CHECK(x.dim() >= 1 && gamma.numel() == x.size(-1) && beta.numel() == x.size(-1),
              "layer normalisation needs one scale and offset per channel");
  auto [y, mean, inverse] = at::native_layer_norm(x, {x.size(-1)}, gamma, beta, epsilon);
  call.output(y);
  call.output(mean);
  call.output(inverse);
}

// Inputs: dy, x, gamma, mean, 1 / deviation. Outputs: dx, dgamma, dbeta.
LULC_KERNEL(LayerNormGrad) {
  const at::Tensor dy = call.tensor(0);
  const at::Tensor x = call.tensor(1);
  const at::Tensor gamma = call.tensor(2);
  TORCH_CHECK(x.dim() >= 1 && dy.sizes() == x.sizes() && gamma.numel() == x.size(-1),
              "gradient, input and scale do not fit");
  auto [dx, dgamma, dbeta] = at::native_layer_norm_backward(dy, x, {x.size(-1)}, call.tensor(3), call.tensor(4), gamma,
                                                            gamma, {true, true, true});
  call.output(dx);
  call.output(dgamma);
  call.output(dbeta);
}

namespace {

void checkAttention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) {
  TORCH_CHECK(q.dim() == 4 && k.dim() == 4 && v.dim() == 4 && q.size(3) == k.size(3) && k.size(2) == v.size(2) &&
                  q.size(0) == k.size(0) && q.size(1) == k.size(1) && k.size(0) == v.size(0) && k.size(1) == v.size(1),
              "attention needs q, k and v as [batch, heads, tokens, channels]");
}

}  // namespace

// Inputs: q, k, v [batch, heads, tokens, channels]. softmax(q k' scale) v; also the softmax, for the gradient.
LULC_KERNEL(Attention) {
  const at::Tensor q = call.tensor(0);
  const at::Tensor k = call.tensor(1);
  const at::Tensor v = call.tensor(2);
  const double scale = call.number();
  checkAttention(q, k, v);
  const at::Tensor shares = at::softmax(at::matmul(q * scale, k.transpose(2, 3)), 3);
  call.output(at::matmul(shares, v));
  call.output(shares);
}

// Inputs: dy, q, k, v, shares. Outputs: dq, dk, dv.
LULC_KERNEL(AttentionGrad) {
  const at::Tensor dy = call.tensor(0);
  const at::Tensor q = call.tensor(1);
  const at::Tensor k = call.tensor(2);
  const at::Tensor v = call.tensor(3);
  const at::Tensor shares = call.tensor(4);
  const double scale = call.number();
  checkAttention(q, k, v);
  const at::Tensor dShares = at::matmul(dy, v.transpose(2, 3));
  const at::Tensor dScores = (dShares - (dShares * shares).sum(3, true)) * shares * scale;
  call.output(at::matmul(dScores, k));
  call.output(at::matmul(dScores.transpose(2, 3), q));
  call.output(at::matmul(shares.transpose(2, 3), dy));
}

}  // namespace lulc
