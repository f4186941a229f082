import { isLulcError, LulcError, requireCount, useEngine } from '@lulc/core';
import { writeAtomically } from '@lulc/core/node';
import { exportOnnx, exportQuantizedOnnx } from '@lulc/core/onnx';
import { compareSegmenters, type SegmentationSource, type SegmenterComparison } from '@lulc/core/segmentation';
import { subset } from '@lulc/sentinel2-data';
import { createSegmentationLoader, type SegmentationFileDataset } from '@lulc/sentinel2-data/node';
import type { CloudsConfig } from '../../config/clouds.js';
import { openOnnx } from '../../models/exportFormats.js';
import type { CommandContext } from '../../program/io.js';
import { type CloudNetworks, openCloudNetworks, openForNetworks } from '../../run/clouds/cloudNetworks.js';
import { cloudsFolder, isThere } from '../../run/clouds/cloudsFolder.js';
import { type CloudsFlags, cloudsConfig } from '../../run/clouds/openClouds.js';
import { textTable } from '../../tables/textTable.js';

/** Flags of `lulc clouds export`. */
export interface CloudsExportFlags extends CloudsFlags {
  readonly model: string;
  readonly to: string;
  readonly int8: boolean;
  readonly dynamicSize: boolean;
  readonly calibration: number;
  readonly leastChannels: number | undefined;
  readonly split: string | undefined;
}

/** What was written. */
interface CloudsExport {
  readonly model: string;
  readonly to: string;
  readonly bytes: number;
  /** Bytes of the weights in 32 bits. */
  readonly bytesInFloat32: number;
  /** Layers with 8-bit weights, when computed in integers. */
  readonly integerLayers?: number;
  readonly comparison?: SegmenterComparison;
}

/** `lulc clouds export`: a student as ONNX, and what that costs. */
export async function cloudsExport(context: CommandContext, flags: CloudsExportFlags): Promise<undefined> {
  requireCount({ calibration: flags.calibration });
  const { config } = await cloudsConfig(context, flags, flags.model);
  await useEngine(config.engine);
  const student = cloudsFolder(flags.model).part('student');
  const networks = await openCloudNetworks(
    (await isThere(student.file('model'))) ? student.path : flags.model,
    context,
  );
  try {
    if (networks.models.length > 1) {
      throw new LulcError('invalid-argument', `${networks.models.length} networks are not one file`, {
        where: { model: flags.model },
        hint: 'Name one fold, or a student.',
      });
    }
    const { bytes, integerLayers } = await written(networks, config, flags, context);
    await writeAtomically(flags.to, bytes);
    const comparison = await compared(networks, config, flags, context);
    const result: CloudsExport = {
      model: networks.place,
      to: flags.to,
      bytes: bytes.byteLength,
      bytesInFloat32: 4 * networks.parameters,
      ...(integerLayers === undefined ? {} : { integerLayers }),
      ...(comparison === undefined ? {} : { comparison }),
    };
    context.result(result, () => exportText(result, networks.card.classes));
  } finally {
    networks.dispose();
  }
  return undefined;
}

async function written(
  networks: CloudNetworks,
  config: CloudsConfig,
  { int8, calibration, leastChannels, dynamicSize }: CloudsExportFlags,
  { signal }: CommandContext,
): Promise<{ readonly bytes: Uint8Array<ArrayBuffer>; readonly integerLayers?: number }> {
  const [model] = networks.models;
  if (!int8) return { bytes: await exportOnnx(model, { dynamicSize }) };
  const [part] = [config.data.splits.train].flat();
  const images = await openTiles(networks, config, part);
  const step = Math.max(1, images.length / calibration);
  const taken = Array.from({ length: Math.min(calibration, images.length) }, (_, i) => Math.floor(i * step));
  const source = sourceOf(subset(images, taken), networks, config);
  try {
    const batches = source.stepsPerEpoch;
    const options = { calibration: source.epoch(0), batches, leastChannels, dynamicSize, signal };
    const made = await exportQuantizedOnnx(model, options);
    return { bytes: made.bytes, integerLayers: made.integerLayers.length };
  } finally {
    await source.close();
  }
}

/** What the written file says otherwise than the model on the part both are compared on. */
async function compared(
  networks: CloudNetworks,
  config: CloudsConfig,
  { to, split: asked }: CloudsExportFlags,
  { signal, log }: CommandContext,
): Promise<SegmenterComparison | undefined> {
  const split = asked ?? config.data.splits.test;
  if (split === null) return undefined;
  const onnx = await openOnnx(to).catch((error: unknown) => {
    if (!isLulcError(error, 'unavailable')) throw error;
    log(`not compared with the model: ${error.message}`);
  });
  if (onnx === undefined) return undefined;
  const source = sourceOf(await openTiles(networks, config, split), networks, config);
  try {
    return await compareSegmenters(networks.models[0], onnx.run, source, { signal });
  } finally {
    await source.close();
    await onnx.dispose();
  }
}

/** A part in tiles of the size that the network takes. */
function openTiles({ card }: CloudNetworks, { data }: CloudsConfig, split: string): Promise<SegmentationFileDataset> {
  const window = data.window ?? card.inputSize?.[0];
  return openForNetworks(card, { ...data, ...(window === undefined ? {} : { window }) }, split);
}

function sourceOf(
  part: SegmentationFileDataset,
  { normalization, card: { inputSize } }: CloudNetworks,
  { data: { workers, cacheBytes } }: CloudsConfig,
): SegmentationSource {
  return createSegmentationLoader(part, {
    batchSize: 1,
    normalization,
    // windows of images that are smaller than the network's input are made larger
    ...(inputSize === undefined ? {} : { size: inputSize }),
    ...(workers === undefined ? {} : { workers }),
    ...(cacheBytes === undefined ? {} : { cacheBytes }),
  });
}

function exportText(
  { to, bytes, bytesInFloat32, integerLayers, comparison }: CloudsExport,
  classes: readonly string[],
): string {
  const how = integerLayers === undefined ? 'in float' : `${integerLayers} layers in 8-bit integers`;
  const head = `${to}: ${bytes.toLocaleString('en')} bytes, ${how} (the weights in float32: ${bytesInFloat32.toLocaleString('en')})`;
  if (comparison === undefined) return head;
  const { images, agreement, maxDifference, jaccard } = comparison;
  return [
    head,
    `on ${images} images: ${(100 * agreement).toFixed(2)} % of pixels agree, probabilities differ by ${maxDifference.toFixed(3)} at most`,
    textTable(
      ['Jaccard', 'model', 'written', 'difference'],
      jaccard.map(({ original, quantized, delta }, c) => [
        classes[c],
        original.toFixed(4),
        quantized.toFixed(4),
        delta.toFixed(4),
      ]),
    ),
  ].join('\n');
}
