import type { CompoundCoefficients } from './compound.js';

/** The named sizes of EfficientNet. */
export type EfficientNetSize = 'B0' | 'B1' | 'B2' | 'B3' | 'B4' | 'B5' | 'B6' | 'B7';

/** Width and depth factors of a named size. */
export interface SizeFactors {
  /** Factor of the channels. */
  readonly width: number;
  /** Factor of the blocks. */
  readonly depth: number;
}

/** Width and depth of EfficientNet's named sizes, as its authors published them (spec 1.2). */
export const efficientNetSizes: { readonly [size in EfficientNetSize]: SizeFactors } = {
  B0: { width: 1.0, depth: 1.0 },
  B1: { width: 1.0, depth: 1.1 },
  B2: { width: 1.1, depth: 1.2 },
  B3: { width: 1.2, depth: 1.4 },
  B4: { width: 1.4, depth: 1.8 },
  B5: { width: 1.6, depth: 2.2 },
  B6: { width: 1.8, depth: 2.6 },
  B7: { width: 2.0, depth: 3.1 },
};

/**
 * Which factor of {@link efficientNetSizes} scales what: `'standard'` as in EfficientNet, or `'swapped'`: the width factor
 * scales the depth and the depth factor the width, as in the benchmark's one published configuration (spec 0.4).
 */
export type Orientation = 'standard' | 'swapped';

/**
 * The benchmark's presets: factors of {@link efficientNetSizes} as coefficients with phi = 1. The resolution grows with
 * EfficientNet's width factor in both orientations, from 60 pixels (B0) to 120 (B7), the size of a BigEarthNet patch
 * (spec 1.4, preset A, and 1.7).
 */
export const benchmarkPresets: {
  readonly [orientation in Orientation]: { readonly [size in EfficientNetSize]: CompoundCoefficients };
} = {
  standard: presets(({ width, depth }) => ({ alpha: depth, beta: width, gamma: width, phi: 1 })),
  swapped: presets(({ width, depth }) => ({ alpha: width, beta: depth, gamma: width, phi: 1 })),
};

function presets(of: (factors: SizeFactors) => CompoundCoefficients) {
  return Object.fromEntries(Object.entries(efficientNetSizes).map(([size, factors]) => [size, of(factors)])) as {
    [size in EfficientNetSize]: CompoundCoefficients;
  };
}
