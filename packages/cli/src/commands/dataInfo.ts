import { isLulcError } from '@lulc/core';
import {
  type DatasetFormat,
  datasetFormats,
  detectSegmentationFormat,
  type FileDataset,
  type SegmentationFileDataset,
  type SegmentationFormat,
  segmentationFormats,
} from '@lulc/sentinel2-data/node';
import { type InfoData, infoLayout } from '../config/info.js';
import { loadLayout, type Override } from '../config/load.js';
import { exitCodes } from '../program/exitCodes.js';
import type { CommandContext } from '../program/io.js';
import { progressLine } from '../program/progress.js';
import { openMasks } from '../run/denseData.js';
import { type Looked, lookAtPixels, lookSide, maskPartFacts } from '../run/maskFacts.js';
import { openPart } from '../run/parts.js';
import { maskInfoText } from '../tables/maskInfo.js';
import { textTable } from '../tables/textTable.js';

/** Flags of `lulc data info`. */
export interface DataInfoFlags {
  readonly overrides: readonly Override[];
  readonly check: boolean;
}

/** What is known of one part. */
interface PartFacts {
  readonly part: string;
  readonly samples: number;
  readonly classCounts: Readonly<Record<string, number>>;
  readonly broken: readonly { readonly id: string; readonly code: string; readonly message: string }[];
}

/** Samples whose pixels are looked at unless all are. */
const lookedAt = 100;

/** `lulc data info`: what a dataset holds. */
export async function dataInfo(
  context: CommandContext,
  { overrides, check }: DataInfoFlags,
): Promise<number | undefined> {
  const { data } = await loadLayout(infoLayout, { overrides, env: context.env });
  return (await holdsMasks(data)) ? maskInfo(context, data, check) : labelInfo(context, data, check);
}

/** Whether a folder is one of images with masks: two layouts have one name. */
async function holdsMasks({ path, format }: InfoData): Promise<boolean> {
  const isOf = (formats: readonly string[]) => format !== undefined && formats.includes(format);
  if (isOf(segmentationFormats) !== isOf(datasetFormats)) return isOf(segmentationFormats);
  try {
    await detectSegmentationFormat(path);
    return true;
  } catch (error) {
    if (!isLulcError(error, 'unsupported-file')) throw error;
    return false;
  }
}

const partNames = ({ splits }: InfoData) =>
  [splits.train, splits.validation, splits.test].filter((name) => name !== null);

/** Of images with masks: what their pixels are, too. */
async function maskInfo(context: CommandContext, data: InfoData, check: boolean): Promise<number | undefined> {
  const isCut = data.window !== undefined;
  const settings = {
    ...data,
    format: data.format as SegmentationFormat | undefined,
    window: data.window ?? lookSide,
  };
  const { splitFractions } = data;
  const open = (split: string) => openMasks(settings, split, { imageSize: 'any', splitFractions });
  const whole = await open('all');
  const parts = await openNamed(partNames(data), open);
  const progress = progressLine(context, 'reading');
  const look = (part: SegmentationFileDataset): Promise<Looked> =>
    lookAtPixels(part, {
      most: check ? part.length : lookedAt,
      disjoint: !isCut,
      signal: context.signal,
      onProgress: progress.update,
    });
  const looked = await look(whole).finally(progress.stop);
  const { name, simulated, classes, bands, groundSamplingDistance, licence, citation } = whole.info;
  const facts = {
    path: data.path,
    name,
    simulated,
    task: 'segmentation',
    classes,
    bands,
    groundSamplingDistance,
    licence,
    citation,
    parts: [['all', whole] as const, ...parts].map(([part, dataset]) => maskPartFacts(part, dataset, looked, isCut)),
  };
  context.result(facts, () => maskInfoText(facts));
  return looked.broken.length > 0 ? exitCodes.data : undefined;
}

/** Of labelled images. */
async function labelInfo(context: CommandContext, data: InfoData, check: boolean): Promise<number | undefined> {
  const settings = { ...data, format: data.format as DatasetFormat | undefined };
  const open = (split: string) => openPart(settings, split);
  const whole = await open('all');
  const parts = await openNamed(partNames(data), open);
  const broken = check ? await brokenSamples(context, whole) : [];
  const { info } = whole;
  const facts = {
    path: data.path,
    name: info.name,
    simulated: info.simulated,
    task: info.task,
    classes: info.classes,
    bands: info.bands,
    imageSize: info.imageSize,
    groundSamplingDistance: info.groundSamplingDistance,
    scaling: info.scaling,
    licence: info.licence,
    citation: info.citation,
    parts: [partFacts('all', whole, broken), ...parts.map(([name, part]) => partFacts(name, part, []))],
  };
  context.result(facts, () => infoText(facts));
  return broken.length > 0 ? exitCodes.data : undefined;
}

/** Parts that the dataset has; one that it does not know is left out. */
async function openNamed<Part>(
  names: readonly string[],
  open: (split: string) => Promise<Part>,
): Promise<readonly (readonly [string, Part])[]> {
  const opened: (readonly [string, Part])[] = [];
  for (const name of names) {
    try {
      opened.push([name, await open(name)]);
    } catch (error) {
      if (!isLulcError(error, 'unknown-name') && !isLulcError(error, 'nodata')) throw error;
    }
  }
  return opened;
}

async function brokenSamples(context: CommandContext, dataset: FileDataset): Promise<PartFacts['broken']> {
  const progress = progressLine(context, 'reading');
  const broken: PartFacts['broken'][number][] = dataset.report.skipped.map((sample) => sample);
  try {
    for (let index = 0; index < dataset.length; index++) {
      try {
        await dataset.get(index);
      } catch (error) {
        if (!isLulcError(error)) throw error;
        broken.push({ id: dataset.meta(index).id, code: error.code, message: error.message });
      }
      progress.update(index + 1, dataset.length);
    }
  } finally {
    progress.stop();
  }
  return broken;
}

function partFacts(part: string, dataset: FileDataset, broken: PartFacts['broken']): PartFacts {
  const counts = dataset.info.classes.map(() => 0);
  for (let index = 0; index < dataset.length; index++) for (const c of dataset.label(index)) counts[c]++;
  return {
    part,
    samples: dataset.length,
    classCounts: Object.fromEntries(dataset.info.classes.map((name, c) => [name, counts[c]])),
    broken: broken.length > 0 ? broken : dataset.report.skipped,
  };
}

function infoText(facts: {
  readonly path: string;
  readonly name: string;
  readonly simulated: boolean;
  readonly task: string;
  readonly classes: readonly string[];
  readonly bands: readonly string[];
  readonly imageSize: readonly [number, number] | undefined;
  readonly groundSamplingDistance: number | undefined;
  readonly licence: string;
  readonly citation: string;
  readonly parts: readonly PartFacts[];
}): string {
  const { parts } = facts;
  const broken = parts[0].broken;
  return [
    `${facts.name}${facts.simulated ? ' — SIMULATED' : ''}, ${facts.path}`,
    `${facts.task}, ${facts.classes.length} classes`,
    `bands ${facts.bands.join(', ')}`,
    `images ${facts.imageSize?.join(' × ') ?? 'of several sizes'} pixels${facts.groundSamplingDistance === undefined ? '' : `, ${facts.groundSamplingDistance} m`}`,
    `licence: ${facts.licence}`,
    `citation: ${facts.citation}`,
    textTable(
      ['class', ...parts.map(({ part }) => part)],
      [
        ...facts.classes.map((name) => [name, ...parts.map(({ classCounts }) => String(classCounts[name]))]),
        ['samples', ...parts.map(({ samples }) => String(samples))],
      ],
    ),
    ...(broken.length === 0 ? [] : [`${broken.length} samples cannot be read:`]),
    ...broken.map(({ id, message }) => `  ${id}: ${message}`),
  ].join('\n');
}
