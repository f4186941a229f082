import { knownOption, requireAtLeast, softmaxCrossEntropy } from '@lulc/core';
import * as tf from '@tensorflow/tfjs-core';
import { type TeacherRows, teacherRows } from './teacherRows.js';

/** Names of the distances between a student's and a teacher's map. */
export type DistanceName = 'kl' | 'mse-prob' | 'mse-logit' | 'soft-jaccard' | 'soft-dice';

/** What a distance can be told. Plain data. */
export interface DistanceOptions {
  /** Which one; default `'kl'`. */
  readonly distance?: DistanceName;
  /** By what the logits of both are divided before `'kl'`, at least 1; default 3. The others do not use it. */
  readonly temperature?: number;
  /**
   * `'corrected'` (default): `'kl'` is a mean over pixels; `'soft-jaccard'` and `'soft-dice'` count `min(p, q)` as common, so
   * that they are 0 exactly where student and teacher agree. `'reference'`: as published elsewhere, `'kl'` is a mean over
   * pixels and classes, K times smaller (Fast-nnUNet), and `p·q` is common, whose optimum is a teacher without doubts.
   */
  readonly variant?: 'corrected' | 'reference';
}

/** Distance options with every default filled in. */
export type ResolvedDistance = Required<DistanceOptions>;

type Distance = (rows: TeacherRows, options: ResolvedDistance) => tf.Scalar;

const smooth = 1e-5;

const kl: Distance = ({ student, teacher, valid, count }, { temperature, variant }) => {
  const [pixels, classes] = student.shape;
  const log = tf.logSoftmax(tf.div(teacher, temperature), 1);
  const targets = tf.mul<tf.Tensor2D>(tf.exp(log), valid);
  const crossEntropy = tf.mul(softmaxCrossEntropy(tf.div(student, temperature), targets), pixels);
  const sum = tf.add(crossEntropy, tf.sum(tf.mul(targets, log)));
  return tf.div<tf.Scalar>(sum, tf.mul(count, variant === 'reference' ? classes : 1));
};

const meanSquare = (a: tf.Tensor2D, b: tf.Tensor2D, { valid, count }: TeacherRows): tf.Scalar =>
  tf.div(tf.sum(tf.mul(tf.squaredDifference(a, b), valid)), tf.mul(count, a.shape[1]));

const mseProb: Distance = (rows) => meanSquare(tf.softmax(rows.student, 1), tf.softmax(rows.teacher, 1), rows);

const mseLogit: Distance = (rows) => meanSquare(rows.student, rows.teacher, rows);

/** What the classes but the first have in common, and their sizes, over the whole batch: from `hits` and `both` a share. */
const overlap =
  (share: (hits: tf.Tensor, both: tf.Tensor) => tf.Tensor): Distance =>
  ({ student, teacher, valid }, { variant }) => {
    const classes = student.shape[1];
    const [p, q] = [student, teacher].map((rows) =>
      tf.mul(tf.slice(tf.softmax(rows, 1), [0, 1], [-1, classes - 1]), valid),
    );
    const hits = tf.sum(variant === 'reference' ? tf.mul(p, q) : tf.minimum(p, q), 0);
    return tf.sub<tf.Scalar>(1, tf.mean(share(hits, tf.sum(tf.add(p, q), 0))));
  };

const distances: Readonly<Record<DistanceName, Distance>> = {
  kl,
  'mse-prob': mseProb,
  'mse-logit': mseLogit,
  'soft-jaccard': overlap((hits, both) => tf.div(tf.add(hits, smooth), tf.add(tf.sub(both, hits), smooth))),
  'soft-dice': overlap((hits, both) => tf.div(tf.add(tf.mul(hits, 2), smooth), tf.add(both, smooth))),
};

/**
 * Fills in defaults.
 *
 * @throws LulcError `unknown-name` or `invalid-argument` for an option out of range
 */
export function resolveDistance(options: DistanceOptions = {}): ResolvedDistance {
  const { distance = 'kl', temperature = 3, variant = 'corrected' } = options;
  knownOption('distance', distance, Object.keys(distances) as DistanceName[]);
  knownOption('variant', variant, ['corrected', 'reference']);
  requireAtLeast(1, { temperature });
  return { distance, temperature, variant };
}

/**
 * How far a student's map is from its teacher's, over the pixels where the teacher says something; 0 where it nowhere does.
 *
 * - `'kl'`: `Σ_c q_c·log(q_c / p_c)` with both softened by the temperature, mean over pixels (Hinton et al. 2015,
 *   arXiv:1503.02531; without the factor T², which the objective adds).
 * - `'mse-prob'`, `'mse-logit'`: squared difference of probabilities or of logits, mean over pixels and classes. Where soft
 *   targets are one difference of logits, the first of two classes has logit 0 in teacher and student.
 * - `'soft-jaccard'`, `'soft-dice'`: 1 − the Jaccard index or Dice of the probabilities of the classes but the first, over the
 *   whole batch, mean over classes (Wang et al. 2023, arXiv:2302.05666 and arXiv:2303.16296 for the corrected form).
 *
 * @param logits of the student, `[B, H, W, K]`, float32
 * @param soft of the teacher: logits `[B, H, W, K]`, or for two classes `[B, H, W, 1]`, that of class 1 minus that of class 0;
 *   all channels exactly 0 where it says nothing; no gradient flows into it
 * @param options which distance
 * @returns scalar
 * @throws LulcError `shape-mismatch` when shapes do not fit, `unknown-name` or `invalid-argument` for an option
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs-core';
 * import { useEngine } from '@lulc/core';
 * import { distillationDistance } from '@lulc/cloud-unet-kd';
 *
 * await useEngine('auto');
 * const student = tf.tensor4d([1, 3], [1, 1, 1, 2]);
 * const teacher = tf.tensor4d([2], [1, 1, 1, 1]);
 * distillationDistance(student, teacher).print(); // 0: both say that the difference is 2
 * ```
 */
export function distillationDistance(logits: tf.Tensor4D, soft: tf.Tensor4D, options: DistanceOptions = {}): tf.Scalar {
  const resolved = resolveDistance(options);
  return tf.tidy(() => distances[resolved.distance](teacherRows(logits, soft), resolved));
}
