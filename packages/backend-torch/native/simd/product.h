// Products of single-precision matrices in any orientation. The vendor library that libtorch calls leaves much of what
// the vector units of other vendors' processors can do.
#pragma once

#include <cstdint>

namespace lulc::simd {

// c [rows, columns] = a [rows, inner] b [inner, columns] (+ bias [columns]); c is contiguous, a and b lie as their steps
// say: from row to row, and from column to column.
struct Product {
  int64_t rows, columns, inner;
  int64_t aRow, aColumn, bRow, bColumn;
};

struct ProductLoops {
  // Columns that are computed together: work is split at multiples of it.
  int64_t panel;
  // Rows that are computed together.
  int64_t rows;
  // Floats of scratch memory for `multiply`.
  int64_t scratchSize;
  // Rows [firstRow, lastRow) and columns [firstColumn, lastColumn) of the result; `bias` may be null.
  void (*multiply)(const Product& shape, const float* a, const float* b, const float* bias, float* c, int64_t firstRow,
                   int64_t lastRow, int64_t firstColumn, int64_t lastColumn, float* scratch);
};

namespace baseline {
extern const ProductLoops productLoops;
}
namespace avx2 {
extern const ProductLoops productLoops;
}
namespace avx512 {
extern const ProductLoops productLoops;
}

}  // namespace lulc::simd
