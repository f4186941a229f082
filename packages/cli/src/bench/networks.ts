import { unknownName } from '@lulc/core';
import type { LayersModel } from '@tensorflow/tfjs-layers';

/** A network in words, from which a peer in another language makes the same. */
export type NetworkDescription =
  | { readonly family: 'wrn-eca'; readonly widths: readonly number[]; readonly blocks: number }
  | { readonly family: 'resnet'; readonly block: 'basic' | 'bottleneck'; readonly blocks: readonly number[] }
  | { readonly family: 'unet'; readonly widths: readonly number[] };

/** A network that can be measured. */
export interface BenchNetwork {
  /** Name, as given to `--models`. */
  readonly name: string;
  /** Whether it labels whole images (probabilities out) or their pixels (logits out). */
  readonly labels: 'scenes' | 'pixels';
  /** Input bands. */
  readonly bands: number;
  /** Independent classes. */
  readonly classes: number;
  /** Height and width of the input unless told otherwise. */
  readonly size: number;
  /** For peers. */
  readonly description: NetworkDescription;
  /**
   * Builds it with random weights.
   *
   * @param size height and width of the input in pixels
   */
  build(size: number): LayersModel;
}

/** Bands and classes of BigEarthNet. */
const scenes = { labels: 'scenes', bands: 10, classes: 19 } as const;

const wrnSizes = ['B0', 'B1', 'B2', 'B3', 'B4', 'B5', 'B6', 'B7'] as const;
const resNetDepths = [18, 50, 101, 152] as const;

/** Channels of the measured U-Net: the recommended on-board cloud mask. */
const unetWidths = [8, 16, 32, 64];

type Making = () => Promise<BenchNetwork>;

/** What makes each network, by name; a family is loaded when one of its networks is asked for. */
const makings: Readonly<Record<string, Making>> = Object.fromEntries<Making>([
  ...wrnSizes.map((preset): [string, Making] => [
    `wrn-${preset.toLowerCase()}-eca`,
    async () => {
      const { resolveWrn, scaledWRN } = await import('@lulc/wrn-eca');
      const { widths, blocksPerStage, inputSize, name } = resolveWrn({ preset });
      return {
        ...scenes,
        name,
        size: inputSize,
        description: { family: 'wrn-eca', widths, blocks: blocksPerStage },
        build: (size) => scaledWRN({ preset, inputSize: size, bands: scenes.bands, classes: scenes.classes, seed: 1 }),
      };
    },
  ]),
  ...resNetDepths.map((depth): [string, Making] => [
    `resnet${depth}`,
    async () => {
      const { resNet, resolveResNet } = await import('@lulc/cnn-baselines');
      const { block, blocks, inputSize, name } = resolveResNet({ depth });
      return {
        ...scenes,
        name,
        size: inputSize,
        description: { family: 'resnet', block, blocks },
        build: (size) => resNet({ depth, inputSize: size, bands: scenes.bands, classes: scenes.classes, seed: 1 }),
      };
    },
  ]),
  [
    'unet',
    async () => {
      const { plainUnet } = await import('../models/plainUnet.js');
      const [bands, classes] = [4, 1];
      return {
        name: 'unet',
        labels: 'pixels',
        bands,
        classes,
        size: 256,
        description: { family: 'unet', widths: unetWidths },
        build: (inputSize) => plainUnet({ bands, classes, inputSize, widths: unetWidths, seed: 1 }),
      };
    },
  ],
]);

/** Names of all networks. */
export const benchNetworkNames: readonly string[] = Object.keys(makings);

/**
 * A network by name.
 *
 * @throws LulcError `unknown-name`
 */
export async function benchNetwork(name: string): Promise<BenchNetwork> {
  if (!Object.hasOwn(makings, name)) throw unknownName('network', name, benchNetworkNames, { option: 'models' });
  return makings[name]();
}
