import type { Sym } from '../layers/sym.js';

/** One level of a feature pyramid. */
export interface Feature {
  /** The feature map `[B, H/stride, W/stride, channels]` (rounded up). */
  readonly tensor: Sym<4>;
  /** Input pixels per feature pixel. */
  readonly stride: number;
  /** Channels of the map. */
  readonly channels: number;
}

/**
 * What every model family exports and every head, decoder, self-supervised method or distiller accepts: a graph from an
 * image to a pyramid of feature maps.
 */
export interface Backbone {
  /** Family and configuration in one readable word, e.g. `'wrn-b4-eca'`. */
  readonly name: string;
  /** The image the graph starts at, `[B, H, W, bands]`, scaled float32. */
  readonly input: Sym<4>;
  /** The pyramid, finest first. */
  readonly features: readonly Feature[];
  /** The last feature map; usually the coarsest feature. */
  readonly output: Sym<4>;
}

/**
 * Describes a map of a graph as a {@link Feature}.
 *
 * @param tensor the map
 * @param stride input pixels per map pixel
 */
export function feature(tensor: Sym<4>, stride: number): Feature {
  return { tensor, stride, channels: tensor.shape[3] as number };
}
