import type { DatasetFormat } from '@lulc/sentinel2-data/node';
import { z } from 'zod';
import { type ModelFamilyName, modelFamilies, modelFamilyNames } from '../models/families.js';
import { bandChoice, count, reading, resampling, runSettings, scaling, share, splits, text } from './basics.js';
import { checkpointSettings, selectionSettings, stepSettings } from './loop.js';

const formats = [
  'bigearthnet-v1',
  'bigearthnet-v2',
  'eurosat-rgb',
  'eurosat-ms',
  'sen12ms',
  'folder',
  'table',
] as const satisfies readonly DatasetFormat[];
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
    scaling,
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
    ...reading,
  })
  .describe('What is trained and evaluated on.');

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
    ...stepSettings,
    loss: z
      .union([z.enum(['bce', 'focal', 'softmax-cross-entropy']), losses])
      .optional()
      .describe('Default by task: bce or softmax-cross-entropy.'),
    ...selectionSettings,
    threshold: share().default(0.5).describe('Multi-label: probabilities at or above it are positive.'),
    zeroSupport: z
      .enum(['as-zero', 'exclude'])
      .default('as-zero')
      .describe('How classes without a positive sample enter macro means.'),
    ...checkpointSettings,
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
    from: text().describe(
      'Folder, file or address of the pre-trained model. Its card must name its bands. Of a model of lulc pretrain or lulc finetune the encoder is taken.',
    ),
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
  ...runSettings,
  report: z
    .strictObject({
      examples: z.int().min(0).max(100).default(12).describe('Test images shown with Grad-CAM.'),
    })
    .prefault({})
    .describe('The HTML report.'),
});
