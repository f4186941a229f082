import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { type CloudCover, predictClouds, probabilityCodings, probabilityLevels } from '@lulc/cloud-unet-kd';
import { LulcError, type Scene, useEngine } from '@lulc/core';
import {
  createMapWriter,
  type MapWriter,
  type OpenedScene,
  type OpenSceneOptions,
  openScene,
  type SceneProduct,
  writeQuickLook,
} from '@lulc/sentinel2-data/node';
import type { engineChoices } from '../../config/basics.js';
import type { CommandContext } from '../../program/io.js';
import { progressLine } from '../../program/progress.js';
import { type CloudNetworks, openCloudNetworks } from '../../run/clouds/cloudNetworks.js';
import { isThere } from '../../run/clouds/cloudsFolder.js';
import { textTable } from '../../tables/textTable.js';

/** Flags of `lulc clouds predict`. */
export interface CloudsPredictFlags {
  readonly model: string;
  readonly to: string;
  readonly probability?: boolean;
  readonly quicklook?: boolean;
  readonly skipExisting?: boolean;
  readonly storedBands?: readonly string[];
  readonly nodata?: string;
  readonly radiometricOffset?: OpenSceneOptions['radiometricOffset'];
  readonly threshold: number;
  readonly minimumArea: number;
  readonly overlap: number;
  readonly mirror?: boolean;
  readonly batchSize: number;
  readonly engine: (typeof engineChoices)[number];
}

/** Value of a mask where there are no data. */
const maskNodata = 255;
/** How probabilities are stored. */
const probabilities = { type: 'uint16', ...probabilityCodings.uint16 } as const;

/** What became of a scene. */
interface PredictedScene extends Partial<CloudCover> {
  readonly scene: string;
  readonly mask: string;
  readonly skipped: boolean;
  readonly seconds?: number;
  readonly megapixelsPerSecond?: number;
}

/** `lulc clouds predict <scenes…>`: cloud masks of scenes of any size, as GeoTIFFs. */
export async function cloudsPredict(
  context: CommandContext,
  scenes: readonly string[],
  flags: CloudsPredictFlags,
): Promise<undefined> {
  requireOwnFiles(scenes, flags.to);
  const engine = await useEngine(flags.engine);
  context.log(`engine: ${engine.name} on ${engine.device} (${engine.version}): ${engine.why}`);
  const networks = await openCloudNetworks(flags.model, context);
  const done: PredictedScene[] = [];
  try {
    await mkdir(flags.to, { recursive: true });
    for (const scene of scenes) done.push(await predictOne(scene, networks, flags, context));
  } finally {
    networks.dispose();
  }
  const { name, device, version } = engine;
  context.result({ model: flags.model, engine: { name, device, version }, scenes: done }, () =>
    textTable(
      ['scene', 'cloud cover', 'pixels with data', 'Mpx/s', 'mask'],
      done.map(({ scene, mask, skipped, cover = Number.NaN, validPixels, megapixelsPerSecond }) => [
        scene,
        skipped ? 'there already' : Number.isNaN(cover) ? 'no data' : `${(100 * cover).toFixed(1)} %`,
        validPixels?.toLocaleString('en') ?? '–',
        megapixelsPerSecond?.toFixed(2) ?? '–',
        mask,
      ]),
    ),
  );
  return undefined;
}

async function predictOne(
  place: string,
  { predictor, card, normalization }: CloudNetworks,
  flags: CloudsPredictFlags,
  context: CommandContext,
): Promise<PredictedScene> {
  const files = filesOf(place, flags.to);
  if (flags.skipExisting && (await isThere(files.mask))) return { scene: place, mask: files.mask, skipped: true };
  const scene = await openForCard(place, card.bands, flags);
  if (scene.product !== undefined) context.log(`${path.basename(place)}: ${productLine(scene.product, card.bands)}`);
  const progress = progressLine(context, path.basename(place));
  const begin = performance.now();
  const writers: MapWriter[] = [];
  const map = async (to: string, type: 'uint8' | 'uint16', nodata: number, description: string, scale?: number) => {
    const { size, geo } = scene;
    const options = { path: to, size, type, nodata, geo, descriptions: [description], ...(scale && { scale }) };
    const writer = await createMapWriter(options);
    writers.push(writer);
    return writer;
  };
  try {
    const mask = await map(files.mask, 'uint8', maskNodata, 'cloud (1), clear (0)');
    const probability = flags.probability
      ? await map(
          files.probability,
          probabilities.type,
          probabilities.nodata,
          'probability of cloud',
          probabilities.scale,
        )
      : undefined;
    const cover = await predictClouds(
      {
        scene,
        networks: predictor.predict,
        ...(predictor.tile === undefined ? {} : { tile: predictor.tile }),
        normalization,
        overlap: flags.overlap,
        mirror: flags.mirror ? ['vertical', 'horizontal'] : [],
        batchSize: flags.batchSize,
        threshold: flags.threshold,
        minimumArea: flags.minimumArea,
        cloudClasses: card.classes.map((_, index) => index).slice(1),
        signal: context.signal,
        onProgress: ({ rows, height }) => progress.update(rows, height),
      },
      async ({ top, rows, mask: labels, probability: shares }) => {
        await mask.write({ top, rows, data: labels });
        await probability?.write({ top, rows, data: probabilityLevels(shares, probabilities.type) });
      },
    );
    // the mask is the last to be there: it is what says that a scene is done
    for (const writer of writers.toReversed()) await writer.close();
    if (flags.quicklook) await drawQuickLook(files.quicklook, scene, files.mask);
    const seconds = (performance.now() - begin) / 1000;
    return {
      scene: place,
      mask: files.mask,
      skipped: false,
      ...cover,
      seconds,
      megapixelsPerSecond: cover.pixels / seconds / 1e6,
    };
  } finally {
    progress.stop();
    await Promise.all(writers.map((writer) => writer.abort()));
    await scene.close();
  }
}

/** What is written of a scene. */
function filesOf(place: string, to: string) {
  const base = path.join(to, path.parse(path.resolve(place)).name);
  return { mask: `${base}_mask.tif`, probability: `${base}_probability.tif`, quicklook: `${base}_quicklook.png` };
}

/** Refuses scenes whose files would replace each other's. */
function requireOwnFiles(scenes: readonly string[], to: string): void {
  const owners = new Map<string, string>();
  for (const scene of scenes) {
    const { mask } = filesOf(scene, to);
    const other = owners.get(mask);
    if (other !== undefined) {
      throw new LulcError('invalid-argument', `two scenes would have the mask ${mask}`, {
        where: { scenes: `${other}, ${scene}` },
        hint: 'Write them into different folders: one command each, with another --to.',
      });
    }
    owners.set(mask, scene);
  }
}

/** Paints the mask over the scene. */
async function drawQuickLook(to: string, scene: Scene, maskFile: string): Promise<void> {
  const mask = await openScene({ path: maskFile });
  await writeQuickLook({ path: to, scene, mask }).finally(() => mask.close());
}

/** What people are told of a Sentinel-2 product: what was done to its values. */
function productLine(product: SceneProduct, bands: readonly string[]): string {
  const { level, processingBaseline, offsets, applied } = product;
  const added = [...new Set(bands.map((band) => offsets[band]))].join(', ');
  return `${level}, baseline ${processingBaseline}, offset ${added} ${applied ? 'added' : 'NOT added'}`;
}

/** Opens a scene with the bands that the networks know. */
function openForCard(
  place: string,
  bands: readonly string[],
  { storedBands, nodata, radiometricOffset }: CloudsPredictFlags,
): Promise<OpenedScene> {
  const empty = nodata === undefined ? undefined : nodata === 'none' ? 'none' : Number(nodata);
  if (Number.isNaN(empty)) {
    throw new LulcError('invalid-argument', `'${nodata}' is no value`, {
      where: { option: 'nodata' },
      hint: 'A number, or none.',
    });
  }
  return openScene({
    path: place,
    bands,
    ...(storedBands === undefined ? {} : { storedBands }),
    ...(empty === undefined ? {} : { nodata: empty }),
    ...(radiometricOffset && { radiometricOffset }),
  });
}
