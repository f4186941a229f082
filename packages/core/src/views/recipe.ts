/** Least and greatest value; draws are uniform between them. */
export type Range = readonly [number, number];

/** What every step has. */
export interface StepOptions {
  /**
   * How often the step happens, 0 … 1.
   * @defaultValue 1
   */
  readonly probability?: number;
  /**
   * Drawn once for all views of an image, so that it happens alike in each of them (such steps belong first).
   * @defaultValue false
   */
  readonly shared?: boolean;
}

/** What steps have that change bands by numbers drawn from a range. */
export interface BandOptions {
  /** Indices of the bands that are changed. Default: all. */
  readonly bands?: readonly number[];
  /**
   * How often each of these bands is changed when the step happens, 0 … 1.
   * @defaultValue 1
   */
  readonly bandProbability?: number;
  /**
   * A draw for each band, instead of one for all of them.
   * @defaultValue false
   */
  readonly perBand?: boolean;
  /**
   * How a factor is drawn from its range: `uniform`, or `balanced`: below 1 in half of the draws, above 1 in the others,
   * uniform in either (for ranges with 1 inside).
   * @defaultValue `'uniform'`
   */
  readonly spread?: 'uniform' | 'balanced';
}

/**
 * A window of random size, shape and place. `corrected`: aspect uniform on a logarithmic scale, any window that fits (Szegedy
 * et al. 2015 as usually implemented). `reference` (GLCNet's code): aspect uniform, height and width swapped in half of the
 * draws, the window strictly smaller than what it is cut from, its place never the last one. After the last try the largest
 * centred window with an aspect in the range is taken.
 */
export interface RandomResizedCropStep extends StepOptions {
  /** Says which step this is. */
  readonly name: 'random-resized-crop';
  /** Share of the area that is kept, in (0, 1]. */
  readonly area: Range;
  /**
   * Width over height, above 0.
   * @defaultValue `[3 / 4, 4 / 3]`
   */
  readonly aspect?: Range;
  /**
   * Draws before giving up.
   * @defaultValue 10
   */
  readonly tries?: number;
  /**
   * Which rules.
   * @defaultValue `'corrected'`
   */
  readonly variant?: 'corrected' | 'reference';
}

/** A window of a given size; where the image is smaller, all of it unless it may reach beyond. */
export interface CropStep extends StepOptions {
  /** Says which step this is. */
  readonly name: 'crop';
  /** `[height, width]` in pixels. */
  readonly size: readonly [number, number];
  /**
   * Where it lies; whole pixels. `focus`: about the point that the view is drawn for (see `drawView`), as nearly as it may;
   * at random where there is none.
   * @defaultValue `'random'`
   */
  readonly position?: 'random' | 'centre' | 'focus';
  /**
   * How many pixels, of both sides together, it may reach beyond the image along `[height, width]`; where the image is
   * smaller than the window, as many as it takes. Default: it stays inside and becomes smaller with the image.
   */
  readonly overhang?: readonly [number, number];
  /**
   * How far a window about a focus may go. `corrected`: no farther than one at random, on all sides. `reference` (nnU-Net):
   * so only up and left; down and right, the focus is always in the middle.
   * @defaultValue `'corrected'`
   */
  readonly variant?: 'corrected' | 'reference';
}

/** Another number of pixels: what later steps count in. The view's own size needs no step. */
export interface ResizeStep extends StepOptions {
  /** Says which step this is. */
  readonly name: 'resize';
  /** `[height, width]` in pixels. */
  readonly size: readonly [number, number];
}

/** Mirrored left-right and up-down, each by itself. */
export interface FlipStep extends StepOptions {
  /** Says which step this is. */
  readonly name: 'flip';
  /**
   * Probability of left-right.
   * @defaultValue 0.5
   */
  readonly horizontal?: number;
  /**
   * Probability of up-down.
   * @defaultValue 0.5
   */
  readonly vertical?: number;
}

/** Mirrored in one of three ways, or not at all in the remaining share: probabilities that sum up to at most 1. */
export interface FlipChoiceStep extends StepOptions {
  /** Says which step this is. */
  readonly name: 'flip-choice';
  /** Probability of left-right only. */
  readonly horizontal: number;
  /** Probability of up-down only. */
  readonly vertical: number;
  /** Probability of both at once. */
  readonly both: number;
}

/** Turned clockwise by a number of quarter turns. */
export interface Rot90Step extends StepOptions {
  /** Says which step this is. */
  readonly name: 'rot90';
  /**
   * The numbers of quarter turns to choose from, each as often.
   * @defaultValue `[0, 1, 2, 3]`
   */
  readonly turns?: readonly number[];
}

/** Turned, scaled, stretched and shifted about the centre; what moves in comes from the border rule. */
export interface AffineStep extends StepOptions {
  /** Says which step this is. */
  readonly name: 'affine';
  /**
   * Degrees, clockwise.
   * @defaultValue `[0, 0]`
   */
  readonly rotation?: Range;
  /**
   * Factor of the content's size, above 0.
   * @defaultValue `[1, 1]`
   */
  readonly scale?: Range;
  /**
   * Factor of how much is seen along each axis, above 0: the inverse of a scale, for draws that are uniform in it.
   * @defaultValue `[1, 1]`
   */
  readonly extent?: Range;
  /**
   * Factor by which the content becomes wider than high, its area being kept; above 0.
   * @defaultValue `[1, 1]`
   */
  readonly aspect?: Range;
  /**
   * Shift in each direction, as a share of width and height.
   * @defaultValue `[0, 0]`
   */
  readonly shift?: Range;
}

/**
 * Hue, saturation and value of three channels, shifted. Values outside the band's levels keep their distance from them.
 * `reference` wraps a hue that became negative as 8-bit code does (by 152 instead of 360 degrees).
 */
export interface HsvStep extends StepOptions {
  /** Says which step this is. */
  readonly name: 'hsv';
  /** Indices of red, green and blue. */
  readonly channels: readonly [number, number, number];
  /**
   * Up to so many degrees either way, 0 … 180.
   * @defaultValue 0
   */
  readonly hue?: number;
  /**
   * Up to so much either way, 0 … 1; the result is kept within 0 … 1.
   * @defaultValue 0
   */
  readonly saturation?: number;
  /**
   * Up to so much of the levels' range either way, 0 … 1; the result is kept within the levels.
   * @defaultValue 0
   */
  readonly value?: number;
  /**
   * How hues wrap.
   * @defaultValue `'corrected'`
   */
  readonly variant?: 'corrected' | 'reference';
}

/** Blended with white (amounts above 0) or black (below 0), the band's levels. */
export interface BrightnessStep extends StepOptions, Omit<BandOptions, 'spread'> {
  /** Says which step this is. */
  readonly name: 'brightness';
  /** Share of white or black, −1 … 1. */
  readonly amount: Range;
}

/** Distance from the band's mean over the view, times a factor. */
export interface ContrastStep extends StepOptions, BandOptions {
  /** Says which step this is. */
  readonly name: 'contrast';
  /** 0 or more. */
  readonly factor: Range;
  /**
   * Where results are cut off: nowhere, at the band's levels, or at the least and greatest value the view had.
   * @defaultValue `'none'`
   */
  readonly clip?: 'none' | 'levels' | 'view';
}

/** Distance from black (or from the mean) times a factor, plus an offset. */
export interface GainStep extends StepOptions, BandOptions {
  /** Says which step this is. */
  readonly name: 'gain';
  /**
   * What stays where it is under the factor: the band's black, or what is 0 after scaling (without scaling: 0), so that scaled
   * values are multiplied.
   * @defaultValue `'black'`
   */
  readonly about?: 'black' | 'mean';
  /**
   * 0 or more.
   * @defaultValue `[1, 1]`
   */
  readonly factor?: Range;
  /**
   * In shares of the levels' range.
   * @defaultValue `[0, 0]`
   */
  readonly offset?: Range;
}

/** A power law between the least and greatest value of the band in the view. */
export interface GammaStep extends StepOptions, BandOptions {
  /** Says which step this is. */
  readonly name: 'gamma';
  /** The exponent, above 0. */
  readonly gamma: Range;
  /**
   * Of the negative: bright values change most.
   * @defaultValue false
   */
  readonly invert?: boolean;
  /**
   * Gives the band the mean and standard deviation it had.
   * @defaultValue false
   */
  readonly keepStatistics?: boolean;
}

/** Each pixel's distance from the mean of its channels, times a factor; 0 is grey. */
export interface SaturationStep extends StepOptions {
  /** Says which step this is. */
  readonly name: 'saturation';
  /** 0 or more. */
  readonly factor: Range;
  /** Indices of the channels that are mixed. Default: all. */
  readonly bands?: readonly number[];
}

/** One value for all channels of a pixel, in the bands' levels. */
export interface GreyStep extends StepOptions {
  /** Says which step this is. */
  readonly name: 'grey';
  /**
   * Which: a band drawn at random, or the mean.
   * @defaultValue `'mean'`
   */
  readonly from?: 'band' | 'mean';
  /** Indices of the channels. Default: all. */
  readonly bands?: readonly number[];
}

/** Gaussian blur, in pixels of the view; mirrored at the edges. Either `kernel` or `sigma`. */
export interface BlurStep extends StepOptions, Omit<BandOptions, 'spread'> {
  /** Says which step this is. */
  readonly name: 'blur';
  /** Kernel sizes to choose from, of 3, 5 and 7: OpenCV's kernels of automatic sigma. */
  readonly kernel?: readonly number[];
  /** Standard deviation, 0 or more; the kernel ends at three of them. */
  readonly sigma?: Range;
  /**
   * A draw for each axis, instead of one for both.
   * @defaultValue false
   */
  readonly perAxis?: boolean;
}

/** Gaussian noise, drawn for each value. */
export interface NoiseStep extends StepOptions, Omit<BandOptions, 'spread'> {
  /** Says which step this is. */
  readonly name: 'noise';
  /** Its standard deviation, in shares of the levels' range; 0 or more. */
  readonly sigma: Range;
}

/** Some pixels replaced by random values between black and white, in every band. */
export interface PixelNoiseStep extends StepOptions {
  /** Says which step this is. */
  readonly name: 'pixel-noise';
  /** Share of the pixels, 0 … 1. */
  readonly share: number;
  /** Indices of the bands. Default: all. */
  readonly bands?: readonly number[];
}

/** Bands set to their mean (0 after scaling; without scaling: to 0). At least one of all bands is left. */
export interface DropBandsStep extends StepOptions {
  /** Says which step this is. */
  readonly name: 'drop-bands';
  /** How often each band is dropped when the step happens, 0 … 1. */
  readonly bandProbability: number;
  /** Indices of the bands to choose from. Default: all. */
  readonly bands?: readonly number[];
}

/** Pixels lost: sampled on a coarser grid (nearest), then brought back (bilinear). */
export interface LowResolutionStep extends StepOptions, Omit<BandOptions, 'spread'> {
  /** Says which step this is. */
  readonly name: 'low-resolution';
  /** Size of the coarser grid, as a share of the view's, in (0, 1]. */
  readonly zoom: Range;
}

/** Steps that happen together or not at all; each of them still has its own probability. */
export interface GroupStep extends StepOptions {
  /** Says which step this is. */
  readonly name: 'group';
  /** What happens, in this order. */
  readonly steps: readonly ViewStep[];
}

/** Changes where pixels come from. */
export type GeometricStep =
  | RandomResizedCropStep
  | CropStep
  | ResizeStep
  | FlipStep
  | FlipChoiceStep
  | Rot90Step
  | AffineStep;

/** Changes what pixels hold. */
export type PhotometricStep =
  | HsvStep
  | BrightnessStep
  | ContrastStep
  | GainStep
  | GammaStep
  | SaturationStep
  | GreyStep
  | BlurStep
  | NoiseStep
  | PixelNoiseStep
  | DropBandsStep
  | LowResolutionStep;

/** One thing that may happen to a view, described by data. */
export type ViewStep = GeometricStep | PhotometricStep | GroupStep;

/** Name of a step. */
export type ViewStepName = ViewStep['name'];

/**
 * Black and white of every band: what photometric steps take for 0 and 1. `type`: the range of the number type (0 … 255,
 * 0 … 65535, 0 … 32767, for floats 0 … 1). `scaling`: two standard deviations around the mean of the scaling. Or two numbers
 * in the images' own units, for all bands.
 */
export type Levels = 'type' | 'scaling' | readonly [number, number];

/** What to see where a view reaches beyond its image: the image mirrored at its edge, 0 in its own units, or the scaling's mean. */
export type ViewBorder = 'reflect' | 'zero' | 'mean';

/** How a view is made of an image, with everything that may happen to it. Plain data: it travels to workers and into files. */
export interface ViewRecipe {
  /** `[height, width]` of the view. */
  readonly size: readonly [number, number];
  /**
   * What happens, in order. Geometric steps become one affine map, and the image is sampled once; photometric steps then work
   * on the sampled view.
   */
  readonly steps: readonly ViewStep[];
  /**
   * How images are sampled; masks always take the nearest pixel.
   * @defaultValue `'bilinear'`
   */
  readonly sampling?: 'bilinear' | 'nearest';
  /**
   * What lies around an image; what lies around a mask says `outside`.
   * @defaultValue `'reflect'`
   */
  readonly border?: ViewBorder;
  /**
   * What lies around a mask: a class index, or the ignore label.
   * @defaultValue 255
   */
  readonly outside?: number;
  /**
   * Where a view shrinks its image 1.5 times or more, its pixels are means over what they cover (with bilinear sampling).
   * @defaultValue true
   */
  readonly antialias?: boolean;
  /** Default: `scaling` when there is one and the images are not 8-bit, else `type`. */
  readonly levels?: Levels;
}
