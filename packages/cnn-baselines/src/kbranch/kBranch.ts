import { type BandInput, bandNames, classifierFamily } from '@lulc/core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { kBranchBackbone, kBranchFromPlanes } from './backbone.js';
import { type KBranchOptions, type ResolvedKBranch, resolveKBranch } from './options.js';

const family = classifierFamily<KBranchOptions>('k-branch', (options) => {
  const resolved = resolveKBranch(options);
  const { branches, native, groundSamplingDistances, dropout, branchDropout, inputSize } = resolved;
  return {
    inputSize,
    configuration: {
      branches,
      native,
      groundSamplingDistances: { ...groundSamplingDistances },
      dropout,
      branchDropout,
    },
    headDropout: 0.5,
    backbone: (input, bands) => kBranchBackbone(input, { ...resolved, bands }),
    fromBands: (planes) => kBranchFromPlanes(planes, resolved),
  };
});

/** Sentinel-2's bands at 10 and 20 m, and those at 60 m for a third branch. */
const defaultBands = ({ branches }: ResolvedKBranch): readonly string[] =>
  branches === 2 ? bandNames(10) : [...bandNames(10), 'B01', 'B09'];

/**
 * K-Branch (Sumbul & Demir 2019, arXiv:1902.11274; spec 1.6): a small convolutional network for each of the ground sampling
 * distances 10, 20 and, with 3 branches, 60 m, whose outputs a dense layer fuses. As it was meant to be, where the
 * benchmark's code does not run (quirk Q20): dropout in training only, one fusion behind the branches.
 *
 * Input `[B, size, size, bands]` float32 at 10 m, scaled per band; each branch takes its bands by their names. Output
 * probabilities `[B, classes]`. The model card in `userDefinedMetadata` holds the configuration. Layer paths:
 * `branch10m/conv1`, `branch10m/dense`, …, `fusion/dense`, `head`.
 *
 * @param options all optional: 2 branches on their native grids at 120 pixels, 19 classes, multi-label; the bands are
 *   Sentinel-2's ten at 10 and 20 m, with 3 branches also B01 and B09
 * @returns a model that any TF.js code can use
 * @throws LulcError `unknown-name` for another number of branches; `invalid-argument` for numbers out of range, no band or class,
 *   one that occurs twice, or a band that no branch is made for
 * @example
 * ```ts
 * import { kBranch } from '@lulc/cnn-baselines';
 * import { useEngine } from '@lulc/core';
 *
 * await useEngine('auto');
 * const model = kBranch({ branches: 2, classes: 19 });
 * console.log(model.inputs[0].shape, model.outputs[0].shape); // [null, 120, 120, 10] [null, 19]
 * ```
 */
export function kBranch(options: KBranchOptions = {}): LayersModel {
  const { bands = defaultBands(resolveKBranch(options)) } = options;
  return family.build({ ...options, bands });
}

/**
 * {@link kBranch} with one input per band in its native resolution. Each band goes to its branch as it is; one of another size
 * than its branch has is resized.
 *
 * @param bands inputs in channel order with their sizes, e.g. `{ name: 'B05', size: 60 }`; each takes `[B, size, size]`
 * @param options as of {@link kBranch}, without `bands`; `inputSize` is that of bands at 10 m
 * @throws LulcError as {@link kBranch} does; `duplicate-name` when two bands have one name
 * @example
 * ```ts
 * import { kBranchFromBands } from '@lulc/cnn-baselines';
 * import { useEngine } from '@lulc/core';
 *
 * await useEngine('auto');
 * const bands = [
 *   { name: 'B02', size: 120 },
 *   { name: 'B05', size: 60 },
 * ];
 * const model = kBranchFromBands(bands, { classes: 19 });
 * console.log(model.inputs.map(({ shape }) => shape)); // [[null, 120, 120], [null, 60, 60]]
 * ```
 */
export function kBranchFromBands(
  bands: readonly BandInput[],
  options: Omit<KBranchOptions, 'bands'> = {},
): LayersModel {
  return family.buildFromBands(bands, options);
}
