/**
 * Speed and peak memory of cloud prediction over a scene, from a GeoTIFF to GeoTIFFs: a SIMULATED scene (smooth ground with
 * noise, bright blobs; four bands of uint16 in deflated tiles, as large as a Sentinel-2 tile) is written first, then read,
 * predicted with an untrained student of 121,610 parameters, and written as mask and probability, in a process of its own.
 *
 *     npm run build && node benchmarks/scene-memory.mjs [engine] [height and width] [tile] [batch] [mirrors: none or both] [normalization]
 */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { predictClouds, studentUnet } from '@lulc/cloud-unet-kd';
import { random, useEngine } from '@lulc/core';
import { createMapWriter, openScene } from '@lulc/sentinel2-data/node';

const bands = ['B04', 'B03', 'B02', 'B08'];
const geo = { origin: [600000, 5100000], pixelSize: [10, -10], epsg: 32632 };

/** Ground that varies slowly, with noise and bright blobs. */
async function simulate(path, size) {
  const map = await createMapWriter({
    path,
    size: [size, size],
    type: 'uint16',
    bands: 4,
    nodata: 0,
    geo,
    tile: 512,
    level: 1,
  });
  const draw = random(1);
  const noise = Uint8Array.from({ length: 1 << 16 }, () => draw.integer(128));
  const rows = 512;
  for (let top = 0; top < size; top += rows) {
    const count = Math.min(rows, size - top);
    const data = new Uint16Array(count * size * 4);
    for (let y = 0, at = 0; y < count; y++) {
      const wave = Math.sin((top + y) / 310);
      for (let x = 0; x < size; x++) {
        const ground = 900 + 400 * wave * Math.cos(x / 270);
        const blob = Math.max(0, Math.sin(x / 140 + wave) * Math.cos((top + y) / 120 - x / 900) - 0.6);
        for (let band = 0; band < 4; band++, at++)
          data[at] = ground * (1 + band / 4) + 9000 * blob + noise[(at * 31) & 0xffff];
      }
    }
    await map.write({ top, rows: count, data });
  }
  await map.close();
}

async function predict(folder, engineName, tile, batchSize, mirrors, scheme) {
  const engine = await useEngine(engineName);
  const network = studentUnet({ stages: 4, base: 8, bands: 4, classes: 2, inputSize: tile, seed: 1 });
  const scene = await openScene({ path: join(folder, 'scene.tif'), storedBands: bands });
  const common = { size: scene.size, geo: scene.geo };
  const mask = await createMapWriter({ ...common, path: join(folder, 'mask.tif'), type: 'uint8', nodata: 255 });
  const probability = await createMapWriter({
    ...common,
    path: join(folder, 'probability.tif'),
    type: 'uint8',
    nodata: 255,
    scale: 0.01,
  });
  const loaded = process.resourceUsage().maxRSS;
  const begin = performance.now();
  let statistics = begin;
  const { cover } = await predictClouds(
    {
      scene,
      networks: network,
      normalization: bands.map(() => (scheme === 'fixed' ? { scheme, mean: 2000, std: 1500 } : { scheme })),
      tile: [tile, tile],
      batchSize,
      mirror: mirrors === 'both' ? ['horizontal', 'vertical'] : [],
      onProgress: ({ stage }) => {
        if (stage === 'statistics') statistics = performance.now();
      },
    },
    async (strip) => {
      await mask.write({ top: strip.top, rows: strip.rows, data: strip.mask });
      const percent = Uint8Array.from(strip.probability, (p) => (Number.isNaN(p) ? 255 : Math.round(100 * p)));
      await probability.write({ top: strip.top, rows: strip.rows, data: percent });
    },
  );
  await mask.close();
  await probability.close();
  await scene.close();
  const end = performance.now();
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  return {
    engine: `${engine.name} (${engine.version})`,
    parameters: network.countParams(),
    cover,
    statistics: (statistics - begin) / 1000,
    seconds: (end - begin) / 1000,
    cpu: (userCPUTime + systemCPUTime) / 1e6,
    loaded,
    peak: maxRSS,
  };
}

const [first, ...rest] = process.argv.slice(2);
if (first === 'simulate') {
  await simulate(join(rest[0], 'scene.tif'), Number(rest[1]));
} else if (first === 'predict') {
  const [folder, engineName, tile, batch, mirrors, scheme] = rest;
  console.log(JSON.stringify(await predict(folder, engineName, Number(tile), Number(batch), mirrors, scheme)));
  process.exit(0);
} else {
  const [engineName = 'auto', size = '10980', tile = '512', batch = '4', mirrors = 'none', scheme = 'image-z-score'] =
    first === undefined ? [] : [first, ...rest];
  const folder = await mkdtemp(join(tmpdir(), 'lulc-scene-'));
  try {
    const run = (...task) =>
      execFileSync(process.execPath, [fileURLToPath(import.meta.url), ...task], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'inherit'],
      });
    run('simulate', folder, size);
    const answer = run('predict', folder, engineName, tile, batch, mirrors, scheme).trim().split('\n').at(-1);
    const { engine, parameters, cover, statistics, seconds, cpu, loaded, peak } = JSON.parse(answer);
    const bytes = async (name) => `${((await stat(join(folder, name))).size / 2 ** 20).toFixed(0)} MiB`;
    const megapixels = Number(size) ** 2 / 1e6;
    console.log(
      `${engine}, ${parameters} parameters, tiles of ${tile}, batches of ${batch}, mirrors: ${mirrors}, ${scheme}`,
    );
    console.log(`SIMULATED scene of ${size} x ${size} pixels, 4 bands uint16: ${await bytes('scene.tif')}`);
    console.log(
      `mask ${await bytes('mask.tif')}, probability ${await bytes('probability.tif')}, cover ${cover.toFixed(3)}`,
    );
    console.log(
      `${seconds.toFixed(1)} s (statistics ${statistics.toFixed(1)} s of it), ${cpu.toFixed(1)} s of processors: ${(megapixels / seconds).toFixed(2)} Mpx/s`,
    );
    console.log(
      `peak memory ${(peak / 1024).toFixed(0)} MiB, ${(loaded / 1024).toFixed(0)} MiB of it before the first pixel`,
    );
  } finally {
    await rm(folder, { recursive: true });
  }
}
