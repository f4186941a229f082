/** A kernel without the channels that are all zeros. */
export interface WithoutZeros {
  /** What is left, row-major. */
  readonly data: Int8Array<ArrayBuffer>;
  /** Shape of what is left. */
  readonly shape: readonly number[];
  /** Of each of the first two axes, which channels these are. */
  readonly kept: readonly [readonly number[], readonly number[]];
}

/**
 * Leaves out the channels of zeros of a kernel's first two axes; at least one of each is kept.
 *
 * @param data row-major values
 * @param shape two axes of channels, and any others
 */
export function withoutZeros(data: Int8Array, shape: readonly number[]): WithoutZeros {
  const [rows, columns] = shape;
  const inner = data.length / (rows * columns);
  const cell = (row: number, column: number) => data.subarray((row * columns + column) * inner).subarray(0, inner);
  const some = Array.from({ length: rows }, (_, row) =>
    Array.from({ length: columns }, (_, column) => cell(row, column).some((value) => value !== 0)),
  );
  const keptRows = atLeastOne(indices(rows, (row) => some[row].includes(true)));
  const keptColumns = atLeastOne(indices(columns, (column) => some.some((row) => row[column])));
  const left = new Int8Array(keptRows.length * keptColumns.length * inner);
  for (const [i, row] of keptRows.entries()) {
    for (const [j, column] of keptColumns.entries()) left.set(cell(row, column), (i * keptColumns.length + j) * inner);
  }
  return {
    data: left,
    shape: [keptRows.length, keptColumns.length, ...shape.slice(2)],
    kept: [keptRows, keptColumns],
  };
}

function indices(count: number, wanted: (index: number) => boolean): number[] {
  return Array.from({ length: count }, (_, index) => index).filter(wanted);
}

const atLeastOne = (list: number[]): number[] => (list.length === 0 ? [0] : list);
