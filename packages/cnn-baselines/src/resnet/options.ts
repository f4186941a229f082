import { type ModelOptions, requireAbove, unknownName } from '@lulc/core';
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
   * `'keras'` (default): as in the benchmark, convolutions have a bias, and the stride of a bottleneck is in its first
   * convolution. `'torchvision'`: the network of torchvision and timm ("ResNet v1.5"), for weights from there:
   * no biases, the stride in the 3×3 convolution, zeros on both sides alike.
   */
  readonly style?: ResNetStyleName;
}

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
} as const satisfies Record<ResNetStyleName, ResNetStyle & { readonly epsilon: number }>;

/** Options of {@link resNet}; `inputSize` is at least 8 pixels and 120 by default. */
export interface ResNetOptions extends ModelOptions, ResNetBackboneOptions {}

/** Everything the network is made from, with all defaults filled in. */
export interface ResolvedResNet extends ResNetShape {
  /** Layers with weights. */
  readonly depth: ResNetDepth;
  /** Added to the variance in batch norms. */
  readonly epsilon: number;
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
  const { depth = 50, style: styleName = 'keras', inputSize = 120 } = options;
  if (!Object.hasOwn(styles, styleName))
    throw unknownName('style', styleName, Object.keys(styles), { option: 'style' });
  const { epsilon = styles[styleName].epsilon } = options;
  const shape = shapeOfDepth(depth, resNetShapes);
  requireAbove(0, { epsilon });
  const style = { ...styles[styleName], epsilon };
  return { ...shape, depth, epsilon, styleName, style, inputSize, name: `resnet${depth}` };
}
