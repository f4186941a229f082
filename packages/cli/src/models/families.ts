import type { ResNetDepth } from '@lulc/cnn-baselines';
import type { ClassificationTask } from '@lulc/core';
import type { WrnPreset } from '@lulc/wrn-eca';
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

/** A ready-made choice of a family's options. */
export interface ModelPreset {
  /** What it is called in `lulc models`, e.g. `wrn-eca-b0`. */
  readonly name: string;
  /** The options it stands for. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** A family of models that a configuration file can name. */
export interface ModelFamily {
  /** One sentence. */
  readonly summary: string;
  /** Its options in a configuration file. */
  readonly options: z.ZodObject;
  /** Ready-made choices, smallest first. */
  readonly presets: readonly ModelPreset[];
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

const wrnPresetNames = ['B0', 'B1', 'B2', 'B3', 'B4', 'B5', 'B6', 'B7'] as const satisfies readonly WrnPreset[];

const wrnOptions = z.strictObject({
  preset: z.enum(wrnPresetNames).default('B0').describe('Named size; coefficients given beside it win.'),
  alpha: z.number().positive().optional().describe('Depth coefficient. Default: that of the preset.'),
  beta: z.number().positive().optional().describe('Width coefficient. Default: that of the preset.'),
  gamma: z.number().positive().optional().describe('Resolution coefficient. Default: that of the preset.'),
  phi: z.number().min(0).optional().describe('Common exponent of the coefficients. Default: that of the preset.'),
  depthRule: z
    .enum(['published', 'once'])
    .default('published')
    .describe('How alpha acts on the depth: twice as in the published code, or once.'),
  attention: z
    .enum(['none', 'eca', 'se', 'cbam', 'coord'])
    .default('eca')
    .describe('Attention at the end of each residual branch.'),
  ghost: z
    .union([z.boolean(), z.enum(['as-coded', 'intended', 'intended-activated'])])
    .default(false)
    .describe("Ghost convolutions in the blocks; true takes the variant's own form."),
  variant: z
    .enum(['corrected', 'reference'])
    .default('corrected')
    .describe('corrected, or the published behaviour with its quirks, for published checkpoints.'),
  inputSize: inputSize.describe('Height and width of the input in pixels, at least 8. Default: that of the preset.'),
  dropout: z.number().min(0).lt(1).default(0.1).describe('Share of values dropped in identity blocks.'),
  headDropout,
});

const resNetDepths = [18, 50, 101, 152] as const satisfies readonly ResNetDepth[];

const resNetOptions = z.strictObject({
  depth: z.literal(resNetDepths).default(50).describe('Number of layers with weights.'),
  epsilon: z.number().positive().default(1.001e-5).describe('Added to the variance in batch norms.'),
  inputSize: inputSize.describe('Height and width of the input in pixels, at least 8. Default: 120.'),
  headDropout,
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

/**
 * The families that a configuration file can name. A table: commands, configuration, documentation and the list of
 * models are all driven by it.
 */
export const modelFamilies = {
  'wrn-eca': {
    summary: 'Scaled wide residual networks with efficient channel attention.',
    options: wrnOptions,
    presets: wrnPresetNames.map((preset) => ({ name: `wrn-eca-${preset.toLowerCase()}`, options: { preset } })),
    build: async (options, facts) => {
      const { scaledWRN } = await import('@lulc/wrn-eca');
      return scaledWRN({ ...wrnOptions.parse(options), ...facts });
    },
  },
  resnet: {
    summary: 'Residual networks, as the benchmark has them.',
    options: resNetOptions,
    presets: resNetDepths.map((depth) => ({ name: `resnet${depth}`, options: { depth } })),
    build: async (options, facts) => {
      const { resNet } = await import('@lulc/cnn-baselines');
      return resNet({ ...resNetOptions.parse(options), ...facts });
    },
  },
  'plain-cnn': {
    summary: 'A plain convolution-and-pooling network without residuals or attention: the baseline to compare with.',
    options: plainCnnOptions,
    presets: [{ name: 'plain-cnn', options: {} }],
    build: async (options, facts) => {
      const { plainCnn } = await import('./plainCnn.js');
      return plainCnn({ ...plainCnnOptions.parse(options), ...facts });
    },
  },
} as const satisfies Readonly<Record<string, ModelFamily>>;

/** Name of a family. */
export type ModelFamilyName = keyof typeof modelFamilies;

/** The names, in the order of the table. */
export const modelFamilyNames = Object.keys(modelFamilies) as ModelFamilyName[];
