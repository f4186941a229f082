import path from 'node:path';
import { exists, viewFolder } from '../../formats/node/folder.js';
import { readTable } from '../../formats/node/readCsv.js';
import { readWholeFile } from '../../raster/node/readFile.js';
import { casesFile, channelFile, type NnUNetDescription, parseNnUNetDescription } from '../nnUNetDescription.js';
import type { OpenSegmentationOptions } from '../options.js';
import type { MaskedEntry, MaskFormat } from './format.js';
import { missingFile, presentFolders, wantedBands } from './pairs.js';

/** A description is short, but may list every case. */
const maxBytes = 1 << 26;

/**
 * Raw datasets of nnU-Net v2: `imagesTr/<case>_0000.tif`, a file per channel (or one with all of them), `labelsTr/<case>.tif`,
 * `imagesTs`, `dataset.json`. Cases for testing have masks when there is a folder `labelsTs`.
 */
export const nnUNet: MaskFormat = {
  detect: async ({ files, folders }) => files.includes('dataset.json') && folders.includes('imagesTr'),

  open: async (options, bad) => {
    const { path: root } = options;
    const file = path.join(root, 'dataset.json');
    const description = parseNnUNetDescription((await readWholeFile(file, maxBytes)).toString('utf8'), file);
    const groups = await groupsOf(root);
    const [training] = await presentFolders(root, ['imagesTr']);
    if (training === undefined) throw missingFile(path.join(root, 'imagesTr'));
    const tested = await exists(path.join(root, 'imagesTs'));
    const entries = [
      ...(await casesIn('Tr', description, options, bad)),
      ...(tested ? await casesIn('Ts', description, options, bad) : []),
    ];
    return {
      name: path.basename(path.resolve(root)),
      stored: description.channels,
      legend: description.legend,
      ignore: description.ignore === undefined ? [] : [description.ignore],
      groundSamplingDistance: undefined,
      licence: 'unknown',
      citation: 'none',
      entries: entries.map((entry) => ({
        ...entry,
        split: tested ? entry.split : undefined,
        group: groups.get(entry.id),
      })),
      drawsVal: true,
    };
  },
};

/** Locations of the cases, where the dataset was written with them. */
async function groupsOf(root: string): Promise<ReadonlyMap<string, string>> {
  const file = path.join(root, casesFile);
  if (!(await exists(file))) return new Map();
  const { rows } = await readTable(file);
  return new Map(rows.flatMap((row) => (row.group ? [[row.case, row.group] as const] : [])));
}

async function casesIn(
  part: 'Tr' | 'Ts',
  { channels, ending }: NnUNetDescription,
  options: OpenSegmentationOptions,
  bad: (id: string, error: unknown) => void,
): Promise<readonly MaskedEntry[]> {
  const images = path.join(options.path, `images${part}`);
  const labels = path.join(options.path, `labels${part}`);
  const [masks] = await presentFolders(options.path, [`labels${part}`]);
  const wanted = wantedBands(options, channels);
  const { files } = await viewFolder(images);
  const there = new Set(files);
  const pattern = new RegExp(`^(.+)_\\d{4}\\${ending}$`);
  const names = [...new Set(files.flatMap((file) => pattern.exec(file)?.[1] ?? []))];
  const inOneFile = channels.length > 1 && !files.some((file) => file.endsWith(channelFile('', 1, ending)));
  return names.flatMap((name) => {
    const needed = inOneFile ? [0] : wanted.map((band) => channels.indexOf(band));
    const absent = needed.map((channel) => channelFile(name, channel, ending)).find((file) => !there.has(file));
    const mask = `${name}${ending}`;
    const labelled = masks?.files.includes(mask) === true;
    if (absent !== undefined || (part === 'Tr' && !labelled)) {
      bad(name, missingFile(absent === undefined ? path.join(labels, mask) : path.join(images, absent)));
      return [];
    }
    const all = channels.map((_, channel) => path.join(images, channelFile(name, channel, ending)));
    return [
      {
        id: name,
        image: inOneFile ? all[0] : all[needed[0]],
        ...(inOneFile ? {} : { files: all }),
        mask: labelled ? path.join(labels, mask) : undefined,
        split: part === 'Tr' ? 'train' : 'test',
        group: undefined,
      },
    ];
  });
}
