import type { Backbone } from '../backbone/backbone.js';
import type { Sym } from '../layers/sym.js';

/** What a decoder makes of a backbone. */
export interface DecoderMaps {
  /** The deepest map after the decoder's own context module (ASPP …); without one the backbone's output. `[B, h, w, C]`. */
  readonly encoded: Sym<4>;
  /** The finest map, from which classes or pixel embeddings are made. `[B, H/s, W/s, D]`. */
  readonly decoded: Sym<4>;
}

/** A part that turns the pyramid of any backbone into a dense map; its layer paths begin with `context/` or `decoder/`. */
export interface Decoder {
  /** Readable name, e.g. `'deeplabv3plus'`. */
  readonly name: string;
  /**
   * Builds the decoder on a backbone.
   *
   * @param backbone where the features come from
   * @throws LulcError `shape-mismatch` or `invalid-argument` when it does not fit the backbone
   */
  build(backbone: Backbone): DecoderMaps;
}

/** A network up to its dense map: what segmentation closes with classes, and what dense pre-training trains. */
export interface DenseNetwork extends DecoderMaps {
  /** The part that turns an image into a pyramid. */
  readonly backbone: Backbone;
}

/**
 * Joins a backbone and a decoder.
 *
 * @param backbone any family's
 * @param decoder what makes the dense map; without one the backbone's output is both maps
 * @throws LulcError `shape-mismatch` or `invalid-argument` when they do not fit
 * @example
 * ```ts
 * import { conv2d, feature, image, useEngine } from '@lulc/core';
 * import { denseNetwork } from '@lulc/core/segmentation';
 *
 * await useEngine('auto');
 * const input = image({ shape: [32, 32, 4] });
 * const output = conv2d({ filters: 8, kernelSize: 3, stride: 2 })(input);
 * const network = denseNetwork({ name: 'tiny', input, output, features: [feature(output, 2)] });
 * console.log(network.decoded.shape); // [null, 16, 16, 8]
 * ```
 */
export function denseNetwork(backbone: Backbone, decoder?: Decoder): DenseNetwork {
  const maps = decoder?.build(backbone) ?? { encoded: backbone.output, decoded: backbone.output };
  return { backbone, ...maps };
}
