// Complex numbers as pairs of float tensors, and Fourier transforms of them.
#include "../engine.h"

namespace {

using Transform = at::Tensor (*)(const at::Tensor&);

void transformPair(lulc::Call& call, Transform transform) {
  at::Tensor pair = at::complex(call.tensor(0), call.tensor(1));
  if (pair.numel() > 0) pair = transform(pair);
  call.output(at::real(pair));
  call.output(at::imag(pair));
}

}  // namespace

// The same numbers under new handles, without a copy where they are floats already.
LULC_KERNEL(AsFloat) {
  for (size_t i = 0; i < call.inputCount(); i++) call.output(call.tensor(i).to(at::kFloat));
}

LULC_KERNEL(ComplexAbs) { call.output(at::hypot(call.tensor(0), call.tensor(1))); }

LULC_KERNEL(FFT) {
  transformPair(call, [](const at::Tensor& x) { return at::fft_fft(x); });
}

LULC_KERNEL(IFFT) {
  transformPair(call, [](const at::Tensor& x) { return at::fft_ifft(x); });
}
