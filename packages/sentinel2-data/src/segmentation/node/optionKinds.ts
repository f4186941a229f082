import { knownOption, type OptionKinds, requireKinds } from '@lulc/core';
import type { OpenImagesOptions, OpenSegmentationOptions } from '../options.js';

/** What options about images may be, with masks or not, for callers without types. */
const imageKinds = {
  path: 'text',
  bands: ['text', 'texts'],
  storedBands: ['text', 'texts'],
  window: { size: ['number', 'pair'], stride: ['number', 'pair'] },
  imageSize: ['text', 'pair'],
  onBroken: 'text',
  exclude: 'texts',
} as const satisfies Readonly<Partial<Record<keyof OpenImagesOptions & keyof OpenSegmentationOptions, OptionKinds>>>;

const openImagesKinds = {
  ...imageKinds,
  recursive: 'flag',
  maxNodata: 'number',
  nodata: 'number',
} as const satisfies Readonly<Record<keyof OpenImagesOptions, OptionKinds>>;

const openSegmentationKinds = {
  ...imageKinds,
  format: 'text',
  split: 'text',
  classes: ['text', 'texts', 'record'],
  ignore: ['number', 'text', 'list'],
  unknown: 'text',
  splitFractions: { train: 'number', val: 'number', test: 'number', seed: 'number' },
  minLabelled: 'number',
  folder: {
    images: 'text',
    masks: 'text',
    imageSuffix: 'text',
    maskSuffix: 'text',
    table: 'text',
    nameColumn: 'text',
    splitColumn: 'text',
    groupColumn: 'text',
  },
  landsatPatches: { patches: 'text' },
} as const satisfies Readonly<Record<keyof OpenSegmentationOptions, OptionKinds>>;

const required = ['path', 'window.size'];

/**
 * @throws LulcError `invalid-argument` or `unknown-name` naming the option
 */
export function checkImageOptions(options: OpenImagesOptions): void {
  requireKinds(options, openImagesKinds, required);
  checkNames(options);
}

/**
 * @throws LulcError `invalid-argument` or `unknown-name` naming the option
 */
export function checkSegmentationOptions(options: OpenSegmentationOptions): void {
  requireKinds(options, openSegmentationKinds, required);
  checkNames(options);
  knownOption('unknown', options.unknown ?? 'error', ['error', 'ignore']);
  knownOption('patches', options.landsatPatches?.patches ?? 'all', ['all', 'non-empty']);
}

function checkNames({ onBroken = 'error', imageSize }: Pick<OpenImagesOptions, 'onBroken' | 'imageSize'>): void {
  knownOption('onBroken', onBroken, ['error', 'skip']);
  if (typeof imageSize === 'string') knownOption('imageSize', imageSize, ['any']);
}
