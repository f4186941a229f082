/** What is done to the pixels of a view, every number drawn. Arrays have one entry per band. */
export type DrawnOperation =
  | {
      /** Distance from 0 or from the band's mean, in levels, times the gain, plus the offset. */
      readonly name: 'linear';
      /** What stays where it is under the gain. */
      readonly about: 'black' | 'mean';
      /** Per band; 1 where nothing happens. */
      readonly gain: readonly number[];
      /** Per band; 0 where nothing happens. */
      readonly offset: readonly number[];
    }
  | {
      /** Distance from the band's mean, times the factor. */
      readonly name: 'contrast';
      /** Per band; 1 where nothing happens. */
      readonly factor: readonly number[];
      /** Where results are cut off. */
      readonly clip: 'none' | 'levels' | 'view';
    }
  | {
      /** Power law between least and greatest value. */
      readonly name: 'gamma';
      /** Per band; 1 where nothing happens. */
      readonly gamma: readonly number[];
      /** Of the negative. */
      readonly invert: boolean;
      /** Keeps mean and standard deviation. */
      readonly keepStatistics: boolean;
    }
  | {
      /** Shifted hue, saturation and value. */
      readonly name: 'hsv';
      /** Indices of red, green and blue. */
      readonly channels: readonly [number, number, number];
      /** Degrees. */
      readonly hue: number;
      /** Added. */
      readonly saturation: number;
      /** Added. */
      readonly value: number;
      /** Degrees added to a hue that became negative. */
      readonly wrap: number;
    }
  | {
      /** Distance from the mean of the channels, times the factor. */
      readonly name: 'saturation';
      /** 0 is grey. */
      readonly factor: number;
      /** Indices of the channels. */
      readonly bands: readonly number[];
    }
  | {
      /** One band in place of others. */
      readonly name: 'copy-band';
      /** Index of the band that is copied. */
      readonly from: number;
      /** Indices of the bands that take its values. */
      readonly bands: readonly number[];
    }
  | {
      /** Convolved along both axes. */
      readonly name: 'blur';
      /** Per band, along the rows and along the columns: an odd number of symmetric weights; `[1]` where nothing happens. */
      readonly kernels: readonly (readonly [across: readonly number[], down: readonly number[]])[];
    }
  | {
      /** Gaussian noise added. */
      readonly name: 'noise';
      /** Standard deviation per band, in levels; 0 where nothing happens. */
      readonly sigma: readonly number[];
      /** Names the stream of the noise. */
      readonly seed: number;
    }
  | {
      /** Pixels replaced by random values. */
      readonly name: 'pixel-noise';
      /** Share of the pixels. */
      readonly share: number;
      /** Indices of the bands. */
      readonly bands: readonly number[];
      /** Names the stream of places and values. */
      readonly seed: number;
    }
  | {
      /** Bands set to their mean. */
      readonly name: 'drop-bands';
      /** Indices of the bands. */
      readonly bands: readonly number[];
    }
  | {
      /** Sampled on a coarser grid and back. */
      readonly name: 'low-resolution';
      /** Per band, in (0, 1]; 1 where nothing happens. */
      readonly zoom: readonly number[];
    };
