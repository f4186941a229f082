#include "product.h"

#include "tiles.h"

#include <algorithm>
#include <cstring>

namespace lulc::simd::LULC_ISA {
namespace {

constexpr int64_t panelWidth = tileVectors * lanes;
// Steps of the inner axis at a time: a packed panel stays in the second-level cache, what a tile reads of `a` in the first.
constexpr int64_t innerBlock = 384;
// So few rows do not pay for packing: they read `b` as it lies, in shorter steps, since its rows may share cache sets.
constexpr int64_t fewRows = 12 * tileRows;
constexpr int64_t unpackedBlock = 96;

// Where a tile reads and writes. Columns beyond `width` are computed but not kept.
struct TileJob {
  const float* a;
  int64_t aRow, aColumn;
  const float* panel;  // [inner, panelWidth], panelRow apart
  int64_t panelRow, inner;
  const float* bias;  // null, or [whole vectors]
  float* c;
  int64_t cRow, width;
  bool isFirst;  // else the sums go on from what c holds
};

template <int rows, int vectors>
struct ProductTile {
  static void run(const TileJob& job);
};

inline Vector partOf(const float* from, int64_t width) {
  Vector value = Vector{};
  std::memcpy(&value, from, width * sizeof(float));
  return value;
}

template <int rows, int vectors>
void ProductTile<rows, vectors>::run(const TileJob& job) {
  Vector sum[rows][vectors] = {};
  const float* a = job.a;
  const float* b = job.panel;
  for (int64_t k = 0; k < job.inner; k++, a += job.aColumn, b += job.panelRow) {
    Vector column[vectors];
    for (int v = 0; v < vectors; v++) column[v] = *reinterpret_cast<const Vector*>(b + v * lanes);
    for (int r = 0; r < rows; r++) {
      const Vector value = a[r * job.aRow] - Vector{};
      for (int v = 0; v < vectors; v++) sum[r][v] += value * column[v];
    }
  }
  for (int r = 0; r < rows; r++) {
    for (int v = 0; v < vectors; v++) {
      float* to = job.c + r * job.cRow + v * lanes;
      const int64_t width = std::min<int64_t>(lanes, job.width - v * lanes);
      Vector value = sum[r][v];
      if (job.bias != nullptr) value += *reinterpret_cast<const Vector*>(job.bias + v * lanes);
      if (width == lanes) {
        if (!job.isFirst) value += *reinterpret_cast<const Vector*>(to);
        *reinterpret_cast<Vector*>(to) = value;
      } else {
        if (!job.isFirst) value += partOf(to, width);
        std::memcpy(to, &value, width * sizeof(float));
      }
    }
  }
}

// Columns [first, first + width) of rows [from, until) of b, row by row, zeros beyond them.
void pack(const Product& s, const float* b, int64_t first, int64_t width, int64_t from, int64_t until, float* panel) {
  const int64_t inner = until - from;
  const float* start = b + from * s.bRow + first * s.bColumn;
  if (s.bColumn == 1) {
    for (int64_t k = 0; k < inner; k++) {
      std::memcpy(panel + k * panelWidth, start + k * s.bRow, width * sizeof(float));
      std::fill(panel + k * panelWidth + width, panel + (k + 1) * panelWidth, 0.0f);
    }
    return;
  }
  // Small squares, so that neither side is walked across for every value.
  constexpr int64_t square = 16;
  if (width < panelWidth) std::fill(panel, panel + inner * panelWidth, 0.0f);
  for (int64_t k = 0; k < inner; k += square)
    for (int64_t j = 0; j < width; j += square)
      for (int64_t y = j; y < std::min(j + square, width); y++)
        for (int64_t x = k; x < std::min(k + square, inner); x++)
          panel[x * panelWidth + y] = start[x * s.bRow + y * s.bColumn];
}

void multiply(const Product& s, const float* a, const float* b, const float* bias, float* c, int64_t firstRow,
              int64_t lastRow, int64_t firstColumn, int64_t lastColumn, float* scratch) {
  float ends[panelWidth];
  for (int64_t column = firstColumn; column < lastColumn; column += panelWidth) {
    const int64_t width = std::min(panelWidth, lastColumn - column);
    const int64_t vectors = (width + lanes - 1) / lanes;
    if (bias != nullptr) {
      std::memcpy(ends, bias + column, width * sizeof(float));
      std::fill(ends + width, ends + panelWidth, 0.0f);
    }
    const bool packed = s.bColumn != 1 || lastRow - firstRow > fewRows || width < panelWidth;
    const int64_t block = packed ? innerBlock : unpackedBlock;
    for (int64_t from = 0; from < s.inner; from += block) {
      const int64_t until = std::min(from + block, s.inner);
      if (packed) pack(s, b, column, width, from, until, scratch);
      const float* panel = packed ? scratch : b + from * s.bRow + column;
      TileJob job{nullptr, s.aRow, s.aColumn, panel, packed ? panelWidth : s.bRow, until - from,
                  bias != nullptr && from == 0 ? ends : nullptr, nullptr, s.columns, width, from == 0};
      for (int64_t row = firstRow; row < lastRow; row += tileRows) {
        job.a = a + row * s.aRow + from * s.aColumn;
        job.c = c + row * s.columns + column;
        tileOf<ProductTile>(std::min<int64_t>(tileRows, lastRow - row), vectors)(job);
      }
    }
  }
}

}  // namespace

const ProductLoops productLoops = {panelWidth, tileRows, innerBlock * panelWidth, multiply};

}  // namespace lulc::simd::LULC_ISA
