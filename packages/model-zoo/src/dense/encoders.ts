import { type Backbone, type JsonValue, LulcError, type ModelOptions, type Sym, unknownName } from '@lulc/core';
import { type FamilyName, families, familyNames } from '../zoo/families.js';
import type { EncoderFamily } from './options.js';

/** An encoder and all its options. */
export interface ResolvedEncoder {
  /** Height and width of the input in pixels. */
  readonly inputSize: readonly [number, number];
  /** The family's own options with all defaults filled in. */
  readonly configuration: { readonly [option: string]: JsonValue };
  /** The graph. */
  backbone(input: Sym<4>, bands: readonly string[]): Backbone;
}

type Resolve = (options: object, inputSize: number | readonly [number, number] | undefined) => ResolvedEncoder;

/** Encoders that are no classifiers' networks: their names and what loads them. */
const ownEncoders: Readonly<Record<Exclude<EncoderFamily, FamilyName>, () => Promise<Resolve>>> = {
  'plain-conv': async () => {
    const { plainConvEncoder, resolvePlainConv } = await import('@lulc/cloud-unet-kd');
    return (options, inputSize = 256) => {
      const configuration = resolvePlainConv(options);
      return {
        inputSize: typeof inputSize === 'number' ? [inputSize, inputSize] : inputSize,
        configuration: { ...configuration },
        backbone: (input) => plainConvEncoder(input, configuration),
      };
    };
  },
};

/** Names of all encoders. */
export const encoderNames: readonly EncoderFamily[] = [
  ...familyNames.filter((name): name is Exclude<FamilyName, 'k-branch'> => families[name].loadEncoder !== undefined),
  ...(Object.keys(ownEncoders) as (keyof typeof ownEncoders)[]),
];

/**
 * Loads a family of encoders.
 *
 * @param name a family
 * @returns what fills in its options' defaults
 * @throws LulcError `unknown-name` for a family that there is not, `incompatible` for one whose networks end in a vector; the
 *   returned function, `incompatible` for sides that differ where the family takes squares, and what the family throws
 */
export async function loadEncoder(name: EncoderFamily): Promise<Resolve> {
  if (Object.hasOwn(ownEncoders, name)) return ownEncoders[name as keyof typeof ownEncoders]();
  if (!Object.hasOwn(families, name)) throw unknownName('model family', name, encoderNames, { option: 'family' });
  const load = families[name as FamilyName].loadEncoder;
  if (load === undefined) {
    throw new LulcError('incompatible', `networks of the family '${name}' end in a vector, which has no pixels`, {
      where: { family: name },
      hint: `Take an encoder of another family: ${encoderNames.join(', ')}.`,
    });
  }
  const family = await load();
  return (options, inputSize) => {
    const side = sideOf(inputSize, name);
    const given: ModelOptions = { ...options, ...(side !== undefined && { inputSize: side }) };
    const network = family.resolve(given as never);
    const { inputSize: resolved, configuration } = network;
    return {
      inputSize: [resolved, resolved],
      configuration,
      backbone: (input, bands) => network.backbone(input, bands),
    };
  };
}

function sideOf(inputSize: number | readonly [number, number] | undefined, family: string): number | undefined {
  if (inputSize === undefined || typeof inputSize === 'number') return inputSize;
  const [height, width] = inputSize;
  if (height === width) return height;
  throw new LulcError('incompatible', `networks of the family '${family}' take square images, got ${height}×${width}`, {
    where: { option: 'inputSize', family },
  });
}
