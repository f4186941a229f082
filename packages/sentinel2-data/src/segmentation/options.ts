import type { BandOrderName } from '../bands/bandOrders.js';
import type { PartFractions } from '../formats/options.js';
import type { ClassLegend, MaskValue } from '../masks/classLegend.js';
import type { CloudLegendName } from '../masks/cloudLegends.js';

/**
 * On-disk formats that `openSegmentation` reads.
 *
 * | format | layout |
 * |---|---|
 * | `potsdam` | ISPRS Potsdam: `4_Ortho_RGBIR/top_potsdam_2_10_RGBIR.tif` (or `2_Ortho_RGB`, `3_Ortho_IRRG`) and `5_Labels_all/top_potsdam_2_10_label.tif`, masks in colour |
 * | `deepglobe` | DeepGlobe Land Cover: `<number>_sat.jpg` and `<number>_mask.png`, masks in colour |
 * | `loveda` | LoveDA: `Train/Urban/images_png/<number>.png` and `masks_png` beside it, index masks |
 * | `on-cloud-n` | On Cloud N: `train_features/<chip>/B02.tif` (B03, B04, B08), `train_labels/<chip>.tif`, `train_metadata.csv`; likewise `test`; at the top (challenge) or in `train` and `test` (public release) |
 * | `38-cloud` | 38-Cloud: `38-Cloud_training/train_red/red_patch_….TIF` (green, blue, nir, gt), `38-Cloud_test` |
 * | `95-cloud` | 95-Cloud: `95-cloud_training_only_additional_to38-cloud` beside the folders of 38-Cloud |
 * | `l8-biome` | L8 Biome: `<biome>/<scene>/<scene>_B1.TIF` … `_B11.TIF`, `_fixedmask.img` and `.hdr` (USGS), or `<scene>.TIF` and `<scene>_fixedmask.TIF` (torchgeo); whole scenes, to be read in windows |
 * | `nnunet` | a raw dataset of nnU-Net v2: `dataset.json`, `imagesTr/<case>_0000.tif`, `labelsTr/<case>.tif`, `imagesTs` |
 * | `folder` | images and masks of equal names in two folders, by part or not, optionally with a CSV that lists them |
 */
export type SegmentationFormat =
  | 'potsdam'
  | 'deepglobe'
  | 'loveda'
  | 'on-cloud-n'
  | '38-cloud'
  | '95-cloud'
  | 'l8-biome'
  | 'nnunet'
  | 'folder';

/**
 * How large images are cut into equal samples. Of a GeoTIFF the blocks are decoded that a window touches: quick in tiled and in
 * uncompressed files, slow in compressed ones whose strips go across the whole image (store those in tiles, or let the loader's cache
 * hold the windows).
 */
export interface WindowOptions {
  /** Height and width in pixels, or one number for both. */
  readonly size: number | readonly [number, number];
  /**
   * Pixels from one window to the next, down and across, or one number for both. The last window of each axis is moved back
   * to end at the edge, so that every pixel is in one. Default: the size, no overlap.
   */
  readonly stride?: number | readonly [number, number];
}

/** How a folder of images and masks is read (`format: 'folder'`). Everything has a default that is found by looking. */
export interface MaskFolderOptions {
  /** Folder of the images; `.` is the dataset's own. Default: the first of `images`, `image`, `img`, `imgs`. */
  readonly images?: string;
  /** Folder of the masks; `.` is the dataset's own. Default: the first of `masks`, `mask`, `labels`, `label`, `annotations`. */
  readonly masks?: string;
  /**
   * What is taken off the end of an image's name (before the extension) to have what it shares with that of its mask. Images
   * without it are left out.
   * @defaultValue `''`
   */
  readonly imageSuffix?: string;
  /**
   * What is taken off the end of a mask's name (before the extension) to have that of its image. Default: tried in turn are
   * nothing, `_mask`, `_label`, `_gt`. Needed, as is {@link imageSuffix}, where images and masks lie in one folder.
   */
  readonly maskSuffix?: string;
  /** CSV that lists the samples, relative to the dataset's folder. Default: the only `.csv` there, if there is one. */
  readonly table?: string;
  /**
   * Column with the names of the images, with or without extension. Default: the first of `path`, `file`, `filename`,
   * `image`, `tile`, `patch`, `id`.
   */
  readonly nameColumn?: string;
  /** Column that says which part a row belongs to. Default: `split` if there is one. */
  readonly splitColumn?: string;
  /** Column of the location, put into `meta.group`. Default: the first of `group`, `location`, `scene`. */
  readonly groupColumn?: string;
}

/** Which patches of 38-Cloud and 95-Cloud are taken. */
export interface LandsatPatchOptions {
  /**
   * All for training, or only those that are not mostly margin, by the published lists (`…_nonempty.csv`). Those for testing are
   * always all there.
   * @defaultValue `'all'`
   */
  readonly patches?: 'all' | 'non-empty';
}

/** What `openSegmentation` is asked for. Plain data: it may come from a configuration file. */
export interface OpenSegmentationOptions {
  /** Folder of the dataset. */
  readonly path: string;
  /** Its layout. Default: found by looking at the folder. */
  readonly format?: SegmentationFormat;
  /**
   * Which part: `train`, `val`, `test`, another name that the dataset uses, or `all`. A dataset with `train` and `test` of its
   * own but no `val` (Potsdam, 38-Cloud) has whole tiles or scenes of its part for training drawn for it; `trainval` is that part
   * undivided. A test set without masks opens as images with masks of 255, and is left out of `all`.
   * @defaultValue `'all'`
   */
  readonly split?: string;
  /** Bands in channel order, or the name of a published order. Default: all channels. */
  readonly bands?: BandOrderName | readonly string[];
  /** Names of the channels as stored, for `folder`. Default: `band1`, `band2` … */
  readonly storedBands?: BandOrderName | readonly string[];
  /**
   * Classes and what masks hold where they are, or the name of a published legend, with its own default of {@link ignore}. Needed
   * for `folder`; else default: those of the dataset.
   */
  readonly classes?: ClassLegend | CloudLegendName;
  /** What masks hold where nothing is known or nothing counts. Default: what the dataset says; nothing for `folder`. */
  readonly ignore?: MaskValue | readonly MaskValue[];
  /**
   * What to do with a value of a mask that is neither a class nor to be ignored: `error` when the sample is read, or `ignore`
   * the pixel.
   * @defaultValue `'error'`
   */
  readonly unknown?: 'error' | 'ignore';
  /** Cut images into equal windows; only these are then read of GeoTIFFs. Default: a sample is a whole image. */
  readonly window?: WindowOptions;
  /**
   * `[height, width]` that every image must have when images are not cut, or `any` for images of different sizes.
   * Default: that of the first image.
   */
  readonly imageSize?: readonly [number, number] | 'any';
  /**
   * What to do with files that are missing or cannot be read: fail, or leave the sample out and list it in `report.skipped`
   * (every sample is then read once while opening).
   * @defaultValue `'error'`
   */
  readonly onBroken?: 'error' | 'skip';
  /** Ids of samples to leave out, e.g. those an earlier opening reported. */
  readonly exclude?: readonly string[];
  /**
   * How a dataset without a split of its own is parted: fractions and seed, by location where it is known, else at random.
   * @defaultValue `{ train: 0.7, val: 0.15, test: 0.15, seed: 0 }`
   */
  readonly splitFractions?: PartFractions;
  /**
   * Smallest share of the pixels of a sample that must have a class, 0 … below 1; a sample with less is left out, such as windows
   * in the margin of a scene. Above 0 every mask is read once while opening.
   * @defaultValue 0
   */
  readonly minLabelled?: number;
  /** How images and masks are found, for `format: 'folder'`. */
  readonly folder?: MaskFolderOptions;
  /** Which patches are taken, for `38-cloud` and `95-cloud`. */
  readonly landsatPatches?: LandsatPatchOptions;
}

/** What `openImages` is asked for. Plain data: it may come from a configuration file. */
export interface OpenImagesOptions {
  /** Folder with GeoTIFFs, JPEGs or PNGs. */
  readonly path: string;
  /**
   * Look into the folders below, too.
   * @defaultValue true
   */
  readonly recursive?: boolean;
  /** Bands in channel order, or the name of a published order. Default: all channels. */
  readonly bands?: BandOrderName | readonly string[];
  /** Names of the channels as stored. Default: `band1`, `band2` … */
  readonly storedBands?: BandOrderName | readonly string[];
  /** Cut images into equal windows; only these are then read of GeoTIFFs. Default: a sample is a whole image. */
  readonly window?: WindowOptions;
  /**
   * `[height, width]` that every image must have when images are not cut, or `any` for images of different sizes.
   * Default: that of the first image.
   */
  readonly imageSize?: readonly [number, number] | 'any';
  /**
   * Largest share of the pixels of a sample without data, 0 … 1; a sample with more is left out, as is one with values that are
   * not numbers. A pixel is without data when every band holds the file's own nodata value, else {@link nodata}. Samples are
   * looked at while opening, so that opening reads everything once; 1 leaves all in, unread. Default: 0.5 for windows; whole
   * images are not looked at.
   */
  readonly maxNodata?: number;
  /**
   * Value that means "no data" in files that do not say.
   * @defaultValue 0
   */
  readonly nodata?: number;
  /**
   * What to do with files that cannot be read: fail, or leave them out and list them in `report.skipped` (every sample is then
   * read once while opening).
   * @defaultValue `'error'`
   */
  readonly onBroken?: 'error' | 'skip';
  /** Ids of samples to leave out, e.g. those an earlier opening reported. */
  readonly exclude?: readonly string[];
}
