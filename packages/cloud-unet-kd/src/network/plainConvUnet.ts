import { createCard, image, writeCard } from '@lulc/core';
import { denseNetwork, resolveUnet, segmenter, type UnetOptions, unetDecoder } from '@lulc/core/segmentation';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Plan } from '../plan/plan.js';
import { type PlainConvUnetOptions, type ResolvedPlainConvUnet, resolvePlainConvUnet } from './options.js';
import { plainConvEncoder } from './plainConvEncoder.js';

/**
 * Builds nnU-Net's PlainConvUNet with random weights and a card (family `segmenter`): {@link plainConvEncoder}, core's
 * `unetDecoder` of the same widths, and a 1×1 head. Input `[B, H, W, bands]` float32, normalised; output the classes'
 * probabilities for every pixel, `[B, H, W, classes]`. Deep supervision is the trainer's: see `deepSupervisionHeads`.
 *
 * @param options widths, bands, classes, input size, style and seed; all optional
 * @throws LulcError `invalid-argument` or `unknown-name` for an option out of range, or an input size that the strides do
 *   not divide
 * @example
 * ```ts
 * import { plainConvUnet } from '@lulc/cloud-unet-kd';
 * import { useEngine } from '@lulc/core';
 *
 * await useEngine('auto');
 * const model = plainConvUnet({ widths: [8, 16, 32], inputSize: 64, seed: 1 });
 * console.log(model.outputs[0].shape, model.countParams()); // [null, 64, 64, 2] 29866
 * ```
 */
export function plainConvUnet(options: PlainConvUnetOptions = {}): LayersModel {
  const resolved = resolvePlainConvUnet(options);
  const { encoder, bands, classes, inputSize, outputBias } = resolved;
  const { seed } = options;
  const decoder = resolveUnet(decoderOf(resolved));
  const card = createCard({
    family: 'segmenter',
    configuration: {
      encoder: { family: 'plain-conv', ...encoder },
      decoder: { name: 'unet', ...decoder },
      ...(seed === undefined ? {} : { seed }),
      headDropout: 0,
      headBias: outputBias,
    },
    task: 'segmentation',
    classes,
    bands,
    inputSize,
  });
  const input = image({ shape: [...inputSize, bands.length], seed });
  const network = denseNetwork(plainConvEncoder(input, encoder), unetDecoder(decoder));
  const model = segmenter(network, { classes: classes.length, bias: outputBias, alignCorners: false });
  writeCard(model, card);
  return model;
}

function decoderOf({ encoder, upsampling, outputBias }: ResolvedPlainConvUnet): UnetOptions {
  const { widths, kernels, strides: _, padding: __, ...style } = encoder;
  return {
    ...style,
    widths: widths.slice(0, -1),
    kernels: kernels.slice(0, -1),
    upsampling,
    upsamplingBias: outputBias,
  };
}

/** What of a network a plan leaves open. */
export type PlanNetworkOptions = Pick<PlainConvUnetOptions, 'seed' | 'norm' | 'activation' | 'padding' | 'upsampling'>;

/**
 * The options with which {@link plainConvUnet} makes the network of a plan, to count or to change it.
 *
 * @param plan see `planFor`
 * @param options what the plan leaves open; default nnU-Net's
 */
export function networkOptions(plan: Plan, options: PlanNetworkOptions = {}): PlainConvUnetOptions {
  const { widths, strides, kernels, patchSize, bands, classes, version } = plan;
  return { widths, strides, kernels, inputSize: patchSize, bands, classes, version, ...options };
}

/**
 * Builds the network of a plan.
 *
 * @param plan see `planFor`
 * @param options what the plan leaves open; default nnU-Net's, with random weights
 * @throws LulcError as {@link plainConvUnet} does
 * @example
 * ```ts
 * // not run: needs a plan
 * import { type Plan, unetForPlan } from '@lulc/cloud-unet-kd';
 *
 * const build = (plan: Plan) => unetForPlan(plan, { seed: 1 });
 * ```
 */
export function unetForPlan(plan: Plan, options: PlanNetworkOptions = {}): LayersModel {
  return plainConvUnet(networkOptions(plan, options));
}
