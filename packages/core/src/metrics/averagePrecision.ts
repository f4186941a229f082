import { ratio } from './scores.js';

/**
 * Average precision: the sum over distinct scores, from the highest down, of the step in recall times the precision
 * there. Equal scores are taken together, so the order of the samples has no influence (as in scikit-learn). 0 without
 * positives.
 *
 * @param scores one per decision, any finite float32
 * @param labels one per decision: 1 positive, 0 negative
 * @returns area in 0 … 1
 */
export function averagePrecision(scores: Float32Array, labels: Uint8Array): number {
  const keys = sortableKeys(scores, labels);
  keys.sort();
  let positives = 0;
  for (const label of labels) positives += label;
  let seen = 0;
  let found = 0;
  let sum = 0;
  for (let i = keys.length - 1; i >= 0; ) {
    const score = Math.floor(keys[i] / 2);
    let foundHere = 0;
    for (; i >= 0 && Math.floor(keys[i] / 2) === score; i--) {
      seen++;
      foundHere += keys[i] % 2;
    }
    found += foundHere;
    sum += foundHere * (found / seen);
  }
  return ratio(sum, positives);
}

/**
 * Score and label in one number each, ordered by score: the bits of a float32, its negative half mirrored, are an
 * integer that sorts as the float does; doubled, it leaves the last bit for the label. One native sort then does it all.
 */
function sortableKeys(scores: Float32Array, labels: Uint8Array): Float64Array {
  const keys = new Float64Array(scores.length);
  const one = new Float32Array(1);
  const bits = new Uint32Array(one.buffer);
  for (let i = 0; i < keys.length; i++) {
    one[0] = scores[i] + 0; // −0 becomes 0
    const word = bits[0];
    keys[i] = (word >= 0x80000000 ? 0xffffffff - word : word + 0x80000000) * 2 + labels[i];
  }
  return keys;
}
