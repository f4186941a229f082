import {
  applyLayer,
  conv2d,
  type Feature,
  feature,
  input,
  knownOption,
  pipe,
  random,
  requireCount,
  type Sym,
  scope,
} from '@lulc/core';
import { type DenseNetwork, unetDecoder } from '@lulc/core/segmentation';
import type { ViewBatch } from '@lulc/core/views';
import * as tf from '@tensorflow/tfjs-core';
import { type LayersModel, layers, model as tfModel } from '@tensorflow/tfjs-layers';
import { holeLoss } from '../losses/holeLoss.js';
import type { PretrainingMethod } from '../method/method.js';
import { viewTensor, withoutLastDropout } from '../trunk/trunk.js';
import { branch, methodRun, viewsOf } from './branch.js';
import { cutHoles } from './holes.js';
import { requireFraction } from './optionChecks.js';

/** Options of {@link inpainting}. */
export interface InpaintingOptions {
  /**
   * `'corrected'` (default): linear output, holes drawn anew for every image of every step. `'reference'`, as GLCNet's code has
   * it: Tanh, which cannot reach all values of scaled images, and holes that are drawn once per epoch for each row of a
   * batch.
   */
  readonly variant?: 'corrected' | 'reference';
  /** Holes per image; default 16. */
  readonly holes?: number;
  /** Height and width of a hole in pixels; default 16. */
  readonly holeSize?: number;
  /** Weight of the error inside of holes, 1 minus that of the rest, [0, 1]; default 0.99. */
  readonly holeWeight?: number;
  /** Channels of the decoder at the image's resolution, twice as many at each coarser level, at most 256; default 32. */
  readonly width?: number;
}

/** Tells the streams of random numbers of this method from others'. */
const stream = 0x696e70;

/**
 * Inpainting (Pathak et al. 2016, arXiv:1604.07379) as GLCNet compares itself with, without the adversarial part: square holes of
 * an image are set to 0 and the image is restored by a U-shaped decoder with skips from the backbone's finer maps, which
 * is dropped afterwards. It trains the network up to its encoded map.
 *
 * The published decoder has transposed convolutions and fixed widths for ResNet-50; here it is the `unetDecoder` of
 * `@lulc/core/segmentation` at the image's resolution, for any pyramid, and a 7×7 convolution.
 *
 * @param options see {@link InpaintingOptions}
 * @returns the method; `tensors` throws LulcError `invalid-argument` for holes that do not fit into the view
 * @throws LulcError `invalid-argument` or `unknown-name` for an option
 * @example
 * ```ts
 * import { inpainting } from '@lulc/contrastive-ssl';
 *
 * console.log(inpainting({ holes: 8 }).views); // 1
 * ```
 */
export function inpainting(options: InpaintingOptions = {}): PretrainingMethod {
  const { holes = 16, holeSize = 16, holeWeight = 0.99, width = 32 } = options;
  const variant = knownOption('variant', options.variant ?? 'corrected', ['corrected', 'reference']);
  requireCount({ holes, holeSize, width });
  requireFraction({ holeWeight });
  return {
    name: 'inpainting',
    configuration: { variant, holes, holeSize, holeWeight, width },
    views: 1,
    trains: 'encoded',
    create: ({ network, seed }) => {
      const whole = network();
      const { maps, restore } = restorer(whole, { tanh: variant === 'reference', width, seed });
      const live = branch(whole, 'encoded', () => ({ restore }));
      const masks = ({ epoch, indices }: ViewBatch, [rows, height, width]: readonly number[]): tf.Tensor4D => {
        const mask = new Float32Array(rows * height * width);
        for (let row = 0; row < rows; row++) {
          const key = variant === 'reference' ? row : indices[row];
          const part = mask.subarray(row * height * width, (row + 1) * height * width);
          cutHoles(part, [height, width], holes, holeSize, random(seed, stream, epoch, key));
        }
        return tf.tensor4d(mask, [rows, height, width, 1]);
      };
      return methodRun({
        branch: live,
        tensors: (batch) => {
          const [view] = viewsOf(batch, 1);
          return [viewTensor(view, live.trunk.model), masks(batch, view.imageShape)];
        },
        loss: ([images, mask]) => {
          const seen = tf.mul(images, tf.sub(1, mask));
          const restored = restore.apply(maps.apply(seen, { training: true }) as tf.Tensor[], { training: true });
          return holeLoss(restored as tf.Tensor4D, images as tf.Tensor4D, mask as tf.Tensor4D, holeWeight);
        },
      });
    },
  };
}

/** A model from images to the maps that the decoder needs, and the decoder from these to images. */
function restorer(
  network: DenseNetwork,
  { tanh, width, seed }: { readonly tanh: boolean; readonly width: number; readonly seed: number },
): { maps: LayersModel; restore: LayersModel } {
  const { backbone } = network;
  const encoded = withoutLastDropout(network.encoded) as Sym<4>;
  const skips = backbone.features.filter(
    ({ tensor }, i) => isFiner(tensor, backbone.features[i + 1]?.tensor ?? encoded) && isFiner(tensor, encoded),
  );
  const tensors = [encoded, ...skips.map(({ tensor }) => tensor)];
  const first = mapInput(encoded, 'restore/encoded', { seed });
  const rest = skips.map(
    ({ tensor, stride }, i): Feature => feature(mapInput(tensor, `restore/map${i + 1}`, { sharedWith: first }), stride),
  );
  const bands = backbone.input.shape[3] as number;
  const output = scope<4, 4>('restore', (x) => {
    const resolutions = new Set([backbone.input, ...rest.map(({ tensor }) => tensor)].map(({ shape }) => shape[1]));
    const widths = Array.from(resolutions, (_, level) => Math.min(width * 2 ** level, 256));
    const decoder = unetDecoder({ resolution: 'input', widths });
    const { decoded } = decoder.build({ name: backbone.name, input: backbone.input, output: x, features: rest });
    const last = conv2d({ name: 'last', filters: bands, kernelSize: 7, bias: true });
    return tanh ? pipe(last, tanhLayer)(decoded) : last(decoded);
  })(first);
  return {
    maps: tfModel({ inputs: backbone.input, outputs: tensors, name: `${backbone.name}-pyramid` }),
    restore: tfModel({ inputs: [first, ...rest.map(({ tensor }) => tensor)], outputs: output, name: 'restore' }),
  };
}

const isFiner = (a: Sym<4>, b: Sym<4>): boolean => (a.shape[1] as number) > (b.shape[1] as number);

function mapInput(map: Sym<4>, name: string, options: { seed?: number; sharedWith?: Sym<4> }): Sym<4> {
  const [, height, width, channels] = map.shape;
  return input<4>({ name, shape: [height, width, channels as number], ...options });
}

const tanhLayer = (x: Sym<4>): Sym<4> =>
  applyLayer('tanh', 'tanh', [x], ({ name }) => layers.activation({ name, activation: 'tanh' }));
