import { bandNames, image, type JsonValue, type ModelCard, unknownName } from '@lulc/core';
import {
  type Decoder,
  type DenseNetwork,
  deepLabV3Plus,
  denseNetwork,
  resolveDeepLab,
  resolveUnet,
  unetDecoder,
} from '@lulc/core/segmentation';
import { loadEncoder } from './encoders.js';
import type { DecoderOptions, DenseNetworkOptions, EncoderFamily } from './options.js';

/** Family of segmenters and of pre-trained dense networks in model cards. */
export const denseFamily = 'segmenter';

/** A dense network that is ready to be built, as often as needed. */
export interface DensePlan {
  /** What its card will say; all options with their defaults. */
  readonly facts: Pick<ModelCard, 'family' | 'configuration' | 'bands' | 'inputSize'>;
  /** Whether its maps were resized with aligned corners, as what comes behind it should do too. */
  readonly alignCorners: boolean;
  /** Builds it with new weights; with a seed they are the same every time. */
  build(): DenseNetwork;
}

/** A decoder and all its options. */
interface ResolvedDecoder {
  readonly configuration: Readonly<Record<string, JsonValue>>;
  readonly alignCorners: boolean;
  readonly make: () => Decoder | undefined;
}

const decoders: {
  readonly [Name in DecoderOptions['name']]: (
    options: Omit<Extract<DecoderOptions, { name: Name }>, 'name'>,
  ) => ResolvedDecoder;
} = {
  deeplabv3plus: (options) => {
    const resolved = resolveDeepLab(options);
    const configuration = { ...resolved };
    return { configuration, alignCorners: resolved.alignCorners, make: () => deepLabV3Plus(resolved) };
  },
  unet: (options) => {
    const resolved = resolveUnet(options);
    return { configuration: { ...resolved }, alignCorners: false, make: () => unetDecoder(resolved) };
  },
  none: () => ({ configuration: {}, alignCorners: false, make: () => undefined }),
};

/** Names of the decoders. */
export const decoderNames = Object.keys(decoders) as readonly DecoderOptions['name'][];

/**
 * Loads the encoder's family and fills in all defaults, so that the network can be built without waiting: what
 * self-supervised methods need, which may build it twice.
 *
 * @param options encoder, decoder, bands, input size and seed
 * @throws LulcError `unknown-name` for a family or decoder that there is not, `incompatible` for K-Branch, and what the
 *   family's builder throws for its options
 * @example
 * ```ts
 * import { useEngine } from '@lulc/core';
 * import { planDenseNetwork } from '@lulc/model-zoo';
 *
 * await useEngine('auto');
 * const plan = await planDenseNetwork({ family: 'wrn-eca', decoder: { name: 'unet' }, bands: 4, inputSize: 32 });
 * console.log(plan.build().decoded.shape, plan.facts.bands); // [null, 32, 32, 32] [ 'band 1', … ]
 * ```
 */
export async function planDenseNetwork<Name extends EncoderFamily>(
  options: DenseNetworkOptions<Name>,
): Promise<DensePlan> {
  const { family, encoder, decoder = { name: 'deeplabv3plus' }, inputSize, seed } = options;
  const bands = bandNames(options.bands ?? 10);
  const network = (await loadEncoder(family))({ ...encoder }, inputSize);
  const { name, ...decoderOptions } = decoder;
  if (!Object.hasOwn(decoders, name)) throw unknownName('decoder', name, decoderNames, { option: 'decoder' });
  const resolve = decoders[name] as (options: object) => ResolvedDecoder;
  const { configuration, alignCorners, make } = resolve(decoderOptions);
  return {
    facts: {
      family: denseFamily,
      configuration: {
        encoder: { family, ...network.configuration },
        decoder: { name, ...configuration },
        ...(seed === undefined ? {} : { seed }),
      },
      bands,
      inputSize: network.inputSize,
    },
    alignCorners,
    build: () => {
      const input = image({ shape: [...network.inputSize, bands.length], seed });
      return denseNetwork(network.backbone(input, bands), make());
    },
  };
}

/**
 * Builds a backbone of any family with a decoder: a network up to its dense map, to segment with or to pre-train.
 *
 * @param options encoder, decoder, bands, input size and seed
 * @throws LulcError as {@link planDenseNetwork} does, and what the decoder throws where it does not fit the encoder
 * @example
 * ```ts
 * import { useEngine } from '@lulc/core';
 * import { buildDenseNetwork } from '@lulc/model-zoo';
 *
 * await useEngine('auto');
 * const network = await buildDenseNetwork({
 *   family: 'wrn-eca',
 *   decoder: { name: 'deeplabv3plus', width: 32, rates: [2, 4] },
 *   bands: 4,
 *   inputSize: 32,
 * });
 * console.log(network.encoded.shape, network.decoded.shape); // [null, 8, 8, 32] [null, 16, 16, 32]
 * ```
 */
export async function buildDenseNetwork<Name extends EncoderFamily>(
  options: DenseNetworkOptions<Name>,
): Promise<DenseNetwork> {
  return (await planDenseNetwork(options)).build();
}
