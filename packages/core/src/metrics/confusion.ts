import { ratio } from './scores.js';

/** What a confusion matrix says as a whole. */
export interface Agreement {
  /** Things counted. */
  readonly total: number;
  /** By true class. */
  readonly rowSums: readonly number[];
  /** By predicted class. */
  readonly columnSums: readonly number[];
  /** Share on the diagonal; 0 of nothing. */
  readonly accuracy: number;
  /** Cohen's kappa: agreement beyond chance; 0 where chance alone agrees. */
  readonly kappa: number;
}

/**
 * Sums, accuracy and kappa of a confusion matrix.
 *
 * @param confusion `confusion[true][predicted]`, counts
 */
export function agreement(confusion: readonly (readonly number[])[]): Agreement {
  const rowSums = confusion.map((row) => row.reduce((a, b) => a + b, 0));
  const columnSums = confusion.map((_, c) => confusion.reduce((sum, row) => sum + row[c], 0));
  const total = rowSums.reduce((a, b) => a + b, 0);
  const accuracy = ratio(
    confusion.reduce((sum, row, c) => sum + row[c], 0),
    total,
  );
  const chance = ratio(
    rowSums.reduce((sum, row, c) => sum + row * columnSums[c], 0),
    total * total,
  );
  return { total, rowSums, columnSums, accuracy, kappa: ratio(accuracy - chance, 1 - chance) };
}
