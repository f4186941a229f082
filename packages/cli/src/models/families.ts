import type { DenseNetDepth, ResNetDepth, VggDepth } from '@lulc/cnn-baselines';
import type { ClassificationTask } from '@lulc/core';
import { buildFamily, createModel, type FamilyName, type FamilyOptions, families, modelInfo } from '@lulc/model-zoo';
import type { VitSize } from '@lulc/vit-mlp-mixer';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { z } from 'zod';

/** What the data and the run say about a model, beside the options of its family. */
export interface ModelFacts {
  /** Band names in channel order. */
  readonly bands: readonly string[];
  /** Class names in output order. */
  readonly classes: readonly string[];
  /** What the labels mean. */
  readonly task: ClassificationTask;
  /** Seed of the weights. */
  readonly seed: number;
}

/** A family of models that a configuration file can name. */
export interface ModelFamily {
  /** One sentence. */
  readonly summary: string;
  /** Its options in a configuration file. */
  readonly options: z.ZodObject;
  /**
   * Builds an untrained model with its card. Loads the family only when it is called.
   *
   * @param options what {@link ModelFamily.options} accepts
   * @param facts bands, classes, task and seed
   */
  build(options: Readonly<Record<string, unknown>>, facts: ModelFacts): Promise<LayersModel>;
}

const inputSize = z
  .int()
  .min(8)
  .max(4096)
  .optional()
  .describe('Height and width of the input in pixels; images of another size are resized.');
const headDropout = z
  .number()
  .min(0)
  .lt(1)
  .default(0)
  .describe('Share of the pooled features dropped in training before the last layer.');

const sizeNames = ['B0', 'B1', 'B2', 'B3', 'B4', 'B5', 'B6', 'B7'] as const;

const variant = z
  .enum(['corrected', 'reference'])
  .default('corrected')
  .describe('corrected, or the published behaviour with its quirks, for published checkpoints.');

const ghost = z
  .union([z.boolean(), z.enum(['as-coded', 'intended', 'intended-activated'])])
  .default(false)
  .describe("Ghost convolutions in the blocks; true takes the variant's own form.");

const attention = z.enum(['none', 'eca', 'se', 'cbam', 'coord']).default('eca');

const epsilon = z.number().positive();

const whole = () => z.int().min(1).max(65_536).optional();

const share = () => z.number().min(0).lt(1);

const coefficients = {
  alpha: z.number().positive().optional().describe('Depth coefficient. Default: that of the preset.'),
  beta: z.number().positive().optional().describe('Width coefficient. Default: that of the preset.'),
  gamma: z.number().positive().optional().describe('Resolution coefficient. Default: that of the preset.'),
  phi: z.number().min(0).optional().describe('Common exponent of the coefficients. Default: that of the preset.'),
};

const preset = z.enum(sizeNames).default('B0').describe('Named size; coefficients given beside it win.');

const sizeOfPreset = inputSize.describe(
  'Height and width of the input in pixels, at least 8. Default: that of the preset.',
);

const size120 = inputSize.describe('Height and width of the input in pixels, at least 8. Default: 120.');

const wrnOptions = z.strictObject({
  preset,
  ...coefficients,
  depthRule: z
    .enum(['published', 'once'])
    .default('published')
    .describe('How alpha acts on the depth: twice as in the published code, or once.'),
  attention: attention.describe('Attention at the end of each residual branch.'),
  ghost,
  variant,
  inputSize: sizeOfPreset,
  dropout: share().default(0.1).describe('Share of values dropped in identity blocks.'),
  headDropout,
});

const scaledEfficientNetOptions = z.strictObject({
  preset,
  orientation: z
    .enum(['standard', 'swapped'])
    .default('standard')
    .describe("Which of a preset's factors scales what: depth and width as in EfficientNet, or swapped."),
  ...coefficients,
  attention: attention.describe('Attention inside each block.'),
  ghost,
  variant,
  inputSize: sizeOfPreset,
  dropout: share().default(0.1).describe('Share dropped at the end of residual branches.'),
  headDropout: headDropout.default(0.1),
});

const efficientNetOptions = z.strictObject({
  size: z.enum(sizeNames).default('B0').describe('Named size; width and depth given beside it win.'),
  width: z.number().positive().optional().describe('Factor of the channels. Default: that of the size.'),
  depth: z.number().positive().optional().describe('Factor of the blocks. Default: that of the size.'),
  variant,
  inputSize: size120,
  dropConnect: share().default(0.2).describe('Share of samples that the last residual branch is dropped for.'),
  padding: z
    .enum(['same', 'symmetric'])
    .default('same')
    .describe(
      "Zeros of convolutions with a stride: TensorFlow's way, or on both sides alike, as torchvision has them.",
    ),
  epsilon: epsilon.default(1e-3).describe('Added to the variance in batch norms.'),
  headDropout,
});

const resNetDepths = [18, 50, 101, 152] as const satisfies readonly ResNetDepth[];

const resNetOptions = z.strictObject({
  depth: z.literal(resNetDepths).default(50).describe('Number of layers with weights.'),
  style: z
    .enum(['keras', 'torchvision'])
    .default('keras')
    .describe('Layers as in the benchmark, or as in torchvision and timm, for weights from there.'),
  epsilon: epsilon.optional().describe('Added to the variance in batch norms. Default: that of the style.'),
  inputSize: size120,
  headDropout,
});

const denseNetDepths = [121, 169, 201] as const satisfies readonly DenseNetDepth[];

const denseNetOptions = z.strictObject({
  depth: z.literal(denseNetDepths).default(121).describe('Number of layers with weights.'),
  epsilon: epsilon.default(1.001e-5).describe('Added to the variance in batch norms.'),
  inputSize: inputSize.describe('Height and width of the input in pixels, at least 29. Default: 120.'),
  headDropout,
});

const vggDepths = [16, 19] as const satisfies readonly VggDepth[];

const vggOptions = z.strictObject({
  depth: z.literal(vggDepths).default(16).describe('Number of layers with weights in the paper.'),
  inputSize: inputSize.describe('Height and width of the input in pixels, at least 32. Default: 120.'),
  headDropout,
});

const kBranchOptions = z.strictObject({
  branches: z
    .literal([2, 3])
    .default(2)
    .describe('A branch each for bands at 10 and 20 m, or one for 60 m, too; one without bands is left out.'),
  native: z.boolean().default(true).describe('Each branch sees its bands on their native grid, or on that of 10 m.'),
  inputSize: size120,
  dropout: share().default(0.25).describe('Share dropped in training behind convolutions and behind the fusion.'),
  branchDropout: share().default(0.5).describe("Share dropped in training behind each branch's dense layer."),
  headDropout: headDropout.default(0.5),
});

const vitSizes = ['ViT/6', 'ViT/12', 'ViT/20', 'ViT/30', 'ViT/40', 'ViTM/20'] as const satisfies readonly VitSize[];

const vitOptions = z.strictObject({
  size: z.enum(vitSizes).default('ViT/20').describe('Named size; numbers given beside it win.'),
  patch: whole().describe("Height and width of a patch in pixels. Default: the size's."),
  width: whole().describe('Channels of a token. Default: 64.'),
  layers: whole().describe('Number of transformer layers. Default: 8.'),
  heads: whole().describe('Heads of each attention. Default: 4.'),
  keyDim: whole().describe('Channels of queries, keys and values in each head. Default: 64.'),
  mlpHidden: whole().describe('Hidden units of the perceptron in each layer. Default: 128.'),
  attentionDropout: share().default(0.1).describe('Share of attention dropped in training.'),
  mlpDropout: share().default(0.1).describe('Share dropped behind both dense layers of each perceptron in training.'),
  epsilon: epsilon.default(1e-6).describe('Added to the variance in layer norms.'),
  variant,
  pooling: z
    .enum(['flatten', 'mean'])
    .optional()
    .describe("What the head takes: all tokens side by side, or their mean. Default: the size's."),
  headMlp: z
    .array(z.int().min(1).max(65_536))
    .max(16)
    .optional()
    .describe("Units of the dense layers between the pooled tokens and the last layer. Default: the size's."),
  inputSize: inputSize.describe('Height and width of the input in pixels, at least one patch. Default: 120.'),
  headDropout: share().optional().describe("Share dropped before every dense layer of the head. Default: the size's."),
});

const mixerOptions = z.strictObject({
  size: z.enum(['base', 'tiny']).default('base').describe('Named size; numbers given beside it win.'),
  blocks: whole().describe("Number of mixer blocks. Default: the size's."),
  width: whole().describe("Channels of a token. Default: the size's."),
  tokenHidden: whole().describe("Hidden units of the perceptrons over the tokens. Default: the size's."),
  channelHidden: whole().describe("Hidden units of the perceptrons over the channels. Default: the size's."),
  patch: whole().describe('Height and width of a patch in pixels. Default: 12.'),
  epsilon: epsilon.default(1e-3).describe('Added to the variance in layer norms.'),
  variant,
  inputSize: size120,
  headDropout,
});

const zooOptions = z.strictObject({
  name: z
    .string()
    .check(({ value, issues }) => {
      try {
        modelInfo(value);
      } catch (error) {
        issues.push({ code: 'custom', input: value, message: error instanceof Error ? error.message : String(error) });
      }
    })
    .describe('A name of `lulc models list`, in any spelling.'),
  variant,
  inputSize: inputSize.describe("Height and width of the input in pixels. Default: the model's own."),
  headDropout: share()
    .optional()
    .describe("Share of the pooled features dropped in training before the last layer. Default: the model's own."),
});

const plainCnnOptions = z.strictObject({
  widths: z
    .array(z.int().min(1).max(4096))
    .min(1)
    .max(8)
    .default([32, 64, 128])
    .describe('Channels of each stage of two 3x3 convolutions; every stage halves the image.'),
  inputSize: inputSize.describe('Height and width of the input in pixels, at least 8. Default: 60.'),
  headDropout,
});

/** A family of the zoo as one of the configuration. */
function zooFamily<Name extends FamilyName, Options extends z.ZodObject>(name: Name, options: Options) {
  return {
    summary: families[name].summary,
    options,
    build: async (given, facts) => buildFamily(name, { ...options.parse(given), ...facts } as FamilyOptions[Name]),
  } as const satisfies ModelFamily;
}

/**
 * The families that a configuration file can name. A table: commands, configuration and documentation are all driven by it.
 */
export const modelFamilies = {
  'wrn-eca': zooFamily('wrn-eca', wrnOptions),
  'scaled-efficientnet': zooFamily('scaled-efficientnet', scaledEfficientNetOptions),
  efficientnet: zooFamily('efficientnet', efficientNetOptions),
  densenet: zooFamily('densenet', denseNetOptions),
  resnet: zooFamily('resnet', resNetOptions),
  vgg: zooFamily('vgg', vggOptions),
  'k-branch': zooFamily('k-branch', kBranchOptions),
  vit: zooFamily('vit', vitOptions),
  'mlp-mixer': zooFamily('mlp-mixer', mixerOptions),
  'plain-cnn': {
    summary: 'A plain convolution-and-pooling network without residuals or attention: the baseline to compare with.',
    options: plainCnnOptions,
    build: async (options, facts) => {
      const { plainCnn } = await import('./plainCnn.js');
      return plainCnn({ ...plainCnnOptions.parse(options), ...facts });
    },
  },
  zoo: {
    summary: 'A model of the zoo by name, see [the models](models.md).',
    options: zooOptions,
    build: async (options, facts) => {
      const { name, ...overrides } = zooOptions.parse(options);
      return createModel(name, { ...overrides, ...facts });
    },
  },
} as const satisfies Readonly<Record<string, ModelFamily>>;

/** Name of a family. */
export type ModelFamilyName = keyof typeof modelFamilies;

/** The names, in the order of the table. */
export const modelFamilyNames = Object.keys(modelFamilies) as ModelFamilyName[];
