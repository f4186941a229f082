import { affineAt, betweenViews, mapPoint, type ViewImages } from '@lulc/core/views';

/** Pairs of map cells that show the same ground, as rows of two maps that were flattened to `[B · h · w, C]`. */
export interface CellMatches {
  /** `[B · matches]`: rows of the first view's map, image by image. */
  readonly from: Int32Array;
  /** `[B · matches]`: the row of the second view's map that belongs to each. */
  readonly to: Int32Array;
}

/**
 * Matches the cells of two views' maps by where they lie on the ground: each cell of the first with the nearest cell of the
 * second, of which the closest pairs are kept (VICRegL, Bardes et al. 2022, arXiv:2210.01571). The nearest cell is looked for along
 * the second view's axes, which is exact for crops, flips and quarter turns.
 *
 * @param first view that is matched
 * @param second view of the same images, of the same size
 * @param size `[h, w]` of the map of either view
 * @param matches pairs kept per image, at most `h · w`
 * @param alignCorners whether the first and last cells lie at the first and last pixels; otherwise (default) cells divide the
 *   view evenly
 */
export function cellMatches(
  first: ViewImages,
  second: ViewImages,
  size: readonly [number, number],
  matches: number,
  alignCorners = false,
): CellMatches {
  const [rows, height, width] = first.imageShape;
  const [h, w] = size;
  const [vertical, horizontal] = [cellAxis(height, h, alignCorners), cellAxis(width, w, alignCorners)];
  const from = new Int32Array(rows * matches);
  const to = new Int32Array(rows * matches);
  for (let row = 0; row < rows; row++) {
    const [toSource, otherToSource] = [affineAt(first.affines, row), affineAt(second.affines, row)];
    const across = betweenViews(toSource, otherToSource);
    const pairs = Array.from({ length: h * w }, (_, cell) => {
      const [x, y] = [horizontal.centre(cell % w), vertical.centre(Math.floor(cell / w))];
      const [u, v] = mapPoint(across, x, y);
      const [column, line] = [horizontal.nearest(u), vertical.nearest(v)];
      const here = mapPoint(toSource, x, y);
      const there = mapPoint(otherToSource, horizontal.centre(column), vertical.centre(line));
      const distance = Math.hypot(here[0] - there[0], here[1] - there[1]);
      return { cell, partner: line * w + column, distance };
    });
    pairs.sort((a, b) => a.distance - b.distance || a.cell - b.cell);
    pairs.slice(0, matches).forEach(({ cell, partner }, i) => {
      from[row * matches + i] = row * h * w + cell;
      to[row * matches + i] = row * h * w + partner;
    });
  }
  return { from, to };
}

/** Where the cells of an axis lie in a view, and which is nearest to a position. */
interface CellAxis {
  centre(cell: number): number;
  nearest(position: number): number;
}

function cellAxis(pixels: number, cells: number, alignCorners: boolean): CellAxis {
  const corners = alignCorners && cells > 1;
  const [first, step] = corners ? [0.5, (pixels - 1) / (cells - 1)] : [pixels / cells / 2, pixels / cells];
  return {
    centre: (cell) => first + cell * step,
    nearest: (position) => Math.min(cells - 1, Math.max(0, Math.round((position - first) / step))),
  };
}
