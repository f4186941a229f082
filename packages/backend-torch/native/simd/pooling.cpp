#include "pooling.h"

#include <algorithm>
#include <limits>

namespace lulc::simd::LULC_ISA {
namespace {

constexpr int64_t stripWidth = PoolShape::stripWidth;

// The elements of a window that lie inside the image, along one axis.
struct Taps {
  int64_t position, step, count;

  Taps(const PoolShape& shape, int axis, int64_t out) {
    const int64_t first = out * shape.stride[axis] - shape.before[axis];
    step = shape.dilation[axis];
    const int64_t skipped = first < 0 ? (-first + step - 1) / step : 0;
    const int64_t inside = first < shape.in[axis] ? (shape.in[axis] - first + step - 1) / step : 0;
    position = first + skipped * step;
    count = std::max<int64_t>(0, std::min(shape.size[axis], inside) - skipped);
  }
};

// Calls `visit` with the number, in its image, of every pixel in the window of a result pixel.
template <typename Visit>
inline void forWindow(const PoolShape& shape, int64_t outPixel, Visit visit) {
  const int64_t column = outPixel % shape.out[2];
  const int64_t row = outPixel / shape.out[2] % shape.out[1];
  const int64_t plane = outPixel / shape.out[2] / shape.out[1] % shape.out[0];
  const Taps planes(shape, 0, plane), rows(shape, 1, row), columns(shape, 2, column);
  for (int64_t p = 0; p < planes.count; p++) {
    for (int64_t r = 0; r < rows.count; r++) {
      const int64_t line =
          ((planes.position + p * planes.step) * shape.in[1] + rows.position + r * rows.step) * shape.in[2];
      for (int64_t c = 0; c < columns.count; c++) visit(line + columns.position + c * columns.step);
    }
  }
}

// Calls `work` with (image, result pixel in the image, first channel, channels) for all strips of some result pixels.
template <typename Work>
inline void forStrips(const PoolShape& shape, int64_t begin, int64_t end, Work work) {
  const int64_t pixels = shape.outPixels();
  for (int64_t pixel = begin; pixel < end; pixel++) {
    for (int64_t from = 0; from < shape.channels; from += stripWidth)
      work(pixel / pixels, pixel % pixels, from, std::min(stripWidth, shape.channels - from));
  }
}

template <typename T>
void maximum(const PoolShape& shape, const T* x, T* y, int64_t begin, int64_t end) {
  const T least = std::numeric_limits<T>::has_infinity ? -std::numeric_limits<T>::infinity()
                                                       : std::numeric_limits<T>::lowest();
  forStrips(shape, begin, end, [&](int64_t image, int64_t pixel, int64_t from, int64_t width) {
    const T* __restrict__ source = x + image * shape.inPixels() * shape.channels + from;
    T best[stripWidth];
    for (int64_t i = 0; i < width; i++) best[i] = least;
    forWindow(shape, pixel, [&](int64_t at) {
      const T* __restrict__ values = source + at * shape.channels;
      for (int64_t i = 0; i < width; i++) best[i] = values[i] > best[i] ? values[i] : best[i];
    });
    T* __restrict__ result = y + (image * shape.outPixels() + pixel) * shape.channels + from;
    for (int64_t i = 0; i < width; i++) result[i] = best[i];
  });
}

void average(const PoolShape& shape, const float* x, float nothing, float* y, int64_t begin, int64_t end) {
  forStrips(shape, begin, end, [&](int64_t image, int64_t pixel, int64_t from, int64_t width) {
    const float* __restrict__ source = x + image * shape.inPixels() * shape.channels + from;
    float sum[stripWidth];
    for (int64_t i = 0; i < width; i++) sum[i] = 0;
    int64_t count = 0;
    forWindow(shape, pixel, [&](int64_t at) {
      const float* __restrict__ values = source + at * shape.channels;
      for (int64_t i = 0; i < width; i++) sum[i] += values[i];
      count++;
    });
    const float divisor = static_cast<float>(count);
    float* __restrict__ result = y + (image * shape.outPixels() + pixel) * shape.channels + from;
    for (int64_t i = 0; i < width; i++) result[i] = count == 0 ? nothing : sum[i] / divisor;
  });
}

// Pixels of the largest elements of a strip, -1 where there is none.
template <Tie tie>
inline void largest(const PoolShape& shape, const float* __restrict__ source, int64_t pixel, int64_t width,
                    int32_t* __restrict__ where) {
  float best[stripWidth];
  for (int64_t i = 0; i < width; i++) {
    best[i] = -std::numeric_limits<float>::infinity();
    where[i] = -1;
  }
  forWindow(shape, pixel, [&](int64_t at) {
    const float* __restrict__ values = source + at * shape.channels;
    const int32_t here = static_cast<int32_t>(at);
    for (int64_t i = 0; i < width; i++) {
      const bool better = tie == Tie::first ? values[i] > best[i] : values[i] >= best[i];
      best[i] = better ? values[i] : best[i];
      where[i] = better ? here : where[i];
    }
  });
}

void positions(const PoolShape& shape, const float* x, bool acrossImages, int32_t* y, int64_t begin, int64_t end) {
  const int64_t channels = shape.channels;
  forStrips(shape, begin, end, [&](int64_t image, int64_t pixel, int64_t from, int64_t width) {
    const int64_t first = image * shape.inPixels();
    int32_t where[stripWidth];
    largest<Tie::first>(shape, x + first * channels + from, pixel, width, where);
    const int64_t offset = acrossImages ? first : 0;
    int32_t* result = y + (image * shape.outPixels() + pixel) * channels + from;
    for (int64_t i = 0; i < width; i++)
      result[i] = where[i] < 0 ? -1 : static_cast<int32_t>((offset + where[i]) * channels + from + i);
  });
}

// Calls `work` with (offset of the strip in dx, in dy, its channels) for some tasks.
template <typename Work>
inline void forTasks(const PoolShape& shape, int64_t begin, int64_t end, Work work) {
  for (int64_t task = begin; task < end; task++) {
    const int64_t image = task / shape.strips(), from = task % shape.strips() * stripWidth;
    work(image * shape.inPixels() * shape.channels + from, image * shape.outPixels() * shape.channels + from,
         std::min(stripWidth, shape.channels - from));
  }
}

template <Tie tie>
void maximumGradientOf(const PoolShape& shape, const float* x, const float* dy, float* dx, int64_t begin,
                       int64_t end) {
  forTasks(shape, begin, end, [&](int64_t in, int64_t out, int64_t width) {
    for (int64_t pixel = 0; pixel < shape.outPixels(); pixel++) {
      int32_t where[stripWidth];
      largest<tie>(shape, x + in, pixel, width, where);
      const float* gradient = dy + out + pixel * shape.channels;
      for (int64_t i = 0; i < width; i++)
        if (where[i] >= 0) dx[in + where[i] * shape.channels + i] += gradient[i];
    }
  });
}

void maximumGradient(const PoolShape& shape, const float* x, const float* dy, Tie tie, float* dx, int64_t begin,
                     int64_t end) {
  (tie == Tie::first ? maximumGradientOf<Tie::first> : maximumGradientOf<Tie::last>)(shape, x, dy, dx, begin, end);
}

// Every element gets its share, also of windows that reach beyond the image, as TF.js has it.
void averageGradient(const PoolShape& shape, const float* dy, float* dx, int64_t begin, int64_t end) {
  const float share = 1.0f / static_cast<float>(shape.size[0] * shape.size[1] * shape.size[2]);
  forTasks(shape, begin, end, [&](int64_t in, int64_t out, int64_t width) {
    for (int64_t pixel = 0; pixel < shape.outPixels(); pixel++) {
      const float* __restrict__ gradient = dy + out + pixel * shape.channels;
      forWindow(shape, pixel, [&](int64_t at) {
        float* __restrict__ sums = dx + in + at * shape.channels;
        for (int64_t i = 0; i < width; i++) sums[i] += gradient[i] * share;
      });
    }
  });
}

}  // namespace

const Pooling pooling = {maximum<float>, maximum<int32_t>, average, positions, maximumGradient, averageGradient};

}  // namespace lulc::simd::LULC_ISA
