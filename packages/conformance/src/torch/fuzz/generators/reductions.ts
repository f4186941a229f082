import type { Generator, Generators, Measure } from '../case.js';
import type { Draw } from '../draw.js';

/** A reduction over some axes. */
function reduction(
  make: (draw: Draw, shape: readonly number[]) => ReturnType<Draw['floats']>,
  measure: Measure = 'relative',
  { empty = true, axes = 'axis' }: { empty?: boolean; axes?: string } = {},
): Generator {
  return {
    measure,
    make: (draw) => {
      const shape = draw.shape(1, 4, { empty });
      return {
        inputs: { x: make(draw, shape) },
        attributes: { [axes]: draw.axes(shape.length), keepDims: draw.chance() },
      };
    },
  };
}

function cumulative(options: { low?: number; high?: number }, measure: Measure): Generator {
  return {
    measure,
    make: (draw) => {
      const shape = draw.shape(1, 4);
      return {
        inputs: { x: draw.signed(shape, options) },
        attributes: { axis: draw.integer(0, shape.length - 1), exclusive: draw.chance(), reverse: draw.chance() },
      };
    },
  };
}

const ranked = (make: (draw: Draw, shape: readonly number[]) => ReturnType<Draw['floats']>): Generator => ({
  make: (draw) => {
    const shape = draw.shape(1, 4, { empty: false });
    return { inputs: { x: make(draw, shape) }, attributes: { axis: draw.integer(0, shape.length - 1) } };
  },
});

/** Reductions. */
export const reductions: Generators = {
  Sum: reduction((draw, shape) => draw.numbers(shape), 'summands'),
  Mean: reduction((draw, shape) => draw.signed(shape), 'summands', { empty: false }),
  Prod: reduction((draw, shape) => draw.signed(shape, { low: -1.5, high: 1.5 })),
  Max: reduction((draw, shape) => draw.signed(shape, { special: true }), 'exact', {
    empty: false,
    axes: 'reductionIndices',
  }),
  Min: reduction((draw, shape) => draw.signed(shape, { special: true }), 'exact', { empty: false }),
  All: reduction((draw, shape) => draw.booleans(shape), 'exact'),
  Any: reduction((draw, shape) => draw.booleans(shape), 'exact'),
  ArgMax: ranked((draw, shape) => draw.signed(shape, { step: draw.pick([0.5, 1e-3]) })),
  ArgMin: ranked((draw, shape) => draw.signed(shape, { step: draw.pick([0.5, 1e-3]) })),
  Cumsum: cumulative({}, 'summands'),
  Cumprod: cumulative({ low: -1.5, high: 1.5 }, 'relative'),
  Bincount: {
    make: (draw) => {
      const length = draw.integer(0, 20);
      const weights = draw.chance() ? draw.floats([length], { low: 0 }) : draw.floats([0]);
      return {
        inputs: { x: draw.integers([length], 0, 9), weights },
        attributes: { size: draw.integer(1, 12) },
      };
    },
  },
  DenseBincount: {
    make: (draw) => {
      const shape = draw.shape(1, 2);
      const binaryOutput = draw.chance(0.3);
      const weights = draw.chance() && !binaryOutput ? draw.floats(shape, { low: 0 }) : draw.floats([0]);
      return {
        inputs: { x: draw.integers(shape, 0, 9), weights },
        attributes: { size: draw.integer(1, 12), binaryOutput },
      };
    },
  },
  UnsortedSegmentSum: {
    measure: 'summands',
    make: (draw) => {
      const shape = draw.shape(1, 4);
      const numSegments = draw.integer(1, 5);
      return {
        inputs: { x: draw.signed(shape), segmentIds: draw.integers(shape.slice(0, 1), 0, numSegments - 1) },
        attributes: { numSegments },
      };
    },
  },
};
