import { type ModelOptions, requireAbove } from '@lulc/core';
import { shapeOfDepth } from '../options/depth.js';
import { type DenseNetDepth, type DenseNetShape, denseNetShapes } from './depths.js';

/** Options of the backbone alone. */
export interface DenseNetBackboneOptions {
  /** Layers with weights, default 121. */
  readonly depth?: DenseNetDepth;
  /** Added to the variance in batch norms, above 0. Default 1.001e-5; torchvision's weights were trained with 1e-5. */
  readonly epsilon?: number;
}

/** Options of {@link denseNet}; `inputSize` is at least 29 pixels and 120 by default. */
export interface DenseNetOptions extends ModelOptions, DenseNetBackboneOptions {}

/** Everything the network is made from, with all defaults filled in. */
export interface ResolvedDenseNet extends DenseNetShape {
  /** Layers with weights. */
  readonly depth: DenseNetDepth;
  /** Added to the variance in batch norms. */
  readonly epsilon: number;
  /** Height and width of the input in pixels. */
  readonly inputSize: number;
  /** Readable name, e.g. `densenet121`. */
  readonly name: string;
}

/**
 * Fills in defaults.
 *
 * @example
 * ```ts
 * import { resolveDenseNet } from '@lulc/cnn-baselines';
 *
 * const { name, blocks } = resolveDenseNet({ depth: 169 });
 * console.log(name, blocks); // densenet169 [6, 12, 32, 32]
 * ```
 *
 * @throws LulcError `unknown-name` for a depth that there is not, `invalid-argument` for an epsilon that is not above 0
 */
export function resolveDenseNet(
  options: DenseNetBackboneOptions & Pick<DenseNetOptions, 'inputSize'> = {},
): ResolvedDenseNet {
  const { depth = 121, epsilon = 1.001e-5, inputSize = 120 } = options;
  const shape = shapeOfDepth(depth, denseNetShapes);
  requireAbove(0, { epsilon });
  return { ...shape, depth, epsilon, inputSize, name: `densenet${depth}` };
}
