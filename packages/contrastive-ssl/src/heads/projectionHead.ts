import { batchNorm, dense, input, relu, requireCount, type Sym, scope } from '@lulc/core';
import { type LayersModel, model as tfModel } from '@tensorflow/tfjs-layers';

/** Options of {@link projectionHead}. */
export interface ProjectionHeadOptions {
  /** First part of the layers' paths: `'global'` gives `global/dense1/kernel` …. */
  readonly name: string;
  /** Size of the vectors that go in. */
  readonly features: number;
  /** Sizes of the dense layers, the last being the embedding's; a ReLU stands between each two. */
  readonly units: readonly number[];
  /**
   * Size of a linear map before the first dense layer, `linear` in paths: the last 1×1 convolution of a decoder, which may
   * be taken after averaging because both are linear. Default none.
   */
  readonly linear?: number | undefined;
  /** Whether a batch normalisation stands before each ReLU, `bn1` … in paths; default false. */
  readonly normalised?: boolean;
  /** Seed of its weights. */
  readonly seed: number;
}

/**
 * A small perceptron from features to embeddings, `[B, features]` to `[B, units…]`: dense layers with ReLU between them,
 * with batch normalisation where asked for. It is dropped after pre-training.
 *
 * Kernels start as He normal, for layers that a ReLU follows (the linear map has GLCNet's own start of convolutions, the
 * same); biases start at 0.
 *
 * @param options sizes, path and seed
 * @returns a model of its own
 * @throws LulcError `invalid-argument` for a size that is not a whole number above 0
 */
export function projectionHead(options: ProjectionHeadOptions): LayersModel {
  const { name, features, units, linear, normalised = false, seed } = options;
  requireCount({ features, ...Object.fromEntries(units.map((size, i) => [`units[${i}]`, size])) });
  if (linear !== undefined) requireCount({ linear });
  const x = input<2>({ name: `${name}/features`, shape: [features], seed });
  const blocks = units.flatMap((size, i) => {
    const layer = dense<2>({ name: `dense${i + 1}`, units: size, init: 'heNormal' });
    if (i + 1 === units.length) return [layer];
    return normalised ? [layer, batchNorm<2>({ name: `bn${i + 1}` }), relu<2>()] : [layer, relu<2>()];
  });
  const start = linear === undefined ? [] : [dense<2>({ name: 'linear', units: linear, init: 'heNormal' })];
  const output = scope<2, 2>(name, (y) => [...start, ...blocks].reduce<Sym<2>>((z, block) => block(z), y))(x);
  return tfModel({ inputs: x, outputs: output, name });
}
