// Images: resizing, cropping, rotating, and choosing among boxes. What is not resizing is computed in host memory.
#include <cmath>
#include <cstring>

#include "../simd/resize.h"

#include "loops.h"

namespace lulc {
namespace {

// How JavaScript rounds.
double rounded(double value) { return std::floor(value + 0.5); }

void checkImages(const at::Tensor& images) {
  TORCH_CHECK(images.dim() == 4, "images of rank ", images.dim(), " where 4 are needed");
}

int64_t sizeAttribute(Call& call) {
  const int64_t size = call.integer();
  TORCH_CHECK(size >= 0 && size < (int64_t{1} << 31), "an image of size ", size);
  return size;
}

// Resizing

// Where the elements of a resized axis come from: between two elements of the other, or at the first of them.
struct Sources {
  std::vector<int64_t> low, high;
  std::vector<float> share;  // of the second

  at::Tensor lowIndex(at::Device device) const { return index(low, device); }
  at::Tensor highIndex(at::Device device) const { return index(high, device); }
  at::Tensor shares(at::Device device, int64_t trailing) const {
    std::vector<int64_t> shape(1 + trailing, 1);
    shape[0] = static_cast<int64_t>(share.size());
    return at::tensor(share).view(shape).to(device);
  }

 private:
  static at::Tensor index(const std::vector<int64_t>& list, at::Device device) { return at::tensor(list).to(device); }
};

struct Resize {
  bool alignCorners, halfPixelCenters;

  explicit Resize(Call& call) : alignCorners(call.flag()), halfPixelCenters(call.flag()) {}

  double ratio(int64_t in, int64_t out) const {
    return alignCorners && out > 1 ? static_cast<double>(in - 1) / static_cast<double>(out - 1)
                                   : static_cast<double>(in) / static_cast<double>(out);
  }

  Sources bilinear(int64_t in, int64_t out) const {
    Sources sources;
    for (int64_t i = 0; i < out; i++) {
      const double at = halfPixelCenters ? ratio(in, out) * (static_cast<double>(i) + 0.5) - 0.5
                                         : ratio(in, out) * static_cast<double>(i);
      const int64_t low = std::clamp<int64_t>(static_cast<int64_t>(std::floor(at)), 0, in - 1);
      sources.low.push_back(low);
      sources.high.push_back(std::clamp<int64_t>(static_cast<int64_t>(std::ceil(at)), 0, in - 1));
      sources.share.push_back(static_cast<float>(at - static_cast<double>(low)));
    }
    return sources;
  }

  Sources nearest(int64_t in, int64_t out) const {
    Sources sources;
    for (int64_t i = 0; i < out; i++) {
      const double at = ratio(in, out) * (static_cast<double>(i) + (halfPixelCenters ? 0.5 : 0));
      const double chosen = alignCorners ? rounded(at) : std::floor(at);
      sources.low.push_back(std::clamp<int64_t>(static_cast<int64_t>(chosen), 0, in - 1));
    }
    return sources;
  }
};

// Tables of both axes for images of some size that are (or were) made into others.
struct Resized {
  int64_t batch, height, width, channels, newHeight, newWidth;
  Sources rows, columns;

  Resized(const at::Tensor& images, int64_t newHeight, int64_t newWidth, const Resize& resize,
          Sources (Resize::*sources)(int64_t, int64_t) const)
      : newHeight(newHeight), newWidth(newWidth) {
    checkImages(images);
    batch = images.size(0), height = images.size(1), width = images.size(2), channels = images.size(3);
    // The tables are made before the result, whose size would tell that something is wrong.
    constexpr int64_t longest = int64_t{1} << 20;
    TORCH_CHECK(newHeight >= 0 && newWidth >= 0 && newHeight <= longest && newWidth <= longest, "images of ",
                newHeight, " x ", newWidth, " pixels");
    TORCH_CHECK((height > 0 && width > 0) || batch * channels * newHeight * newWidth == 0,
                "nothing to resize in images of shape ", images.sizes());
    if (height == 0 || width == 0) return;
    rows = (resize.*sources)(height, newHeight);
    columns = (resize.*sources)(width, newWidth);
  }
  std::vector<int64_t> shape() const { return {batch, newHeight, newWidth, channels}; }
  int64_t grain() const { return std::max<int64_t>(1, 8192 / std::max<int64_t>(1, newWidth * channels)); }
};

const simd::ResizeLoops& resizeLoops() {
  static const simd::ResizeLoops& best = LULC_PICK(resizeLoops);
  return best;
}

simd::BilinearResize bilinearShape(const Resized& resized) {
  const auto axis = [](int64_t in, int64_t out, const Sources& sources) {
    return simd::ResizedAxis{in, out, sources.low.data(), sources.high.data(), sources.share.data()};
  };
  return {axis(resized.height, resized.newHeight, resized.rows),
          axis(resized.width, resized.newWidth, resized.columns), resized.channels};
}

at::Tensor bilinear(const at::Tensor& x, const Resized& resized) {
  const at::Tensor y = at::empty(resized.shape(), x.options());
  const simd::BilinearResize shape = bilinearShape(resized);
  const float* source = x.data_ptr<float>();
  float* result = y.data_ptr<float>();
  at::parallel_for(0, resized.batch * resized.newHeight, resized.grain(), [&](int64_t begin, int64_t end) {
    std::vector<float> scratch(resizeLoops().scratchSize(shape));
    resizeLoops().bilinear(shape, source, result, begin, end, scratch.data());
  });
  return y;
}

// One axis of a bilinear resize, on any device.
at::Tensor between(const at::Tensor& x, int64_t axis, const Sources& sources) {
  const at::Tensor low = x.index_select(axis, sources.lowIndex(x.device()));
  const at::Tensor high = x.index_select(axis, sources.highIndex(x.device()));
  return low + (high - low) * sources.shares(x.device(), 3 - axis);
}

at::Tensor betweenGradient(const at::Tensor& dy, int64_t axis, int64_t size, const Sources& sources) {
  std::vector<int64_t> shape = dy.sizes().vec();
  shape[axis] = size;
  const at::Tensor high = dy * sources.shares(dy.device(), 3 - axis);
  return at::zeros(shape, dy.options())
      .index_add_(axis, sources.lowIndex(dy.device()), dy - high)
      .index_add_(axis, sources.highIndex(dy.device()), high);
}

// Adds the gradients of an image's pixels to those they came from: `add` gets (gradients, sums of the image, row, column)
// for a strip of channels.
template <typename Add>
at::Tensor scattered(const at::Tensor& dy, const Resized& resized, Add add) {
  constexpr int64_t stripWidth = 64;
  const at::Tensor dx = at::zeros({resized.batch, resized.height, resized.width, resized.channels}, dy.options());
  const int64_t channels = resized.channels, strips = (channels + stripWidth - 1) / stripWidth;
  const float* gradients = dy.data_ptr<float>();
  float* sums = dx.data_ptr<float>();
  at::parallel_for(0, resized.batch * strips, 1, [&](int64_t begin, int64_t end) {
    for (int64_t task = begin; task < end; task++) {
      const int64_t image = task / strips, from = task % strips * stripWidth;
      const int64_t count = std::min(stripWidth, channels - from);
      const float* pixel = gradients + image * resized.newHeight * resized.newWidth * channels + from;
      float* into = sums + image * resized.height * resized.width * channels + from;
      for (int64_t r = 0; r < resized.newHeight; r++) {
        for (int64_t c = 0; c < resized.newWidth; c++, pixel += channels) add(pixel, into, r, c, count);
      }
    }
  });
  return dx;
}

at::Tensor bilinearGradient(const at::Tensor& dy, const Resized& resized) {
  const at::Tensor dx = at::zeros({resized.batch, resized.height, resized.width, resized.channels}, dy.options());
  const simd::BilinearResize shape = bilinearShape(resized);
  const float* gradients = dy.data_ptr<float>();
  float* sums = dx.data_ptr<float>();
  at::parallel_for(0, resized.batch * shape.strips(), 1, [&](int64_t begin, int64_t end) {
    std::vector<float> scratch(resizeLoops().scratchSize(shape));
    resizeLoops().bilinearGradient(shape, gradients, sums, begin, end, scratch.data());
  });
  return dx;
}

at::Tensor nearest(const at::Tensor& x, const Resized& resized) {
  const at::Tensor y = at::empty(resized.shape(), x.options());
  const size_t pixel = static_cast<size_t>(resized.channels) * x.element_size();
  const char* source = static_cast<const char*>(x.data_ptr());
  char* result = static_cast<char*>(y.data_ptr());
  at::parallel_for(0, resized.batch * resized.newHeight, resized.grain(), [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; row++) {
      const int64_t from = row / resized.newHeight * resized.height + resized.rows.low[row % resized.newHeight];
      const char* line = source + from * resized.width * pixel;
      for (int64_t c = 0; c < resized.newWidth; c++)
        std::memcpy(result + (row * resized.newWidth + c) * pixel, line + resized.columns.low[c] * pixel, pixel);
    }
  });
  return y;
}

at::Tensor nearestGradient(const at::Tensor& dy, const Resized& resized) {
  return scattered(dy, resized, [&](const float* pixel, float* into, int64_t r, int64_t c, int64_t count) {
    float* sums = into + (resized.rows.low[r] * resized.width + resized.columns.low[c]) * resized.channels;
#pragma omp simd
    for (int64_t i = 0; i < count; i++) sums[i] += pixel[i];
  });
}

// Tables for the gradient dy (input 0) of resized images (input 1).
Resized gradientTables(const Call& call, const Resize& resize,
                       Sources (Resize::*sources)(int64_t, int64_t) const) {
  const at::Tensor &dy = call.raw(0), &images = call.raw(1);
  checkImages(dy);
  checkImages(images);
  TORCH_CHECK(dy.size(0) == images.size(0) && dy.size(3) == images.size(3), "a gradient of shape ", dy.sizes(),
              " for images of shape ", images.sizes());
  return Resized(images, dy.size(1), dy.size(2), resize, sources);
}

}  // namespace

LULC_KERNEL(ResizeBilinear) {
  const Resize resize(call);
  const int64_t height = sizeAttribute(call), width = sizeAttribute(call);
  const at::Tensor x = call.tensor(0).to(at::kFloat);
  const Resized resized(x, height, width, resize, &Resize::bilinear);
  if (x.numel() == 0 || height * width == 0) {
    call.output(at::empty(resized.shape(), x.options()));
  } else {
    call.output(x.is_cpu() ? bilinear(x, resized) : between(between(x, 2, resized.columns), 1, resized.rows));
  }
}

// Inputs: dy, images.
LULC_KERNEL(ResizeBilinearGrad) {
  const Resize resize(call);
  const Resized resized = gradientTables(call, resize, &Resize::bilinear);
  const at::Tensor dy = call.tensor(0).to(at::kFloat);
  if (dy.numel() == 0) {
    call.output(at::zeros(call.raw(1).sizes(), dy.options()));
  } else if (dy.is_cpu()) {
    call.output(bilinearGradient(dy, resized));
  } else {
    const at::Tensor rows = betweenGradient(dy, 1, resized.height, resized.rows);
    call.output(betweenGradient(rows, 2, resized.width, resized.columns));
  }
}

LULC_KERNEL(ResizeNearestNeighbor) {
  const Resize resize(call);
  const int64_t height = sizeAttribute(call), width = sizeAttribute(call);
  const at::Tensor& x = call.raw(0);
  const Resized resized(x, height, width, resize, &Resize::nearest);
  if (x.numel() == 0 || height * width == 0) {
    call.output(at::empty(resized.shape(), x.options()));
  } else if (x.is_cpu()) {
    call.output(nearest(x, resized));
  } else {
    call.output(x.index_select(1, resized.rows.lowIndex(x.device()))
                    .index_select(2, resized.columns.lowIndex(x.device())));
  }
}

// Inputs: dy, images.
LULC_KERNEL(ResizeNearestNeighborGrad) {
  const Resize resize(call);
  const Resized resized = gradientTables(call, resize, &Resize::nearest);
  const at::Tensor dy = call.tensor(0).to(at::kFloat);
  at::Tensor dx;
  if (dy.numel() == 0) {
    dx = at::zeros(call.raw(1).sizes(), dy.options());
  } else if (dy.is_cpu()) {
    dx = nearestGradient(dy, resized);
  } else {
    const at::Tensor rows = at::zeros({resized.batch, resized.height, resized.newWidth, resized.channels}, dy.options())
                                .index_add_(1, resized.rows.lowIndex(dy.device()), dy);
    dx = at::zeros(call.raw(1).sizes(), dy.options())
             .index_add_(2, resized.columns.lowIndex(dy.device()), rows);
  }
  call.output(dx, dtypeOf(call.raw(1)));
}

LULC_KERNEL(FlipLeftRight) {
  checkImages(call.raw(0));
  call.output(at::flip(call.raw(0), {2}));
}

namespace {

// An input in host memory, in a type that holds its numbers exactly.
at::Tensor hostNumbers(const Call& call, size_t i) {
  const at::Tensor x = call.tensor(i).cpu();
  return x.scalar_type() == at::kFloat ? x : x.to(at::kDouble);
}

at::Tensor hostFloat(const Call& call, size_t i) { return call.tensor(i).to(at::kFloat).cpu(); }

// Gives out a result of host memory in the element type of an input.
void outputAs(Call& call, const at::Tensor& result, size_t like) {
  call.output(result.to(call.settings().device), dtypeOf(call.raw(like)));
}

}  // namespace

// Inputs: images, boxes [boxes, 4], image of each box. Attributes: height, width, whether the nearest pixel is taken
// instead of four, and the number for what lies outside.
LULC_KERNEL(CropAndResize) {
  const int64_t height = sizeAttribute(call), width = sizeAttribute(call);
  const bool takeNearest = call.flag();
  const float outside = static_cast<float>(call.number());
  const at::Tensor images = hostFloat(call, 0), boxes = hostFloat(call, 1);
  const at::Tensor which = call.tensor(2).to(at::kInt).cpu();
  checkImages(images);
  TORCH_CHECK(boxes.dim() == 2 && boxes.size(1) == 4, "boxes of shape ", boxes.sizes());
  TORCH_CHECK(which.dim() == 1 && which.size(0) == boxes.size(0), boxes.size(0), " boxes in ", which.sizes(),
              " images");
  const int64_t channels = images.size(3), inHeight = images.size(1), inWidth = images.size(2);
  const at::Tensor y = at::zeros({boxes.size(0), height, width, channels}, images.options());
  // Where the pixels of a side of a box lie on an axis of the image.
  const auto place = [](double from, double to, int64_t in, int64_t out, int64_t i) {
    const double last = static_cast<double>(in - 1);
    if (out <= 1) return 0.5 * (from + to) * last;
    return from * last + static_cast<double>(i) * ((to - from) * last / static_cast<double>(out - 1));
  };
  for (int64_t b = 0; b < boxes.size(0); b++) {
    const float* box = boxes.data_ptr<float>() + b * 4;
    const int64_t image = which.data_ptr<int32_t>()[b];
    if (image < 0 || image >= images.size(0)) continue;
    const float* source = images.data_ptr<float>() + image * inHeight * inWidth * channels;
    const auto pixelAt = [&](double row, double column) {
      return source + (static_cast<int64_t>(row) * inWidth + static_cast<int64_t>(column)) * channels;
    };
    for (int64_t r = 0; r < height; r++) {
      const double row = place(box[0], box[2], inHeight, height, r);
      for (int64_t c = 0; c < width; c++) {
        const double column = place(box[1], box[3], inWidth, width, c);
        float* pixel = y.data_ptr<float>() + ((b * height + r) * width + c) * channels;
        const bool inside = row >= 0 && row <= static_cast<double>(inHeight - 1) && column >= 0 &&
                            column <= static_cast<double>(inWidth - 1);
        if (!inside) {
          std::fill(pixel, pixel + channels, outside);
        } else if (takeNearest) {
          const float* chosen = pixelAt(rounded(row), rounded(column));
          std::copy(chosen, chosen + channels, pixel);
        } else {
          const float* corners[4] = {pixelAt(std::floor(row), std::floor(column)),
                                     pixelAt(std::floor(row), std::ceil(column)),
                                     pixelAt(std::ceil(row), std::floor(column)),
                                     pixelAt(std::ceil(row), std::ceil(column))};
          const float down = static_cast<float>(row - std::floor(row));
          const float across = static_cast<float>(column - std::floor(column));
          for (int64_t i = 0; i < channels; i++) {
            const float above = corners[0][i] + (corners[1][i] - corners[0][i]) * across;
            const float below = corners[2][i] + (corners[3][i] - corners[2][i]) * across;
            pixel[i] = above + (below - above) * down;
          }
        }
      }
    }
  }
  call.output(y.to(call.settings().device));
}

// Attributes: angle, center (x, y) in pixels, and a number for each channel of what lies outside.
LULC_KERNEL(RotateWithOffset) {
  const double angle = call.number(), centerX = call.number(), centerY = call.number();
  const at::Tensor images = hostNumbers(call, 0);
  checkImages(images);
  const int64_t height = images.size(1), width = images.size(2), channels = images.size(3);
  std::vector<double> fill(channels);
  for (double& value : fill) value = call.number();
  const double sine = std::sin(angle), cosine = std::cos(angle);
  const at::Tensor y = at::empty_like(images);
  AT_DISPATCH_FLOATING_TYPES(images.scalar_type(), "RotateWithOffset", [&] {
    const scalar_t* source = images.data_ptr<scalar_t>();
    scalar_t* result = y.data_ptr<scalar_t>();
    at::parallel_for(0, images.size(0) * height, 16, [&](int64_t begin, int64_t end) {
      for (int64_t line = begin; line < end; line++) {
        const double down = static_cast<double>(line % height) - centerY;
        const scalar_t* image = source + line / height * height * width * channels;
        for (int64_t c = 0; c < width; c++) {
          const double across = static_cast<double>(c) - centerX;
          const double column = rounded(across * cosine - down * sine + centerX);
          const double row = rounded(across * sine + down * cosine + centerY);
          scalar_t* pixel = result + (line * width + c) * channels;
          if (column >= 0 && column < static_cast<double>(width) && row >= 0 && row < static_cast<double>(height)) {
            const int64_t at = (static_cast<int64_t>(row) * width + static_cast<int64_t>(column)) * channels;
            std::copy(image + at, image + at + channels, pixel);
          } else {
            for (int64_t i = 0; i < channels; i++) pixel[i] = static_cast<scalar_t>(fill[i]);
          }
        }
      }
    });
  });
  outputAs(call, y, 0);
}

namespace {

// The order is that of `fillModes` in src/kernels/image.ts.
enum class FillMode : int { constant, reflect, wrap, nearest };

double clamped(double value, int64_t size) {
  return std::max(0.0, std::min(value, static_cast<double>(size - 1)));
}

// Coordinates beyond an axis as the fill mode brings them back.
double mapped(double at, int64_t length, FillMode mode) {
  const double size = static_cast<double>(length);
  switch (mode) {
    case FillMode::reflect: {
      const double period = 2 * size;
      if (length <= 1) return clamped(at < 0 || at > size - 1 ? 0 : at, length);
      if (at < 0) {
        at += period * std::trunc(-at / period);
        at = at < -size ? at + period : -at - 1;
      } else if (at > size - 1) {
        at -= period * std::trunc(at / period);
        if (at >= size) at = period - at - 1;
      }
      return clamped(at, length);
    }
    case FillMode::wrap:
      if (length <= 1) return clamped(at < 0 || at > size - 1 ? 0 : at, length);
      if (at < 0) {
        at += size * (std::trunc(-at / (size - 1)) + 1);
      } else if (at > size - 1) {
        at -= size * std::trunc(at / (size - 1));
      }
      return clamped(at, length);
    case FillMode::nearest:
      return clamped(at, length);
    default:
      return at;
  }
}

}  // namespace

// Inputs: images, transforms [images or 1, 8]. Attributes: whether the nearest pixel is taken instead of four, what lies
// outside (mode and number), height, width.
LULC_KERNEL(Transform) {
  const bool takeNearest = call.flag();
  const int64_t mode = call.integer();
  TORCH_CHECK(mode >= 0 && mode <= static_cast<int64_t>(FillMode::nearest), "unknown fill mode ", mode);
  const double fill = call.number();
  const int64_t height = sizeAttribute(call), width = sizeAttribute(call);
  const at::Tensor images = hostNumbers(call, 0), transforms = hostFloat(call, 1);
  checkImages(images);
  TORCH_CHECK(transforms.dim() == 2 && transforms.size(1) == 8 &&
                  (transforms.size(0) == 1 || transforms.size(0) == images.size(0)),
              "transforms of shape ", transforms.sizes(), " for images of shape ", images.sizes());
  const int64_t inHeight = images.size(1), inWidth = images.size(2), channels = images.size(3);
  const at::Tensor y = at::empty({images.size(0), height, width, channels}, images.options());
  AT_DISPATCH_FLOATING_TYPES(images.scalar_type(), "Transform", [&] {
    const scalar_t* source = images.data_ptr<scalar_t>();
    scalar_t* result = y.data_ptr<scalar_t>();
    at::parallel_for(0, images.size(0) * height, 16, [&](int64_t begin, int64_t end) {
      for (int64_t line = begin; line < end; line++) {
        const int64_t image = line / height;
        const float* t = transforms.data_ptr<float>() + (transforms.size(0) == 1 ? 0 : image * 8);
        const auto read = [&](double row, double column, int64_t channel) {
          if (!(row >= 0 && row < static_cast<double>(inHeight) && column >= 0 &&
                column < static_cast<double>(inWidth)))
            return fill;
          const int64_t pixel = (image * inHeight + static_cast<int64_t>(row)) * inWidth + static_cast<int64_t>(column);
          return static_cast<double>(source[pixel * channels + channel]);
        };
        const double outY = static_cast<double>(line % height);
        for (int64_t c = 0; c < width; c++) {
          const double outX = static_cast<double>(c);
          scalar_t* pixel = result + (line * width + c) * channels;
          const double projection = t[6] * outX + t[7] * outY + 1;
          if (projection == 0) {
            std::fill(pixel, pixel + channels, static_cast<scalar_t>(fill));
            continue;
          }
          const double x = mapped((t[0] * outX + t[1] * outY + t[2]) / projection, inWidth, static_cast<FillMode>(mode));
          const double y = mapped((t[3] * outX + t[4] * outY + t[5]) / projection, inHeight, static_cast<FillMode>(mode));
          const double left = std::floor(x), top = std::floor(y);
          for (int64_t i = 0; i < channels; i++) {
            if (takeNearest) {
              pixel[i] = static_cast<scalar_t>(read(rounded(y), rounded(x), i));
            } else {
              const double above = (left + 1 - x) * read(top, left, i) + (x - left) * read(top, left + 1, i);
              const double below = (left + 1 - x) * read(top + 1, left, i) + (x - left) * read(top + 1, left + 1, i);
              pixel[i] = static_cast<scalar_t>((top + 1 - y) * above + (y - top) * below);
            }
          }
        }
      }
    });
  });
  outputAs(call, y, 0);
}

namespace {

struct Candidate {
  double score;
  int64_t box;
  size_t compared;  // with how many of the chosen boxes

  // The best is the last: of equal scores, the one with the smaller number.
  bool operator<(const Candidate& other) const {
    return score != other.score ? score < other.score : box > other.box;
  }
};

double overlap(const float* boxes, int64_t i, int64_t j) {
  struct Box {
    double top, left, bottom, right;
    explicit Box(const float* corners)
        : top(std::min(corners[0], corners[2])),
          left(std::min(corners[1], corners[3])),
          bottom(std::max(corners[0], corners[2])),
          right(std::max(corners[1], corners[3])) {}
    double area() const { return (bottom - top) * (right - left); }
  };
  const Box a(boxes + i * 4), b(boxes + j * 4);
  if (a.area() <= 0 || b.area() <= 0) return 0;
  const double shared = std::max(std::min(a.bottom, b.bottom) - std::max(a.top, b.top), 0.0) *
                        std::max(std::min(a.right, b.right) - std::max(a.left, b.left), 0.0);
  return shared / (a.area() + b.area() - shared);
}

}  // namespace

// Inputs: boxes, scores. Attributes: most boxes, overlap and score from which on a box is dropped or kept, width of the
// soft version (0: hard), whether the result is padded, and whether scores and the number of boxes are given out, too.
LULC_KERNEL(NonMaxSuppression) {
  const int64_t most = call.integer();
  const double overlapThreshold = call.number(), scoreThreshold = call.number(), sigma = call.number();
  const bool pad = call.flag(), giveScores = call.flag(), giveCount = call.flag();
  const at::Tensor boxes = hostFloat(call, 0), scores = hostFloat(call, 1);
  TORCH_CHECK(most >= 0 && most < (int64_t{1} << 28), "at most ", most, " boxes");
  TORCH_CHECK(boxes.dim() == 2 && boxes.size(1) == 4, "boxes of shape ", boxes.sizes());
  TORCH_CHECK(scores.dim() == 1 && scores.size(0) == boxes.size(0), boxes.size(0), " boxes with ", scores.sizes(),
              " scores");
  const float* corners = boxes.data_ptr<float>();
  std::vector<Candidate> candidates;
  for (int64_t i = 0; i < scores.size(0); i++) {
    const double score = scores.data_ptr<float>()[i];
    if (score > scoreThreshold) candidates.push_back({score, i, 0});
  }
  std::sort(candidates.begin(), candidates.end());
  const double scale = sigma > 0 ? -0.5 / sigma : 0;
  std::vector<int32_t> chosen;
  std::vector<float> chosenScores;
  while (static_cast<int64_t>(chosen.size()) < most && !candidates.empty()) {
    Candidate candidate = candidates.back();
    candidates.pop_back();
    const double before = candidate.score;
    if (before < scoreThreshold) break;
    bool dropped = false;
    for (size_t j = chosen.size(); j > candidate.compared && !dropped; j--) {
      const double share = overlap(corners, candidate.box, chosen[j - 1]);
      dropped = share >= overlapThreshold;
      if (dropped) break;
      candidate.score *= share <= overlapThreshold ? std::exp(scale * share * share) : 0;
      if (candidate.score <= scoreThreshold) break;
    }
    candidate.compared = chosen.size();
    if (dropped) continue;
    if (candidate.score == before) {
      chosen.push_back(static_cast<int32_t>(candidate.box));
      chosenScores.push_back(static_cast<float>(candidate.score));
    } else if (candidate.score > scoreThreshold) {
      candidates.insert(std::lower_bound(candidates.begin(), candidates.end(), candidate), candidate);
    }
  }
  const int32_t count = static_cast<int32_t>(chosen.size());
  if (pad) {
    chosen.resize(most, 0);
    chosenScores.resize(most, 0);
  }
  const at::Device device = call.settings().device;
  call.output(at::tensor(chosen, at::kInt).to(device));
  if (giveScores) call.output(at::tensor(chosenScores, at::kFloat).to(device));
  if (giveCount) call.output(at::scalar_tensor(count, at::kInt).to(device));
}

}  // namespace lulc
