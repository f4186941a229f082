import { LulcError } from '@lulc/core';
import * as tf from '@tensorflow/tfjs-core';

/** Student and teacher as rows of pixels. */
export interface TeacherRows {
  /** The student's logits, `[pixels, classes]`. */
  readonly student: tf.Tensor2D;
  /** The teacher's logits, `[pixels, classes]`. */
  readonly teacher: tf.Tensor2D;
  /** 1 where the teacher says something, else 0, `[pixels, 1]`. */
  readonly valid: tf.Tensor2D;
  /** Number of pixels where it does, at least 1. */
  readonly count: tf.Scalar;
}

/**
 * Brings logits and soft targets into rows. Soft targets are logits, or, of two classes, the difference of both:
 * probabilities know no more. The rows are then `[0, difference]` for the teacher and the student alike.
 *
 * Where all channels of a pixel are exactly 0 the teacher says nothing: that is what loaders write outside of the image,
 * and what maps hold where the image has no data. Labels have no part in it, so unlabelled pixels teach as others do.
 *
 * @param logits of the student, `[B, H, W, K]`
 * @param soft of the teacher, `[B, H, W, K]`, or `[B, H, W, 1]` for two classes
 * @throws LulcError `shape-mismatch` when they do not fit
 */
export function teacherRows(logits: tf.Tensor4D, soft: tf.Tensor4D): TeacherRows {
  const classes = logits.shape[3];
  const channels = soft.shape[3];
  const sameSize = tf.util.arraysEqual(soft.shape.slice(0, 3), logits.shape.slice(0, 3));
  if (classes < 2 || !sameSize || (channels !== classes && channels !== softChannelsOf(classes))) {
    throw new LulcError('shape-mismatch', `logits are [${logits.shape}] and soft targets [${soft.shape}]`, {
      hint: 'Both have one size; soft targets have a channel per class, or one for two classes.',
    });
  }
  const said = tf.reshape<tf.Rank.R2>(soft, [-1, channels]);
  const valid = tf.cast(tf.any(tf.notEqual(said, 0), 1, true), 'float32') as tf.Tensor2D;
  const rows = tf.reshape<tf.Rank.R2>(logits, [-1, classes]);
  return {
    student: channels === 1 ? fromDifference(tf.matMul(rows, tf.tensor2d([[-1], [1]]))) : rows,
    teacher: channels === 1 ? fromDifference(said) : said,
    valid,
    count: tf.maximum(tf.sum<tf.Scalar>(valid), 1),
  };
}

/**
 * The fewest channels that soft targets of so many classes need.
 *
 * @param classes at least 2
 */
export const softChannelsOf = (classes: number): number => (classes === 2 ? 1 : classes);

const fromDifference = (difference: tf.Tensor2D): tf.Tensor2D =>
  tf.pad2d(difference, [
    [0, 0],
    [1, 0],
  ]);
