/** How one band is brought to the numbers that a network sees. */
export type BandNormalization =
  | {
      /** `(x − mean) / std` of this band over the image itself (population std): nnU-Net's default. Brightness itself is lost. */
      readonly scheme: 'image-z-score';
      /**
       * Pixels that hold such a value in every band are without data: they do not count in the statistics, unless there are no
       * others. Default: all pixels count, as in nnU-Net.
       */
      readonly nodata?: number | undefined;
    }
  | {
      /** `(x − min) / (max − min)` of this band over the image itself. */
      readonly scheme: 'image-min-max';
      /**
       * Pixels that hold such a value in every band are without data: they do not count in the statistics, unless there are no
       * others. Default: all pixels count, as in nnU-Net.
       */
      readonly nodata?: number | undefined;
    }
  | {
      /** `(x − mean) / std` with given numbers, after clipping if asked for: reflectance scaling, a dataset's statistics, nnU-Net's CT. */
      readonly scheme: 'fixed';
      /** In the units of the stored images. */
      readonly mean: number;
      /** In the units of the stored images, above 0. */
      readonly std: number;
      /** Lowest and highest value that is kept; others are brought to the nearer of them. */
      readonly clip?: readonly [low: number, high: number];
    };

/** How images are brought to the numbers that a network sees; one entry per band. Plain data: it stands in plans and cards. */
export type Normalization = readonly BandNormalization[];
