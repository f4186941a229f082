import type { Generators } from '../case.js';
import type { Draw } from '../draw.js';
import type { Value } from '../value.js';

const words = ['', 'a', 'forest', 'water body', 'ä ö', 'x,y,,z'];

const integers = (values: readonly number[], shape: readonly number[] = [values.length]): Value => ({
  dtype: 'int32',
  shape,
  values,
});

/** Splits of rows of a ragged tensor: from 0 on, growing. */
function rowSplits(draw: Draw, rows: number): number[] {
  const splits = [0];
  for (let row = 0; row < rows; row++) splits.push(splits[row] + draw.integer(0, 3));
  return splits;
}

/** Segments that do not go back. */
const segments = (draw: Draw, count: number): number[] => {
  let segment = 0;
  return draw.list(count, () => {
    if (draw.chance(0.4)) segment++;
    return segment;
  });
};

const segmentSum = {
  measure: 'largest' as const,
  make: (draw: Draw) => {
    const [rows, count] = [draw.integer(1, 6), draw.integer(1, 8)];
    return {
      inputs: {
        data: draw.floats([rows, draw.integer(1, 4)]),
        indices: draw.integers([count], 0, rows - 1),
        segmentIds: integers(segments(draw, count)),
      },
    };
  },
};

/** Strings, ragged and sparse tensors. */
export const text: Generators = {
  StringSplit: {
    make: (draw) => ({
      inputs: {
        input: draw.strings([draw.integer(1, 5)], words),
        delimiter: draw.strings([], ['', ' ', ',']),
      },
      attributes: { skipEmpty: draw.chance() },
    }),
  },
  StringToHashBucketFast: {
    make: (draw) => ({
      inputs: { input: draw.strings(draw.shape(1, 2), words) },
      attributes: { numBuckets: draw.integer(1, 20) },
    }),
  },
  StringNGrams: {
    make: (draw) => {
      const splits = rowSplits(draw, draw.integer(1, 4));
      return {
        inputs: { data: draw.strings([splits[splits.length - 1]], words), dataSplits: integers(splits) },
        attributes: {
          separator: '|',
          nGramWidths: [draw.integer(1, 3)],
          leftPad: 'LP',
          rightPad: 'RP',
          padWidth: draw.integer(-1, 1),
          preserveShortSequences: draw.chance(),
        },
      };
    },
  },
  StaticRegexReplace: {
    make: (draw) => ({
      inputs: { x: draw.strings(draw.shape(0, 2), words) },
      attributes: { pattern: draw.pick(['[a-f]', 'o.', ',']), rewrite: '_', replaceGlobal: draw.chance() },
    }),
  },
  RaggedRange: {
    make: (draw) => {
      const count = draw.integer(1, 5);
      return {
        inputs: {
          starts: draw.integers([count], 0, 5),
          limits: draw.integers([count], 5, 12),
          deltas: draw.integers([count], 1, 4),
        },
      };
    },
  },
  RaggedGather: {
    measure: 'exact',
    make: (draw) => {
      const rows = draw.integer(1, 5);
      const splits = rowSplits(draw, rows);
      return {
        inputs: {
          paramsNestedSplits: [integers(splits)],
          paramsDenseValues: draw.signed([splits[rows], ...draw.shape(0, 1, { empty: false })]),
          indices: draw.integers([draw.integer(1, 4)], 0, rows - 1),
        },
        attributes: { outputRaggedRank: 1 },
      };
    },
  },
  RaggedTensorToTensor: {
    measure: 'exact',
    make: (draw) => {
      const splits = rowSplits(draw, draw.integer(1, 5));
      return {
        inputs: {
          shape: integers([draw.pick([-1, 4]), draw.pick([-1, 3])]),
          values: draw.floats([splits[splits.length - 1]]),
          defaultValue: draw.floats([]),
          rowPartitionTensors: [integers(splits)],
        },
        attributes: { rowPartitionTypes: ['ROW_SPLITS'] },
      };
    },
  },
  SparseFillEmptyRows: {
    measure: 'exact',
    make: (draw) => {
      const [rows, columns] = [draw.integer(1, 5), draw.integer(1, 4)];
      const filled = draw.subset(rows, draw.integer(0, rows)).sort((a, b) => a - b);
      return {
        inputs: {
          indices: integers(
            filled.flatMap((row) => [row, draw.integer(0, columns - 1)]),
            [filled.length, 2],
          ),
          values: draw.floats([filled.length]),
          denseShape: integers([rows, columns]),
          defaultValue: draw.floats([]),
        },
      };
    },
  },
  SparseReshape: {
    make: (draw) => {
      const [rows, columns] = [draw.integer(1, 4), draw.integer(1, 4)];
      const count = draw.integer(0, 5);
      return {
        inputs: {
          inputIndices: integers(
            draw.list(count, () => [draw.integer(0, rows - 1), draw.integer(0, columns - 1)]).flat(),
            [count, 2],
          ),
          inputShape: integers([rows, columns]),
          newShape: integers([columns, -1]),
        },
      };
    },
  },
  SparseSegmentSum: segmentSum,
  SparseSegmentMean: segmentSum,
};
