import {
  type Block,
  batchNorm,
  conv2d,
  dense,
  dropout,
  maxPool,
  pipe,
  type Rank,
  relu,
  repeat,
  reshape,
  shapeOf,
} from '@lulc/core';
import type { BranchConvolution } from './branches.js';

/** Outputs of each branch's dense layer, and of the fusion's. */
const denseUnits = 128;

/** Shares of values dropped in training. */
export interface BranchDropout {
  /** Behind convolutions. */
  readonly dropout: number;
  /** Behind the dense layer. */
  readonly branchDropout: number;
}

/** One branch: convolutions, each with batch norm, ReLU and dropout, some with a 2×2 maximum; then a dense layer. */
export function branch(convolutions: readonly BranchConvolution[], rates: BranchDropout): Block<4, 2> {
  return pipe(
    repeat<4>(convolutions.length, (index) => convolution(convolutions[index], `${index + 1}`, rates.dropout)),
    flatten(),
    fullyConnected(),
    dropout<2>(rates.branchDropout, { name: 'dropout' }),
  );
}

/** A dense layer with batch norm and ReLU. */
export function fullyConnected(): Block<2> {
  return pipe(dense<2>({ name: 'dense', units: denseUnits, init: 'glorotNormal' }), normRelu<2>(''));
}

function convolution({ filters, kernelSize, pool }: BranchConvolution, suffix: string, rate: number): Block<4> {
  return pipe(
    conv2d({ name: `conv${suffix}`, filters, kernelSize, bias: true, init: 'glorotNormal' }),
    normRelu<4>(suffix),
    pool ? maxPool({ name: `pool${suffix}`, size: 2 }) : pipe<4>(),
    dropout<4>(rate, { name: `dropout${suffix}` }),
  );
}

/** Keras' defaults. */
function normRelu<R extends Rank>(suffix: string): Block<R> {
  return pipe(batchNorm<R>({ name: `bn${suffix}`, momentum: 0.99, epsilon: 1e-3 }), relu<R>({ name: `relu${suffix}` }));
}

function flatten(): Block<4, 2> {
  return (x) => {
    const values = shapeOf(x).reduce<number>((product, size) => product * (size as number), 1);
    return reshape<4, 2>([values], { name: 'flatten' })(x);
  };
}
