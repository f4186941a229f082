// Which compiled instruction set the processor can run.
#pragma once

namespace lulc::simd {

enum class Isa { baseline, avx2, avx512 };

// The best one that this processor has, and no better than LULC_TORCH_ISA (baseline, avx2 or avx512) allows: for tests, and
// for processors that slow down under wide vectors. Read once.
Isa bestIsa();

const char* nameOf(Isa isa);

// Picks the table of the best instruction set out of one per set; null where a set was not compiled.
template <typename Table>
const Table& pick(const Table* baseline, const Table* avx2, const Table* avx512) {
  const Isa isa = bestIsa();
  if (isa == Isa::avx512 && avx512 != nullptr) return *avx512;
  if (isa != Isa::baseline && avx2 != nullptr) return *avx2;
  return *baseline;
}

}  // namespace lulc::simd

// LULC_PICK(table): the best of lulc::simd::{baseline,avx2,avx512}::table.
#ifdef LULC_HAVE_AVX2
#define LULC_AVX2(table) &::lulc::simd::avx2::table
#else
#define LULC_AVX2(table) nullptr
#endif
#ifdef LULC_HAVE_AVX512
#define LULC_AVX512(table) &::lulc::simd::avx512::table
#else
#define LULC_AVX512(table) nullptr
#endif
#define LULC_PICK(table) ::lulc::simd::pick(&::lulc::simd::baseline::table, LULC_AVX2(table), LULC_AVX512(table))
