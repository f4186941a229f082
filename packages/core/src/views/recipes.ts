import type { ScalingStatistics } from '../data/types.js';
import type { PhotometricStep, RandomResizedCropStep, ViewRecipe, ViewStep } from './recipe.js';

/** What the ready-made recipes depend on. */
export interface RecipeOptions {
  /** `[height, width]` of the views. */
  readonly size: readonly [number, number];
  /** Number of bands of the images. */
  readonly bands: number;
  /**
   * Indices of red, green and blue, for steps that change colours; `null` when there are none. Default: the first three bands
   * where there are as many.
   */
  readonly visible?: readonly [number, number, number] | null;
}

/** Options of {@link glcNetViews}. */
export interface GlcNetViewOptions extends RecipeOptions {
  /**
   * Changes both views; as published, the first is only cut and resized.
   * @defaultValue false
   */
  readonly symmetric?: boolean;
  /**
   * `reference`: windows and hues by the rules of the published code; see `RandomResizedCropStep` and `HsvStep`.
   * @defaultValue `'corrected'`
   */
  readonly variant?: 'corrected' | 'reference';
}

function visibleBands({ bands, visible }: RecipeOptions): readonly [number, number, number] | undefined {
  return visible === undefined && bands >= 3 ? [0, 1, 2] : (visible ?? undefined);
}

/** Flips and quarter turns, each of the eight ways as often; the four that keep the sides when they are not equal. */
function allWays([height, width]: readonly [number, number]): readonly ViewStep[] {
  return [
    { name: 'flip', vertical: 0 },
    { name: 'rot90', turns: height === width ? [0, 1, 2, 3] : [0, 2] },
  ];
}

/** Left-right, up-down, both: 20 % each. */
const glcNetFlip: ViewStep = { name: 'flip-choice', horizontal: 0.2, vertical: 0.2, both: 0.2 };

/** The shifts of hue, saturation and value that pre-training and fine-tuning of GLCNet share. */
function glcNetColour(
  options: RecipeOptions,
  probability: number,
  variant: 'corrected' | 'reference',
): readonly PhotometricStep[] {
  const channels = visibleBands(options);
  if (channels === undefined) return [];
  return [{ name: 'hsv', channels, hue: 60, saturation: 5 / 255, value: 15 / 255, variant, probability }];
}

/**
 * The whole image and nothing else, resized.
 *
 * @param size `[height, width]` of the view
 * @returns the recipe
 */
export function identityRecipe(size: readonly [number, number]): ViewRecipe {
  return { size, steps: [] };
}

/**
 * Flips and quarter turns, each of the eight as often (of the four that keep the sides when these are not equal): what leaves overhead imagery as likely as before.
 *
 * @param size `[height, width]` of the view
 * @returns the recipe
 */
export function dihedralRecipe(size: readonly [number, number]): ViewRecipe {
  return { size, steps: allWays(size) };
}

/**
 * The two views of GLCNet (Li et al. 2022, by its published code): windows of the same 256 × 256 pixels, resized; the second
 * also flipped, turned, and changed in colour, grey and sharpness. Brightness, contrast and pixel noise are for images of
 * other than three bands.
 *
 * @param options size, bands and variant
 * @returns the recipes of the first and the second view
 * @example
 * ```ts
 * import { random } from '@lulc/core';
 * import { drawViews, glcNetViews } from '@lulc/core/views';
 *
 * const views = drawViews(glcNetViews({ size: [224, 224], bands: 4 }), [256, 256, 4], random(42, 0, 17));
 * console.log(views[0].operations.length); // 0
 * ```
 */
export function glcNetViews(options: GlcNetViewOptions): [ViewRecipe, ViewRecipe] {
  const { size, bands, symmetric = false, variant = 'corrected' } = options;
  const window: RandomResizedCropStep = { name: 'random-resized-crop', area: [0.4, 1], tries: 5, variant };
  const cut: readonly ViewStep[] = [{ name: 'crop', size: [256, 256], shared: true }, window];
  const light: readonly PhotometricStep[] = [
    { name: 'brightness', amount: [-0.1, 0.1] },
    { name: 'contrast', factor: [0.9, 1.1], clip: 'levels' },
    { name: 'pixel-noise', share: 0.001 },
  ];
  const changed: ViewRecipe = {
    size,
    steps: [
      ...cut,
      glcNetFlip,
      { name: 'rot90', probability: 0.8 },
      {
        name: 'group',
        probability: 0.8,
        steps: [...glcNetColour(options, 0.5, variant), ...(bands === 3 ? [] : light)],
      },
      { name: 'grey', from: 'band', probability: 0.1 },
      { name: 'blur', kernel: [3, 5, 7], probability: 0.5 },
    ],
  };
  return [symmetric ? changed : { size, steps: cut }, changed];
}

/**
 * The scaling of GLCNet for 8-bit images, `x / 255 · 3.2 − 1.6`, as statistics.
 *
 * @param bands number of bands
 * @returns the same mean and deviation for each
 */
export function glcNetScaling(bands: number): ScalingStatistics {
  return {
    name: 'glcnet',
    mean: new Array<number>(bands).fill(127.5),
    std: new Array<number>(bands).fill(255 / 3.2),
  };
}

/**
 * Two views changed alike, as SimCLR (Chen et al. 2020) and MoCo v2 (Chen et al. 2020) do, in the latter's strength: windows
 * from a fifth of the area, brightness, contrast and saturation by up to 40 %, hue by up to 36 degrees, grey, blur. Flips
 * and quarter turns in all eight ways, because the images are taken from above.
 *
 * @param options size and bands
 * @returns twice the same recipe
 */
export function simClrViews(options: RecipeOptions): [ViewRecipe, ViewRecipe] {
  const { size } = options;
  const channels = visibleBands(options);
  const colour: readonly PhotometricStep[] =
    channels === undefined
      ? []
      : [
          { name: 'saturation', factor: [0.6, 1.4], bands: channels },
          { name: 'hsv', channels, hue: 36 },
        ];
  const recipe: ViewRecipe = {
    size,
    steps: [
      { name: 'random-resized-crop', area: [0.2, 1] },
      ...allWays(size),
      {
        name: 'group',
        probability: 0.8,
        steps: [{ name: 'gain', factor: [0.6, 1.4] }, { name: 'contrast', factor: [0.6, 1.4] }, ...colour],
      },
      { name: 'grey', probability: 0.2 },
      { name: 'blur', sigma: [0.1, 2], probability: 0.5 },
    ],
  };
  return [recipe, recipe];
}

/**
 * Two views for dense contrast, in the spirit of Embedding Earth (Tarasiou and Zafeiriou 2022, whose views are not
 * published): free turns and scales on top of windows, flips and quarter turns, and mild changes band by band, because
 * what is compared are single pixels.
 *
 * @param options size and bands
 * @returns twice the same recipe
 */
export function denseViews({ size, bands }: RecipeOptions): [ViewRecipe, ViewRecipe] {
  const recipe: ViewRecipe = {
    size,
    steps: [
      { name: 'random-resized-crop', area: [0.5, 1] },
      ...allWays(size),
      { name: 'affine', rotation: [-30, 30], scale: [0.8, 1.25], probability: 0.5 },
      { name: 'gain', factor: [0.8, 1.2], probability: 0.8 },
      { name: 'gain', factor: [0.9, 1.1], offset: [-0.05, 0.05], perBand: true, probability: 0.8 },
      { name: 'contrast', factor: [0.8, 1.2], perBand: true, probability: 0.5 },
      { name: 'noise', sigma: [0, 0.02], probability: 0.5 },
      { name: 'blur', sigma: [0.1, 1], probability: 0.3 },
      ...(bands > 1 ? [{ name: 'drop-bands', bandProbability: 0.1, probability: 0.2 } as const] : []),
    ],
  };
  return [recipe, recipe];
}

/**
 * What images and masks go through when a network pre-trained by GLCNet is fine-tuned, by its published code: flips, quarter
 * turns, shift, scale and aspect within 10 %, colour; bands that are not visible within 1 %. What moves in is black, and
 * unknown in the mask; masks are never interpolated (the published code does that, and takes what moves in for class 0).
 *
 * @param options size and bands
 * @returns the recipe
 */
export function fineTuningRecipe(options: RecipeOptions): ViewRecipe {
  const visible: readonly number[] = visibleBands(options) ?? [];
  const others = Array.from({ length: options.bands }, (_, band) => band).filter((band) => !visible.includes(band));
  const light: readonly PhotometricStep[] = [
    { name: 'brightness', amount: [-0.01, 0.01], bands: others },
    { name: 'contrast', factor: [0.99, 1.01], bands: others, clip: 'levels' },
    { name: 'pixel-noise', share: 0.001, bands: others },
  ];
  return {
    size: options.size,
    border: 'zero',
    steps: [
      glcNetFlip,
      { name: 'rot90' },
      { name: 'affine', scale: [0.9, 1.1], aspect: [0.9, 1.1], shift: [-0.1, 0.1], probability: 0.5 },
      {
        name: 'group',
        probability: 0.5,
        steps: [...glcNetColour(options, 1, 'corrected'), ...(others.length > 0 ? light : [])],
      },
    ],
  };
}
