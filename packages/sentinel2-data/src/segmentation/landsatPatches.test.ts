import { describe, expect, it } from 'vitest';
import { landsatPatchName, stitchPatches } from './landsatPatches.js';

const scene = 'LC08_L1TP_034034_20160520_20170223_01_T1';

describe('the name of a patch', () => {
  it.each([`red_patch_89_5_by_7_${scene}.TIF`, `gt_patch_89_5_by_7_${scene}.tif`, `patch_89_5_by_7_${scene}`])(
    'says where it lies: %s',
    (name) => {
      expect(landsatPatchName(name)).toEqual({ id: `patch_89_5_by_7_${scene}`, row: 5, column: 7, scene });
    },
  );

  it.each(['red_89_5_by_7.TIF', 'Thumbs.db', `patch_5_by_7_${scene}`, ''])('is not %j', (name) => {
    expect(landsatPatchName(name)).toBeUndefined();
  });
});

/** What the published evaluation does in MATLAB: pastes all patches, then takes floor((padded − true) / 2) off the top and left. */
function pasteAndCut(
  patches: readonly { row: number; column: number; values: Uint8Array }[],
  [h, w]: number[],
  s: number,
) {
  const rows = Math.max(...patches.map(({ row }) => row)) * s;
  const columns = Math.max(...patches.map(({ column }) => column)) * s;
  const padded = Array.from({ length: rows }, () => new Array<number>(columns).fill(0));
  for (const { row, column, values } of patches) {
    values.forEach((value, i) => {
      padded[(row - 1) * s + Math.floor(i / s)][(column - 1) * s + (i % s)] = value;
    });
  }
  const [top, left] = [Math.floor((rows - h) / 2), Math.floor((columns - w) / 2)];
  return padded.slice(top, top + h).flatMap((line) => line.slice(left, left + w));
}

describe('patches put together', () => {
  // a scene of 3 x 5 pixels, padded by one row below and by one column before and two behind, to 4 x 8
  const [height, width, size] = [3, 5, 4];
  const patches = [
    { row: 1, column: 2, values: Uint8Array.of(4, 5, 0, 0, 9, 10, 0, 0, 14, 15, 0, 0, 0, 0, 0, 0) },
    { row: 1, column: 1, values: Uint8Array.of(0, 1, 2, 3, 0, 6, 7, 8, 0, 11, 12, 13, 0, 0, 0, 0) },
  ];

  it('are the scene without its padding', () => {
    const whole = stitchPatches(patches, { scene: [height, width], size });
    expect([...whole]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
    expect([...whole]).toEqual(pasteAndCut(patches, [height, width], size));
  });

  it.each([
    [7, 9, 4],
    [8, 8, 4],
    [11, 6, 5],
    [1, 1, 3],
  ])('agree with pasting and cutting: %i x %i in patches of %i', (h, w, s) => {
    const grid = [Math.ceil(h / s), Math.ceil(w / s)];
    const all = Array.from({ length: grid[0] * grid[1] }, (_, k) => ({
      row: Math.floor(k / grid[1]) + 1,
      column: (k % grid[1]) + 1,
      values: Uint8Array.from({ length: s * s }, (__, i) => (k * 31 + i * 7) % 251),
    }));
    expect([...stitchPatches(all, { scene: [h, w], size: s })]).toEqual(pasteAndCut(all, [h, w], s));
  });

  it('keep their type, and give the counts of a confusion table by hand', () => {
    const truth = Uint8Array.of(1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0);
    const patch = (row: number, column: number, cloud: readonly number[]) => {
      const values = new Float32Array(16);
      for (const at of cloud) values[at] = 0.9;
      return { row, column, values };
    };
    // 0.9 in the first two pixels of the first row, in the second of the second row and in the last pixel of the scene; and in the
    // padding, which counts for nothing
    const soft = stitchPatches([patch(1, 1, [0, 1, 2, 6, 15]), patch(1, 2, [9, 11])], { scene: [height, width], size });
    expect(soft).toBeInstanceOf(Float32Array);
    const cloud = [...soft].map((p) => Number(p > 0.5));
    const counts = [0, 0, 0, 0];
    cloud.forEach((predicted, i) => {
      counts[2 * truth[i] + predicted]++;
    });
    // true negatives, false positives, false negatives, true positives: J = 3 / (3 + 1 + 1)
    expect(counts).toEqual([10, 1, 1, 3]);
  });

  it('must all be there, once and of one size, or be given a value', () => {
    const options = { scene: [height, width], size } as const;
    expect(() => stitchPatches(patches.slice(1), options)).toThrow(
      expect.objectContaining({ code: 'missing-file', where: { row: 1, column: 2 } }),
    );
    expect([...stitchPatches(patches.slice(1), { ...options, missing: 255 })].slice(0, 5)).toEqual([1, 2, 3, 255, 255]);
    const refused = expect.objectContaining({ code: 'invalid-argument' });
    expect(() => stitchPatches([patches[0], patches[0]], options)).toThrow(refused);
    expect(() => stitchPatches([{ ...patches[0], row: 2 }], options)).toThrow(refused);
    expect(() => stitchPatches([{ ...patches[0], row: 0 }], options)).toThrow(refused);
    expect(() => stitchPatches([{ ...patches[0], values: new Uint8Array(9) }], options)).toThrow(refused);
    expect(() => stitchPatches([], options)).toThrow(refused);
    expect(() => stitchPatches(patches, { scene: [0, 5], size })).toThrow(refused);
  });
});
