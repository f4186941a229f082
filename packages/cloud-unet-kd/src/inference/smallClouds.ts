/** Takes a row of a mask that nothing will change any more. */
type RowSink = (row: Uint8Array) => void;

/** Adjacent pixels of a row that are cloud. */
interface Run {
  readonly from: number;
  readonly to: number;
  /** The cloud it belongs to. */
  cloud: Cloud;
}

/** Pixels that touch each other. Of clouds that were found to be one, all but one point to another. */
interface Cloud {
  area: number;
  /** Runs that are kept until it is known whether the cloud is large enough. */
  runs: { readonly row: Uint8Array; readonly from: number; readonly to: number }[];
  mergedInto: Cloud | undefined;
}

/** A mask that comes row by row and loses its small clouds. */
export interface SmallClouds {
  /**
   * @param row the next row: 1 where there is cloud; taken over and changed
   */
  add(row: Uint8Array): void;
  /** Hands out what is left, after the last row. */
  end(): void;
}

/**
 * Takes clouds of fewer pixels than asked for from a mask that comes row by row: they become clear. Pixels belong together that
 * touch at a side or a corner. A cloud that is still too small is at most that many rows high, so no more rows are held.
 *
 * @param minimum pixels of the smallest cloud that stays
 * @param done takes the rows, in order
 */
export function withoutSmallClouds(minimum: number, done: RowSink): SmallClouds {
  let above: Run[] = [];
  const held: Uint8Array[] = [];
  const handOut = (keep: number) => {
    while (held.length > keep) done(held.shift() as Uint8Array);
  };
  const close = (runs: readonly Run[], still: ReadonlySet<Cloud>) => {
    for (const { cloud } of runs) {
      const whole = rootOf(cloud);
      if (still.has(whole)) continue;
      // Nothing will join it any more; the runs of a large one were let go.
      for (const { row, from, to } of whole.runs) row.fill(0, from, to);
      whole.runs = [];
    }
  };
  return {
    add: (row) => {
      held.push(row);
      const runs = runsOf(row, above, minimum);
      close(above, new Set(runs.map(({ cloud }) => rootOf(cloud))));
      above = runs;
      handOut(minimum - 1);
    },
    end: () => {
      close(above, new Set());
      above = [];
      handOut(0);
    },
  };
}

function rootOf(cloud: Cloud): Cloud {
  let root = cloud;
  while (root.mergedInto !== undefined) root = root.mergedInto;
  return root;
}

/** The runs of a row, joined to the clouds of the row above. */
function runsOf(row: Uint8Array, above: readonly Run[], minimum: number): Run[] {
  const runs: Run[] = [];
  let first = 0;
  for (let from = row.indexOf(1); from >= 0; ) {
    let to = from + 1;
    while (to < row.length && row[to] === 1) to++;
    let cloud: Cloud = { area: to - from, runs: [{ row, from, to }], mergedInto: undefined };
    // Both lists go from left to right; a run above may reach over several below.
    while (first < above.length && above[first].to < from) first++;
    for (let i = first; i < above.length && above[i].from <= to; i++) cloud = merged(rootOf(above[i].cloud), cloud);
    if (cloud.area >= minimum) cloud.runs = [];
    runs.push({ from, to, cloud });
    from = row.indexOf(1, to);
  }
  return runs;
}

function merged(a: Cloud, b: Cloud): Cloud {
  if (a === b) return a;
  const [large, small] = a.area >= b.area ? [a, b] : [b, a];
  large.area += small.area;
  for (const run of small.runs) large.runs.push(run);
  small.runs = [];
  small.mergedInto = large;
  return large;
}
