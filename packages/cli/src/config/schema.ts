import type { DatasetFormat } from '@lulc/sentinel2-data/node';
import { z } from 'zod';
import { type ModelFamilyName, modelFamilies, modelFamilyNames } from '../models/families.js';

const text = (maximum = 4096) => z.string().min(1).max(maximum);
const count = () => z.int().min(1).max(1e9);
const share = () => z.number().min(0).max(1);
const formats = [
  'bigearthnet-v1',
  'bigearthnet-v2',
  'eurosat-rgb',
  'eurosat-ms',
  'sen12ms',
  'folder',
  'table',
] as const satisfies readonly DatasetFormat[];
const resampling = z.enum(['bicubic', 'bilinear', 'nearest']);
const bandChoice = z.union([text(), z.array(text()).min(1).max(1000)]);

const splits = z
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

const table = z
  .strictObject({
    file: text().optional().describe('The CSV, relative to the dataset. Default: the only .csv there.'),
    pathColumn: text()
      .optional()
      .describe('Column that names the image. Default: the first of path, file, filename, image, tile, patch, id.'),
    pathPattern: text()
      .optional()
      .describe("How a path is made of that column, {} stands for its value: 'images/{}.tif'. Default: tried out."),
    labels: z
      .union([text(), z.array(text()).min(1).max(10_000)])
      .optional()
      .describe('The label column, or a list of columns that hold 0 and 1, one per class. Default: found by looking.'),
    classes: z
      .array(text())
      .min(1)
      .max(10_000)
      .optional()
      .describe('Class names in index order. Default: the label columns, or the sorted labels of the file.'),
    task: z
      .enum(['multi-label', 'single-label'])
      .optional()
      .describe('Default: multi-label for one column per class, else single-label.'),
    splitColumn: text().optional().describe('Column that says which part a row belongs to. Default: split.'),
    groupColumn: text().optional().describe('Column of a location group. Default: group.'),
    ignore: z
      .record(text(), z.array(z.string().max(4096)))
      .optional()
      .describe('Rows to leave out: column → values.'),
  })
  .describe('How the CSV of a table dataset is read.');

const sen12ms = z
  .strictObject({
    scheme: z.enum(['simplified', 'igbp']).default('simplified').describe('Ten classes, or all 17 of the IGBP.'),
    task: z
      .enum(['multi-label', 'single-label'])
      .default('multi-label')
      .describe('Every class with enough pixels, or the one with most.'),
    threshold: z
      .number()
      .positive()
      .max(1)
      .default(0.1)
      .describe('Share of the pixels from which a class counts as a label.'),
  })
  .describe('How the land cover of SEN12MS becomes labels.');

const scalingStatistics = z.strictObject({
  name: text().describe('Where the numbers come from.'),
  mean: z.array(z.number()).min(1).describe('Mean of each band in native units, in channel order.'),
  std: z.array(z.number().positive()).min(1).describe('Standard deviation of each band.'),
});

const data = z
  .strictObject({
    path: text().describe('Folder of the dataset; relative to the working directory.'),
    format: z.enum(formats).optional().describe('Its layout. Default: found by looking.'),
    splits,
    bands: bandChoice
      .optional()
      .describe(
        'Bands in channel order, or the name of a published order (rgb, rgbn, bigearthnet-s2 …). Default: that of the format.',
      ),
    storedBands: bandChoice
      .optional()
      .describe('Names of the channels as stored, for folder and table. Default: band1, band2 …'),
    nomenclature: z
      .union([z.literal(19), z.literal(43)])
      .default(19)
      .describe('Label scheme of BigEarthNet.'),
    table: table.optional(),
    sen12ms: sen12ms.optional(),
    scaling: z
      .union([text(), scalingStatistics])
      .default('auto')
      .describe(
        'Statistics by which bands are scaled: auto (those recommended for the dataset, else measured on the training part), compute (always measured), the name of a published record (bigearthnet-v1, sen12ms, eurosat-rgb), or numbers.',
      ),
    resample: resampling.default('bicubic').describe('How coarser bands are brought to the finest grid.'),
    resize: resampling.default('bicubic').describe("How images are brought to the model's input size."),
    imageSize: z
      .union([z.literal('any'), z.tuple([count(), count()])])
      .optional()
      .describe(
        '[height, width] that images of a folder, a table or sen12ms must have, or any. Default: that of the first; 256 x 256 for sen12ms.',
      ),
    onBroken: z
      .enum(['error', 'skip'])
      .default('error')
      .describe('Files that cannot be read: stop, or leave them out, count and list them.'),
    splitFractions: z
      .strictObject({
        train: share().describe('Share of the training part.'),
        val: share().describe('Share of the validation part.'),
        test: share().describe('Share of the test part.'),
        seed: z.int().min(0).default(0).describe('Seed of the drawing.'),
      })
      .optional()
      .describe('How a dataset without a split of its own is parted, stratified by class. Default: 0.7, 0.15, 0.15.'),
    fraction: z
      .number()
      .positive()
      .max(1)
      .default(1)
      .describe('Share of the training part that is used, stratified by class: training with few labels.'),
    fractionSeed: z.int().min(0).max(0xffffffff).default(0).describe('Seed of the choice of that share.'),
    limit: z
      .strictObject({
        train: count().optional().describe('Most samples of the training part.'),
        validation: count().optional().describe('Most samples of the validation part.'),
        test: count().optional().describe('Most samples of the test part.'),
      })
      .prefault({})
      .describe('Use only so many samples, evenly spread over the list, for short trials. Default: all.'),
    workers: z
      .int()
      .min(0)
      .max(256)
      .optional()
      .describe('Threads that read and augment; 0: none. Default: cores - 1, 1 to 4.'),
    cacheBytes: z
      .int()
      .min(0)
      .max(1e13)
      .optional()
      .describe('Memory for decoded samples. Default: 536870912 (512 MiB).'),
  })
  .describe('What is trained and evaluated on.');

const decayOn = z
  .enum(['weights', 'all'])
  .optional()
  .describe('Which variables decay: weights (no biases, no normalisation) or all. Default: weights.');
const weightDecay = z.number().min(0).optional();
const adamMoments = {
  beta1: share().optional().describe('Decay of the mean of the gradient. Default: 0.9.'),
  beta2: share().optional().describe('Decay of its mean square. Default: 0.999.'),
  epsilon: z.number().positive().optional().describe('Added to the root. Default: 1e-7.'),
};
const optimizers = z.discriminatedUnion('name', [
  z.strictObject({
    name: z.literal('adamw').describe('Adam with decoupled weight decay.'),
    ...adamMoments,
    weightDecay: weightDecay.describe('Decoupled decay. Default: 0.01.'),
    decayOn,
  }),
  z.strictObject({
    name: z.literal('adam').describe('Adam.'),
    ...adamMoments,
    weightDecay: weightDecay.describe('L2 term added to the gradient. Default: 0.'),
    decayOn,
  }),
  z.strictObject({
    name: z.literal('sgd').describe('Stochastic gradient descent.'),
    momentum: z.number().min(0).lt(1).optional().describe('Default: 0.'),
    nesterov: z.boolean().optional().describe('Looks ahead. Default: false.'),
    weightDecay: weightDecay.describe('L2 term added to the gradient. Default: 0.'),
    decayOn,
  }),
]);

const warmup = {
  warmup: z.number().min(0).optional().describe('Epochs of linear warm-up; fractions allowed. Default: 0.'),
  warmupFrom: share().optional().describe('Share of the base rate at the start of the warm-up. Default: 0.'),
  per: z.enum(['step', 'epoch']).optional().describe('Whether the rate changes at every step or epoch. Default: step.'),
};
const schedules = z.discriminatedUnion('name', [
  z.strictObject({
    name: z.literal('cosine').describe('Half a cosine down to the floor.'),
    floor: z.number().min(0).optional().describe('Learning rate at the end. Default: 0.'),
    ...warmup,
  }),
  z.strictObject({ name: z.literal('constant').describe('The base rate throughout.'), ...warmup }),
  z.strictObject({
    name: z.literal('step').describe('A drop every so many epochs.'),
    every: z.number().positive().describe('Epochs between drops.'),
    factor: z.number().positive().optional().describe('Factor of each drop. Default: 0.1.'),
    ...warmup,
  }),
  z.strictObject({
    name: z.literal('poly').describe('A power of what is left of the run.'),
    power: z.number().positive().optional().describe('Exponent. Default: 0.9.'),
    ...warmup,
  }),
  z.strictObject({
    name: z.literal('exponential').describe('A factor per epoch.'),
    gamma: z.number().positive().describe('Factor per epoch.'),
    ...warmup,
  }),
]);

const classWeights = z
  .array(z.number().min(0))
  .optional()
  .describe('Factor per class, in class order. Default: all 1.');
const labelSmoothing = z.number().min(0).lt(1).optional();
const losses = z.discriminatedUnion('name', [
  z.strictObject({
    name: z.literal('bce').describe('Binary cross-entropy, the default of multi-label data.'),
    labelSmoothing: labelSmoothing.describe('Targets become y(1 - s) + s/2. Default: 0.'),
    classWeights,
  }),
  z.strictObject({
    name: z.literal('focal').describe('Focal loss, for multi-label data.'),
    alpha: share().optional().describe('Weight of positives. Default: 0.25.'),
    gamma: z.number().min(0).optional().describe('Exponent that turns down easy examples. Default: 2.'),
    classWeights,
  }),
  z.strictObject({
    name: z.literal('softmax-cross-entropy').describe('The default of single-label data.'),
    labelSmoothing: labelSmoothing.describe('Targets become y(1 - s) + s/classes. Default: 0.'),
    classWeights,
  }),
]);

const training = z
  .strictObject({
    epochs: count().default(30).describe('Passes over the training part.'),
    batchSize: count().default(64).describe('Samples per batch.'),
    learningRate: z.number().positive().default(1e-3).describe('Base learning rate.'),
    optimizer: z
      .union([z.enum(['adamw', 'sgd', 'adam']), optimizers])
      .default('adamw')
      .describe('A name, which stands for its defaults, or a name with options.'),
    schedule: z
      .union([z.enum(['cosine', 'constant', 'poly']), schedules])
      .default('cosine')
      .describe('How the learning rate falls: a name, or a name with options.'),
    loss: z
      .union([z.enum(['bce', 'focal', 'softmax-cross-entropy']), losses])
      .optional()
      .describe('Default by task: bce or softmax-cross-entropy.'),
    accumulate: count().default(1).describe('Batches whose gradients are averaged into one step.'),
    clip: z
      .strictObject({
        globalNorm: z.number().positive().optional().describe('Largest norm of the whole gradient.'),
        value: z.number().positive().optional().describe('Largest magnitude of a gradient element.'),
      })
      .optional()
      .describe('Bounds of the gradient. Default: none.'),
    ema: z
      .strictObject({
        decay: z.number().min(0).lt(1).describe('Share of the old average kept at each step; typical 0.99 to 0.9999.'),
        warmup: z.boolean().optional().describe('Smaller decay in the first steps. Default: true.'),
      })
      .optional()
      .describe('Moving average of the weights, which is then what is evaluated and saved. Default: none.'),
    validateEvery: count().default(1).describe('Epochs between validations.'),
    monitor: z
      .strictObject({
        metric: text().describe('A validation metric (loss, accuracy, macroF1, microF1 …) or trainLoss.'),
        mode: z.enum(['min', 'max']).describe('Whether lower or higher is better.'),
      })
      .optional()
      .describe('Which metric names the best epoch. Default by task: microF1 or accuracy.'),
    earlyStopping: z
      .strictObject({
        patience: count().describe('Validations without improvement after which training stops.'),
        minDelta: z.number().min(0).optional().describe('Smallest improvement that counts. Default: 0.'),
      })
      .optional()
      .describe('Default: all epochs are trained.'),
    layerDecay: z
      .number()
      .positive()
      .max(1)
      .default(1)
      .describe(
        'Factor on the learning rate from each block to the one before it, for fine-tuning; typical 0.65 to 0.9.',
      ),
    layerRates: z
      .record(text(), z.number().min(0).max(1e6))
      .optional()
      .describe(
        'Further factors on the learning rate by layer path or pattern, e.g. { head: 10 }; the last that fits counts.',
      ),
    restoreBest: z.boolean().default(true).describe('Keep the weights of the best validated epoch, not of the last.'),
    threshold: share().default(0.5).describe('Multi-label: probabilities at or above it are positive.'),
    zeroSupport: z
      .enum(['as-zero', 'exclude'])
      .default('as-zero')
      .describe('How classes without a positive sample enter macro means.'),
    checkpoints: z
      .strictObject({
        everySteps: count().optional().describe('Optimiser steps between checkpoints. Default: only at epochs.'),
        everyEpochs: count().default(1).describe('Epochs between checkpoints.'),
        keepLast: count().default(2).describe('How many of the newest are kept.'),
      })
      .prefault({})
      .describe('Checkpoints, from which --resume goes on.'),
  })
  .prefault({})
  .describe('How it is trained.');

const augmentation = z
  .strictObject({
    horizontalFlip: z.boolean().default(true).describe('Mirror left-right with probability 1/2.'),
    verticalFlip: z.boolean().default(true).describe('Mirror up-down with probability 1/2.'),
    rot90: z.boolean().default(true).describe('Turn by 0, 90, 180 or 270 degrees.'),
    shift: z.int().min(0).max(4096).default(0).describe('Shift by up to so many pixels; edges are mirrored.'),
    crop: z
      .tuple([count(), count()])
      .optional()
      .describe('Cut a random window of [height, width] pixels. Default: none.'),
    brightness: share().default(0).describe('Common gain of all bands, uniform in 1 ± brightness.'),
    bandGain: share().default(0).describe('Gain of each band by itself, uniform in 1 ± bandGain.'),
    bandOffset: z
      .number()
      .min(0)
      .default(0)
      .describe('Offset of each band by itself, uniform in ± bandOffset native units.'),
  })
  .prefault({})
  .describe('Random changes of the training images.');

const families = modelFamilyNames.map((name) =>
  modelFamilies[name].options.extend({
    family: z.literal(name).describe(modelFamilies[name].summary),
  }),
);

const model = z
  .discriminatedUnion('family', families as unknown as readonly [ModelSection, ...ModelSection[]])
  .prefault({ family: 'wrn-eca' })
  .describe('Which network. The options depend on the family.');

/** The settings of one family, whichever. */
type ModelSection = {
  [Name in ModelFamilyName]: (typeof modelFamilies)[Name]['options'] extends z.ZodObject<infer Shape>
    ? z.ZodObject<Shape & { family: z.ZodLiteral<Name> }, z.core.$strict>
    : never;
}[ModelFamilyName];

const transfer = z
  .strictObject({
    from: text().describe('Folder, file or address of the pre-trained model. Its card must name its bands.'),
    head: z
      .enum(['replace', 'keep'])
      .default('replace')
      .describe('A new last layer for the classes of the data, or the old one, for the same classes.'),
    headDropout: z
      .number()
      .min(0)
      .lt(1)
      .optional()
      .describe('Share of the features dropped in training before a new last layer. Default: that of the model.'),
    bands: z
      .enum(['average', 'zero', 'nearest'])
      .default('average')
      .describe('What the first layer starts from for bands that the model does not know; others are copied by name.'),
    rescaleBands: z
      .boolean()
      .default(true)
      .describe('Keep the magnitude of what the first layer gives when the number of bands changes.'),
    inputSize: z
      .int()
      .min(8)
      .max(4096)
      .optional()
      .describe('Height and width of the input in pixels. Default: that of the model.'),
    freeze: z
      .union([
        text(),
        z.array(text()).min(1).max(1000),
        z.strictObject({
          until: text().describe('Path of the first layers that are trained; all before them are not.'),
        }),
      ])
      .optional()
      .describe('Layers that are not trained: a path (stage1), a pattern (stage*/block1), or a list. Default: none.'),
  })
  .nullable()
  .optional()
  .describe(
    'Fine-tuning: the network and the weights of a pre-trained model take the place of the model section, which must then be left out. null: none.',
  );

/** Names that `engine` accepts. */
export const engineChoices = ['auto', 'torch', 'tensorflow', 'wasm', 'cpu'] as const;

/**
 * Everything a training run can be told: the layout of the configuration file, its ranges, defaults and documentation.
 * Unknown keys are refused.
 */
export const configSchema = z.strictObject({
  data,
  model,
  transfer,
  training,
  augmentation,
  seed: z.int().min(0).max(0xffffffff).default(42).describe('Seed of weights, order, augmentation and dropout.'),
  engine: z.enum(engineChoices).default('auto').describe('What computes; auto takes the best there is.'),
  output: text()
    .optional()
    .describe('Run folder; relative to the working directory. Default: runs/ and the name of the configuration file.'),
  report: z
    .strictObject({
      examples: z.int().min(0).max(100).default(12).describe('Test images shown with Grad-CAM.'),
    })
    .prefault({})
    .describe('The HTML report.'),
});
