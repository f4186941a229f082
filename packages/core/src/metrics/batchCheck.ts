import { LulcError } from '../errors/lulcError.js';

/** Checks a batch of scores and labels before anything is counted; returns its number of rows. */
export function checkBatch(scores: ArrayLike<number>, labels: ArrayLike<number>, classes: number): number {
  if (scores.length !== labels.length || scores.length % classes !== 0) {
    throw new LulcError(
      'shape-mismatch',
      `${scores.length} scores and ${labels.length} labels for ${classes} classes`,
      {
        hint: 'Both must be [rows, classes], row-major.',
      },
    );
  }
  for (let i = 0; i < scores.length; i++) {
    const where = { row: Math.floor(i / classes), class: i % classes };
    if (Number.isNaN(scores[i])) {
      throw new LulcError('invalid-argument', 'a score is NaN', {
        where,
        hint: 'The model diverged or its input held NaN.',
      });
    }
    if (labels[i] !== 0 && labels[i] !== 1) {
      throw new LulcError('invalid-argument', `a label is ${labels[i]}; it must be 0 or 1`, { where });
    }
  }
  return scores.length / classes;
}
