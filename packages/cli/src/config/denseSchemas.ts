import { type MethodName, methodNames } from '@lulc/contrastive-ssl';
import { z } from 'zod';
import { bandChoice, count, reading, runSettings, scaling, splits, text } from './basics.js';
import { checkpointSettings, selectionSettings, stepSettings } from './loop.js';
import { network } from './network.js';

/** Layouts of images with masks that are read. */
const segmentationFormats = z.enum([
  'folder',
  'potsdam',
  'deepglobe',
  'loveda',
  'on-cloud-n',
  '38-cloud',
  '95-cloud',
  'l8-biome',
  'nnunet',
]);

/** Names of what published cloud masks hold. */
const cloudLegends = z.enum(['l8-binary', 'l8-thin', 'l8-shadow', 'l8-all', 'zero-one', 'zero-full', 'csmask']);

/** What pre-training and segmentation say of their images alike. */
export const imagesOf = {
  path: text().describe('Folder of the data; relative to the working directory.'),
  bands: bandChoice
    .optional()
    .describe('Bands in channel order, or the name of a published order (rgb, rgbn …). Default: all that are stored.'),
  storedBands: bandChoice.optional().describe('Names of the channels as stored. Default: band1, band2 …'),
  window: count()
    .optional()
    .describe('Height and width of the windows that large images are cut into. Default: whole files.'),
  windowStride: count().optional().describe('Pixels between windows. Default: window.'),
  onBroken: z
    .enum(['error', 'skip'])
    .default('error')
    .describe('Files that cannot be read: stop, or leave them out, count and list them.'),
};

const maskValue = z.union([z.int().min(0).max(65_535), text(7)]);

const freeze = z
  .union([
    text(),
    z.array(text()).min(1).max(1000),
    z.strictObject({ until: text().describe('Path of the first layers that are trained; all before them are not.') }),
  ])
  .optional()
  .describe('Layers that are not trained: a path (stage1), a pattern (stage*/block1), or a list. Default: none.');

/** Everything a pre-training run can be told. */
export const pretrainSchema = z.strictObject({
  data: z
    .strictObject({
      ...imagesOf,
      format: z
        .union([z.literal('images'), segmentationFormats])
        .default('images')
        .describe(
          'Layout: images in folders of any depth, or a dataset with masks, of which only the images are read.',
        ),
      split: text()
        .default('train')
        .describe('Part of a dataset with masks that is used; images in folders are all used.'),
      scaling,
      limit: count().optional().describe('Use only so many images, evenly spread over the list. Default: all.'),
      ...reading,
    })
    .describe('What is pre-trained on; no label is read.'),
  network,
  method: z
    .strictObject({
      name: z
        .enum(methodNames as readonly [MethodName, ...MethodName[]])
        .default('glcnet')
        .describe('How it is pre-trained; see [pre-training](pretraining.md).'),
      options: z
        .record(text(64), z.json())
        .default({})
        .describe("The method's own options, e.g. { regions: 4, temperature: 0.5 }."),
    })
    .prefault({})
    .describe('The method.'),
  views: z
    .strictObject({
      recipe: z
        .enum(['method', 'glcnet', 'symmetric', 'simclr', 'dense'])
        .default('method')
        .describe("How views of an image are made; method: the method's own."),
      visible: z
        .tuple([z.int().min(0), z.int().min(0), z.int().min(0)])
        .optional()
        .describe('Channels that are red, green and blue, for changes of colour. Default: by band name, else none.'),
    })
    .prefault({})
    .describe('Views of each image.'),
  training: z
    .strictObject({
      ...stepSettings,
      epochs: stepSettings.epochs.default(100),
      batchSize: stepSettings.batchSize.default(32),
      optimizer: stepSettings.optimizer.default({
        name: 'adam',
        beta2: 0.99,
        epsilon: 1e-8,
        weightDecay: 1e-5,
        decayOn: 'all',
      }),
      schedule: stepSettings.schedule.default({ name: 'cosine', per: 'epoch', floor: 4e-8 }),
      ...checkpointSettings,
    })
    .prefault({})
    .describe("How it is trained. The defaults are GLCNet's but for epochs and batch size."),
  health: z
    .strictObject({
      every: count().default(5).describe('Epochs between measurements.'),
      images: count().default(256).describe('Images that are measured on.'),
    })
    .nullable()
    .prefault({})
    .describe('Watches the embeddings for collapse; null: not.'),
  ...runSettings,
  report: z
    .strictObject({
      examples: z.int().min(0).max(100).default(4).describe('Images shown with their views.'),
    })
    .prefault({})
    .describe('The HTML report.'),
});

const dice = {
  ignoreBackground: z.boolean().optional().describe('Leaves out the first class, as nnU-Net does. Default: false.'),
};

const segmentationLosses = z.discriminatedUnion('name', [
  z.strictObject({
    name: z.literal('cross-entropy').describe('Cross-entropy over the pixels with a label.'),
    classWeights: z.array(z.number().min(0)).optional().describe('Factor per class, in class order. Default: all 1.'),
  }),
  z.strictObject({
    name: z.literal('dice').describe('The negative soft Dice coefficient.'),
    ...dice,
  }),
  z.strictObject({
    name: z.literal('dice-ce').describe('The sum of both.'),
    ...dice,
  }),
  z.strictObject({
    name: z.literal('focal').describe('Cross-entropy that turns down easy pixels.'),
    gamma: z.number().min(0).optional().describe('Exponent. Default: 2.'),
  }),
]);

/** What everything with masks says of them. */
export const masksOf = {
  format: segmentationFormats.optional().describe('Its layout. Default: found by looking.'),
  classes: z
    .union([
      z.array(text()).min(1).max(255),
      z.record(text(), z.union([maskValue, z.array(maskValue).min(1).max(255)])),
      cloudLegends,
    ])
    .optional()
    .describe(
      "What masks of a folder hold: class names for 0, 1, 2 …, names with values or colours ({ water: 3, road: '#ff0000' }), or the name of a published legend of clouds, which says what is ignored, too. Default: what the layout says.",
    ),
  ignore: z
    .union([maskValue, z.array(maskValue).min(1).max(255)])
    .optional()
    .describe('Values or colours of masks that no loss and no score sees. Default: what the layout says.'),
  unknown: z
    .enum(['error', 'ignore'])
    .default('error')
    .describe('What other values of masks mean: an error, or no label.'),
  minLabelled: z
    .number()
    .min(0)
    .lt(1)
    .default(0)
    .describe(
      'Smallest share of labelled pixels of a sample; windows in the margin of a scene have less. 0: all are taken.',
    ),
  patches: z
    .enum(['all', 'non-empty'])
    .default('all')
    .describe('Patches of 38-Cloud and 95-Cloud for training: all, or those that are not mostly margin.'),
};

/** Everything a segmentation run can be told. */
export const finetuneSchema = z.strictObject({
  data: z
    .strictObject({
      ...imagesOf,
      ...masksOf,
      splits,
      fraction: z
        .number()
        .positive()
        .max(1)
        .default(1)
        .describe('Share of the training part that is used, drawn by location: training with few labels.'),
      fractionBy: z
        .enum(['spread', 'groups'])
        .default('spread')
        .describe('One sample of each location before a second of any, or whole locations.'),
      fractionSeed: z.int().min(0).max(0xffffffff).default(0).describe('Seed of the choice of that share.'),
      scaling,
      ...reading,
    })
    .describe('What is trained and evaluated on.'),
  network,
  transfer: z
    .strictObject({
      from: text().describe(
        'Folder, file or address of the pre-trained model; its encoder and decoder take the place of the network section.',
      ),
      parts: z
        .enum(['encoder', 'context', 'all'])
        .default('all')
        .describe(
          'Which weights are taken over: those of the encoder, with the context of its decoder, or all there are; the rest starts anew.',
        ),
      freeze,
    })
    .nullable()
    .optional()
    .describe('The pre-trained model to begin with. null or absent: random weights.'),
  training: z
    .strictObject({
      ...stepSettings,
      epochs: stepSettings.epochs.default(60),
      batchSize: stepSettings.batchSize.default(16),
      learningRate: stepSettings.learningRate.default(1e-3),
      loss: z
        .union([z.enum(['cross-entropy', 'dice', 'dice-ce', 'focal']), segmentationLosses])
        .default('cross-entropy')
        .describe('What is minimised over the pixels with a label.'),
      minimumSteps: z
        .int()
        .min(0)
        .max(1e9)
        .default(0)
        .describe(
          'With few labels an epoch is short: its samples then come several times within it, so often that the run has at least so many steps.',
        ),
      ...selectionSettings,
      ...checkpointSettings,
    })
    .prefault({})
    .describe('How it is trained.'),
  augmentation: z
    .strictObject({
      recipe: z
        .enum(['none', 'dihedral', 'fine-tuning'])
        .default('dihedral')
        .describe('Nothing, flips and quarter turns, or also the shifts, scales and colours of GLCNet’s fine-tuning.'),
    })
    .prefault({})
    .describe('Random changes of the training images and masks.'),
  ...runSettings,
  report: z
    .strictObject({
      examples: z.int().min(0).max(100).default(8).describe('Test images shown with truth and prediction.'),
    })
    .prefault({})
    .describe('The HTML report.'),
});

/** A pre-training configuration with every default filled in. */
export interface PretrainConfig extends z.output<typeof pretrainSchema> {}

/** A segmentation configuration with every default filled in. */
export interface FinetuneConfig extends z.output<typeof finetuneSchema> {}
