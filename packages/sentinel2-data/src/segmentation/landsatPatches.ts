import { LulcError } from '@lulc/core';

/** What the name of a patch of 38-Cloud or 95-Cloud says. */
export interface LandsatPatchName {
  /** The name without band and extension, as in the lists: `patch_89_5_by_5_LC08_…`. */
  readonly id: string;
  /** Row of the patch in its scene, from 1. */
  readonly row: number;
  /** Column of the patch in its scene, from 1. */
  readonly column: number;
  /** Identity of the scene. */
  readonly scene: string;
}

const pattern = /^(?:[a-z]+_)?(patch_\d+_(\d+)_by_(\d+)_(L\w+?))(?:\.tiff?)?$/i;

/**
 * Reads the name of a patch (spec 10.2).
 *
 * @param name with or without band and extension
 * @returns `undefined` when it is none
 * @example
 * ```ts
 * import { landsatPatchName } from '@lulc/sentinel2-data';
 *
 * const patch = landsatPatchName('red_patch_89_5_by_7_LC08_L1TP_034034_20160520_20170223_01_T1.TIF');
 * console.log(patch?.row, patch?.column, patch?.scene); // 5 7 LC08_L1TP_034034_20160520_20170223_01_T1
 * ```
 */
export function landsatPatchName(name: string): LandsatPatchName | undefined {
  const [, id, row, column, scene] = pattern.exec(name) ?? [];
  return id === undefined ? undefined : { id, row: Number(row), column: Number(column), scene };
}

/** Values of the pixels of a patch or a scene. */
export type PatchValues = Uint8Array | Uint16Array | Float32Array;

/** One patch of a scene, e.g. what a network predicts for it. */
export interface ScenePatch<Values extends PatchValues> {
  /** Row of the patch in its scene, from 1. */
  readonly row: number;
  /** Column of the patch in its scene, from 1. */
  readonly column: number;
  /** `size · size` values, row-major. */
  readonly values: Values;
}

/** How patches are put together. */
export interface StitchOptions {
  /** `[height, width]` of the scene, without padding. */
  readonly scene: readonly [number, number];
  /**
   * Height and width of a patch.
   * @defaultValue 384
   */
  readonly size?: number;
  /** Value of pixels whose patch is not given. Default: a patch that is missing is an error. */
  readonly missing?: number;
}

/**
 * Puts the patches of a scene of 38-Cloud or 95-Cloud together (spec 10.2): the scene was padded evenly on all sides to a multiple
 * of the patch, the odd row and column at the end, before it was cut; that padding is taken off again.
 *
 * @param patches patches of one scene, in any order, each read once
 * @param options size of the scene
 * @returns `height · width` values of the scene, row-major, of the type of the patches
 * @throws LulcError `invalid-argument`: no patch, a patch outside of the scene, twice or of another size, `missing-file`: a patch
 *   is missing
 * @example
 * ```ts
 * import { stitchPatches } from '@lulc/sentinel2-data';
 *
 * // a scene of 2 x 3 pixels was padded to 2 x 4 and cut into patches of 2 x 2
 * const left = { row: 1, column: 1, values: Uint8Array.of(1, 2, 5, 6) };
 * const right = { row: 1, column: 2, values: Uint8Array.of(3, 0, 7, 0) };
 * console.log([...stitchPatches([left, right], { scene: [2, 3], size: 2 })]); // [ 1, 2, 3, 5, 6, 7 ]
 * ```
 */
export function stitchPatches<Values extends PatchValues>(
  patches: Iterable<ScenePatch<Values>>,
  options: StitchOptions,
): Values {
  const { scene, size = 384, missing } = options;
  const [height, width] = scene;
  if (![height, width, size].every((n) => Number.isInteger(n) && n > 0)) {
    throw new LulcError('invalid-argument', 'sizes of scene and patch must be whole numbers above 0', {
      where: { height, width, size },
    });
  }
  const [rows, columns] = [Math.ceil(height / size), Math.ceil(width / size)];
  const above = Math.floor((rows * size - height) / 2);
  const before = Math.floor((columns * size - width) / 2);
  const seen = new Uint8Array(rows * columns);
  let out: Values | undefined;
  for (const { row, column, values } of patches) {
    out ??= new (values.constructor as new (length: number) => Values)(height * width).fill(missing ?? 0) as Values;
    const place = (row - 1) * columns + column - 1;
    const inside = Number.isInteger(row) && Number.isInteger(column) && row >= 1 && column >= 1;
    if (!inside || row > rows || column > columns || seen[place] === 1 || values.length !== size * size) {
      throw new LulcError('invalid-argument', 'a patch outside of the scene, twice, or of another size', {
        where: { row, column, values: values.length, rows, columns },
      });
    }
    seen[place] = 1;
    const [top, left] = [(row - 1) * size - above, (column - 1) * size - before];
    const [from, to] = [Math.max(0, -left), Math.min(size, width - left)];
    for (let y = Math.max(0, -top); y < Math.min(size, height - top); y++) {
      out.set(values.subarray(y * size + from, y * size + to), (top + y) * width + left + from);
    }
  }
  const lacking = seen.indexOf(0);
  if (out === undefined) throw new LulcError('invalid-argument', 'no patch of the scene');
  if (lacking >= 0 && missing === undefined) {
    throw new LulcError(
      'missing-file',
      `${seen.filter((value) => value === 0).length} patches of the scene are missing`,
      {
        where: { row: Math.floor(lacking / columns) + 1, column: (lacking % columns) + 1 },
        hint: 'Say with missing what their pixels are to be.',
      },
    );
  }
  return out;
}
