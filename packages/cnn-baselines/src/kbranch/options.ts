import { LulcError, type ModelOptions, requireShare, unknownName } from '@lulc/core';
import type { BranchDistance } from './branches.js';

/** Options of the backbone alone. */
export interface KBranchBackboneOptions {
  /** 2 (default): a branch each for bands at 10 and 20 m; 3: one for 60 m, too. A branch without bands is left out. */
  readonly branches?: 2 | 3;
  /**
   * Gives each branch its bands on their native grid (default, as the network was designed): the image is averaged over
   * 2×2 or 6×6 pixels. With false, all branches see the full image, as the benchmark's wrapper would have it.
   */
  readonly native?: boolean;
  /**
   * Ground sampling distances in metres by band name, where they are others than those of Sentinel-2 and Sentinel-1. Bands
   * of other names count as 10 m.
   */
  readonly groundSamplingDistances?: Readonly<Record<string, BranchDistance>>;
  /** Share of values dropped in training behind convolutions and behind the fusion, [0, 1), default 0.25. */
  readonly dropout?: number;
  /** Share of values dropped in training behind each branch's dense layer, [0, 1), default 0.5. */
  readonly branchDropout?: number;
}

/**
 * Options of {@link kBranch}; `inputSize` is at least 8 pixels of 10 m and 120 by default, `bands` those of the branches,
 * `headDropout` 0.5 by default.
 */
export interface KBranchOptions extends ModelOptions, KBranchBackboneOptions {}

/** Everything the network is made from beside its bands, with all defaults filled in. */
export interface ResolvedKBranch extends Required<KBranchBackboneOptions> {
  /** Height and width of the input in pixels. */
  readonly inputSize: number;
  /** Readable name, e.g. `k-branch-2`. */
  readonly name: string;
}

/**
 * Fills in defaults.
 *
 * @example
 * ```ts
 * import { resolveKBranch } from '@lulc/cnn-baselines';
 *
 * const { name, native, dropout } = resolveKBranch({ branches: 3 });
 * console.log(name, native, dropout); // k-branch-3 true 0.25
 * ```
 *
 * @throws LulcError `unknown-name` for another number of branches; `invalid-argument` for a distance or a share out of range
 */
export function resolveKBranch(
  options: KBranchBackboneOptions & Pick<KBranchOptions, 'inputSize'> = {},
): ResolvedKBranch {
  const { branches = 2, native = true, groundSamplingDistances = {}, inputSize = 120 } = options;
  const { dropout = 0.25, branchDropout = 0.5 } = options;
  if (branches !== 2 && branches !== 3) {
    throw unknownName('number of branches', String(branches), ['2', '3'], { option: 'branches' });
  }
  requireShare({ dropout, branchDropout });
  for (const [band, distance] of Object.entries(groundSamplingDistances)) {
    if ([10, 20, 60].includes(distance)) continue;
    throw new LulcError('invalid-argument', `there are branches for 10, 20 and 60 m, not ${distance} as for ${band}`, {
      where: { option: 'groundSamplingDistances' },
    });
  }
  const name = `k-branch-${branches}`;
  return { branches, native, groundSamplingDistances, dropout, branchDropout, inputSize, name };
}
