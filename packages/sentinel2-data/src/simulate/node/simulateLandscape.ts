import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { LulcError, nearestName } from '@lulc/core';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { bandByName } from '../../bands/bands.js';
import { exists, viewFolder } from '../../formats/node/folder.js';
import { covers, regions } from '../covers.js';
import { bandAt, drawScene, makePatch, patchPixels, type Scene } from '../landscape.js';
import { spectrumBands } from '../materials.js';
import { type SimulatedParts, type SimulateOptions, type SimulateResult, simulatedMarker } from '../options.js';
import { geoTiffWriter } from './geoTiffWriter.js';

const imageFolder = 'BigEarthNet-S2';
const mapFolder = 'Reference_Maps';
const metadataFile = 'metadata.parquet';

/** Patches that one simulated scene has at most in its row and column. */
const scenePatches = 90;

/** Patches per scene, about. */
const patchesPerScene = 12;

/**
 * Writes a simulated dataset in the layout of BigEarthNet 2.0: GeoTIFFs of whole-number reflectance per band at 10, 20
 * and 60 m, reference maps, and `metadata.parquet`. It is for trying things out and for tests: the landscapes are made
 * up (fields, houses, forests and water of typical spectra, with haze, drying and noise) and stand for no place.
 *
 * That it is simulated shows everywhere: `SIMULATED.txt` at the top, which makes `info.simulated` true when the set is
 * opened; the country `Simulated`; a tile `T00SIM` and dates in 2000, before there was a Sentinel-2; coordinates in the
 * open sea.
 *
 * Same options, same files. Parts never share a scene.
 *
 * @param options folder, number of patches, seed
 * @throws LulcError `invalid-argument` (number of patches, shares, a folder that holds something else), `unknown-name`
 *   (band or class)
 * @example
 * ```ts
 * import { openDataset, simulateLandscape } from '@lulc/sentinel2-data/node';
 *
 * await simulateLandscape({ out: 'data/simulated', patches: 300, seed: 1 });
 * const train = await openDataset({ path: 'data/simulated', split: 'train' });
 * console.log(train.info.simulated, train.length); // true 180
 * ```
 */
export async function simulateLandscape(options: SimulateOptions): Promise<SimulateResult> {
  const { out, patches, seed = 0, referenceMaps = true } = options;
  if (!Number.isInteger(patches) || patches < 1 || patches > 1_000_000 || !Number.isInteger(seed)) {
    throw new LulcError('invalid-argument', 'patches must be a whole number from 1 to 1000000, seed a whole number', {
      where: { patches, seed },
    });
  }
  const bands = bandPositions(options.bands ?? spectrumBands);
  const allowed = classIndices(options.classes ?? covers.map(({ name }) => name));
  const plan = planPatches(patches, options.split ?? { train: 0.6, validation: 0.2, test: 0.2 });
  await prepareFolder(out, seed);

  const geoTiff = geoTiffWriter(patchPixels * 10);
  const scenes = new Map<number, Scene>();
  const rows: Row[] = [];
  const counts = new Uint32Array(covers.length);
  let writing: Promise<unknown> = Promise.resolve();
  for (const [number, { split, scene: sceneNumber, place }] of plan.entries()) {
    const scene = scenes.get(sceneNumber) ?? drawScene(seed, sceneNumber, allowed);
    scenes.set(sceneNumber, scene);
    const { map, label, reflectance } = makePatch(seed, number, scene);
    const names = patchNames(sceneNumber, place);
    for (const index of label) counts[index]++;
    rows.push({ patch_id: names.patch, labels: label.map((index) => covers[index].name).sort(), split });
    const images = bands.map(({ name, position, factor }) => ({
      file: path.join(out, imageFolder, names.tile, names.patch, `${names.patch}_${name}.tif`),
      bytes: geoTiff(bandAt(reflectance, position, factor), patchPixels / factor, place),
    }));
    const codes = Uint16Array.from(map, (index) => covers[index].code);
    const maps = {
      file: path.join(out, mapFolder, names.tile, names.patch, `${names.patch}_reference_map.tif`),
      bytes: geoTiff(codes, patchPixels, place),
    };
    await writing;
    writing = Promise.all((referenceMaps ? [...images, maps] : images).map(writeIntoFolder));
    writing.catch(() => {});
    options.onProgress?.(number + 1, plan.length);
  }
  await writing;
  // last, so that what was interrupted is not taken for a dataset
  await writeFile(path.join(out, metadataFile), new Uint8Array(metadataTable(rows, seed)));
  const ofSplit = (name: string) => plan.filter(({ split }) => split === name).length;
  return {
    path: out,
    patches: { train: ofSplit('train'), validation: ofSplit('validation'), test: ofSplit('test') },
    classCounts: Object.fromEntries(allowed.map((index) => [covers[index].name, counts[index]])),
  };
}

interface Row {
  readonly patch_id: string;
  readonly labels: readonly string[];
  readonly split: string;
}

interface PlannedPatch {
  readonly split: 'train' | 'validation' | 'test';
  readonly scene: number;
  /** Row and column of the patch in its scene. */
  readonly place: readonly [number, number];
}

function bandPositions(names: readonly string[]): { name: string; position: number; factor: number }[] {
  return names.map((given) => {
    const { name, resolution } = bandByName(given);
    const position = (spectrumBands as readonly string[]).indexOf(name);
    if (position < 0) {
      throw new LulcError('unknown-name', `band '${name}' is not simulated`, {
        where: { band: name },
        hint: `There are ${spectrumBands.join(', ')}.`,
      });
    }
    return { name, position, factor: resolution / 10 };
  });
}

function classIndices(names: readonly string[]): number[] {
  const known = covers.map(({ name }) => name);
  const indices = names.map((name) => {
    const index = known.indexOf(name);
    if (index >= 0) return index;
    const near = nearestName(name, known);
    throw new LulcError('unknown-name', `class '${name}' is not simulated`, {
      where: { class: name },
      hint: near ? `Did you mean '${near}'?` : `There are ${known.join('; ')}.`,
    });
  });
  if (indices.length === 0) throw new LulcError('invalid-argument', 'no class asked for');
  return [...new Set(indices)].sort((a, b) => a - b);
}

/** Shares patches out to parts, and the patches of a part to scenes of its own, of every kind of country in turn. */
function planPatches(patches: number, shares: SimulatedParts): PlannedPatch[] {
  const parts = ['train', 'validation', 'test'] as const;
  const sum = parts.reduce((total, part) => total + shares[part], 0);
  if (parts.some((part) => !(shares[part] >= 0)) || !(sum > 0) || !Number.isFinite(sum)) {
    throw new LulcError('invalid-argument', 'the shares of a split must be 0 or more and not all 0');
  }
  let firstScene = 0;
  let given = 0;
  let share = 0;
  return parts.flatMap((split) => {
    share += shares[split] / sum;
    const count = Math.round(share * patches) - given;
    given += count;
    const rounds = Math.max(1, Math.round(count / (patchesPerScene * regions.length)));
    const scenes = Math.max(rounds * regions.length, Math.ceil(count / scenePatches ** 2));
    const start = firstScene;
    firstScene += Math.ceil(scenes / regions.length) * regions.length;
    return Array.from({ length: count }, (_, i): PlannedPatch => {
      const inScene = Math.floor(i / scenes);
      return {
        split,
        scene: start + (i % scenes),
        place: [Math.floor(inScene / scenePatches), inScene % scenePatches],
      };
    });
  });
}

/** Names as in BigEarthNet 2.0, of a tile and a time that cannot be. */
function patchNames(scene: number, [row, column]: readonly [number, number]): { tile: string; patch: string } {
  const day = new Date(Date.UTC(2000, 0, 1 + (scene % 366))).toISOString().slice(0, 10).replaceAll('-', '');
  const second = Math.floor(scene / 366);
  const time = [Math.floor(second / 3600), Math.floor(second / 60) % 60, second % 60];
  const clock = time.map((part) => String(part).padStart(2, '0')).join('');
  const tile = `S2A_MSIL2A_${day}T${clock}_N9999_R000_T00SIM`;
  return { tile, patch: `${tile}_${String(row).padStart(2, '0')}_${String(column).padStart(2, '0')}` };
}

async function writeIntoFolder({ file, bytes }: { file: string; bytes: Uint8Array }): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, bytes);
}

/** The folder must be new, empty, or an earlier simulation, of which only what a simulation writes is removed. */
async function prepareFolder(out: string, seed: number): Promise<void> {
  const marker = path.join(out, simulatedMarker);
  if (await exists(out)) {
    const { files, folders } = await viewFolder(out);
    if (files.length + folders.length > 0 && !files.includes(simulatedMarker)) {
      throw new LulcError('invalid-argument', 'the folder holds something else', {
        where: { file: out },
        hint: 'Name a new folder, an empty one, or an earlier simulation.',
      });
    }
    for (const name of [metadataFile, imageFolder, mapFolder]) {
      await rm(path.join(out, name), { recursive: true, force: true });
    }
  }
  await mkdir(out, { recursive: true });
  await writeFile(
    marker,
    `SIMULATED DATA\n\nThese patches were generated by simulateLandscape of @lulc/sentinel2-data with seed ${seed}. They were observed by no\nsensor and show no place. Layout and file names follow BigEarthNet 2.0. Results on them say nothing about real imagery.\n`,
  );
}

function metadataTable(rows: readonly Row[], seed: number): ArrayBuffer {
  const text = (name: string) =>
    ({ name, type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' }) as const;
  const flag = (name: string) => ({ name, type: 'BOOLEAN', repetition_type: 'OPTIONAL' }) as const;
  const every = <T>(value: T): T[] => rows.map(() => value);
  return parquetWriteBuffer({
    schema: [
      { name: 'schema', repetition_type: 'REQUIRED', num_children: 8 },
      text('patch_id'),
      { name: 'labels', repetition_type: 'OPTIONAL', num_children: 1, converted_type: 'LIST' },
      { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
      text('element'),
      text('split'),
      text('country'),
      text('s1_name'),
      text('s2v1_name'),
      flag('contains_seasonal_snow'),
      flag('contains_cloud_or_shadow'),
    ],
    columnData: [
      { name: 'patch_id', data: rows.map(({ patch_id }) => patch_id) },
      { name: 'labels', data: rows.map(({ labels }) => labels) },
      { name: 'split', data: rows.map(({ split }) => split) },
      { name: 'country', data: every('Simulated') },
      { name: 's1_name', data: every(null) },
      { name: 's2v1_name', data: every(null) },
      { name: 'contains_seasonal_snow', data: every(false) },
      { name: 'contains_cloud_or_shadow', data: every(false) },
    ],
    kvMetadata: [
      { key: 'simulated', value: 'true' },
      { key: 'seed', value: String(seed) },
    ],
  });
}
