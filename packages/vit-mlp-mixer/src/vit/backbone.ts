import {
  type Backbone,
  dense,
  extractPatches,
  feature,
  layerNormalization,
  pipe,
  position,
  repeat,
  reshape,
  type Sym,
  scope,
  shapeOf,
} from '@lulc/core';
import { transformerLayer } from '../blocks/blocks.js';
import { resolveVit, type VitBackboneOptions } from './options.js';

/**
 * A vision transformer (Dosovitskiy et al. 2021, arXiv:2010.11929) without its head: patches, positions, transformer layers
 * and a last layer norm.
 *
 * @param input scaled image `[B, H, W, bands]` of fixed size, at least one patch; rows and columns that fill no patch, below
 *   and right, are not seen
 * @param options patch, width, layers, variant
 * @returns one feature, the tokens arranged as the image `[B, ⌊H/patch⌋, ⌊W/patch⌋, width]`
 * @throws LulcError `unknown-name` or `invalid-argument` for bad options, `shape-mismatch` for an image that is too small
 * @example
 * ```ts
 * import { image, useEngine } from '@lulc/core';
 * import { vitBackbone } from '@lulc/vit-mlp-mixer';
 *
 * await useEngine('auto');
 * const backbone = vitBackbone(image({ shape: [120, 120, 10] }), { patch: 12 });
 * console.log(backbone.output.shape, backbone.features[0].stride); // [null, 10, 10, 64] 12
 * ```
 */
export function vitBackbone(input: Sym<4>, options: VitBackboneOptions = {}): Backbone {
  const vit = resolveVit(options);
  const { patch, width, layers, epsilon, name } = vit;
  const reference = vit.variant === 'reference';
  const layer = transformerLayer({
    ...vit,
    mlp: { units: [vit.mlpHidden, width], dropout: vit.mlpDropout, output: reference ? 'gelu' : 'linear' },
  });
  const embed = scope(
    'patch',
    pipe(
      extractPatches(patch, { name: 'extract' }),
      dense<3>({ name: 'projection', units: width }),
      position({ name: 'position', form: reference ? 'index' : 'table' }),
    ),
  );
  const tokens = pipe(
    embed,
    repeat(layers, (index) => scope(`layer${index + 1}`, layer)),
    layerNormalization({ name: 'ln', epsilon }),
  )(input);
  const [height, breadth] = shapeOf(input).map((pixels) => Math.floor((pixels as number) / patch));
  const output = reshape<3, 4>([height, breadth, width], { name: 'map' })(tokens);
  return { name, input, features: [feature(output, patch)], output };
}
