// Grey-scale dilation of images, with its gradients. Computed in host memory.
#include "window.h"

namespace lulc {
namespace {

// As TF.js: below every number that it tells from its neighbours.
constexpr double least = -9007199254740991.0;

struct Dilation {
  Window window;
  at::Tensor x, filter;
  int64_t channels;

  explicit Dilation(Call& call) : window(readWindow(call)), x(numbers(call, 0)), filter(numbers(call, 1)) {
    TORCH_CHECK(window.rank() == 2 && x.dim() == 4 && filter.dim() == 3, "images ", x.sizes(), " and a filter ",
                filter.sizes());
    channels = x.size(3);
    TORCH_CHECK(filter.size(2) == channels, "images of ", channels, " channels and a filter for ", filter.size(2));
  }

  // Double holds the numbers of every type exactly.
  static at::Tensor numbers(const Call& call, size_t i) { return call.tensor(i).to(at::kDouble).cpu(); }

  std::vector<int64_t> resultShape() const { return {x.size(0), window.out[0], window.out[1], channels}; }

  // The largest sum of a window: its value, and where it is in the image and in the filter (-1: nowhere).
  struct Largest {
    double value = least;
    int64_t pixel = -1, tap = -1;
  };
  Largest largest(int64_t image, int64_t outRow, int64_t outColumn, int64_t channel) const {
    Largest best;
    const double* source = x.data_ptr<double>();
    const double* weights = filter.data_ptr<double>();
    for (int64_t h = 0; h < filter.size(0); h++) {
      const int64_t row = outRow * window.stride[0] - window.before[0] + h * window.dilation[0];
      if (row < 0 || row >= x.size(1)) continue;
      for (int64_t w = 0; w < filter.size(1); w++) {
        const int64_t column = outColumn * window.stride[1] - window.before[1] + w * window.dilation[1];
        if (column < 0 || column >= x.size(2)) continue;
        const int64_t pixel = (image * x.size(1) + row) * x.size(2) + column, tap = h * filter.size(1) + w;
        const double value = source[pixel * channels + channel] + weights[tap * channels + channel];
        if (value > best.value) best = {value, pixel, tap};
      }
    }
    return best;
  }

  // Calls `visit` with (largest sum, number of the result, channel) for all results of some channels.
  template <typename Visit>
  void forChannels(int64_t begin, int64_t end, Visit visit) const {
    int64_t pixel = 0;
    for (int64_t image = 0; image < x.size(0); image++) {
      for (int64_t row = 0; row < window.out[0]; row++) {
        for (int64_t column = 0; column < window.out[1]; column++, pixel++) {
          for (int64_t channel = begin; channel < end; channel++)
            visit(largest(image, row, column, channel), pixel * channels + channel, channel);
        }
      }
    }
  }
  template <typename Visit>
  void forAll(Visit visit) const {
    at::parallel_for(0, channels, 1, [&](int64_t begin, int64_t end) { forChannels(begin, end, visit); });
  }

  at::Tensor gradient(Call& call) const {
    const at::Tensor dy = numbers(call, 2);
    TORCH_CHECK(dy.sizes() == resultShape(), "a gradient of shape ", dy.sizes());
    return dy;
  }
};

void outputLike(Call& call, const at::Tensor& result, size_t i) {
  call.output(result.to(call.settings().device), dtypeOf(call.raw(i)));
}

}  // namespace

LULC_KERNEL(Dilation2D) {
  const Dilation dilation(call);
  const at::Tensor y = at::empty(dilation.resultShape(), dilation.x.options());
  double* result = y.data_ptr<double>();
  dilation.forAll([&](const Dilation::Largest& largest, int64_t i, int64_t) { result[i] = largest.value; });
  outputLike(call, y, 0);
}

// Inputs: x, filter, dy.
LULC_KERNEL(Dilation2DBackpropInput) {
  const Dilation dilation(call);
  const at::Tensor dy = dilation.gradient(call), dx = at::zeros_like(dilation.x);
  const double* gradient = dy.data_ptr<double>();
  double* sums = dx.data_ptr<double>();
  dilation.forAll([&](const Dilation::Largest& largest, int64_t i, int64_t channel) {
    if (largest.pixel >= 0) sums[largest.pixel * dilation.channels + channel] += gradient[i];
  });
  outputLike(call, dx, 0);
}

// Inputs: x, filter, dy.
LULC_KERNEL(Dilation2DBackpropFilter) {
  const Dilation dilation(call);
  const at::Tensor dy = dilation.gradient(call), dFilter = at::zeros_like(dilation.filter);
  const double* gradient = dy.data_ptr<double>();
  double* sums = dFilter.data_ptr<double>();
  dilation.forAll([&](const Dilation::Largest& largest, int64_t i, int64_t channel) {
    if (largest.tap >= 0) sums[largest.tap * dilation.channels + channel] += gradient[i];
  });
  outputLike(call, dFilter, 1);
}

}  // namespace lulc
