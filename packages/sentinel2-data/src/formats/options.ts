import type { ClassificationTask } from '@lulc/core';
import type { BandOrderName } from '../bands/bandOrders.js';
import type { ResampleMethod } from '../raster/resample.js';

/**
 * On-disk formats that `openDataset` reads.
 *
 * | format | layout |
 * |---|---|
 * | `bigearthnet-v1` | a folder per patch with a GeoTIFF per band and `*_labels_metadata.json`; split lists as CSV |
 * | `bigearthnet-v2` | `metadata.parquet`, `BigEarthNet-S2/<tile>/<patch>/<patch>_<band>.tif` |
 * | `eurosat-rgb` | a folder per EuroSAT class with JPEGs; optional `labels.csv` or split lists |
 * | `eurosat-ms` | a folder per EuroSAT class with 13-band GeoTIFFs |
 * | `folder` | a folder per class, any class names, images of any kind |
 * | `sen12ms` | a folder per season, in it one per scene and sensor with GeoTIFFs; `train_list.txt`, `test_list.txt` |
 * | `table` | a CSV that lists images and their labels |
 */
export type DatasetFormat =
  | 'bigearthnet-v1'
  | 'bigearthnet-v2'
  | 'eurosat-rgb'
  | 'eurosat-ms'
  | 'sen12ms'
  | 'folder'
  | 'table';

/** How the land cover of SEN12MS becomes labels. */
export interface Sen12MsOptions {
  /** `'simplified'` (default): ten classes; `'igbp'`: all 17. */
  readonly scheme?: 'simplified' | 'igbp';
  /** `'multi-label'` (default): every class with enough pixels; `'single-label'`: the class with most. */
  readonly task?: ClassificationTask;
  /** Share of the pixels from which a class counts as a label, above 0, at most 1; default 0.1. */
  readonly threshold?: number;
}

/** How a CSV of images is to be read (`format: 'table'`). Everything has a default that is found by looking. */
export interface TableOptions {
  /** The CSV, relative to the dataset's folder. Default: the only `.csv` there. */
  readonly file?: string;
  /**
   * Column that names the image. Default: the first of `path`, `file`, `filename`, `image`, `tile`, `patch`, `id`.
   */
  readonly pathColumn?: string;
  /**
   * How a path is made of the column: `{}` stands for its value, e.g. `'images/{}.tif'`. Default: tried in turn are the
   * value itself and `images/<value>`, each with and without the extensions of the image formats.
   */
  readonly pathPattern?: string;
  /**
   * Where the labels are: the name of one column (several labels in it separated by `;` or `|`), or a list of columns,
   * one per class, holding 1 or 0. Default: `class`, `label` or `labels` if there is such a column, else every other
   * column that holds only 0 and 1.
   */
  readonly labels?: string | readonly string[];
  /** Class names in index order. Default: those of the label columns, or the sorted distinct labels of the whole file. */
  readonly classes?: readonly string[];
  /** Default: `multi-label` for one column per class, else `single-label`. */
  readonly task?: ClassificationTask;
  /** Column that says which part a row belongs to. Default: `split` if there is one. */
  readonly splitColumn?: string;
  /** Column of a location group, put into `meta.group`. Default: `group` if there is one. */
  readonly groupColumn?: string;
  /** Rows to leave out: column → values. */
  readonly ignore?: Readonly<Record<string, readonly string[]>>;
}

/** Shares of the parts of a dataset that has no split of its own; they are relative. */
export interface PartFractions {
  /** For training. */
  readonly train: number;
  /** For choosing among models. */
  readonly val: number;
  /** For the final measurement. */
  readonly test: number;
  /**
   * Same seed, same split.
   * @defaultValue 0
   */
  readonly seed?: number;
}

/** What `openDataset` is asked for. Plain data: it may come from a configuration file. */
export interface OpenDatasetOptions {
  /** Folder of the dataset. */
  readonly path: string;
  /** Its layout. Default: found by looking at the folder. */
  readonly format?: DatasetFormat;
  /**
   * Which part: `train`, `val` (also `validation`), `test`, another name that the files use, or `all`. SEN12MS has no
   * official validation part: `val` is that of `val_list.txt`, else whole scenes out of the list for training, which
   * `trainval` gives undivided.
   * @defaultValue `'all'`
   */
  readonly split?: string;
  /**
   * Bands in channel order, or the name of a published order. Default: `bigearthnet-s2` for BigEarthNet, `rgb` for
   * EuroSAT RGB, `bigearthnet-spectral` for SEN12MS, `eurosat` for its 13 bands, all channels otherwise.
   */
  readonly bands?: BandOrderName | readonly string[];
  /** Names of the channels as stored, for `folder` and `table`. Default: `band1`, `band2` … */
  readonly storedBands?: BandOrderName | readonly string[];
  /**
   * BigEarthNet's nomenclature.
   * @defaultValue 19
   */
  readonly nomenclature?: 19 | 43;
  /**
   * How coarser bands are brought to the finest grid.
   * @defaultValue `'bicubic'`
   */
  readonly resample?: ResampleMethod;
  /**
   * What to do with files that cannot be read. `error`: opening fails on a bad record, and `get` on a bad file. `skip`:
   * every sample is read once while opening, those that fail are left out and listed in `report.skipped`, so that the
   * rest keep fixed indices.
   * @defaultValue `'error'`
   */
  readonly onBroken?: 'error' | 'skip';
  /** Ids of samples to leave out, e.g. those an earlier opening reported. */
  readonly exclude?: readonly string[];
  /**
   * How a dataset without a split of its own is parted: fractions and seed, stratified by class. Used only when `split`
   * is asked for.
   * @defaultValue `{ train: 0.7, val: 0.15, test: 0.15, seed: 0 }`
   */
  readonly splitFractions?: PartFractions;
  /**
   * `[height, width]` that every image of a `folder`, a `table` or `sen12ms` must have, or `any`. Default: that of the first
   * image; 256 × 256 for `sen12ms`.
   */
  readonly imageSize?: readonly [number, number] | 'any';
  /** How land cover becomes labels, for `format: 'sen12ms'`. */
  readonly sen12ms?: Sen12MsOptions;
  /** How the CSV is read, for `format: 'table'`. */
  readonly table?: TableOptions;
}
