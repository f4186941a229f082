import { LulcError } from '@lulc/core';

/** Ground sampling distance that a branch is made for, in metres. */
export type BranchDistance = 10 | 20 | 60;

/** A convolution with its batch norm and ReLU. */
export interface BranchConvolution {
  /** Height and width of the kernel in pixels. */
  readonly kernelSize: number;
  /** Output channels. */
  readonly filters: number;
  /** Halves height and width behind it. */
  readonly pool: boolean;
}

/** The convolutions of each branch (spec 1.6), finest branch first. */
export const branchShapes: ReadonlyMap<BranchDistance, readonly BranchConvolution[]> = new Map([
  [
    10,
    [
      { kernelSize: 5, filters: 32, pool: true },
      { kernelSize: 5, filters: 32, pool: true },
      { kernelSize: 3, filters: 64, pool: false },
    ],
  ],
  [
    20,
    [
      { kernelSize: 3, filters: 32, pool: true },
      { kernelSize: 3, filters: 32, pool: false },
      { kernelSize: 3, filters: 64, pool: false },
    ],
  ],
  [
    60,
    [
      { kernelSize: 2, filters: 32, pool: false },
      { kernelSize: 2, filters: 32, pool: false },
      { kernelSize: 2, filters: 32, pool: false },
    ],
  ],
]);

/** Sentinel-2's bands at 20 and 60 m; Sentinel-1's and the visible and near-infrared ones are at 10 m. */
const coarseBands: Readonly<Record<string, BranchDistance>> = {
  B05: 20,
  B06: 20,
  B07: 20,
  B8A: 20,
  B11: 20,
  B12: 20,
  B01: 60,
  B09: 60,
  B10: 60,
};

/** A branch and what goes into it. */
export interface Branch {
  /** Ground sampling distance in metres. */
  readonly distance: BranchDistance;
  /** Its convolutions. */
  readonly convolutions: readonly BranchConvolution[];
  /** Indices of its bands. */
  readonly bands: readonly number[];
}

/**
 * Which bands go into which branch; a branch without bands is left out.
 *
 * @param bands names in channel order
 * @param count how many branches there may be, finest first
 * @param distances ground sampling distances in metres, by band name, where they are others than Sentinel-2's; bands of
 *   unknown names count as 10 m
 * @throws LulcError `invalid-argument` for a band that no branch is made for
 */
export function branchesOf(
  bands: readonly string[],
  count: 2 | 3,
  distances: Readonly<Record<string, BranchDistance>>,
): Branch[] {
  const distanceOf = { ...coarseBands, ...distances };
  const shapes = [...branchShapes].slice(0, count);
  const homeless = bands.find((band) => !shapes.some(([distance]) => distance === (distanceOf[band] ?? 10)));
  if (homeless !== undefined) {
    throw new LulcError(
      'invalid-argument',
      `no branch of ${count} is for ${distanceOf[homeless]} m, as ${homeless} is`,
      {
        where: { option: 'bands' },
        hint: 'Leave the band out, take branches: 3, or state its distance in metres in groundSamplingDistances.',
      },
    );
  }
  return shapes
    .map(([distance, convolutions]) => ({
      distance,
      convolutions,
      bands: bands.flatMap((band, index) => ((distanceOf[band] ?? 10) === distance ? [index] : [])),
    }))
    .filter((branch) => branch.bands.length > 0);
}
