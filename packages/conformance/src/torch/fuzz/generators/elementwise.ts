import * as tf from '@tensorflow/tfjs-core';
import type { Generator, Generators } from '../case.js';
import type { Draw, FloatOptions } from '../draw.js';

type Make = (draw: Draw, shape: readonly number[]) => ReturnType<Draw['floats']>;

/** One input of any shape. */
function unary(
  options: FloatOptions = { special: true },
  attributes?: (draw: Draw) => Record<string, unknown>,
  make: Make = (draw, shape) => draw.floats(shape, options),
): Generator {
  return {
    make: (draw) => ({ inputs: { x: make(draw, draw.shape(0, 4)) }, attributes: attributes?.(draw) ?? {} }),
  };
}

const signed: Make = (draw, shape) => draw.signed(shape, { special: true });
const any: Make = (draw, shape) => draw.numbers(shape, { special: true });

/** Two inputs that broadcast, of one type. */
function binary(make: Make): Generator {
  return {
    make: (draw) => {
      const [a, b] = draw.broadcast();
      const first = make(draw, a);
      let second = make(draw, b);
      while (second.dtype !== first.dtype) second = make(draw, b);
      return { inputs: { a: first, b: second } };
    },
  };
}

const each = (names: readonly string[], generator: Generator): Generators =>
  Object.fromEntries(names.map((name) => [name, generator]));

/** Element-wise kernels. */
export const elementwise: Generators = {
  ...each(['Ceil', 'Floor', 'Round', 'Reciprocal', 'IsNan', 'IsInf', 'IsFinite', 'Rsqrt', 'Sqrt'], unary()),
  ...each(['Elu', 'Selu'], {
    ...unary(),
    exception: { absolute: 1e-15, reason: 'the cpu backend subtracts 1 from an exponential, which loses tiny inputs' },
  }),
  ...each(['Sigmoid', 'Softplus', 'Exp', 'Expm1', 'Log', 'Log1p', 'Tanh', 'Sinh', 'Cosh'], unary()),
  ...each(['Acos', 'Asin', 'Atanh'], unary({ low: -1, high: 1, special: true })),
  ...each(['Atan', 'Asinh'], unary()),
  // Beyond a few periods the argument reduction of either engine decides.
  ...each(['Sin', 'Cos', 'Tan'], unary({ low: -8, high: 8 })),
  Acosh: unary({ low: 1, high: 5, special: true }),
  Erf: {
    ...unary(),
    exception: { absolute: 3e-7, reason: 'the cpu backend uses an approximation that is good to 1.5e-7' },
  },
  ...each(['Abs', 'Neg', 'Sign', 'Square', 'Relu', 'Relu6'], unary({}, undefined, signed)),
  ...each(['Identity', 'ZerosLike', 'OnesLike'], unary({}, undefined, any)),
  Step: unary({}, (draw) => ({ alpha: draw.pick([0, 0.25, -1]) }), signed),
  LeakyRelu: unary({ special: true }, (draw) => ({ alpha: draw.uniform(0, 0.5) })),
  ClipByValue: unary(
    {},
    (draw) => {
      const low = draw.integer(-4, 2);
      return { clipValueMin: low, clipValueMax: low + draw.integer(0, 3) };
    },
    (draw, shape) => draw.signed(shape, { special: true }),
  ),
  LogicalNot: unary({}, undefined, (draw, shape) => draw.booleans(shape)),
  Cast: {
    make: (draw) => {
      const dtype = draw.pick(['float32', 'int32', 'bool']);
      const x = draw.numbers(draw.shape(0, 4), { special: dtype !== 'int32' });
      return { inputs: { x }, attributes: { dtype } };
    },
  },

  ...each(['Add', 'Sub', 'Multiply', 'Maximum', 'Minimum', 'SquaredDifference'], binary(signed)),
  ...each(['Equal', 'NotEqual'], binary(any)),
  ...each(
    ['Greater', 'GreaterEqual', 'Less', 'LessEqual'],
    binary((draw, shape) => draw.signed(shape, { step: 0.5, special: true })),
  ),
  ...each(
    ['LogicalAnd', 'LogicalOr'],
    binary((draw, shape) => draw.booleans(shape)),
  ),
  BitwiseAnd: binary((draw, shape) => draw.integers(shape, -100, 100)),
  RealDiv: binary((draw, shape) => draw.floats(shape, { special: true })),
  // The quotient may be a whole number, where rounding would decide: only fractions that are exact.
  FloorDiv: binary((draw, shape) =>
    draw.chance(0.3) ? nonZero(draw.integers(shape)) : draw.floats(shape, { step: 0.25, special: true }),
  ),
  Mod: binary((draw, shape) =>
    draw.chance(0.3) ? nonZero(draw.integers(shape)) : draw.floats(shape, { step: 0.25, special: true }),
  ),
  Pow: binary((draw, shape) =>
    draw.chance(0.3) ? draw.integers(shape, 0, 4) : draw.floats(shape, { step: draw.pick([0.5, 1, 1e-3]) }),
  ),
  Atan2: binary((draw, shape) => draw.floats(shape, { special: true })),
  Prelu: {
    make: (draw) => {
      const x = draw.shape(1, 4);
      return { inputs: { x: draw.floats(x, { special: true }), alpha: draw.floats(x.map((n) => draw.pick([n, 1]))) } };
    },
  },
  EluGrad: {
    make: (draw) => {
      const shape = draw.shape(0, 4);
      return { inputs: { dy: draw.floats(shape), y: draw.floats(shape, { low: -1 }) } };
    },
  },
  AddN: {
    measure: 'summands',
    make: (draw) => {
      const shape = draw.shape(0, 4);
      const isInteger = draw.chance(0.25);
      return { inputs: draw.list(draw.integer(1, 5), () => (isInteger ? draw.integers(shape) : draw.floats(shape))) };
    },
  },
  Select: {
    // A condition for each row: the cpu backend mixes them up.
    reference: ({ condition, t, e }) => {
      const rest = t.shape.slice(condition.rank).map(() => 1);
      const mask = tf.tile(tf.reshape(condition, [...condition.shape, ...rest]), [
        ...condition.shape.map(() => 1),
        ...t.shape.slice(condition.rank),
      ]);
      return [tf.where(mask, t, e)];
    },
    make: (draw) => {
      const shape = draw.shape(1, 4);
      const t = draw.numbers(shape, { special: true });
      const e = t.dtype === 'float32' ? draw.floats(shape, { special: true }) : { ...t };
      return { inputs: { condition: draw.booleans(draw.chance(0.3) ? shape.slice(0, 1) : shape), t, e } };
    },
  },
};

function nonZero(value: ReturnType<Draw['floats']>): ReturnType<Draw['floats']> {
  return { ...value, values: (value.values as number[]).map((v) => v || 1) };
}
