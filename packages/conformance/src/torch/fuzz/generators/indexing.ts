import type { Generators, Measure } from '../case.js';
import { type Draw, sizeOf } from '../draw.js';
import type { Value } from '../value.js';

const measure: Measure = 'exact';

/** `count` places in the leading axes of a shape, different ones when asked. */
function places(draw: Draw, leading: readonly number[], count: number, distinct: boolean): number[] {
  const total = sizeOf(leading);
  const flat = distinct
    ? draw.subset(total, Math.min(count, total))
    : draw.list(count, () => draw.integer(0, total - 1));
  return flat.flatMap((place) => {
    let rest = place;
    return [...leading]
      .reverse()
      .map((size) => {
        const index = rest % size;
        rest = (rest - index) / size;
        return index;
      })
      .reverse();
  });
}

/** Indices `[count, depth]` into the leading `depth` axes of a shape. */
function indicesInto(draw: Draw, shape: readonly number[], distinct: boolean): Value {
  const depth = draw.integer(1, shape.length);
  const values = places(draw, shape.slice(0, depth), draw.integer(1, 6), distinct);
  return { dtype: 'int32', shape: [values.length / depth, depth], values };
}

const sorted = (value: Value): Value => {
  const [rows, columns] = value.shape;
  const rowOf = (row: number) =>
    (value.values as number[]).slice(row * columns, (row + 1) * columns).sort((a, b) => a - b);
  return { ...value, values: Array.from({ length: rows }, (_, row) => rowOf(row)).flat() };
};

/** Gather, scatter, search and order. */
export const indexing: Generators = {
  GatherV2: {
    measure,
    make: (draw) => {
      const shape = draw.shape(1, 4, { empty: false });
      const batchDims = draw.chance(0.3) ? draw.integer(0, shape.length - 1) : 0;
      const axis = draw.integer(batchDims, shape.length - 1);
      const indices = [...shape.slice(0, batchDims), ...draw.shape(batchDims > 0 ? 0 : 0, 2)];
      return {
        inputs: { x: draw.numbers(shape), indices: draw.integers(indices, 0, shape[axis] - 1) },
        attributes: { axis, batchDims },
      };
    },
  },
  GatherNd: {
    measure,
    make: (draw) => {
      const shape = draw.shape(1, 4, { empty: false });
      return { inputs: { params: draw.numbers(shape), indices: indicesInto(draw, shape, false) } };
    },
  },
  ScatterNd: {
    measure: 'summands',
    make: (draw) => {
      const shape = draw.shape(1, 4, { empty: false });
      const indices = indicesInto(draw, shape, false);
      const updates = draw.signed([indices.shape[0], ...shape.slice(indices.shape[1])]);
      return { inputs: { indices, updates }, attributes: { shape } };
    },
  },
  TensorScatterUpdate: {
    measure,
    make: (draw) => {
      const shape = draw.shape(1, 4, { empty: false });
      const indices = indicesInto(draw, shape, true);
      const slices = [indices.shape[0], ...shape.slice(indices.shape[1])];
      const isInteger = draw.chance(0.25);
      const make = (s: readonly number[]) => (isInteger ? draw.integers(s) : draw.floats(s));
      return { inputs: { tensor: make(shape), indices, updates: make(slices) } };
    },
  },
  SparseToDense: {
    measure,
    make: (draw) => {
      const outputShape = draw.shape(1, 3, { empty: false });
      const values = places(draw, outputShape, draw.integer(1, 6), true);
      const count = values.length / outputShape.length;
      const isInteger = draw.chance(0.25);
      const make = (s: readonly number[]) => (isInteger ? draw.integers(s) : draw.floats(s));
      return {
        inputs: {
          sparseIndices: { dtype: 'int32', shape: [count, outputShape.length], values },
          sparseValues: make(draw.chance(0.2) ? [] : [count]),
          defaultValue: make([]),
        },
        attributes: { outputShape },
      };
    },
  },
  OneHot: {
    measure,
    make: (draw) => ({
      inputs: { indices: draw.integers(draw.shape(0, 3), -1, 7) },
      attributes: {
        depth: draw.integer(1, 7),
        onValue: draw.integer(1, 3),
        offValue: draw.integer(-1, 0),
        dtype: draw.pick(['float32', 'int32']),
      },
    }),
  },
  TopK: {
    measure,
    make: (draw) => {
      const shape = draw.shape(1, 3, { max: 7, empty: false });
      const k = draw.integer(0, shape[shape.length - 1]);
      return {
        inputs: { x: draw.chance(0.3) ? draw.integers(shape) : draw.floats(shape, { step: draw.pick([0.5, 1e-3]) }) },
        attributes: { k, sorted: true },
      };
    },
  },
  Unique: {
    measure,
    make: (draw) => {
      const shape = draw.shape(1, 3, { max: 4, empty: false });
      return {
        inputs: { x: draw.chance(0.5) ? draw.integers(shape, 0, 2) : draw.floats(shape, { step: 1.5 }) },
        attributes: { axis: draw.integer(0, shape.length - 1) },
      };
    },
  },
  SearchSorted: {
    measure,
    make: (draw) => {
      const [rows, columns, count] = draw.list(3, () => draw.integer(1, 6));
      const make = (shape: number[]) => draw.floats(shape, { step: 0.5 });
      return {
        inputs: { sortedSequence: sorted(make([rows, columns])), values: make([rows, count]) },
        attributes: { side: draw.pick(['left', 'right']) },
      };
    },
  },
};
