// Products of matrices with the engine's own loops, where they apply.
#pragma once

#include "../simd/product.h"

#include "loops.h"

namespace lulc {

inline const simd::ProductLoops& productLoops() {
  static const simd::ProductLoops& best = LULC_PICK(productLoops);
  return best;
}

// A matrix, or a batch of matrices one after the other.
struct Matrices {
  const float* data;
  int64_t batch, rows, columns, rowStep, columnStep, matrixStep;
};

// Nothing when the tensor does not lie like that.
inline c10::optional<Matrices> matricesOf(const at::Tensor& x) {
  if (!isPlain(x) || x.dim() < 2 || x.dim() > 3 || (x.stride(-1) != 1 && x.stride(-2) != 1)) return {};
  return Matrices{x.data_ptr<float>(), x.dim() == 3 ? x.size(0) : 1, x.size(-2),  x.size(-1), x.stride(-2),
                  x.stride(-1),        x.dim() == 3 ? x.stride(0) : 0};
}

// Fewer rows than this leave the vector units idle.
constexpr int64_t fewestRows = 6;
// Multiplications below which a second thread is not worth waking.
constexpr int64_t leastWork = 1 << 18;

// a b (+ bias), batch by batch; a batch of one goes with every other. Undefined when the loops do not apply.
inline at::Tensor ownProduct(const at::Tensor& a, const at::Tensor& b, const at::Tensor& bias) {
  const auto left = matricesOf(a), right = matricesOf(b);
  if (!left || !right || left->columns != right->rows || left->rows < fewestRows || right->columns < 4 ||
      left->columns == 0)
    return {};
  if (a.dim() != b.dim() && (a.dim() == 2 ? left->batch : right->batch) != 1) return {};
  if (a.dim() == b.dim() && left->batch != right->batch) return {};
  if (bias.defined() && (!isPlain(bias) || !bias.is_contiguous())) return {};
  const int64_t batch = std::max(left->batch, right->batch);
  std::vector<int64_t> sizes{left->rows, right->columns};
  if (a.dim() == 3 || b.dim() == 3) sizes.insert(sizes.begin(), batch);
  at::Tensor c = at::empty(sizes, a.options());
  const simd::Product shape{left->rows,      right->columns,    left->columns,    left->rowStep,
                            left->columnStep, right->rowStep, right->columnStep};
  const auto& own = productLoops();
  const bool isSmall = batch * shape.rows * shape.columns * shape.inner < leastWork;
  const int64_t threads = isSmall ? 1 : at::get_num_threads();
  const int64_t panels = (shape.columns + own.panel - 1) / own.panel;
  // One matrix is split by columns where there are enough of them, else by rows.
  const bool byColumns = panels >= threads && panels % threads == 0;
  const int64_t rowBlock = (shape.rows + own.rows * threads - 1) / (own.rows * threads) * own.rows;
  const int64_t parts = batch >= threads ? 1 : byColumns ? threads : (shape.rows + rowBlock - 1) / rowBlock;
  const int64_t tasks = batch * parts;
  const at::Tensor scratch = at::empty({std::min(tasks, threads), own.scratchSize}, a.options());
  float* to = c.data_ptr<float>();
  float* packed = scratch.data_ptr<float>();
  const float* ends = bias.defined() ? bias.data_ptr<float>() : nullptr;
  const int64_t workers = scratch.size(0);
  at::parallel_for(0, workers, 1, [&](int64_t begin, int64_t end) {
    for (int64_t worker = begin; worker < end; worker++) {
      for (int64_t task = tasks * worker / workers; task < tasks * (worker + 1) / workers; task++) {
        const int64_t matrix = task / parts, part = task % parts;
        int64_t rows[] = {0, shape.rows}, columns[] = {0, shape.columns};
        if (parts > 1 && byColumns) {
          columns[0] = panels * part / parts * own.panel;
          columns[1] = std::min(shape.columns, panels * (part + 1) / parts * own.panel);
        } else if (parts > 1) {
          rows[0] = part * rowBlock;
          rows[1] = std::min(shape.rows, rows[0] + rowBlock);
        }
        own.multiply(shape, left->data + matrix * left->matrixStep, right->data + matrix * right->matrixStep, ends,
                     to + matrix * shape.rows * shape.columns, rows[0], rows[1], columns[0], columns[1],
                     packed + worker * own.scratchSize);
      }
    }
  });
  return c;
}

}  // namespace lulc
