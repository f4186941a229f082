import {
  type AttentionName,
  attention,
  type BatchNormOptions,
  type Block,
  batchNorm,
  conv2d,
  dropout,
  type GhostForm,
  ghostConv2d,
  pipe,
  relu,
  repeat,
  residual,
  scope,
} from '@lulc/core';

/** What all blocks of one network share. */
export interface WrnStyle {
  /** Attention module at the end of each residual branch. */
  readonly attention: AttentionName;
  /** Replaces the blocks' convolutions by ghost convolutions. */
  readonly ghost: GhostForm | 'none';
  /** Batch-norm settings. */
  readonly norm: Omit<BatchNormOptions, 'name'>;
  /** Share of values dropped between the convolutions of identity blocks. */
  readonly dropout: number;
}

type Convolution = (name: string, filters: number, kernelSize: number, stride?: number) => Block<4>;

function convolution({ ghost, norm }: WrnStyle): Convolution {
  return (name, filters, kernelSize, stride = 1) =>
    ghost === 'none'
      ? conv2d({ name, filters, kernelSize, stride })
      : ghostConv2d({ name, filters, kernelSize, stride, form: ghost, norm });
}

function normRelu(style: WrnStyle, name: string): Block<4> {
  return pipe(batchNorm({ name, ...style.norm }), relu({ name: name.replace('bn', 'relu') }));
}

function attentionOf(style: WrnStyle): Block<4> {
  return attention(style.attention, { ...style.norm, name: 'attention' });
}

/** First layers: 3×3 convolution to 16 channels, batch norm, ReLU, at full resolution. */
export function stem(style: WrnStyle): Block<4> {
  return scope('stem', pipe(conv2d({ name: 'conv', filters: 16, kernelSize: 3 }), normRelu(style, 'bn')));
}

/**
 * First block of a stage: changes width and resolution. Its input is already normalised, so both branches start with a
 * convolution (spec 1.4).
 */
export function expandBlock(width: number, stride: number, style: WrnStyle): Block<4> {
  const conv = convolution(style);
  return residual(
    pipe(conv('conv1', width, 3, stride), normRelu(style, 'bn1'), conv('conv2', width, 3), attentionOf(style)),
    { shortcut: conv('skip', width, 1, stride) },
  );
}

/** Pre-activation block of unchanged width: BN-ReLU-conv, dropout, BN-ReLU-conv, attention, plus its input. */
export function identityBlock(width: number, style: WrnStyle): Block<4> {
  const conv = convolution(style);
  return residual(
    pipe(
      normRelu(style, 'bn1'),
      conv('conv1', width, 3),
      style.dropout > 0 ? dropout<4>(style.dropout, { name: 'dropout' }) : pipe<4>(),
      normRelu(style, 'bn2'),
      conv('conv2', width, 3),
      attentionOf(style),
    ),
  );
}

/** One stage: an expand block, `blocks − 1` identity blocks, and a closing BN-ReLU. */
export function stage(width: number, stride: number, blocks: number, style: WrnStyle): Block<4> {
  return pipe(
    repeat(blocks, (index) =>
      scope(`block${index + 1}`, index === 0 ? expandBlock(width, stride, style) : identityBlock(width, style)),
    ),
    normRelu(style, 'bn'),
  );
}
