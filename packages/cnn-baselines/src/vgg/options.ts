import type { ModelOptions } from '@lulc/core';
import { shapeOfDepth } from '../options/depth.js';
import { type VggDepth, type VggShape, vggShapes } from './depths.js';

/** Options of the backbone alone. */
export interface VggBackboneOptions {
  /** Layers with weights in the paper, default 16. */
  readonly depth?: VggDepth;
}

/** Options of {@link vgg}; `inputSize` is at least 32 pixels and 120 by default. */
export interface VggOptions extends ModelOptions, VggBackboneOptions {}

/** Everything the network is made from, with all defaults filled in. */
export interface ResolvedVgg extends VggShape {
  /** Layers with weights in the paper. */
  readonly depth: VggDepth;
  /** Height and width of the input in pixels. */
  readonly inputSize: number;
  /** Readable name, e.g. `vgg16`. */
  readonly name: string;
}

/**
 * Fills in defaults.
 *
 * @example
 * ```ts
 * import { resolveVgg } from '@lulc/cnn-baselines';
 *
 * const { name, convolutions } = resolveVgg({ depth: 19 });
 * console.log(name, convolutions); // vgg19 [2, 2, 4, 4, 4]
 * ```
 *
 * @throws LulcError `unknown-name` for a depth that there is not
 */
export function resolveVgg(options: VggBackboneOptions & Pick<VggOptions, 'inputSize'> = {}): ResolvedVgg {
  const { depth = 16, inputSize = 120 } = options;
  return { ...shapeOfDepth(depth, vggShapes), depth, inputSize, name: `vgg${depth}` };
}
