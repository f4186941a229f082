/** How the values of one band are distributed. */
export interface IntensityProperties {
  /** Mean. */
  readonly mean: number;
  /** The middle value; of two the mean. */
  readonly median: number;
  /** Population standard deviation. */
  readonly std: number;
  /** Smallest value. */
  readonly min: number;
  /** Largest value. */
  readonly max: number;
  /** Half a percent of the values are below; where that falls between two values, their mean. */
  readonly percentile00_5: number;
  /** Half a percent of the values are above; where that falls between two values, their mean. */
  readonly percentile99_5: number;
}

/** What planning needs to know of a dataset. Plain data. */
export interface Fingerprint {
  /** Name of the dataset. */
  readonly dataset: string;
  /** Band names in channel order. */
  readonly bands: readonly string[];
  /** Class names in index order; the first is the background. */
  readonly classes: readonly string[];
  /** `[height, width]` of each case, without the margin in which every band is 0. */
  readonly shapes: readonly (readonly [number, number])[];
  /** `[vertical, horizontal]` spacing of each case's pixels; `[1, 1]` for images. */
  readonly spacings: readonly (readonly [number, number])[];
  /** Median over cases of the share of the image that is left without the margin. */
  readonly medianRelativeSize: number;
  /** Whether some pixels are of no known class. */
  readonly hasIgnored: boolean;
  /** Of each band, the values of the pixels of any class but the background; undefined where there is none. */
  readonly foreground: readonly IntensityProperties[] | undefined;
  /** Of each band, the values of all pixels within the margin. */
  readonly overall: readonly IntensityProperties[] | undefined;
}
