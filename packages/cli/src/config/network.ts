import { z } from 'zod';
import { type ModelFamilyName, modelFamilies } from '../models/families.js';
import { share } from './basics.js';

/** Families that give a dense network its features. */
export const encoderNames = [
  'resnet',
  'wrn-eca',
  'scaled-efficientnet',
  'efficientnet',
  'densenet',
  'vgg',
  'vit',
  'mlp-mixer',
] as const satisfies readonly ModelFamilyName[];

/** Name of a family of encoders. */
export type EncoderName = (typeof encoderNames)[number];

const width = () => z.int().min(1).max(65_536).optional();
const dropped = () => z.number().min(0).lt(1).optional();

const outputStride = z
  .literal([8, 16, 32])
  .default(32)
  .describe('Input pixels per pixel of the last map; below 32 strides become dilations.');

const encoders = encoderNames.map((name) => {
  const { headDropout: _, inputSize: __, ...own } = modelFamilies[name].options.shape as z.core.$ZodShape;
  return z.strictObject({
    family: z.literal(name).describe(modelFamilies[name].summary),
    ...own,
    ...(name === 'resnet' ? { outputStride } : {}),
  });
});

const decoders = z.discriminatedUnion('name', [
  z.strictObject({
    name: z.literal('deeplabv3plus').describe('Atrous spatial pyramid pooling and one low-level map.'),
    width: width().describe('Channels of the context and of the dense map. Default: 256.'),
    lowLevelWidth: width().describe('Channels of the low-level map. Default: 48 of 256.'),
    decoderWidth: width().describe('Channels of the dense map. Default: width.'),
    rates: z
      .array(z.int().min(1).max(4096))
      .min(1)
      .max(16)
      .optional()
      .describe('Spacing of the taps of the dilated convolutions. Default: [6, 12, 18].'),
    encodedDropout: dropped().describe('Share of the context dropped in training. Default: 0.'),
    decodedDropout: z
      .tuple([share(), share()])
      .optional()
      .describe("Shares dropped behind the decoder's two convolutions in training. Default: [0, 0]."),
  }),
  z.strictObject({
    name: z.literal('unet').describe('From level to level up, joining the maps of the encoder.'),
    widths: z
      .array(z.int().min(1).max(65_536))
      .min(1)
      .max(16)
      .optional()
      .describe('Channels of each level, finest first. Default: 32, twice as many at each coarser level, at most 256.'),
    resolution: z
      .enum(['finest', 'input'])
      .optional()
      .describe("The finest level: that of the encoder's finest map, or of the image. Default: finest."),
    upsampling: z.enum(['bilinear', 'transposed']).optional().describe('How maps are made larger. Default: bilinear.'),
    norm: z.enum(['batch', 'instance']).optional().describe('Normalisation of its maps. Default: batch.'),
    activation: z.enum(['relu', 'leaky-relu']).optional().describe('What follows each normalisation. Default: relu.'),
    bias: z.boolean().optional().describe('Whether convolutions have a bias. Default: false.'),
    decodedDropout: dropped().describe('Share dropped behind the last convolution in training. Default: 0.'),
  }),
]);

/** The network of pre-training and segmentation. */
export const network = z
  .strictObject({
    encoder: z
      .discriminatedUnion('family', encoders as unknown as readonly [EncoderSection, ...EncoderSection[]])
      .prefault({ family: 'resnet' })
      .describe('What makes features of an image. The options depend on the family.'),
    decoder: z
      .union([z.enum(['deeplabv3plus', 'unet']), decoders])
      .default('deeplabv3plus')
      .describe(
        'What makes a dense map of the features: a name, which stands for its defaults, or a name with options.',
      ),
    inputSize: z.int().min(8).max(4096).default(224).describe('Height and width of the input in pixels.'),
  })
  .prefault({})
  .describe('Which network.');

/** The settings of one family of encoders, whichever. */
type EncoderSection = {
  [Name in EncoderName]: (typeof modelFamilies)[Name]['options'] extends z.ZodObject<infer Shape>
    ? z.ZodObject<Omit<Shape, 'headDropout' | 'inputSize'> & { family: z.ZodLiteral<Name> }, z.core.$strict>
    : never;
}[EncoderName];
