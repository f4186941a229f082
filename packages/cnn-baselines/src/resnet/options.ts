import { LulcError, type ModelOptions, unknownName } from '@lulc/core';
import { type ResNetDepth, type ResNetShape, resNetShapes } from './depths.js';

/** Options of the backbone alone. */
export interface ResNetBackboneOptions {
  /** Layers with weights, default 50. */
  readonly depth?: ResNetDepth;
  /** Added to the variance in batch norms, above 0. Default 1.001e-5; the benchmark's `ResNet_50` has 1e-3. */
  readonly epsilon?: number;
}

/** Options of {@link resNet}; `inputSize` is at least 8 pixels and 120 by default. */
export interface ResNetOptions extends ModelOptions, ResNetBackboneOptions {}

/** Everything the network is made from, with all defaults filled in. */
export interface ResolvedResNet extends ResNetShape {
  /** Layers with weights. */
  readonly depth: ResNetDepth;
  /** Added to the variance in batch norms. */
  readonly epsilon: number;
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
 * @throws LulcError `unknown-name` for a depth that there is not, `invalid-argument` for a number out of range
 */
export function resolveResNet(options: ResNetBackboneOptions & Pick<ResNetOptions, 'inputSize'> = {}): ResolvedResNet {
  const { depth = 50, epsilon = 1.001e-5, inputSize = 120 } = options;
  if (!Object.hasOwn(resNetShapes, depth)) {
    throw unknownName('depth', String(depth), Object.keys(resNetShapes), { option: 'depth' });
  }
  if (!(epsilon > 0)) {
    throw new LulcError('invalid-argument', `epsilon must be above 0, got ${epsilon}`, {
      where: { option: 'epsilon' },
    });
  }
  return { ...resNetShapes[depth], depth, epsilon, inputSize, name: `resnet${depth}` };
}
