import type { ScaleFactors } from '../scaling/compound.js';
import { scaleShape } from '../scaling/shape.js';

/** One stage: blocks of one kernel size and width. */
export interface Stage {
  /** Height and width of the depthwise kernels. */
  readonly kernelSize: number;
  /** Step of the first block in pixels; that of the others is 1. */
  readonly stride: number;
  /** How many times wider the inside of a block is than its input. */
  readonly expansion: number;
  /** Output channels of its blocks. */
  readonly width: number;
  /** Number of blocks. */
  readonly repeats: number;
}

/** An EfficientNet: its stages between stem and top. */
export interface EfficientNetShape {
  /** Channels of the stem. */
  readonly stem: number;
  /** The seven stages. */
  readonly stages: readonly Stage[];
  /** Channels of the last convolution, before pooling. */
  readonly top: number;
  /** Height and width of the input in pixels. */
  readonly inputSize: number;
}

/** EfficientNet-B0 (Tan & Le 2019, table 1), with an input of 60 pixels as in the benchmark (spec 1.3). */
export const baseShape: EfficientNetShape = {
  stem: 32,
  stages: [
    { kernelSize: 3, stride: 1, expansion: 1, width: 16, repeats: 1 },
    { kernelSize: 3, stride: 2, expansion: 6, width: 24, repeats: 2 },
    { kernelSize: 5, stride: 2, expansion: 6, width: 40, repeats: 2 },
    { kernelSize: 3, stride: 2, expansion: 6, width: 80, repeats: 3 },
    { kernelSize: 5, stride: 1, expansion: 6, width: 112, repeats: 3 },
    { kernelSize: 5, stride: 2, expansion: 6, width: 192, repeats: 4 },
    { kernelSize: 3, stride: 1, expansion: 6, width: 320, repeats: 1 },
  ],
  top: 1280,
  inputSize: 60,
};

/**
 * EfficientNet-B0 deeper, wider and finer: channels are multiples of 8, blocks are rounded up, the input is a multiple of
 * 10 pixels.
 *
 * @param factors e.g. of `compoundScale`
 * @throws LulcError `invalid-argument` for a factor that is not above 0
 * @example
 * ```ts
 * import { scaleEfficientNet } from '@lulc/efficientnet-scaler';
 *
 * const { stem, stages, top } = scaleEfficientNet({ width: 1.4, depth: 1.8, resolution: 1.4 });
 * console.log(stem, stages.map(({ width }) => width), top); // 48 [24, 32, 56, 112, 160, 272, 448] 1792
 * ```
 */
export function scaleEfficientNet(factors: ScaleFactors): EfficientNetShape {
  const { stem, stages, top, inputSize } = baseShape;
  const scaled = scaleShape(
    {
      widths: [stem, ...stages.map(({ width }) => width), top],
      repeats: stages.map(({ repeats }) => repeats),
      inputSize,
    },
    factors,
  );
  return {
    stem: scaled.widths[0],
    stages: stages.map((stage, i) => ({ ...stage, width: scaled.widths[i + 1], repeats: scaled.repeats[i] })),
    top: scaled.widths[stages.length + 1],
    inputSize: scaled.inputSize,
  };
}
