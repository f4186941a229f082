import { type Backbone, type Block, feature, pipe, type Sym, scope } from '@lulc/core';
import { stage, stem, type WrnStyle } from '../blocks/blocks.js';
import { type ResolvedWrn, resolveWrn, type WrnBackboneOptions } from './options.js';

/**
 * A scaled wide residual network without its head: stem at stride 1 and three stages at strides 1, 2 and 4.
 *
 * @param input scaled image `[B, H, W, bands]`
 * @param options size, attention, ghost, variant
 * @returns pyramid of three features (strides 1, 2, 4; channels as {@link scaleWrn} gives them)
 * @throws LulcError `unknown-name` or `invalid-argument` for bad options
 * @example
 * ```ts
 * import { image, useEngine } from '@lulc/core';
 * import { wrnBackbone } from '@lulc/wrn-eca';
 *
 * await useEngine('auto');
 * const backbone = wrnBackbone(image({ shape: [90, 90, 10] }), { preset: 'B4' });
 * console.log(backbone.features.map((f) => [f.stride, f.channels])); // [[1, 56], [2, 116], [4, 232]]
 * ```
 */
export function wrnBackbone(input: Sym<4>, options: WrnBackboneOptions = {}): Backbone {
  const resolved = resolveWrn(options);
  const style = styleOf(resolved);
  const strides = [1, 2, 2];
  let x = stem(style)(input);
  let reduction = 1;
  const features = resolved.widths.map((width, index) => {
    const block: Block<4> = pipe(stage(width, strides[index], resolved.blocksPerStage, style));
    x = scope(`stage${index + 1}`, block)(x);
    reduction *= strides[index];
    return feature(x, reduction);
  });
  return { name: resolved.name, input, features, output: x };
}

/** Quirks Q1 and Q2 of the published code are data here. */
function styleOf({ attention, ghost, dropout, variant }: ResolvedWrn): WrnStyle {
  const norm =
    variant === 'reference'
      ? ({ momentum: 0.1, epsilon: 1e-5, gammaInit: 'uniform' } as const)
      : ({ momentum: 0.9, epsilon: 1e-5, gammaInit: 'ones' } as const);
  return { attention, ghost, dropout, norm };
}
