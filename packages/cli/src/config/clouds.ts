import { type NormalizationName, normalizationNames } from '@lulc/cloud-unet-kd';
import { z } from 'zod';
import { bandChoice, count, reading, runSettings, share, text } from './basics.js';
import { imagesOf, masksOf } from './denseSchemas.js';
import type { ConfigLayout } from './layout.js';
import { checkpointSettings } from './loop.js';

const side = () => z.int().min(8).max(16_384);
const width = () => z.int().min(1).max(4096);
const reason = text(1000)
  .default('set by the configuration')
  .describe('Why the planned values are overruled; kept in the plan.');

/** What was planned and is to be otherwise; absent values stay as they are planned. */
const overrides = {
  patchSize: z.tuple([side(), side()]).optional().describe('Height and width of a training sample.'),
  batchSize: count().optional().describe('Samples per step.'),
  widths: z
    .array(width())
    .min(1)
    .max(12)
    .optional()
    .describe('Channels of each stage, finest first: as many as there are to be stages.'),
  epochs: count().optional().describe('Epochs of training.'),
  iterations: count().optional().describe('Steps of an epoch.'),
  validationIterations: count().optional().describe('Batches of a validation.'),
  learningRate: z.number().positive().optional().describe('Base learning rate.'),
  foregroundShare: share().optional().describe('Share of a batch that is centred on a pixel of a class but the first.'),
  deepSupervision: z.boolean().optional().describe('Whether coarser levels of the decoder are judged, too.'),
};

/** Everything that `lulc clouds` can be told. */
export const cloudsSchema = z.strictObject({
  data: z
    .strictObject({
      ...imagesOf,
      ...masksOf,
      splits: z
        .strictObject({
          train: z
            .union([text(), z.array(text()).min(1).max(16)])
            .default('train')
            .describe('Part, or parts, that folds are made of.'),
          test: text().nullable().default('test').describe('Part that is reported on; null: none.'),
        })
        .prefault({})
        .describe('Names of the parts.'),
      unlabelled: z
        .strictObject({
          path: imagesOf.path,
          bands: bandChoice.optional().describe('As above, of these images.'),
          storedBands: bandChoice.optional().describe('As above, of these images.'),
          window: imagesOf.window,
        })
        .optional()
        .describe('Images without masks that students learn from, too: only from the teacher. Default: none.'),
      ...reading,
    })
    .describe('What is trained and evaluated on.'),
  plan: z
    .strictObject({
      version: z.enum(['v2', 'v1']).default('v2').describe("Whose rules: nnU-Net v2's, or v1's."),
      memoryGb: z.number().positive().default(8).describe('Memory that the network is planned for, in GB.'),
      normalization: z
        .enum(normalizationNames as readonly [NormalizationName, ...NormalizationName[]])
        .default('image-z-score')
        .describe(
          "How images are brought to numbers: each by its own mean and deviation as nnU-Net does, which loses how bright it is; by the dataset's (dataset, or ct: clipped, of cloud only); …",
        ),
      minutes: z
        .number()
        .positive()
        .optional()
        .describe('What training one fold may take on this machine: the plan is reduced to it, visibly. Default: not.'),
      gmacsPerSecond: z
        .number()
        .positive()
        .optional()
        .describe('Speed of training, 10⁹ multiply-adds per second, for `minutes`. Default: measured.'),
      ...overrides,
      reason,
    })
    .prefault({})
    .describe('How the teacher is planned from what the data are like.'),
  folds: z
    .strictObject({
      count: z.int().min(2).max(100).default(5).describe('Number of folds.'),
      by: z
        .enum(['groups', 'cases'])
        .default('groups')
        .describe('Whole scenes or locations to a fold, or single cases as nnU-Net does (its very folds).'),
    })
    .prefault({})
    .describe('Cross-validation; `splits_final.json` in the run folder overrules it.'),
  student: z
    .strictObject({
      stages: z.int().min(2).max(10).optional().describe('Resolutions. Default: by `ratio`, else 4.'),
      base: width().optional().describe('Channels of the finest. Default: by `ratio`, else 8.'),
      ratio: z
        .number()
        .min(1)
        .optional()
        .describe('How many times fewer weights than the teacher; stages and base are then solved for.'),
      maxGmacs: z.number().positive().optional().describe('Most 10⁹ multiply-adds per patch when solving.'),
      norm: z
        .enum(['batch', 'instance'])
        .default('batch')
        .describe('Normalisation; batch norm folds into convolutions, which int8 needs.'),
      upsampling: z.enum(['transposed', 'bilinear']).default('transposed').describe('How maps are made larger.'),
      epochs: overrides.epochs,
      iterations: overrides.iterations,
      batchSize: overrides.batchSize,
      optimizer: z
        .enum(['adamw', 'sgd'])
        .default('adamw')
        .describe('How it learns: `adamw`, or gradient descent with the momentum of 0.99 that the teacher has.'),
      learningRate: z
        .number()
        .positive()
        .optional()
        .describe("Base learning rate. Default: 0.003 for adamw, the teacher's for sgd."),
    })
    .prefault({})
    .describe('The student. What is not said is as for the teacher.'),
  distillation: z
    .strictObject({
      alpha: share().default(0.3).describe('Weight of the teacher; 0: none, 1: labels are not read.'),
      temperature: z.number().min(1).default(3).describe('Softens both, for kl.'),
      distance: z
        .enum(['kl', 'mse-prob', 'mse-logit', 'soft-jaccard', 'soft-dice'])
        .default('kl')
        .describe('How far the student is from the teacher.'),
      teacher: z
        .enum(['out-of-fold', 'ensemble'])
        .default('out-of-fold')
        .describe('For its own training chips: the fold that has not seen a chip, or all folds.'),
      mirror: z.boolean().default(true).describe('Average the teacher over mirrored chips.'),
    })
    .prefault({})
    .describe('How the student is taught.'),
  inference: z
    .strictObject({
      overlap: z.number().min(0).lt(1).default(0.5).describe('Share of a window that its neighbour covers.'),
      mirror: z.boolean().default(false).describe('Average over mirrored windows: four passes.'),
      threshold: share().default(0.5).describe('Probability from which a pixel is cloud.'),
    })
    .prefault({})
    .describe('How masks are made.'),
  checkpoints: checkpointSettings.checkpoints,
  ...runSettings,
});

/** A configuration of `lulc clouds` with every default filled in. */
export interface CloudsConfig extends z.output<typeof cloudsSchema> {}

/** The configuration of `lulc clouds`. */
export const cloudsLayout: ConfigLayout<typeof cloudsSchema> = {
  name: 'clouds',
  schema: cloudsSchema,
  impliedNames: {},
  example: `data:
  path: \${LULC_DATA:-../shared/data}/l8-biome
  storedBands: [blue, green, red, nir, swir1, swir2, cirrus, thermal]
  bands: [blue, green, red, nir, swir1, swir2]
  classes: l8-binary
  splits: { train: [train, val] }
plan: { normalization: dataset, minutes: 10 }
student: { ratio: 280 }
output: runs/clouds`,
};
