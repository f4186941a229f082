import { LulcError, type ModelOptions, requireAbove, unknownName } from '@lulc/core';
import { shapeOfDepth } from '../options/depth.js';
import type { ResNetStyle } from './blocks.js';
import { type ResNetDepth, type ResNetShape, resNetShapes } from './depths.js';

/** Options of the backbone alone. */
export interface ResNetBackboneOptions {
  /** Layers with weights, default 50. */
  readonly depth?: ResNetDepth;
  /**
   * Added to the variance in batch norms, above 0. Default 1.001e-5, or 1e-5 in torchvision's style; the benchmark's
   * `ResNet_50` has 1e-3.
   */
  readonly epsilon?: number;
  /**
   * Share of the old moving statistic that batch norms keep in each training step, 0 … 1, Keras sense. Default 0.99, or 0.9
   * in torchvision's style.
   */
  readonly momentum?: number;
  /**
   * Input pixels per pixel of the last map: 32 (default); with 16 the last stage, with 8 the last two, keep their resolution,
   * and their 3×3 convolutions spread their taps instead, by 2 in all blocks of the first stage that does, by 4 in those of
   * the next (Chen et al. 2017, arXiv:1706.05587, without its grid of rates). Weights are the same ones.
   */
  readonly outputStride?: OutputStride;
  /**
   * `'keras'` (default): as in the benchmark, convolutions have a bias, and the stride of a bottleneck is in its first
   * convolution. `'torchvision'`: the network of torchvision and timm ("ResNet v1.5"), for weights from there:
   * no biases, the stride in the 3×3 convolution, zeros on both sides alike.
   */
  readonly style?: ResNetStyleName;
}

/** Input pixels per pixel of the last map, see {@link ResNetBackboneOptions.outputStride}. */
export type OutputStride = 8 | 16 | 32;

const outputStrides: readonly number[] = [8, 16, 32] satisfies readonly OutputStride[];

/** Whose layers a ResNet has, see {@link ResNetBackboneOptions.style}. */
export type ResNetStyleName = 'keras' | 'torchvision';

/** What the styles differ in. */
const styles = {
  keras: {
    bias: true,
    init: 'glorotUniform',
    momentum: 0.99,
    epsilon: 1.001e-5,
    stridedConvolution: 1,
    padding: 'same',
  },
  torchvision: {
    bias: false,
    init: 'heNormalFanOut',
    momentum: 0.9,
    epsilon: 1e-5,
    stridedConvolution: 2,
    padding: 'symmetric',
  },
} as const satisfies Record<ResNetStyleName, ResNetStyle & { readonly epsilon: number; readonly momentum: number }>;

/** Options of {@link resNet}; `inputSize` is at least 8 pixels and 120 by default. */
export interface ResNetOptions extends ModelOptions, ResNetBackboneOptions {}

/** Everything the network is made from, with all defaults filled in. */
export interface ResolvedResNet extends ResNetShape {
  /** Layers with weights. */
  readonly depth: ResNetDepth;
  /** Added to the variance in batch norms. */
  readonly epsilon: number;
  /** Share of the old moving statistic that batch norms keep. */
  readonly momentum: number;
  /** Input pixels per pixel of the last map. */
  readonly outputStride: OutputStride;
  /** Whose layers it has. */
  readonly styleName: ResNetStyleName;
  /** What its blocks share. */
  readonly style: ResNetStyle;
  /** Height and width of the input in pixels. */
  readonly inputSize: number;
  /** Readable name, e.g. `resnet50`. */
  readonly name: string;
}

/**
 * Fills in defaults.
 *
 * @example
 * ```ts
 * import { resolveResNet } from '@lulc/cnn-baselines';
 *
 * const { name, block, blocks } = resolveResNet({ depth: 101 });
 * console.log(name, block, blocks); // resnet101 bottleneck [3, 4, 23, 3]
 * ```
 *
 * @throws LulcError `unknown-name` for a depth or style that there is not, `invalid-argument` for a number out of range
 */
export function resolveResNet(options: ResNetBackboneOptions & Pick<ResNetOptions, 'inputSize'> = {}): ResolvedResNet {
  const { depth = 50, outputStride = 32, style: styleName = 'keras', inputSize = 120 } = options;
  if (!Object.hasOwn(styles, styleName))
    throw unknownName('style', styleName, Object.keys(styles), { option: 'style' });
  const { epsilon = styles[styleName].epsilon, momentum = styles[styleName].momentum } = options;
  const shape = shapeOfDepth(depth, resNetShapes);
  requireAbove(0, { epsilon });
  if (!(momentum >= 0 && momentum <= 1)) {
    throw new LulcError('invalid-argument', `momentum must be in 0 … 1, got ${momentum}`, {
      where: { option: 'momentum' },
    });
  }
  if (!outputStrides.includes(outputStride)) {
    throw new LulcError('invalid-argument', `outputStride must be 8, 16 or 32, got ${outputStride}`, {
      where: { option: 'outputStride' },
    });
  }
  const style = { ...styles[styleName], epsilon, momentum };
  const name = `resnet${depth}${outputStride === 32 ? '' : `-os${outputStride}`}`;
  return { ...shape, depth, epsilon, momentum, outputStride, styleName, style, inputSize, name };
}
