import {
  averagePool,
  type Backbone,
  type BandPlane,
  concatenate,
  dropout,
  feature,
  joinBands,
  LulcError,
  pipe,
  reshape,
  type Sym,
  scope,
  selectChannels,
  shapeOf,
} from '@lulc/core';
import { branch, fullyConnected } from './blocks.js';
import { type Branch, branchesOf } from './branches.js';
import { type KBranchBackboneOptions, type ResolvedKBranch, resolveKBranch } from './options.js';

/** Options of {@link kBranchBackbone}. */
export interface KBranchBandOptions extends KBranchBackboneOptions {
  /** Names of the image's bands in channel order. */
  readonly bands: readonly string[];
}

/** Pixels of the image per pixel of a band's native grid. */
const reductionOf = ({ distance }: Branch, { native }: ResolvedKBranch): number => (native ? distance / 10 : 1);

/** A branch with its image. */
interface BranchImage {
  readonly branch: Branch;
  readonly image: Sym<4>;
}

/**
 * K-Branch (Sumbul & Demir 2019, arXiv:1902.11274) without its head: a small convolutional network per ground sampling
 * distance, and a dense layer that fuses their outputs.
 *
 * @param input scaled image `[B, H, W, bands]` of fixed size, all bands at 10 m
 * @param options bands, branches, and what they see
 * @returns one feature: the fused vector as a map `[B, 1, 1, 128]`
 * @throws LulcError `unknown-name` or `invalid-argument` for bad options, a band that no branch is made for, or an image of open size
 * @example
 * ```ts
 * import { kBranchBackbone } from '@lulc/cnn-baselines';
 * import { image, useEngine } from '@lulc/core';
 *
 * await useEngine('auto');
 * const bands = ['B04', 'B03', 'B11'];
 * const backbone = kBranchBackbone(image({ shape: [32, 32, 3] }), { bands });
 * console.log(backbone.output.shape); // [null, 1, 1, 128]
 * ```
 */
export function kBranchBackbone(input: Sym<4>, options: KBranchBandOptions): Backbone {
  const resolved = resolveKBranch(options);
  const { branches, groundSamplingDistances } = resolved;
  if (shapeOf(input).includes(null)) {
    throw new LulcError('invalid-argument', 'the dense layers of K-Branch need images of fixed height and width', {
      where: { got: `[${shapeOf(input)}]` },
    });
  }
  const images = branchesOf(options.bands, branches, groundSamplingDistances).map((each) => {
    const image = scope(pathOf(each), (x: Sym<4>) => {
      const own = selectChannels(each.bands, { name: 'bands' })(x);
      const size = reductionOf(each, resolved);
      return size === 1 ? own : averagePool({ name: 'grid', size })(own);
    })(input);
    return { branch: each, image };
  });
  return fuse(input, images, resolved);
}

/** The same from bands that come apart: each goes to its branch at the size that it has there. */
export function kBranchFromPlanes(planes: readonly BandPlane[], options: ResolvedKBranch): Backbone {
  const { branches, groundSamplingDistances, inputSize } = options;
  const names = planes.map(({ name }) => name);
  const images = branchesOf(names, branches, groundSamplingDistances).map((each) => {
    const own = each.bands.map((index) => planes[index]);
    return { branch: each, image: joinBands(own, Math.floor(inputSize / reductionOf(each, options))) };
  });
  return fuse(images[0].image, images, options);
}

function fuse(input: Sym<4>, images: readonly BranchImage[], options: ResolvedKBranch): Backbone {
  const { name } = options;
  const vectors = images.map(({ branch: each, image }) =>
    scope(pathOf(each), branch(each.convolutions, options))(image),
  );
  const output = scope<2, 4>(
    'fusion',
    pipe(fullyConnected(), dropout<2>(options.dropout, { name: 'dropout' }), (x: Sym<2>) =>
      reshape<2, 4>([1, 1, x.shape[1] as number], { name: 'map' })(x),
    ),
  )(concatenate(vectors as [Sym<2>, ...Sym<2>[]], { name: 'fusion/concat' }));
  return { name, input, features: [feature(output, shapeOf(input)[0] as number)], output };
}

const pathOf = ({ distance }: Branch): string => `branch${distance}m`;
