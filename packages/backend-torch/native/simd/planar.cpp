#include "planar.h"

#include "tiles.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace lulc::simd::LULC_ISA {
namespace {

// Tiles of sums: channels of the result times vectors of pixels, and in the filter's gradient channels of both.
#if defined(__AVX512F__)
constexpr int tileOuts = 8, tileRuns = 3, gradientIns = 4, gradientOuts = 4;
#else
constexpr int tileOuts = 4, tileRuns = 3, gradientIns = 2, gradientOuts = 4;
#endif

int64_t ceilDivide(int64_t a, int64_t b) { return a > 0 ? (a + b - 1) / b : -(-a / b); }
int64_t floorDivide(int64_t a, int64_t b) { return a >= 0 ? a / b : -((-a + b - 1) / b); }

inline Vector load(const float* from) { return *reinterpret_cast<const Vector*>(from); }
inline void store(float* to, const Vector& value) { *reinterpret_cast<Vector*>(to) = value; }
inline Vector loadPart(const float* from, int64_t count) {
  Vector value = Vector{};
  std::memcpy(&value, from, count * sizeof(float));
  return value;
}

// Every second value of two vectors, the even ones or the odd ones.
template <int odd, int... i>
inline Vector everySecond(const Vector& a, const Vector& b, std::integer_sequence<int, i...>) {
#if defined(__clang__) || __GNUC__ >= 12
  return __builtin_shufflevector(a, b, (2 * i + odd)...);
#else
  typedef int Indices __attribute__((vector_size(lanes * sizeof(int))));
  return __builtin_shuffle(a, b, Indices{(2 * i + odd)...});
#endif
}

// The values of two vectors in turns: those of their first or second halves.
template <int second, int... i>
inline Vector inTurns(const Vector& a, const Vector& b, std::integer_sequence<int, i...>) {
#if defined(__clang__) || __GNUC__ >= 12
  return __builtin_shufflevector(a, b, (second * lanes / 2 + i / 2 + i % 2 * lanes)...);
#else
  typedef int Indices __attribute__((vector_size(lanes * sizeof(int))));
  return __builtin_shuffle(a, b, Indices{(second * lanes / 2 + i / 2 + i % 2 * lanes)...});
#endif
}

using Lanes = std::make_integer_sequence<int, lanes>;

// Seen as [lanes, count] (pixels of `count` channels), vectors become [count, lanes]; `count` is a power of 2.
template <int count>
inline void split(Vector* v) {
  Vector other[count];
  for (int step = 1; step < count; step *= 2) {
    for (int i = 0; i < count / 2; i++) {
      other[i] = everySecond<0>(v[2 * i], v[2 * i + 1], Lanes());
      other[i + count / 2] = everySecond<1>(v[2 * i], v[2 * i + 1], Lanes());
    }
    for (int i = 0; i < count; i++) v[i] = other[i];
  }
}

// The reverse of `split`.
template <int count>
inline void join(Vector* v) {
  Vector other[count];
  for (int step = 1; step < count; step *= 2) {
    for (int i = 0; i < count / 2; i++) {
      other[2 * i] = inTurns<0>(v[i], v[i + count / 2], Lanes());
      other[2 * i + 1] = inTurns<1>(v[i], v[i + count / 2], Lanes());
    }
    for (int i = 0; i < count; i++) v[i] = other[i];
  }
}

// All pixels of a row whose channels are a whole share of a vector.
template <int channels>
void splitNarrow(const float* row, int64_t width, float* planes, int64_t step) {
  Vector v[channels];
  int64_t x = 0;
  for (; x + lanes <= width; x += lanes) {
    for (int i = 0; i < channels; i++) v[i] = load(row + x * channels + i * lanes);
    split<channels>(v);
    for (int c = 0; c < channels; c++) store(planes + c * step + x, v[c]);
  }
  if (x == width) return;
  std::memset(v, 0, sizeof(v));
  std::memcpy(v, row + x * channels, (width - x) * channels * sizeof(float));
  split<channels>(v);
  for (int c = 0; c < channels; c++) store(planes + c * step + x, v[c]);
}

// Any number of channels, a vector of them at a time.
void splitWide(const float* row, int64_t width, int64_t channels, float* planes, int64_t step) {
  Vector v[lanes];
  for (int64_t c = 0; c < channels; c += lanes) {
    const int64_t count = std::min<int64_t>(lanes, channels - c);
    for (int64_t x = 0; x < width; x += lanes) {
      const int64_t pixels = std::min<int64_t>(lanes, width - x);
      const float* from = row + x * channels + c;
      if (count == lanes && pixels == lanes) {
        for (int i = 0; i < lanes; i++) v[i] = load(from + i * channels);
      } else {
        for (int i = 0; i < lanes; i++) v[i] = i < pixels ? loadPart(from + i * channels, count) : Vector{};
      }
      split<lanes>(v);
      for (int64_t i = 0; i < count; i++) store(planes + (c + i) * step + x, v[i]);
    }
  }
}

// A row [width, channels] as planes `step` apart. Writes whole vectors, zeros behind the last pixel.
void toPlanes(const float* row, int64_t width, int64_t channels, float* planes, int64_t step) {
  if (channels == 1) return splitNarrow<1>(row, width, planes, step);
  if (channels == 2) return splitNarrow<2>(row, width, planes, step);
  if (channels == 4) return splitNarrow<4>(row, width, planes, step);
  if constexpr (lanes > 8)
    if (channels == 8) return splitNarrow<8>(row, width, planes, step);
  splitWide(row, width, channels, planes, step);
}

template <int channels>
void joinNarrow(const float* planes, int64_t step, int64_t width, float* row) {
  Vector v[channels];
  for (int64_t x = 0; x < width; x += lanes) {
    for (int c = 0; c < channels; c++) v[c] = load(planes + c * step + x);
    join<channels>(v);
    if (x + lanes <= width) {
      for (int i = 0; i < channels; i++) store(row + x * channels + i * lanes, v[i]);
    } else {
      std::memcpy(row + x * channels, v, (width - x) * channels * sizeof(float));
    }
  }
}

void joinWide(const float* planes, int64_t step, int64_t width, int64_t channels, float* row) {
  Vector v[lanes];
  for (int64_t c = 0; c < channels; c += lanes) {
    const int64_t count = std::min<int64_t>(lanes, channels - c);
    for (int64_t x = 0; x < width; x += lanes) {
      const int64_t pixels = std::min<int64_t>(lanes, width - x);
      for (int i = 0; i < lanes; i++) v[i] = i < count ? load(planes + (c + i) * step + x) : Vector{};
      join<lanes>(v);
      float* to = row + x * channels + c;
      if (count == lanes) {
        for (int64_t i = 0; i < pixels; i++) store(to + i * channels, v[i]);
      } else {
        for (int64_t i = 0; i < pixels; i++) std::memcpy(to + i * channels, &v[i], count * sizeof(float));
      }
    }
  }
}

// The reverse of `toPlanes`; reads whole vectors.
void fromPlanes(const float* planes, int64_t step, int64_t width, int64_t channels, float* row) {
  if (channels == 1) return joinNarrow<1>(planes, step, width, row);
  if (channels == 2) return joinNarrow<2>(planes, step, width, row);
  if (channels == 4) return joinNarrow<4>(planes, step, width, row);
  if constexpr (lanes > 8)
    if (channels == 8) return joinNarrow<8>(planes, step, width, row);
  joinWide(planes, step, width, channels, row);
}

// Planes of image rows: those of column 0, 1 … before the stride come first. Columns stand `margin` behind the begin, with
// zeros around them.
struct RowPlanes {
  int64_t width, channels, phases, margin, step;

  int64_t size() const { return phases * channels * step; }
  int64_t plainStep() const { return paddedToVectors(width); }
  // Floats that `fill` works in.
  int64_t scratchSize() const { return phases == 1 ? 0 : channels * plainStep(); }
  // The plane of channel 0 whose index x holds column x phases + column.
  const float* at(const float* planes, int64_t column) const {
    const int64_t shift = floorDivide(column, phases);
    return planes + (column - shift * phases) * channels * step + margin + shift;
  }
  // What surrounds the columns has to be 0 before.
  void fill(const float* row, float* planes, float* scratch) const {
    if (phases == 1) return toPlanes(row, width, channels, planes + margin, step);
    toPlanes(row, width, channels, scratch, plainStep());
    for (int64_t phase = 0; phase < phases; phase++) {
      const int64_t count = (width - phase + phases - 1) / phases;
      for (int64_t c = 0; c < channels; c++) {
        const float* from = scratch + c * plainStep() + phase;
        float* to = planes + (phase * channels + c) * step + margin;
        if (phases == 2) {
          for (int64_t x = 0; x < count; x++) to[x] = from[2 * x];
        } else {
          for (int64_t x = 0; x < count; x++) to[x] = from[x * phases];
        }
      }
    }
  }
};

constexpr int64_t cacheLine = 64 / sizeof(float);

// The last few rows of an image as planes, each made when it is first asked for. Rows are asked for from top to bottom.
class Ring {
 public:
  Ring(const RowPlanes& planes, int64_t rows, float* memory)
      : planes_(planes), rows_(rows), memory_(memory), scratch_(memory + rows * planes.size()) {
    std::memset(memory, 0, rows * planes.size() * sizeof(float));
  }
  static int64_t size(const RowPlanes& planes, int64_t rows) { return rows * planes.size() + planes.scratchSize(); }
  const float* row(const float* image, int64_t y) {
    if (image != image_) {
      image_ = image;
      next_ = y;
    }
    const int64_t length = planes_.width * planes_.channels;
    for (next_ = std::max(next_, y - rows_ + 1); next_ <= y; next_++) {
      planes_.fill(image + next_ * length, slot(next_), scratch_);
      // The row below comes from memory while this one is worked on; behind the last row it is only asked for.
      for (int64_t i = 0; i < length; i += cacheLine) __builtin_prefetch(image + (next_ + 1) * length + i);
    }
    return slot(y);
  }

 private:
  float* slot(int64_t y) const { return memory_ + y % rows_ * planes_.size(); }
  const RowPlanes& planes_;
  const int64_t rows_;
  float* const memory_;
  float* const scratch_;
  const float* image_ = nullptr;
  int64_t next_ = 0;
};

// One tap of a filter: the plane of the first channel that it sees at pixel 0, and its weights [channels, outs].
struct Tap {
  const float* planes;
  const float* weights;
};

constexpr int64_t mostTaps = 64;

struct TapList {
  Tap taps[mostTaps];
  int64_t count = 0;
};

// Channels of images and of results, and how far planes of each are apart.
struct Strides {
  int64_t in, inStep, out, outStep;
};

// `outs` channels of the result for `runs` vectors of pixels from pixel x on.
template <int outs, int runs>
struct SumTile {
  static void run(const TapList& list, const Strides& s, int64_t x, int64_t weightsFrom, const float* bias, float slope,
                  float* to);
};

template <int outs, int runs>
void SumTile<outs, runs>::run(const TapList& list, const Strides& s, int64_t x, int64_t weightsFrom, const float* bias,
                              float slope, float* to) {
  Vector sum[outs][runs];
  for (int o = 0; o < outs; o++)
    for (int v = 0; v < runs; v++) sum[o][v] = bias == nullptr ? Vector{} : bias[o] - Vector{};
  for (int64_t t = 0; t < list.count; t++) {
    const float* plane = list.taps[t].planes + x;
    const float* weights = list.taps[t].weights + weightsFrom;
    for (int64_t c = 0; c < s.in; c++, plane += s.inStep, weights += outs) {
      Vector pixels[runs];
      for (int v = 0; v < runs; v++) pixels[v] = load(plane + v * lanes);
      for (int o = 0; o < outs; o++) {
        const Vector weight = weights[o] - Vector{};
        for (int v = 0; v < runs; v++) sum[o][v] += weight * pixels[v];
      }
    }
  }
  for (int o = 0; o < outs; o++) {
    for (int v = 0; v < runs; v++) {
      Vector value = sum[o][v];
      // Not a product with 0, nor a maximum: an infinity must become 0, a NaN must stay one.
      if (slope == 0) {
        value = value < 0 ? Vector{} : value;
      } else if (slope != 1) {
        value = value < 0 ? value * slope : value;
      }
      store(to + o * s.outStep + v * lanes, value);
    }
  }
}

template <int outs>
auto sumTileOf(int64_t runs) {
  return runs >= 3 ? &SumTile<outs, 3>::run : runs == 2 ? &SumTile<outs, 2>::run : &SumTile<outs, 1>::run;
}

auto sumTile(int64_t outs, int64_t runs) {
  if constexpr (tileOuts > 4) {
    if (outs == 8) return sumTileOf<8>(runs);
    if (outs == 7) return sumTileOf<7>(runs);
    if (outs == 6) return sumTileOf<6>(runs);
    if (outs == 5) return sumTileOf<5>(runs);
  }
  return outs == 4   ? sumTileOf<4>(runs)
         : outs == 3 ? sumTileOf<3>(runs)
         : outs == 2 ? sumTileOf<2>(runs)
                     : sumTileOf<1>(runs);
}

// Planes of `width` pixels of the result. Weights of a tap are [in, outs] for a tile's channels after the other.
void sums(const TapList& list, const Strides& s, int64_t width, const PlanarFinish& finish, float* planes) {
  const int64_t vectors = (width + lanes - 1) / lanes;
  for (int64_t o = 0; o < s.out; o += tileOuts) {
    const int64_t outs = std::min<int64_t>(tileOuts, s.out - o);
    const float* bias = finish.bias == nullptr ? nullptr : finish.bias + o;
    for (int64_t v = 0; v < vectors;) {
      // Four vectors are two and two, not three and a lonely one.
      const int64_t left = vectors - v;
      const int64_t runs = left == tileRuns + 1 ? 2 : std::min<int64_t>(tileRuns, left);
      sumTile(outs, runs)(list, s, v * lanes, o * s.in, bias, finish.slope, planes + o * s.outStep + v * lanes);
      v += runs;
    }
  }
}

// Weights [taps][tile of outs][in][outs] from a filter whose steps are given.
void packWeights(const float* filter, int64_t taps, int64_t in, int64_t out, int64_t inStep, int64_t outStep,
                 float* packed) {
  for (int64_t tap = 0; tap < taps; tap++) {
    for (int64_t o = 0; o < out; o += tileOuts) {
      const int64_t outs = std::min<int64_t>(tileOuts, out - o);
      for (int64_t c = 0; c < in; c++)
        for (int64_t k = 0; k < outs; k++) *packed++ = filter[tap * in * out + c * inStep + (o + k) * outStep];
    }
  }
}

void pack(const Planar& s, const float* filter, float* packed) {
  packWeights(filter, s.taps(), s.in, s.out, s.out, 1, packed);
}

void packTurned(const Planar& s, const float* filter, float* packed) {
  packWeights(filter, s.taps(), s.out, s.in, 1, s.out, packed);
}

// Planes that hold every column of an image of some width, and every one that `pixels` results may read.
RowPlanes rowPlanes(int64_t width, int64_t channels, int64_t phases, int64_t margin, int64_t pixels, int64_t reach) {
  const int64_t columns = std::max(paddedToVectors((width + phases - 1) / phases), paddedToVectors(pixels));
  return {width, channels, phases, margin, paddedToVectors(margin + columns + reach)};
}

RowPlanes imagePlanes(const Planar& s) {
  return rowPlanes(s.inWidth, s.in, s.strideX, ceilDivide(s.left, s.strideX), s.outWidth,
                   ceilDivide(s.width, s.strideX));
}

int64_t forwardScratch(const Planar& s) {
  return Ring::size(imagePlanes(s), s.height) + s.out * paddedToVectors(s.outWidth);
}

void forward(const Planar& s, const float* x, const float* packed, const PlanarFinish& finish, float* y, int64_t begin,
             int64_t end, float* scratch) {
  const RowPlanes planes = imagePlanes(s);
  Ring ring(planes, s.height, scratch);
  float* result = scratch + Ring::size(planes, s.height);
  const Strides strides{s.in, planes.step, s.out, paddedToVectors(s.outWidth)};
  TapList list;
  for (int64_t row = begin; row < end; row++) {
    const float* image = x + row / s.outHeight * s.inHeight * s.inWidth * s.in;
    const int64_t first = row % s.outHeight * s.strideY - s.top;
    list.count = 0;
    for (int64_t ky = 0; ky < s.height; ky++) {
      if (first + ky < 0 || first + ky >= s.inHeight) continue;
      const float* line = ring.row(image, first + ky);
      for (int64_t kx = 0; kx < s.width; kx++)
        list.taps[list.count++] = {planes.at(line, kx - s.left), packed + (ky * s.width + kx) * s.in * s.out};
    }
    sums(list, strides, s.outWidth, finish, result);
    fromPlanes(result, strides.outStep, s.outWidth, s.out, y + row * s.outWidth * s.out);
  }
}

// A pixel of the image gets a tap's share from a pixel of the result only where the stride meets it.
RowPlanes gradientPlanes(const Planar& s) {
  return rowPlanes(s.outWidth, s.out, 1, ceilDivide(s.width, s.strideX), ceilDivide(s.inWidth, s.strideX),
                   ceilDivide(s.left, s.strideX) + 1);
}

int64_t gradientRows(const Planar& s) { return ceilDivide(s.height, s.strideY) + 1; }

// Planes of a row of the image, and, apart, those of its columns by phase.
int64_t phaseStep(const Planar& s) { return paddedToVectors(ceilDivide(s.inWidth, s.strideX)); }

int64_t inputGradientScratch(const Planar& s) {
  return Ring::size(gradientPlanes(s), gradientRows(s)) + s.in * phaseStep(s) +
         (s.strideX > 1 ? s.in * (s.strideX * phaseStep(s)) : 0);
}

void inputGradient(const Planar& s, const float* dy, const float* packed, float* dx, int64_t begin, int64_t end,
                   float* scratch) {
  const RowPlanes planes = gradientPlanes(s);
  Ring ring(planes, gradientRows(s), scratch);
  float* phasePlanes = scratch + Ring::size(planes, gradientRows(s));
  float* result = s.strideX > 1 ? phasePlanes + s.in * phaseStep(s) : phasePlanes;
  const int64_t resultStep = s.strideX * phaseStep(s);
  const Strides strides{s.out, planes.step, s.in, phaseStep(s)};
  TapList list;
  for (int64_t row = begin; row < end; row++) {
    const float* gradient = dy + row / s.inHeight * s.outHeight * s.outWidth * s.out;
    const int64_t y = row % s.inHeight + s.top;
    for (int64_t phase = 0; phase < std::min(s.strideX, s.inWidth); phase++) {
      list.count = 0;
      // From the last tap to the first, so that rows are asked for from top to bottom.
      for (int64_t ky = s.height - 1; ky >= 0; ky--) {
        if (y < ky || (y - ky) % s.strideY != 0 || (y - ky) / s.strideY >= s.outHeight) continue;
        const float* line = ring.row(gradient, (y - ky) / s.strideY);
        for (int64_t kx = 0; kx < s.width; kx++) {
          const int64_t shift = phase + s.left - kx;
          if (shift % s.strideX != 0) continue;
          list.taps[list.count++] = {planes.at(line, shift / s.strideX), packed + (ky * s.width + kx) * s.in * s.out};
        }
      }
      const int64_t count = (s.inWidth - phase + s.strideX - 1) / s.strideX;
      sums(list, strides, count, {nullptr, 1}, phasePlanes);
      if (s.strideX == 1) continue;
      for (int64_t c = 0; c < s.in; c++) {
        const float* from = phasePlanes + c * phaseStep(s);
        float* to = result + c * resultStep + phase;
        if (s.strideX == 2) {
          for (int64_t i = 0; i < count; i++) to[2 * i] = from[i];
        } else {
          for (int64_t i = 0; i < count; i++) to[i * s.strideX] = from[i];
        }
      }
    }
    fromPlanes(result, resultStep, s.inWidth, s.in, dx + row * s.inWidth * s.in);
  }
}

// Pixels that the gradient of the filter multiplies at a time, of some rows or of a part of one: what a tile reads of them
// stays in the first-level cache for all taps of a row of the filter.
constexpr int64_t pixelsAtOnce = 1024;
constexpr int64_t mostRows = 16;

int64_t rowsAtOnce(const Planar& s) {
  return std::max<int64_t>(1, std::min({pixelsAtOnce / s.outWidth, s.outHeight, mostRows}));
}

int64_t ringRows(const Planar& s) { return s.height + (rowsAtOnce(s) - 1) * s.strideY; }

int64_t filterGradientScratch(const Planar& s) {
  return Ring::size(imagePlanes(s), ringRows(s)) + rowsAtOnce(s) * s.out * paddedToVectors(s.outWidth);
}

// A run of pixels that a tap sees, and the gradient under it: planes of the first channels.
struct Run {
  const float* x;
  const float* dy;
};

struct RunList {
  Run runs[mostRows];
  int64_t count, width, xStep, dyStep;
};

// The sums of `lanes` vectors, in order; of fewer, what is left to add.
template <int count>
inline Vector totals(const Vector* v) {
  if constexpr (count == 1) {
    return v[0];
  } else {
    const Vector a = totals<count / 2>(v), b = totals<count / 2>(v + count / 2);
    return everySecond<0>(a, b, Lanes()) + everySecond<1>(a, b, Lanes());
  }
}

// Adds products of `ins` planes of the image and `outs` of the gradient to sums [ins][outs], `sumStep` apart.
template <int ins, int outs>
struct GradientTile {
  static void run(const RunList& list, int64_t i, int64_t o, float* sums, int64_t sumStep);
};

template <int ins, int outs>
void GradientTile<ins, outs>::run(const RunList& list, int64_t i0, int64_t o0, float* sums, int64_t sumStep) {
  Vector tile[ins][outs];
  for (int i = 0; i < ins; i++)
    for (int o = 0; o < outs; o++) tile[i][o] = Vector{};
  const int64_t whole = list.width / lanes * lanes;
  for (int64_t r = 0; r < list.count; r++) {
    const float* x = list.runs[r].x + i0 * list.xStep;
    const float* dy = list.runs[r].dy + o0 * list.dyStep;
    for (int64_t p = 0; p < whole; p += lanes) {
      Vector g[outs];
      for (int o = 0; o < outs; o++) g[o] = load(dy + o * list.dyStep + p);
      for (int i = 0; i < ins; i++) {
        const Vector v = load(x + i * list.xStep + p);
        for (int o = 0; o < outs; o++) tile[i][o] += v * g[o];
      }
    }
    if (whole == list.width) continue;
    // What no window sees may be infinite: it must not meet the zeros behind the gradient.
    for (int i = 0; i < ins; i++) {
      const Vector v = loadPart(x + i * list.xStep + whole, list.width - whole);
      for (int o = 0; o < outs; o++) tile[i][o] += v * load(dy + o * list.dyStep + whole);
    }
  }
  Vector all[gradientIns * gradientOuts];
  for (int k = 0; k < gradientIns * gradientOuts; k++) all[k] = k < ins * outs ? tile[k / outs][k % outs] : Vector{};
  float sum[gradientIns * gradientOuts];
  for (int k = 0; k < gradientIns * gradientOuts; k += lanes) store(sum + k, totals<lanes>(all + k));
  for (int i = 0; i < ins; i++)
    for (int o = 0; o < outs; o++) sums[i * sumStep + o] += sum[i * outs + o];
}

template <int ins>
auto gradientTileOf(int64_t outs) {
  return outs >= 4   ? &GradientTile<ins, 4>::run
         : outs == 3 ? &GradientTile<ins, 3>::run
         : outs == 2 ? &GradientTile<ins, 2>::run
                     : &GradientTile<ins, 1>::run;
}

auto gradientTile(int64_t ins, int64_t outs) {
  if constexpr (gradientIns > 2) {
    if (ins == 4) return gradientTileOf<4>(outs);
    if (ins == 3) return gradientTileOf<3>(outs);
  }
  return ins == 2 ? gradientTileOf<2>(outs) : gradientTileOf<1>(outs);
}

void addRows(const Planar& s, const float* x, const float* dy, int64_t begin, int64_t end, float* sums,
             float* scratch) {
  const RowPlanes planes = imagePlanes(s);
  Ring ring(planes, ringRows(s), scratch);
  float* gradients = scratch + Ring::size(planes, ringRows(s));
  RunList list;
  list.xStep = planes.step;
  list.dyStep = paddedToVectors(s.outWidth);
  for (int64_t row = begin; row < end;) {
    const float* image = x + row / s.outHeight * s.inHeight * s.inWidth * s.in;
    const int64_t first = row % s.outHeight;
    const int64_t rows = std::min({rowsAtOnce(s), end - row, s.outHeight - first});
    for (int64_t r = 0; r < rows; r++)
      toPlanes(dy + (row + r) * s.outWidth * s.out, s.outWidth, s.out, gradients + r * s.out * list.dyStep,
               list.dyStep);
    const int64_t top = first * s.strideY - s.top;
    for (int64_t y = std::max<int64_t>(0, top); y < std::min(s.inHeight, top + (rows - 1) * s.strideY + s.height); y++)
      ring.row(image, y);
    for (int64_t from = 0; from < s.outWidth; from += pixelsAtOnce) {
      list.width = std::min(pixelsAtOnce, s.outWidth - from);
      for (int64_t ky = 0; ky < s.height; ky++) {
        for (int64_t i = 0; i < s.in; i += gradientIns) {
          for (int64_t o = 0; o < s.out; o += gradientOuts) {
            const auto tile = gradientTile(std::min<int64_t>(gradientIns, s.in - i),
                                           std::min<int64_t>(gradientOuts, s.out - o));
            for (int64_t kx = 0; kx < s.width; kx++) {
              list.count = 0;
              for (int64_t r = 0; r < rows; r++) {
                const int64_t y = top + r * s.strideY + ky;
                if (y < 0 || y >= s.inHeight) continue;
                list.runs[list.count++] = {planes.at(ring.row(image, y), kx - s.left) + from,
                                           gradients + r * s.out * list.dyStep + from};
              }
              tile(list, i, o, sums + ((ky * s.width + kx) * s.in + i) * s.out + o, s.out);
            }
          }
        }
      }
    }
    row += rows;
  }
}

}  // namespace

const PlanarLoops planarLoops = {lanes,   pack,          packTurned, forwardScratch, inputGradientScratch,
                                 filterGradientScratch, forward, inputGradient, addRows};

}  // namespace lulc::simd::LULC_ISA
