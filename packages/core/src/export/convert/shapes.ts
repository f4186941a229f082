import { channelRuns } from '../../layers/select.js';
import { bicubicMatrix } from '../../ops/bicubic.js';
import type { GraphNode, GraphShape } from '../graph.js';
import type { GraphBuilder } from '../graphBuilder.js';
import type { LayerContext, LayerConverter } from '../layerConverter.js';
import { asRow, paddingOption, pair } from './convolutions.js';

/** A reshape; an axis that the layer leaves to be found is found here where the size of a sample is known. */
const toOutputShape: LayerConverter = ([x], { graph, outputShape }) => {
  const product = (sizes: GraphShape) => sizes.reduce<number>((size, side) => size * (side ?? 1), 1);
  const [batch, ...sizes] = outputShape;
  const known = x.shape.slice(1).every((size) => size !== null);
  const missing = product(x.shape.slice(1)) / product(sizes);
  return graph.reshape(x, [batch, ...sizes.map((size) => size ?? (known ? missing : null))]);
};

function pool2d(reduction: 'mean' | 'max'): LayerConverter {
  return ([x], layer) => {
    const size = pair(layer.config.poolSize);
    const strides = pair(layer.config.strides ?? size);
    return layer.graph.pool(reduction, x, size, { strides, padding: paddingOption(layer) });
  };
}

function pool1d(reduction: 'mean' | 'max'): LayerConverter {
  return ([x], layer) => {
    const [size] = pair(layer.config.poolSize);
    const [stride] = pair(layer.config.strides ?? size);
    return asRow(x, layer, (row) =>
      layer.graph.pool(reduction, row, [1, size], { strides: [1, stride], padding: paddingOption(layer) }),
    );
  };
}

function reduceAll(reduction: 'mean' | 'max', axes: readonly number[]): LayerConverter {
  return ([x], { graph }) => graph.reduce(reduction, x, axes);
}

const sides = (value: unknown): [[number, number], [number, number]] => value as [[number, number], [number, number]];

/** The matrix of a resize along one axis, `[to, from]`. */
type ResizeMatrix = (from: number, to: number) => Float32Array;

/** Resizes by matrices; the size of the image must be known. */
function resized(
  x: GraphNode,
  [height, width]: readonly [number, number],
  matrix: ResizeMatrix,
  { graph, unsupported }: LayerContext,
): GraphNode {
  const [, h, w] = x.shape;
  if (h === null || w === null) throw unsupported('a resize of images of open size');
  return graph.resample(
    x,
    graph.constant([height, h], matrix(h, height), 'rows'),
    graph.constant([width, w], matrix(w, width), 'columns'),
  );
}

/** Takes the pixel `⌊i · from / to⌋`. */
const nearest: ResizeMatrix = (from, to) => {
  const matrix = new Float32Array(to * from);
  for (let i = 0; i < to; i++) matrix[i * from + Math.floor((i * from) / to)] = 1;
  return matrix;
};

/** Mixes the two pixels around `i · from / to`, the last one standing for those beyond the edge. */
const bilinear: ResizeMatrix = (from, to) => {
  const matrix = new Float32Array(to * from);
  for (let i = 0; i < to; i++) {
    const position = (i * from) / to;
    const low = Math.floor(position);
    matrix[i * from + low] += 1 - (position - low);
    matrix[i * from + Math.min(low + 1, from - 1)] += position - low;
  }
  return matrix;
};

/** `x` times each factor; a gate `[B, C]` applies to all pixels. */
function scaled(g: GraphBuilder, x: GraphNode, factors: readonly GraphNode[]): GraphNode {
  return factors.reduce((y, factor) => {
    const [batch, channels] = factor.shape;
    return g.multiply(y, factor.shape.length === 2 ? g.reshape(factor, [batch, 1, 1, channels]) : factor);
  }, x);
}

/** An image continued by its mirror image along one axis, line by line. */
function mirrored(g: GraphBuilder, x: GraphNode, axis: number, [before, after]: readonly [number, number]): GraphNode {
  const size = x.shape[axis] as number;
  const line = (at: number) =>
    g.slice(
      x,
      x.shape.map((_, i) => (i === axis ? at : 0)),
      x.shape.map((side, i) => (i === axis ? 1 : side)),
    );
  const first = Array.from({ length: before }, (_, i) => line(before - 1 - i));
  const last = Array.from({ length: after }, (_, i) => line(size - 1 - i));
  return g.concatenate([...first, x, ...last], axis);
}

const imageAxes: Readonly<Record<string, number>> = { height: 1, width: 2, channels: 3 };

/** Layers without weights that pool, cut, join or rearrange. */
export const shapes: Readonly<Record<string, LayerConverter>> = {
  MaxPooling2D: pool2d('max'),
  AveragePooling2D: pool2d('mean'),
  MaxPooling1D: pool1d('max'),
  AveragePooling1D: pool1d('mean'),
  GlobalAveragePooling2D: reduceAll('mean', [1, 2]),
  GlobalMaxPooling2D: reduceAll('max', [1, 2]),
  GlobalAveragePooling1D: reduceAll('mean', [1]),
  GlobalMaxPooling1D: reduceAll('max', [1]),
  LulcReduce: ([x], { graph, config }) =>
    graph.reduce(config.reduce as 'mean' | 'max', x, [imageAxes[config.axis as string]], true),
  Flatten: toOutputShape,
  Reshape: toOutputShape,
  Permute: ([x], { graph, config }) => graph.transpose(x, [0, ...(config.dims as number[])]),
  RepeatVector: ([x], { graph, config }) => {
    const [batch, size] = x.shape;
    const row = graph.reshape(x, [batch, 1, size]);
    return graph.concatenate(
      Array.from({ length: config.n as number }, () => row),
      1,
    );
  },
  ZeroPadding2D: ([x], { graph, config }) => graph.pad(x, [[0, 0], ...sides(config.padding), [0, 0]]),
  LulcMirrorPad: ([x], { graph, config, unsupported }) => {
    if (x.shape.slice(1).includes(null)) throw unsupported('mirroring of images of open size');
    const [rows, columns] = sides(config.amounts);
    return mirrored(graph, mirrored(graph, x, 1, rows), 2, columns);
  },
  Cropping2D: ([x], { graph, config, outputShape }) => {
    const [[top], [left]] = sides(config.cropping);
    return graph.slice(x, [0, top, left, 0], outputShape);
  },
  UpSampling2D: ([x], layer) => {
    const matrix = layer.config.interpolation === 'bilinear' ? bilinear : nearest;
    const [, height, width] = layer.outputShape as readonly [null, number, number];
    return resized(x, [height, width], matrix, layer);
  },
  LulcSelectChannels: ([x], { graph, config }) =>
    graph.concatenate(
      channelRuns(config.channels as number[]).map(([start, size]) =>
        graph.slice(x, [0, 0, 0, start], [...x.shape.slice(0, 3), size]),
      ),
    ),
  LulcBicubicResize: ([x], layer) =>
    resized(x, [layer.config.height as number, layer.config.width as number], bicubicMatrix, layer),
  LulcBilinearResize: ([x], { graph, config }) =>
    graph.resize(x, [config.height as number, config.width as number], config.alignCorners as boolean),
  LulcScale: ([x, ...factors], { graph }) => scaled(graph, x, factors),
};
