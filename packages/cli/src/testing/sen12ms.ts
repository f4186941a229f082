import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Height and width of a simulated patch in pixels. */
export const patchSize = 12;

/** Words of a baseline TIFF: uncompressed, 16 bit, all channels of a pixel side by side. */
function tiff(values: Uint16Array, channels: number): Buffer {
  const pixels = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  const [bits, format, data] = [8, 8 + 2 * channels, 8 + 4 * channels];
  const many = (value: number, place: number) => (channels < 3 ? value * (channels === 2 ? 65537 : 1) : place);
  const entries = [
    [256, 3, 1, patchSize],
    [257, 3, 1, patchSize],
    [258, 3, channels, many(16, bits)],
    [259, 3, 1, 1],
    [262, 3, 1, 1],
    [273, 4, 1, data],
    [277, 3, 1, channels],
    [278, 3, 1, patchSize],
    [279, 4, 1, pixels.length],
    [284, 3, 1, 1],
    [339, 3, channels, many(1, format)],
  ] as const;
  const head = Buffer.alloc(data);
  head.write('II');
  head.writeUInt16LE(42, 2);
  head.writeUInt32LE(data + pixels.length, 4);
  for (let i = 0; i < channels; i++) {
    head.writeUInt16LE(16, bits + 2 * i);
    head.writeUInt16LE(1, format + 2 * i);
  }
  const directory = Buffer.alloc(2 + 12 * entries.length + 4);
  directory.writeUInt16LE(entries.length, 0);
  entries.forEach(([tag, type, count, value], i) => {
    directory.writeUInt16LE(tag, 2 + 12 * i);
    directory.writeUInt16LE(type, 4 + 12 * i);
    directory.writeUInt32LE(count, 6 + 12 * i);
    directory.writeUInt32LE(value, 10 + 12 * i);
  });
  return Buffer.concat([head, pixels, directory]);
}

/**
 * Writes simulated patches in the layout of SEN12MS, Sentinel-2 and land cover only, with the official lists: forest,
 * croplands or water, which are bright in bands of their own. The last quarter is for testing.
 *
 * @param folder where to
 * @param patches how many
 */
export function simulateSen12Ms(folder: string, patches: number): void {
  const season = 'ROIs1158_spring';
  const names: string[] = [];
  for (let i = 0; i < patches; i++) {
    const cover = [1, 12, 17][i % 3];
    const file = (kind: string) =>
      path.join(folder, season, `${kind}_${i >> 2}`, `${season}_${kind}_${i >> 2}_p${i}.tif`);
    const pixels = patchSize * patchSize;
    const optical = Uint16Array.from({ length: pixels * 13 }, (_, k) =>
      (k % 13) % 3 === i % 3 ? 3000 + ((i * 31 + k * 17) % 500) : 500 + ((i * 13 + k * 7) % 500),
    );
    for (const [kind, bytes] of [
      ['s2', tiff(optical, 13)],
      ['lc', tiff(new Uint16Array(pixels * 4).fill(cover), 4)],
    ] as const) {
      mkdirSync(path.dirname(file(kind)), { recursive: true });
      writeFileSync(file(kind), bytes);
    }
    names.push(path.basename(file('s2')));
  }
  const training = Math.floor(0.75 * patches);
  writeFileSync(path.join(folder, 'train_list.txt'), `${names.slice(0, training).join('\n')}\n`);
  writeFileSync(path.join(folder, 'test_list.txt'), `${names.slice(training).join('\n')}\n`);
}
