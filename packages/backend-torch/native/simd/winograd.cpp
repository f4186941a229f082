#include "winograd.h"

#include "tiles.h"

#include <algorithm>
#include <cstring>

namespace lulc::simd::LULC_ISA {
namespace {

constexpr int64_t points = 36;

// Tiles that are transformed, multiplied and transformed back at a time: few enough that they stay in the second-level
// cache, many enough that the filter is not read for nothing, and more of them where no cache holds the filter.
int64_t tilesPerBlock(const Winograd& s) {
  const int64_t out = paddedToVectors(s.out);
  const int64_t perTile = 4 * points * (s.in + out);
  const int64_t least = 4 * points * s.in * out > (16 << 20) ? 48 : 18;
  return std::min<int64_t>(96, std::max<int64_t>(least, (640 * 1024 / perTile) / tileRows * tileRows));
}

int64_t scratchSize(const Winograd& s) { return tilesPerBlock(s) * points * (s.in + paddedToVectors(s.out)); }

// G g, for three vectors `step` apart.
inline void filterSide(const Vector* g, int64_t step, Vector* to, int64_t toStep) {
  const Vector g0 = g[0], g1 = g[step], g2 = g[2 * step];
  const Vector even = (g0 + g2) * (1.0f / 6), odd = g1 * (1.0f / 6);
  const Vector a = g0 * (1.0f / 24) + g2 * (1.0f / 6), b = g1 * (1.0f / 12);
  to[0] = g0 * 0.25f;
  to[toStep] = -even - odd;
  to[2 * toStep] = odd - even;
  to[3 * toStep] = a + b;
  to[4 * toStep] = a - b;
  to[5 * toStep] = g2;
}

void transformFilter(const float* filter, int64_t in, int64_t out, float* transformed) {
  const int64_t padded = paddedToVectors(out);
  Vector g[9], half[18], result[points];
  for (int64_t c = 0; c < in; c++) {
    for (int64_t o = 0; o < padded; o += lanes) {
      const int64_t width = std::min<int64_t>(lanes, out - o);
      for (int64_t tap = 0; tap < 9; tap++) {
        g[tap] = Vector{};
        std::memcpy(&g[tap], filter + (tap * in + c) * out + o, width * sizeof(float));
      }
      for (int64_t k = 0; k < 3; k++) filterSide(g + k, 3, half + k, 3);
      for (int64_t r = 0; r < 6; r++) filterSide(half + r * 3, 1, result + r * 6, 1);
      for (int64_t p = 0; p < points; p++)
        *reinterpret_cast<Vector*>(transformed + (p * in + c) * padded + o) = result[p];
    }
  }
}

// B' d, for six vectors `step` apart.
inline void inputSide(const Vector* d, int64_t step, Vector* to, int64_t toStep) {
  const Vector d0 = d[0], d1 = d[step], d2 = d[2 * step], d3 = d[3 * step], d4 = d[4 * step], d5 = d[5 * step];
  const Vector a = d4 - 4.0f * d2, b = d3 - 4.0f * d1;
  const Vector c = d4 - d2, e = 2.0f * (d3 - d1);
  to[0] = 4.0f * d0 - 5.0f * d2 + d4;
  to[toStep] = a + b;
  to[2 * toStep] = a - b;
  to[3 * toStep] = c + e;
  to[4 * toStep] = c - e;
  to[5 * toStep] = 4.0f * d1 - 5.0f * d3 + d5;
}

// A' m, for six vectors `step` apart.
inline void outputSide(const Vector* m, int64_t step, Vector* to, int64_t toStep) {
  const Vector m0 = m[0], m1 = m[step], m2 = m[2 * step], m3 = m[3 * step], m4 = m[4 * step], m5 = m[5 * step];
  const Vector sum = m1 + m2, difference = m1 - m2, sum2 = m3 + m4, difference2 = m3 - m4;
  to[0] = m0 + sum + sum2;
  to[toStep] = difference + 2.0f * difference2;
  to[2 * toStep] = sum + 4.0f * sum2;
  to[3 * toStep] = difference + 8.0f * difference2 + m5;
}

struct Tile {
  int64_t sample, y, x;  // first output pixel; the others are a dilation apart
};

// The first pixel of a tile on one axis: those of the image that begins at pixel 0 come first, then those from pixel 1 on.
inline int64_t firstPixel(int64_t index, int64_t tiles, int64_t dilation) {
  return index / tiles + index % tiles * 4 * dilation;
}

Tile tileAt(const Winograd& s, int64_t index) {
  const int64_t inImage = index % s.tiles(), perRow = s.dilationX * s.tilesX();
  return {index / s.tiles(), firstPixel(inImage / perRow, s.tilesY(), s.dilationY),
          firstPixel(inImage % perRow, s.tilesX(), s.dilationX)};
}

// Pixels of a tile on one axis that the result has.
inline int64_t pixelsOf(int64_t first, int64_t size, int64_t dilation) {
  return std::clamp<int64_t>((size - first + dilation - 1) / dilation, 0, 4);
}

// v [36][tiles][in]
void transformInput(const Winograd& s, const float* x, const Tile& tile, float* v, int64_t pointStep) {
  const float* image = x + tile.sample * s.inHeight * s.inWidth * s.in;
  const int64_t firstY = tile.y - s.top, firstX = tile.x - s.left;
  Vector d[points], half[points], result[points];
  for (int64_t c = 0; c < s.in; c += lanes) {
    const int64_t width = std::min<int64_t>(lanes, s.in - c);
    for (int64_t r = 0; r < 6; r++) {
      const int64_t y = firstY + r * s.dilationY;
      for (int64_t k = 0; k < 6; k++) {
        const int64_t px = firstX + k * s.dilationX;
        Vector value = Vector{};
        if (y >= 0 && y < s.inHeight && px >= 0 && px < s.inWidth) {
          const float* from = image + (y * s.inWidth + px) * s.in + c;
          if (width == lanes) {
            value = *reinterpret_cast<const Vector*>(from);
          } else {
            std::memcpy(&value, from, width * sizeof(float));
          }
        }
        d[r * 6 + k] = value;
      }
    }
    for (int64_t k = 0; k < 6; k++) inputSide(d + k, 6, half + k, 6);
    for (int64_t r = 0; r < 6; r++) inputSide(half + r * 6, 1, result + r * 6, 1);
    if (width == lanes) {
      for (int64_t p = 0; p < points; p++) *reinterpret_cast<Vector*>(v + p * pointStep + c) = result[p];
    } else {
      for (int64_t p = 0; p < points; p++) std::memcpy(v + p * pointStep + c, &result[p], width * sizeof(float));
    }
  }
}

// m [36][tiles][out, whole vectors]
void transformOutput(const Winograd& s, const float* m, int64_t pointStep, const Tile& tile, const float* residual,
                     float* y) {
  const int64_t rows = pixelsOf(tile.y, s.outHeight, s.dilationY), columns = pixelsOf(tile.x, s.outWidth, s.dilationX);
  Vector in[points], half[24], result[16];
  for (int64_t o = 0; o < s.out; o += lanes) {
    const int64_t width = std::min<int64_t>(lanes, s.out - o);
    for (int64_t p = 0; p < points; p++) in[p] = *reinterpret_cast<const Vector*>(m + p * pointStep + o);
    for (int64_t k = 0; k < 6; k++) outputSide(in + k, 6, half + k, 6);
    for (int64_t r = 0; r < 4; r++) outputSide(half + r * 6, 1, result + r * 4, 1);
    Vector bias = Vector{};
    if (s.bias != nullptr) std::memcpy(&bias, s.bias + o, width * sizeof(float));
    for (int64_t r = 0; r < rows; r++) {
      for (int64_t k = 0; k < columns; k++) {
        const int64_t pixelY = tile.y + r * s.dilationY, pixelX = tile.x + k * s.dilationX;
        const int64_t at = ((tile.sample * s.outHeight + pixelY) * s.outWidth + pixelX) * s.out + o;
        Vector value = result[r * 4 + k] + bias;
        if (residual != nullptr) {
          Vector added = Vector{};
          std::memcpy(&added, residual + at, width * sizeof(float));
          value += added;
        }
        // Not a maximum, nor a product with 0: a NaN must stay one, and an infinity become 0.
        if (s.slope == 0) {
          value = value < 0 ? Vector{} : value;
        } else if (s.slope != 1) {
          value = value < 0 ? value * s.slope : value;
        }
        if (width == lanes) {
          *reinterpret_cast<Vector*>(y + at) = value;
        } else {
          std::memcpy(y + at, &value, width * sizeof(float));
        }
      }
    }
  }
}

// m = v u for a few rows of v and vectors of u.
template <int rows, int out>
struct MultiplyTile {
  static void run(const float* v, int64_t vStep, const float* u, int64_t uStep, int64_t depth, float* m,
                  int64_t mStep);
};

template <int rows, int out>
void MultiplyTile<rows, out>::run(const float* v, int64_t vStep, const float* u, int64_t uStep, int64_t depth,
                                  float* m, int64_t mStep) {
  Vector sums[rows][out] = {};
  for (int64_t c = 0; c < depth; c++) {
    Vector w[out];
    for (int o = 0; o < out; o++) w[o] = *reinterpret_cast<const Vector*>(u + c * uStep + o * lanes);
    for (int r = 0; r < rows; r++) {
      const Vector spread = v[r * vStep + c] - Vector{};
      for (int o = 0; o < out; o++) sums[r][o] += spread * w[o];
    }
  }
  for (int r = 0; r < rows; r++)
    for (int o = 0; o < out; o++) *reinterpret_cast<Vector*>(m + r * mStep + o * lanes) = sums[r][o];
}

void run(const Winograd& s, const float* x, const float* filter, const float* residual, float* y, int64_t begin,
         int64_t end, float* scratch) {
  const int64_t padded = paddedToVectors(s.out);
  const int64_t vectors = padded / lanes;
  const int64_t block = tilesPerBlock(s);
  float* v = scratch;
  float* m = scratch + block * points * s.in;
  for (int64_t first = begin; first < end; first += block) {
    const int64_t tiles = std::min(block, end - first);
    for (int64_t t = 0; t < tiles; t++) transformInput(s, x, tileAt(s, first + t), v + t * s.in, tiles * s.in);
    for (int64_t p = 0; p < points; p++) {
      const float* left = v + p * tiles * s.in;
      const float* right = filter + p * s.in * padded;
      float* product = m + p * tiles * padded;
      for (int64_t o = 0; o < vectors; o += tileVectors) {
        const int64_t width = std::min<int64_t>(tileVectors, vectors - o);
        for (int64_t t = 0; t < tiles; t += tileRows) {
          tileOf<MultiplyTile>(std::min<int64_t>(tileRows, tiles - t), width)(left + t * s.in, s.in, right + o * lanes, padded,
                                                                     s.in, product + t * padded + o * lanes, padded);
        }
      }
    }
    for (int64_t t = 0; t < tiles; t++)
      transformOutput(s, m + t * padded, tiles * padded, tileAt(s, first + t), residual, y);
  }
}

}  // namespace

const WinogradLoops winogradLoops = {paddedToVectors, transformFilter, scratchSize, run};

}  // namespace lulc::simd::LULC_ISA
