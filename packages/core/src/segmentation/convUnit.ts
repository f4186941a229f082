import { relu } from '../layers/activation.js';
import { pipe } from '../layers/compose.js';
import { conv2d } from '../layers/conv.js';
import { dropout } from '../layers/dropout.js';
import { batchNorm } from '../layers/norm.js';
import type { Block } from '../layers/sym.js';

/** Batch norms of a decoder. */
export interface DecoderNorm {
  /** Share of the old moving statistic kept in each training step, 0 … 1, Keras sense. Default 0.9. */
  readonly momentum?: number;
  /** Added to the variance, above 0. Default 1e-5. */
  readonly epsilon?: number;
}

/** What a {@link convUnit} is. */
export interface ConvUnit extends DecoderNorm {
  /** Output channels. */
  readonly filters: number;
  /** Height and width of the kernel. */
  readonly kernelSize: 1 | 3;
  /** Spacing of the taps, default 1. */
  readonly dilation?: number;
  /** Share dropped behind it in training, default 0: then there is no such layer. */
  readonly dropout?: number;
}

/** Convolution without bias, batch norm, ReLU and perhaps dropout: `conv`, `bn`, `relu`, `dropout` in the current scope. */
export function convUnit(unit: ConvUnit): Block<4> {
  const { filters, kernelSize, dilation, momentum, epsilon, dropout: rate = 0 } = unit;
  return pipe(
    conv2d({ name: 'conv', filters, kernelSize, dilation }),
    batchNorm({ name: 'bn', momentum, epsilon }),
    relu({ name: 'relu' }),
    rate === 0 ? pipe<4>() : dropout<4>(rate, { name: 'dropout' }),
  );
}
