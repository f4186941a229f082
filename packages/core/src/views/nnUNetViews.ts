import { knownOption } from '../errors/optionChecks.js';
import type { PhotometricStep, Range, ViewRecipe, ViewStep } from './recipe.js';

/** Options of {@link nnUNetViews}. */
export interface NnUNetViewOptions {
  /** `[height, width]` of the patches. */
  readonly size: readonly [number, number];
  /**
   * False for validation: patches are cut as in training, and nothing is done to them.
   * @defaultValue true
   */
  readonly augment?: boolean;
  /**
   * `corrected`: what lies outside an image is unknown (255), and a patch about a focus goes no farther than others.
   * `reference` (nnU-Net v2): it is class 0, and the focus is in the middle unless it is near the left or upper edge.
   * @defaultValue `'corrected'`
   */
  readonly variant?: 'corrected' | 'reference';
}

/** From this ratio of the longer to the shorter side on, patches turn only a little. */
const longPatch = 1.5;

/** The least scale for which a patch is cut larger than it is used; nnU-Net kept that of its first version. */
const leastScale = 0.85;

/** Levels by the scaling are so many standard deviations wide: what nnU-Net says of z-scores, in shares of them. */
const levelsInDeviations = 4;

/** How far patches turn, in degrees either way: by any angle, but for long ones. */
function rotationOf([height, width]: readonly [number, number]): number {
  return Math.max(height, width) / Math.min(height, width) > longPatch ? 15 : 180;
}

/**
 * The window that nnU-Net cuts from an image before it is turned and scaled to a patch: the corner of the patch, turned by
 * the largest angle (at most 90 degrees), divided by 0.85, in whole pixels.
 *
 * @param size `[height, width]` of the patch
 * @returns `[height, width]` of the window
 * @example
 * ```ts
 * import { enlargedPatch } from '@lulc/core/views';
 *
 * console.log(enlargedPatch([512, 512]), enlargedPatch([384, 384])); // [602, 602] [451, 451]
 * ```
 */
export function enlargedPatch(size: readonly [number, number]): readonly [number, number] {
  const [height, width] = size;
  const angle = (Math.min(90, rotationOf(size)) * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const corner = [Math.abs(height * cos + width * sin), Math.abs(width * cos - height * sin)];
  return [Math.trunc(Math.max(corner[0], height) / leastScale), Math.trunc(Math.max(corner[1], width) / leastScale)];
}

/**
 * The patches of nnU-Net (Isensee et al. 2021) and its augmentation, by the code of its version 2: turned and scaled, noise,
 * blur, brightness, contrast, low resolution, gamma of the negative and of the image, mirrored. For images with a scaling or
 * normalization, since values are changed in its units: what lies outside an image is 0 after it.
 *
 * A loader whose `sampling` forces foreground centres patches on it.
 *
 * @param options size, augmentation and variant
 * @returns the recipe
 * @throws LulcError `unknown-name` for a variant there is not
 * @example
 * ```ts
 * import { random } from '@lulc/core';
 * import { drawView, mapPoint, nnUNetViews } from '@lulc/core/views';
 *
 * const recipe = nnUNetViews({ size: [64, 64], augment: false });
 * const view = drawView(recipe, [512, 512, 4], random(42), [300.5, 200.5]);
 * console.log(mapPoint(view.affine, 32.5, 32.5)); // [300.5, 200.5]
 * ```
 */
export function nnUNetViews(options: NnUNetViewOptions): ViewRecipe {
  const { size, augment = true } = options;
  const variant = knownOption('variant', options.variant ?? 'corrected', ['corrected', 'reference']);
  const window = augment ? enlargedPatch(size) : size;
  const cut: ViewStep = {
    name: 'crop',
    size: window,
    position: 'focus',
    overhang: [window[0] - size[0], window[1] - size[1]],
    variant,
  };
  return {
    size,
    border: 'mean',
    outside: variant === 'reference' ? 0 : 255,
    levels: 'scaling',
    steps: augment ? [cut, ...movedPatch(size), ...changedPatch, { name: 'flip' }] : [cut],
  };
}

/** Turned and scaled about its middle, then cut to its size. */
function movedPatch(size: readonly [number, number]): readonly ViewStep[] {
  const angle = rotationOf(size);
  return [
    { name: 'affine', rotation: [-angle, angle], probability: 0.2 },
    { name: 'affine', extent: [0.7, 1.4], probability: 0.2 },
    { name: 'crop', size, position: 'centre' },
  ];
}

const ownFactor = { perBand: true, spread: 'balanced' } as const;
const half = { perBand: true, bandProbability: 0.5 } as const;
const gammas: Range = [0.7, 1.5];

/** What is done to the values of a patch. */
const changedPatch: readonly PhotometricStep[] = [
  { name: 'noise', sigma: [0, 0.1 / levelsInDeviations], probability: 0.1 },
  { name: 'blur', sigma: [0.5, 1], perAxis: true, ...half, probability: 0.2 },
  { name: 'gain', factor: [0.75, 1.25], about: 'mean', ...ownFactor, probability: 0.15 },
  { name: 'contrast', factor: [0.75, 1.25], clip: 'view', ...ownFactor, probability: 0.15 },
  { name: 'low-resolution', zoom: [0.5, 1], ...half, probability: 0.25 },
  { name: 'gamma', gamma: gammas, invert: true, keepStatistics: true, ...ownFactor, probability: 0.1 },
  { name: 'gamma', gamma: gammas, keepStatistics: true, ...ownFactor, probability: 0.3 },
];
