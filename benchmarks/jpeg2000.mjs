/**
 * Reading a Sentinel-2 band in JPEG 2000: a SIMULATED band (uint16, tiles of 1,024, reversible, smooth ground with 7 bits of noise) is
 * written by Python, then read whole in windows of 512 through openScene, one band in the calling thread and four with threads, and in one
 * piece by imagecodecs and Pillow (both OpenJPEG), each in a process of its own, the fastest of several rounds.
 *
 *     npm run build && node benchmarks/jpeg2000.mjs [python with imagecodecs, Pillow and numpy] [height and width] [rounds]
 */
import { execFileSync } from 'node:child_process';
import { link, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openScene } from '@lulc/sentinel2-data/node';

const window = 512;

async function read(file, bands, workers) {
  const before = process.cpuUsage();
  const begin = performance.now();
  const paths = Object.fromEntries(Array.from({ length: bands }, (_, i) => [`band${i + 1}`, `${file}${i}.j2k`]));
  const scene = await openScene({ paths, ...(workers === 'own' ? {} : { workers: Number(workers) }) });
  const [height, width] = scene.size;
  let sum = 0;
  for (let top = 0; top < height; top += window) {
    for (let left = 0; left < width; left += window) {
      const [rows, columns] = [Math.min(window, height - top), Math.min(window, width - left)];
      const { image } = await scene.read({ top, left, rows, columns });
      for (const value of image.data) sum += value;
    }
  }
  await scene.close();
  const { user, system } = process.cpuUsage(before);
  return {
    what: `openScene, bands: ${bands}`,
    seconds: (performance.now() - begin) / 1000,
    cpu: (user + system) / 1e6,
    peak: process.resourceUsage().maxRSS,
    bands,
    sum: sum / bands,
  };
}

const [first, ...rest] = process.argv.slice(2);
if (first === 'read') {
  console.log(JSON.stringify(await read(rest[0], Number(rest[1]), rest[2])));
} else {
  const [python = 'python3', size = '10980', rounds = '3'] = first === undefined ? [] : [first, ...rest];
  const script = fileURLToPath(new URL('jpeg2000.py', import.meta.url));
  const folder = await mkdtemp(join(tmpdir(), 'lulc-jpeg2000-'));
  const file = join(folder, 'band');
  const run = (program, ...task) =>
    execFileSync(program, task, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    run(python, script, 'write', file, size);
    for (let band = 0; band < 4; band++) await link(file, `${file}${band}.j2k`);
    const megapixels = Number(size) ** 2 / 1e6;
    const { size: bytes } = await stat(file);
    console.log(`SIMULATED band of ${size} x ${size} pixels: ${(bytes / 2 ** 20).toFixed(0)} MiB`);
    const readers = [
      ['the calling thread', process.execPath, fileURLToPath(import.meta.url), 'read', file, '1', '0'],
      ['the calling thread', process.execPath, fileURLToPath(import.meta.url), 'read', file, '4', '0'],
      ['a thread per processor', process.execPath, fileURLToPath(import.meta.url), 'read', file, '4', 'own'],
      ['1 thread', python, script, 'imagecodecs', file, '1'],
      ['2 threads', python, script, 'imagecodecs', file, '2'],
      ['its own threads', python, script, 'pillow', file, '0'],
    ];
    const best = new Map();
    for (let round = 0; round < Number(rounds); round++) {
      for (const [i, [, program, ...task]] of readers.entries()) {
        const result = JSON.parse(run(program, ...task));
        if (!(best.get(i)?.seconds <= result.seconds)) best.set(i, result);
      }
    }
    const sums = new Set([...best.values()].map(({ sum }) => sum));
    for (const [i, { what, bands = 1, seconds, cpu, peak }] of best) {
      console.log(
        `${what} (${readers[i][0]}): ${seconds.toFixed(1)} s, ${cpu.toFixed(1)} s of processors, ` +
          `${((bands * megapixels) / seconds).toFixed(1)} Mpx/s of a band, peak memory ${(peak / 1024).toFixed(0)} MiB`,
      );
    }
    console.log(sums.size === 1 ? 'all read the same sum of values' : `sums differ: ${[...sums].join(', ')}`);
  } finally {
    await rm(folder, { recursive: true });
  }
}
