import { z } from 'zod';

/** A text that is not empty. */
export const text = (maximum = 4096) => z.string().min(1).max(maximum);
/** A whole number above 0. */
export const count = () => z.int().min(1).max(1e9);
/** A number from 0 to 1. */
export const share = () => z.number().min(0).max(1);
/** How images are brought to another size. */
export const resampling = z.enum(['bicubic', 'bilinear', 'nearest']);
/** Bands by name, or a published order. */
export const bandChoice = z.union([text(), z.array(text()).min(1).max(1000)]);

/** Names of the parts of a dataset. */
export const splits = z
  .strictObject({
    train: text().default('train').describe('Part that is trained on.'),
    validation: text()
      .nullable()
      .default('val')
      .describe('Part that chooses the best epoch; null: none, the last epoch is kept.'),
    test: text().nullable().default('test').describe('Part that is reported on at the end; null: none.'),
  })
  .prefault({})
  .describe('Names of the parts.');

/** Statistics as numbers. */
export const scalingStatistics = z.strictObject({
  name: text().describe('Where the numbers come from.'),
  mean: z.array(z.number()).min(1).describe('Mean of each band in native units, in channel order.'),
  std: z.array(z.number().positive()).min(1).describe('Standard deviation of each band.'),
});

/** How bands are scaled. */
export const scaling = z
  .union([text(), scalingStatistics])
  .default('auto')
  .describe(
    'Statistics by which bands are scaled: auto (those recommended for the dataset, else measured on the training part), compute (always measured), the name of a published record (bigearthnet-v1, sen12ms, eurosat-rgb), or numbers.',
  );

/** How much of the machine reading may take. */
export const reading = {
  workers: z
    .int()
    .min(0)
    .max(256)
    .optional()
    .describe('Threads that read and augment; 0: none. Default: cores - 1, 1 to 4.'),
  cacheBytes: z.int().min(0).max(1e13).optional().describe('Memory for decoded samples. Default: 536870912 (512 MiB).'),
};

/** Names that `engine` accepts. */
export const engineChoices = ['auto', 'torch', 'tensorflow', 'wasm', 'cpu'] as const;

/** What every run is told. */
export const runSettings = {
  /** Seed of weights, order, augmentation and dropout. */
  seed: z.int().min(0).max(0xffffffff).default(42).describe('Seed of weights, order, augmentation and dropout.'),
  /** What computes. */
  engine: z.enum(engineChoices).default('auto').describe('What computes; auto takes the best there is.'),
  /** Run folder. */
  output: text()
    .optional()
    .describe('Run folder; relative to the working directory. Default: runs/ and the name of the configuration file.'),
};
