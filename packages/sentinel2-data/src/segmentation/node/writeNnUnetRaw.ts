import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { type ImageArray, knownOption, LulcError } from '@lulc/core';
import { writeAtomically } from '@lulc/core/node';
import { ignoreLabel, type SegmentationDataset } from '@lulc/core/segmentation';
import { loadSharp } from '../../raster/node/readImage.js';
import { writeMap } from '../../scene/node/mapWriter.js';
import { casesFile, channelFile, type NnUNetCase } from '../nnUNetDescription.js';

/** What `writeNnUnetRaw` is asked for. */
export interface WriteNnUnetRawOptions {
  /** Folder to make, called as nnU-Net wants it: `nnUNet_raw/Dataset001_Clouds`. It must be empty or not be there. */
  readonly out: string;
  /** Cases for training. */
  readonly train: SegmentationDataset;
  /** Cases for testing, whose masks go to `labelsTs`; the same bands and classes. */
  readonly test?: SegmentationDataset;
  /**
   * Kind of files. PNGs hold whole numbers only.
   * @defaultValue `'.tif'`
   */
  readonly ending?: '.tif' | '.png';
  /**
   * Names of the channels, which nnU-Net chooses the normalisation by (`noNorm`, `rescale_to_0_1`; others: z-score). Default: the
   * bands.
   */
  readonly channelNames?: readonly string[];
  /**
   * Told about progress.
   *
   * @param done cases written
   * @param total cases to write
   */
  readonly onProgress?: (done: number, total: number) => void;
}

/** What `writeNnUnetRaw` wrote. */
export interface NnUnetRawResult {
  /** The folder. */
  readonly path: string;
  /** Cases for training. */
  readonly training: number;
  /** Cases for testing. */
  readonly testing: number;
  /** Whether some pixels are labelled `ignore`. */
  readonly ignore: boolean;
}

/**
 * Writes datasets as a raw dataset of nnU-Net v2, which the original can then be run on (`nnUNetv2_plan_and_preprocess -d 1
 * --verify_dataset_integrity`). Class 0 becomes `background`, as nnU-Net demands; pixels to be ignored become the label `ignore`,
 * the highest, when there are any. Ids and locations of cases are kept in `cases.csv`, by which `openSegmentation` can split.
 *
 * @param options what to write, and where
 * @throws LulcError `invalid-argument` (a folder of another name or with files in it, parts that differ in bands or classes, number
 *   types that PNGs do not have), and what reading a sample throws; then what was written stays
 * @example
 * ```ts
 * // not run: needs a dataset
 * import { openSegmentation, writeNnUnetRaw } from '@lulc/sentinel2-data/node';
 *
 * const open = (split: string) => openSegmentation({ path: 'data/on-cloud-n', split });
 * const [train, test] = [await open('trainval'), await open('test')];
 * await writeNnUnetRaw({ out: 'nnUNet_raw/Dataset001_Clouds', train, test });
 * ```
 */
export async function writeNnUnetRaw(options: WriteNnUnetRawOptions): Promise<NnUnetRawResult> {
  const { out, train, test, onProgress = () => {} } = options;
  const ending = knownOption('ending', options.ending ?? '.tif', ['.tif', '.png']);
  const { classes, bands } = train.info;
  const channelNames = options.channelNames ?? bands;
  checkOptions(options, channelNames);
  await emptyFolder(out);
  const parts = [{ set: train, part: 'Tr' }, ...(test === undefined ? [] : [{ set: test, part: 'Ts' }])];
  const total = train.length + (test?.length ?? 0);
  const cases: NnUNetCase[] = [];
  const taken = new Set<string>();
  let ignored = false;
  for (const { set, part } of parts) {
    const [images, labels] = [path.join(out, `images${part}`), path.join(out, `labels${part}`)];
    await Promise.all([images, labels].map((folder) => mkdir(folder, { recursive: true })));
    for (let i = 0; i < set.length; i++) {
      const { image, mask, meta } = await set.get(i);
      const name = caseName(meta.id, taken);
      for (let channel = 0; channel < bands.length; channel++) {
        await writeChannel(path.join(images, channelFile(name, channel, ending)), image, channel);
      }
      const data = mask.data.map((label) => (label === ignoreLabel ? classes.length : label));
      ignored ||= mask.data.includes(ignoreLabel);
      await writeChannel(path.join(labels, `${name}${ending}`), { data, shape: [...mask.shape, 1] }, 0);
      cases.push({ case: name, id: meta.id, group: String(meta.group ?? '') });
      onProgress(cases.length, total);
    }
  }
  const labels = ['background', ...classes.slice(1), ...(ignored ? ['ignore'] : [])];
  const description = {
    channel_names: Object.fromEntries(channelNames.map((name, i) => [i, name])),
    labels: Object.fromEntries(labels.map((name, i) => [name, i])),
    numTraining: train.length,
    file_ending: ending,
    name: path.basename(path.resolve(out)),
    description: `${train.info.name}: ${classes[0]} is background`,
    licence: train.info.licence,
    reference: train.info.citation,
  };
  await writeText(path.join(out, casesFile), casesTable(cases));
  await writeText(path.join(out, 'dataset.json'), `${JSON.stringify(description, undefined, 2)}\n`);
  return { path: out, training: train.length, testing: test?.length ?? 0, ignore: ignored };
}

function checkOptions({ out, train, test }: WriteNnUnetRawOptions, channelNames: readonly string[]): void {
  const { bands, classes } = train.info;
  const refuse = (what: string, hint: string) => new LulcError('invalid-argument', what, { where: { out }, hint });
  if (!/^Dataset\d{3}_\w/.test(path.basename(path.resolve(out)))) {
    throw refuse('not a name by which nnU-Net finds a dataset', 'Call the folder like Dataset001_Clouds.');
  }
  if (channelNames.length !== bands.length) {
    throw refuse(`${channelNames.length} channel names for ${bands.length} bands`, 'Give one for each.');
  }
  if (
    test !== undefined &&
    (String(test.info.bands) !== String(bands) || String(test.info.classes) !== String(classes))
  ) {
    throw refuse('the parts differ in bands or classes', 'Open both with the same bands and classes.');
  }
}

async function emptyFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  if ((await readdir(folder)).length === 0) return;
  throw new LulcError('invalid-argument', 'there are files in the folder already', { where: { file: folder } });
}

/** A name for files: letters, digits, `-` and `_`; each only once. */
function caseName(id: string, taken: Set<string>): string {
  const plain = id.replace(/[^\w-]+/g, '_');
  let name = plain;
  for (let i = 2; taken.has(name); i++) name = `${plain}-${i}`;
  taken.add(name);
  return name;
}

/** One channel of an image as a file of its own, in its number type (16 bit with a sign: as floating point). */
async function writeChannel(
  file: string,
  { data, shape: [height, width, bands] }: ImageArray,
  channel: number,
): Promise<void> {
  const Type = (data instanceof Int16Array ? Float32Array : data.constructor) as new (
    length: number,
  ) => Uint8Array | Uint16Array | Float32Array;
  const values = new Type(height * width);
  for (let i = 0, from = channel; i < values.length; i++, from += bands) values[i] = data[from];
  if (file.endsWith('.tif')) {
    const type = values instanceof Uint8Array ? 'uint8' : values instanceof Uint16Array ? 'uint16' : 'float32';
    await writeMap({ path: file, size: [height, width], type }, values);
    return;
  }
  if (values instanceof Float32Array) {
    throw new LulcError('invalid-argument', 'PNGs hold whole numbers from 0 to 65535 only', {
      where: { file },
      hint: "Write '.tif'.",
    });
  }
  const sharp = await loadSharp();
  const raw = sharp(values, { raw: { width, height, channels: 1 } });
  await writeAtomically(
    file,
    await raw
      .toColourspace(values instanceof Uint16Array ? 'grey16' : 'b-w')
      .png()
      .toBuffer(),
  );
}

function casesTable(cases: readonly NnUNetCase[]): string {
  const cell = (text: string) => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const lines = cases.map((row) => [row.case, row.id, row.group].map(cell).join(','));
  return `${['case,id,group', ...lines].join('\n')}\n`;
}

function writeText(file: string, text: string): Promise<void> {
  return writeAtomically(file, new TextEncoder().encode(text));
}
