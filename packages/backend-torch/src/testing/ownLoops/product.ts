import { type LoopCase, type LoopCases, noise } from './case.js';

/** A product of matrices, or of a batch of them, each operand possibly given transposed. */
interface Product {
  readonly batch?: number;
  readonly rows: number;
  readonly inner: number;
  readonly columns: number;
}

const orientations = [
  [false, false],
  [true, false],
  [false, true],
  [true, true],
] as const;

function product({ batch = 1, rows, inner, columns }: Product, transposeA: boolean, transposeB: boolean): LoopCase {
  const a = noise(transposeA ? [batch, inner, rows] : [batch, rows, inner], 1);
  const b = noise(transposeB ? [batch, columns, inner] : [batch, inner, columns], 2);
  const bias = batch === 1 ? noise([columns], 3, 20) : undefined;
  const [left, right] = [Float64Array.from(a.values), Float64Array.from(b.values)];
  const values = new Float64Array(batch * rows * columns);
  for (let n = 0; n < batch; n++)
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < columns; j++) {
        let total = Number(bias?.values[j] ?? 0);
        for (let k = 0; k < inner; k++) {
          const x = left[n * rows * inner + (transposeA ? k * rows + i : i * inner + k)];
          const y = right[n * inner * columns + (transposeB ? j * inner + k : k * columns + j)];
          total += x * y;
        }
        values[(n * rows + i) * columns + j] = total;
      }
  return {
    kernel: 'FusedMatMul',
    inputs: [a, b, bias, undefined],
    attributes: [Number(transposeA), Number(transposeB), 0, 0],
    wanted: [{ shape: [batch, rows, columns], values }],
    tolerance: 1e-5,
  };
}

/**
 * Rows and columns that fill no tile, one, and one and a bit; an inner axis in one block and in several; few rows, which
 * read the right side as it lies; several threads' worth of rows, of columns, and of matrices.
 */
const products: readonly Product[] = [
  { rows: 6, inner: 3, columns: 4 },
  { rows: 13, inner: 17, columns: 65 },
  { rows: 16, inner: 400, columns: 256 },
  { rows: 72, inner: 100, columns: 128 },
  { rows: 131, inner: 390, columns: 200 },
  { rows: 90, inner: 800, columns: 7 },
  { rows: 300, inner: 1, columns: 33 },
  { batch: 9, rows: 36, inner: 16, columns: 36 },
  { batch: 3, rows: 100, inner: 64, columns: 70 },
];

/** Products in every orientation. */
export const productCases: LoopCases = Object.fromEntries(
  products.flatMap((shape) =>
    orientations.map(([transposeA, transposeB]) => [
      `product of ${shape.batch ?? 1} x ${shape.rows} x ${shape.inner} x ${shape.columns}${transposeA ? ', left transposed' : ''}${transposeB ? ', right transposed' : ''}`,
      () => product(shape, transposeA, transposeB),
    ]),
  ),
);
