import * as tf from '@tensorflow/tfjs-core';
import { unknownName } from '../../errors/lulcError.js';
import { requireAtLeast } from '../../errors/optionChecks.js';
import {
  crossEntropyOfRows,
  focalOfRows,
  type PixelCrossEntropyOptions,
  type PixelFocalOptions,
} from './crossEntropy.js';
import { type DiceOptions, diceOfRows } from './dice.js';
import { pixelRows, type RowLoss } from './targets.js';

/** A loss of segmentation described by data, so that it can stand in a configuration file and in a model card. */
export type SegmentationLossSpec =
  | ({
      /** {@link pixelCrossEntropy}, the default. */
      readonly name: 'cross-entropy';
    } & PixelCrossEntropyOptions)
  | ({
      /** {@link pixelFocal}. */
      readonly name: 'focal';
    } & PixelFocalOptions)
  | ({
      /** {@link softDice}. */
      readonly name: 'dice';
    } & DiceOptions)
  | ({
      /** {@link softDice} and {@link pixelCrossEntropy}, added: nnU-Net's loss with `ignoreBackground: true`. */
      readonly name: 'dice-ce';
      /** Factor on the Dice, at least 0; default 1. */
      readonly diceWeight?: number;
      /** Factor on the cross-entropy, at least 0; default 1. */
      readonly crossEntropyWeight?: number;
    } & DiceOptions &
      PixelCrossEntropyOptions)
  | {
      /** Any losses, added. */
      readonly name: 'sum';
      /** What is added, at least one. */
      readonly terms: readonly WeightedLoss[];
    };

/** One term of a sum of losses. */
export interface WeightedLoss {
  /** The loss. */
  readonly loss: SegmentationLossName | SegmentationLossSpec;
  /** Factor on it, at least 0; default 1. */
  readonly weight?: number;
}

/** Names of the losses of segmentation that need no options. */
export type SegmentationLossName = Exclude<SegmentationLossSpec['name'], 'sum'>;

/**
 * A loss of segmentation ready for use. It holds no state, reads no values and may be recorded by the engine.
 *
 * @param logits `[B, H, W, K]`
 * @param masks `[B, H, W]`, int32: class indices; any other value (255) is ignored
 * @returns scalar; 0 with gradient 0 when every pixel is ignored
 */
export type SegmentationLoss = (logits: tf.Tensor4D, masks: tf.Tensor3D) => tf.Scalar;

const losses: {
  readonly [Name in SegmentationLossSpec['name']]: (spec: Extract<SegmentationLossSpec, { name: Name }>) => RowLoss;
} = {
  'cross-entropy': crossEntropyOfRows,
  focal: focalOfRows,
  dice: diceOfRows,
  'dice-ce': ({ diceWeight = 1, crossEntropyWeight = 1, ...options }) =>
    sumOf([
      { loss: { ...options, name: 'dice' }, weight: diceWeight },
      { loss: { ...options, name: 'cross-entropy' }, weight: crossEntropyWeight },
    ]),
  sum: ({ terms }) => sumOf(terms),
};

function sumOf(terms: readonly WeightedLoss[]): RowLoss {
  requireAtLeast(1, { 'the number of terms': terms.length });
  const parts = terms.map(({ loss, weight = 1 }) => {
    requireAtLeast(0, { weight });
    return { apply: lossOfRows(loss), weight };
  });
  return (rows) => tf.addN(parts.map(({ apply, weight }) => tf.mul<tf.Scalar>(apply(rows), weight)));
}

function lossOfRows(spec: SegmentationLossName | SegmentationLossSpec): RowLoss {
  const full = (typeof spec === 'object' ? spec : { name: spec }) as SegmentationLossSpec;
  if (!Object.hasOwn(losses, full.name)) throw unknownName('loss', full.name, Object.keys(losses));
  return (losses[full.name] as (spec: SegmentationLossSpec) => RowLoss)(full);
}

/** The loss that a segmenter is trained with when none is named. */
export const defaultSegmentationLoss: SegmentationLossName = 'cross-entropy';

/**
 * The function of a described loss.
 *
 * @param spec a name, or a name with options; default `'cross-entropy'`
 * @returns the loss; it throws LulcError `shape-mismatch` for shapes, and `invalid-argument` for class weights that do not fit
 * @throws LulcError `unknown-name` for an unknown loss, `invalid-argument` for an option outside its range
 * @example
 * ```ts
 * import { segmentationLoss } from '@lulc/core/segmentation';
 *
 * const loss = segmentationLoss({ name: 'dice-ce', ignoreBackground: true, crossEntropyWeight: 0.5 });
 * ```
 */
export function segmentationLoss(
  spec: SegmentationLossName | SegmentationLossSpec = defaultSegmentationLoss,
): SegmentationLoss {
  const apply = lossOfRows(spec);
  return (logits, masks) => tf.tidy(() => apply(pixelRows(logits, masks)));
}
