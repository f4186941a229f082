import type { Values } from '../againstCpu.js';
import { channelCounts, type LoopCase, type LoopCases, noise, rowCounts, sumByChannel } from './case.js';

const epsilon = 1e-3;

const rowsOf = <T>(rows: number, make: (row: number) => T): T[] => Array.from({ length: rows }, (_, row) => make(row));
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** One row of a matrix. */
const rowOf = ({ values }: { readonly values: readonly number[] }, row: number, width: number) =>
  values.slice(row * width, (row + 1) * width);

function softmax(scores: readonly number[]): number[] {
  const largest = Math.max(...scores);
  const powers = scores.map((score) => Math.exp(score - largest));
  const total = sum(powers);
  return powers.map((power) => power / total);
}

/** Mean and 1 / deviation of each row. */
function rowMoments(x: Values, rows: number, width: number) {
  return rowsOf(rows, (row) => {
    const values = rowOf(x, row, width);
    const mean = sum(values) / width;
    const variance = sum(values.map((value) => (value - mean) ** 2)) / width;
    return { mean, inverse: 1 / Math.sqrt(variance + epsilon) };
  });
}

function layerNorm(rows: number, width: number, offset: number): LoopCase {
  const x = noise([rows, width], 1, 2, offset);
  const [gamma, beta] = [noise([width], 2), noise([width], 3)];
  const moments = rowMoments(x, rows, width);
  const y = x.values.map((value, i) => {
    const { mean, inverse } = moments[Math.floor(i / width)];
    return (value - mean) * inverse * gamma.values[i % width] + beta.values[i % width];
  });
  return {
    kernel: 'LayerNorm',
    inputs: [x, gamma, beta],
    attributes: [epsilon],
    wanted: [
      { shape: [rows, width], values: y },
      { shape: [rows, 1], values: moments.map(({ mean }) => mean) },
      { shape: [rows, 1], values: moments.map(({ inverse }) => inverse) },
    ],
    tolerance: offset === 0 ? 2e-5 : [5e-3, 1e-6, 1e-3],
  };
}

function layerNormGradient(rows: number, width: number): LoopCase {
  const shape = [rows, width];
  const [dy, x, gamma] = [noise(shape, 4), noise(shape, 1), noise([width], 2)];
  const moments = rowMoments(x, rows, width);
  const normal = x.values.map((value, i) => {
    const { mean, inverse } = moments[Math.floor(i / width)];
    return (value - mean) * inverse;
  });
  const g = dy.values.map((value, i) => value * gamma.values[i % width]);
  const dx = rowsOf(rows, (row) => {
    const [own, ownNormal] = [rowOf({ values: g }, row, width), rowOf({ values: normal }, row, width)];
    const mean = sum(own) / width;
    const slope = sum(own.map((value, i) => value * ownNormal[i])) / width;
    return own.map((value, i) => moments[row].inverse * (value - mean - ownNormal[i] * slope));
  }).flat();
  const perRow = (values: readonly number[]): Values => ({
    shape: [rows, 1],
    dtype: 'float32',
    values: values.map(Math.fround),
  });
  return {
    kernel: 'LayerNormGrad',
    inputs: [dy, x, gamma, perRow(moments.map(({ mean }) => mean)), perRow(moments.map(({ inverse }) => inverse))],
    wanted: [
      { shape, values: dx },
      { shape: [width], values: sumByChannel(dy.values.length, width, (i) => dy.values[i] * normal[i]) },
      { shape: [width], values: sumByChannel(dy.values.length, width, (i) => dy.values[i]) },
    ],
    // A row of one value has no gradient but rounding.
    tolerance: width === 1 ? [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 1e-5] : 2e-5,
  };
}

function sigmoidCrossEntropy(rows: number, width: number, weighted: boolean): LoopCase {
  const shape = [rows, width];
  const [z, y] = [noise(shape, 1, 9), noise(shape, 2, 0.5, 0.5)];
  const weights = weighted ? noise([width], 3, 1, 2) : undefined;
  const count = Math.max(1, rows * width);
  const weightAt = (i: number) => weights?.values[i % width] ?? 1;
  const loss = z.values.map(
    (value, i) => (Math.max(value, 0) - value * y.values[i] + Math.log1p(Math.exp(-Math.abs(value)))) * weightAt(i),
  );
  const gradient = z.values.map((value, i) => ((1 / (1 + Math.exp(-value)) - y.values[i]) * weightAt(i)) / count);
  return {
    kernel: 'SigmoidCrossEntropy',
    inputs: [z, y, weights],
    attributes: [count],
    wanted: [
      { shape: [], values: [sum(loss) / count] },
      { shape, values: gradient },
    ],
  };
}

function softmaxOfRows(rows: number, width: number): LoopCase {
  const z = noise([rows, width], 1, 20);
  const values = rowsOf(rows, (row) => softmax(rowOf(z, row, width))).flat();
  return { kernel: 'Softmax', inputs: [z], attributes: [1], wanted: [{ shape: [rows, width], values }] };
}

function softmaxCrossEntropy(rows: number, width: number): LoopCase {
  const shape = [rows, width];
  const [z, y] = [noise(shape, 1, 9), noise(shape, 2, 0.5, 0.5)];
  const count = Math.max(1, rows);
  const all = rowsOf(rows, (row) => {
    const [shares, targets] = [softmax(rowOf(z, row, width)), rowOf(y, row, width)];
    const total = sum(targets);
    return {
      loss: -sum(targets.map((target, i) => target * Math.log(shares[i]))),
      gradient: shares.map((share, i) => (share * total - targets[i]) / count),
    };
  });
  return {
    kernel: 'SoftmaxCrossEntropy',
    inputs: [z, y],
    attributes: [count],
    wanted: [
      { shape: [], values: [sum(all.map(({ loss }) => loss)) / count] },
      { shape, values: all.flatMap(({ gradient }) => gradient) },
    ],
    // One class has no gradient but rounding.
    tolerance: width === 1 ? Number.POSITIVE_INFINITY : 1e-5,
  };
}

/** Queries, keys and values of `heads` heads, their shares and results in double precision. */
function attended(heads: number, tokens: number, keys: number, channels: number, width: number) {
  const of = (seed: number, ...sizes: number[]) => noise([1, heads, ...sizes], seed, 1);
  const [q, k, v] = [of(1, tokens, channels), of(2, keys, channels), of(3, keys, width)];
  const scale = 1 / Math.sqrt(channels);
  const keyOf = (head: number, key: number) => rowOf(k, head * keys + key, channels);
  const shares = rowsOf(heads * tokens, (row) => {
    const query = rowOf(q, row, channels);
    const head = Math.floor(row / tokens);
    return softmax(rowsOf(keys, (key) => scale * sum(keyOf(head, key).map((value, c) => value * query[c]))));
  });
  return { q, k, v, scale, shares };
}

function attention(heads: number, tokens: number, keys: number, channels: number, width: number): LoopCase {
  const { q, k, v, scale, shares } = attended(heads, tokens, keys, channels, width);
  const y = shares.flatMap((row, at) => {
    const head = Math.floor(at / tokens);
    return rowsOf(width, (c) => sum(row.map((share, key) => share * v.values[(head * keys + key) * width + c])));
  });
  return {
    kernel: 'Attention',
    inputs: [q, k, v],
    attributes: [scale],
    wanted: [
      { shape: [1, heads, tokens, width], values: y },
      { shape: [1, heads, tokens, keys], values: shares.flat() },
    ],
  };
}

function attentionGradient(heads: number, tokens: number, keys: number, channels: number, width: number): LoopCase {
  const { q, k, v, scale, shares } = attended(heads, tokens, keys, channels, width);
  const dy = noise([1, heads, tokens, width], 4, 1);
  const [dq, dk, dv] = [q, k, v].map(({ values }) => new Float64Array(values.length));
  shares.forEach((row, at) => {
    const head = Math.floor(at / tokens);
    const own = rowOf(dy, at, width);
    const dShares = row.map((_, key) => sum(own.map((g, c) => g * v.values[(head * keys + key) * width + c])));
    const inner = sum(row.map((share, key) => share * dShares[key]));
    row.forEach((share, key) => {
      const dScore = share * (dShares[key] - inner) * scale;
      const other = (head * keys + key) * channels;
      for (let c = 0; c < channels; c++) {
        dq[at * channels + c] += dScore * k.values[other + c];
        dk[other + c] += dScore * q.values[at * channels + c];
      }
      for (let c = 0; c < width; c++) dv[(head * keys + key) * width + c] += share * own[c];
    });
  });
  return {
    kernel: 'AttentionGrad',
    inputs: [
      dy,
      q,
      k,
      v,
      { shape: [1, heads, tokens, keys], dtype: 'float32', values: shares.flat().map(Math.fround) },
    ],
    attributes: [scale],
    wanted: [
      { shape: q.shape, values: dq },
      { shape: k.shape, values: dk },
      { shape: v.shape, values: dv },
    ],
    // With one key there is no choice, and no gradient of it but rounding.
    tolerance: keys === 1 ? [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 1e-5] : 1e-5,
  };
}

const overRows = (name: string, make: (rows: number, width: number) => LoopCase): LoopCases =>
  Object.fromEntries(
    rowCounts.flatMap((rows) =>
      channelCounts.map((width) => [`${name}, ${rows} rows of ${width}`, () => make(rows, width)]),
    ),
  );

/** Heads, tokens, keys, channels of queries and keys, channels of values. */
const attentions: readonly [number, number, number, number, number][] = [
  [1, 1, 1, 1, 1],
  [3, 7, 7, 17, 17],
  [2, 33, 5, 3, 56],
  [1, 5, 130, 56, 1],
  [1, 0, 4, 3, 3],
];

/** What works on rows: layer norm, losses, attention. */
export const rowCases: LoopCases = {
  ...overRows('layer norm', (rows, width) => layerNorm(rows, width, 0)),
  ...overRows('layer norm far from 0', (rows, width) => layerNorm(rows, width, 1000)),
  ...overRows('gradient of layer norm', layerNormGradient),
  ...overRows('sigmoid cross-entropy', (rows, width) => sigmoidCrossEntropy(rows, width, false)),
  ...overRows('weighted sigmoid cross-entropy', (rows, width) => sigmoidCrossEntropy(rows, width, true)),
  ...overRows('softmax', softmaxOfRows),
  ...overRows('softmax cross-entropy', softmaxCrossEntropy),
  ...Object.fromEntries(
    attentions.flatMap((sizes) => [
      [`attention of ${sizes}`, () => attention(...sizes)],
      [`gradient of attention of ${sizes}`, () => attentionGradient(...sizes)],
    ]),
  ),
};
