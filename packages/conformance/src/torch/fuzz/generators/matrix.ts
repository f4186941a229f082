import { absolute, type Generator, type Generators } from '../case.js';
import type { Draw } from '../draw.js';
import type { Value } from '../value.js';

/** Activations of fused kernels that have no parameter of their own. */
export const activations = ['linear', 'relu', 'relu6', 'elu', 'sigmoid'];

/** Inputs and attributes of a bias and an activation behind a product of `channels` last values. */
export function fusedParts(draw: Draw, channels: number): { inputs: Record<string, Value>; attributes: object } {
  const activation = draw.pick([...activations, 'leakyrelu', 'prelu']);
  return {
    inputs: {
      ...(draw.chance(0.7) ? { bias: draw.floats([channels]) } : {}),
      ...(activation === 'prelu' ? { preluActivationWeights: draw.floats([channels]) } : {}),
    },
    attributes: { activation, ...(activation === 'leakyrelu' ? { leakyreluAlpha: draw.uniform(0, 0.5) } : {}) },
  };
}

/** What the summands of a fused kernel are: those before its activation. */
export const beforeActivation: Generator['summands'] = (fuzzCase) => {
  const { inputs, attributes } = absolute(fuzzCase);
  const { preluActivationWeights: _, ...rest } = inputs as Record<string, Value>;
  return { inputs: rest, attributes: { ...attributes, activation: 'linear' } };
};

function product(draw: Draw) {
  const [rows, inner, columns] = draw.list(3, () => (draw.chance(0.03) ? 0 : draw.integer(1, 9)));
  const [transposeA, transposeB] = [draw.chance(), draw.chance()];
  const batch = draw.pick([[1, 1], [3, 3], [1, 2], [2, 1]]); // biome-ignore format: one line
  return {
    a: draw.floats([batch[0], ...(transposeA ? [inner, rows] : [rows, inner])]),
    b: draw.floats([batch[1], ...(transposeB ? [columns, inner] : [inner, columns])]),
    columns,
    transposeA,
    transposeB,
  };
}

/** Matrix products and what stands beside them. */
export const matrix: Generators = {
  BatchMatMul: {
    measure: 'summands',
    make: (draw) => {
      const { a, b, transposeA, transposeB } = product(draw);
      return { inputs: { a, b }, attributes: { transposeA, transposeB } };
    },
  },
  _FusedMatMul: {
    measure: 'summands',
    summands: beforeActivation,
    make: (draw) => {
      const { a, b, columns, transposeA, transposeB } = product(draw);
      const { inputs, attributes } = fusedParts(draw, columns);
      return { inputs: { a, b, ...inputs }, attributes: { transposeA, transposeB, ...attributes } };
    },
  },
  Einsum: {
    measure: 'summands',
    make: (draw) => {
      const sizes: Record<string, number> = Object.fromEntries(
        [...'abcd'].map((letter) => [letter, draw.integer(1, 4)]),
      );
      const shapeOf = (term: string) => [...term].map((letter) => sizes[letter]);
      const equation = draw.pick(['ab,bc->ac', 'ab,ab->a', 'abc,cd->abd', 'ab->ba', 'abc,abd->acd', 'ab,cb->ca', 'a,b->ab', 'abc->b']); // biome-ignore format: one line
      const inputs = equation
        .split('->')[0]
        .split(',')
        .map((term) => draw.floats(shapeOf(term)));
      return { inputs, attributes: { equation } };
    },
  },
  Softmax: {
    measure: 'largest',
    make: (draw) => {
      const shape = draw.shape(1, 4, { empty: false });
      return {
        inputs: { logits: draw.floats(shape, { low: -9, high: 9 }) },
        attributes: { dim: shape.length - 1 },
      };
    },
  },
  FusedBatchNorm: {
    measure: 'largest',
    make: (draw) => {
      const shape = draw.shape(2, 4);
      const channels = shape.slice(-1);
      const optional = () => (draw.chance(0.8) ? draw.floats(channels) : undefined);
      return {
        inputs: {
          x: draw.floats(shape),
          mean: draw.floats(channels),
          variance: draw.floats(channels, { low: 0.1 }),
          offset: optional(),
          scale: optional(),
        },
        attributes: { varianceEpsilon: draw.pick([1e-3, 0.1]) },
      };
    },
  },
  LRN: {
    make: (draw) => ({ inputs: { x: draw.floats(draw.shape(4, 4)) }, attributes: localResponse(draw) }),
  },
  LRNGrad: {
    measure: 'largest',
    make: (draw) => {
      const shape = draw.shape(4, 4, { empty: false });
      const [x, y, dy] = draw.list(3, () => draw.floats(shape));
      return { inputs: { x, y, dy }, attributes: localResponse(draw) };
    },
  },
};

function localResponse(draw: Draw) {
  return {
    depthRadius: draw.integer(0, 3),
    bias: draw.uniform(0.5, 2),
    alpha: draw.uniform(0.1, 1),
    beta: draw.uniform(0.25, 1),
  };
}
