// Tiles of sums that live in registers: a few rows, each a scalar spread over a vector, times a few vectors of columns.
#pragma once

#include <cstdint>

namespace lulc::simd::LULC_ISA {

#if defined(__AVX512F__)
constexpr int lanes = 16, tileRows = 6, tileVectors = 4;
#elif defined(__AVX2__)
constexpr int lanes = 8, tileRows = 4, tileVectors = 3;
#else
constexpr int lanes = 4, tileRows = 4, tileVectors = 2;
#endif

typedef float Vector __attribute__((vector_size(lanes * sizeof(float)), aligned(4), may_alias));

// A number of values rounded up to whole vectors.
inline int64_t paddedToVectors(int64_t values) { return (values + lanes - 1) / lanes * lanes; }

// The instance of Tile<rows, vectors>::run for numbers that are known only now.
template <template <int, int> class Tile, int rows>
auto tileOfRows(int64_t vectors) {
  if constexpr (tileVectors >= 4)
    if (vectors == 4) return &Tile<rows, 4>::run;
  if constexpr (tileVectors >= 3)
    if (vectors == 3) return &Tile<rows, 3>::run;
  return vectors == 2 ? &Tile<rows, 2>::run : &Tile<rows, 1>::run;
}

template <template <int, int> class Tile>
auto tileOf(int64_t rows, int64_t vectors) {
  switch (rows) {
    case 1:
      return tileOfRows<Tile, 1>(vectors);
    case 2:
      return tileOfRows<Tile, 2>(vectors);
    case 3:
      return tileOfRows<Tile, 3>(vectors);
    case 4:
      return tileOfRows<Tile, 4>(vectors);
    case 5:
      return tileOfRows<Tile, 5>(vectors);
    default:
      return tileOfRows<Tile, 6>(vectors);
  }
}

}  // namespace lulc::simd::LULC_ISA
