/** Rows of numbers, row-major. */
export interface Matrix {
  /** `rows · columns` values. */
  readonly values: Float64Array;
  /** Number of rows. */
  readonly rows: number;
  /** Number of columns. */
  readonly columns: number;
}

/** One row; a view, not a copy. */
export const rowOf = ({ values, columns }: Matrix, row: number): Float64Array =>
  values.subarray(row * columns, (row + 1) * columns);

/** The sum of products of two lists of one length. */
export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/** Rows scaled to length 1, in double precision; rows of zeros stay. */
export function unitLength(matrix: Matrix): Matrix {
  const values = Float64Array.from(matrix.values);
  const unit = { ...matrix, values };
  for (let row = 0; row < matrix.rows; row++) {
    const part = rowOf(unit, row);
    const length = Math.sqrt(dot(part, part));
    if (length > 0) for (let i = 0; i < part.length; i++) part[i] /= length;
  }
  return unit;
}

/** Mean of each column. */
export function columnMeans({ values, rows, columns }: Matrix): Float64Array {
  const means = new Float64Array(columns);
  for (let i = 0; i < rows * columns; i++) means[i % columns] += values[i] / rows;
  return means;
}

/** Rows less what is given for each column. */
export function shifted({ values, rows, columns }: Matrix, by: ArrayLike<number>): Matrix {
  return { values: Float64Array.from(values, (value, i) => value - by[i % columns]), rows, columns };
}

/** The same numbers, columns as rows. */
export function transposed({ values, rows, columns }: Matrix): Matrix {
  const turned = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) turned[j * rows + i] = values[i * columns + j];
  return { values: turned, rows: columns, columns: rows };
}

/** Dot products of all pairs of rows: a symmetric matrix, `rows · rows`. */
export function gram(matrix: Matrix): Matrix {
  const { rows } = matrix;
  const values = new Float64Array(rows * rows);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j <= i; j++) {
      const product = dot(rowOf(matrix, i), rowOf(matrix, j));
      values[i * rows + j] = product;
      values[j * rows + i] = product;
    }
  }
  return { values, rows, columns: rows };
}
