import path from 'node:path';
import { type ClassificationTask, LulcError } from '@lulc/core';
import { resolveBands } from '../../bands/bandOrders.js';
import { inFile } from '../../errors/transport.js';
import { labelIndices } from '../../labels/labelScheme.js';
import type { TableOptions } from '../options.js';
import { splitNames, usualSplitName } from '../splitNames.js';
import { exists, viewFolder, within } from './folder.js';
import type { Entry, Format } from './format.js';
import { imageExtensions, singleFileStack } from './imageFiles.js';
import { readTable, type Table } from './readCsv.js';
import { derivedPart } from './splitFractions.js';

/** Columns that are taken to name images, in order of preference. */
export const pathColumns: readonly string[] = ['path', 'file', 'filename', 'image', 'tile', 'patch', 'id'];
const labelColumns = ['class', 'label', 'labels'];
const otherColumns = ['split', 'group', 'scene', 'fold'];

/** A CSV that lists images and labels. */
export const tableFormat: Format = {
  detect: async ({ files }) => files.filter((name) => name.endsWith('.csv')).length === 1,

  open: async (options, bad) => {
    const settings = options.table ?? {};
    const file = await tableFile(options.path, settings);
    const table = await readTable(file);
    const column = (name: string | undefined, role: string): string | undefined => {
      if (name === undefined || table.columns.includes(name)) return name;
      throw new LulcError('unknown-name', `has no column '${name}' for the ${role}`, {
        where: { file },
        hint: `It has ${table.columns.join(', ')}.`,
      });
    };
    const pathColumn =
      column(settings.pathColumn, 'path') ?? pathColumns.find((name) => table.columns.includes(name)) ?? '';
    if (pathColumn === '') {
      throw new LulcError('invalid-argument', 'no column that names the images', {
        where: { file },
        hint: `Name it with table.pathColumn; there are ${table.columns.join(', ')}.`,
      });
    }
    const present = (name: string) => (table.columns.includes(name) ? name : undefined);
    const splitColumn = column(settings.splitColumn, 'split') ?? present('split');
    const groupColumn = column(settings.groupColumn, 'group') ?? present('group');
    const ignored = Object.entries(settings.ignore ?? {});
    for (const [name] of ignored) column(name, 'rule to ignore');
    const kept = table.rows.filter((row) => !ignored.some(([name, values]) => values.includes(row[name])));
    const labels = labelReader(table, settings, column, [pathColumn, splitColumn, groupColumn], file);
    const pattern = settings.pathPattern ?? (await findPattern(options.path, kept[0]?.[pathColumn], file));
    const split = usualSplitName(options.split ?? 'all');
    const names = splitNames(split);

    const candidates: Entry[] = [];
    for (const row of kept) {
      const id = row[pathColumn];
      if (split !== 'all' && splitColumn !== undefined && !names.includes(row[splitColumn])) continue;
      try {
        candidates.push({
          id,
          label: inFile(file, () => labels.read(row)),
          base: within(
            options.path,
            pattern.replaceAll('{}', () => id),
            file,
          ),
          details: {
            split: splitColumn && row[splitColumn],
            group: groupColumn && row[groupColumn],
          },
        });
      } catch (error) {
        bad(id, error);
      }
    }
    if (candidates.length === 0 && splitColumn !== undefined && !kept.some((row) => names.includes(row[splitColumn]))) {
      throw new LulcError('unknown-name', `no part '${split}'`, {
        where: { file },
        hint: `There are ${[...new Set(kept.map((row) => row[splitColumn]))].sort().join(', ')}.`,
      });
    }
    const entries =
      split === 'all' || splitColumn !== undefined
        ? candidates
        : derivedPart(
            options,
            candidates.map((entry) => ({ ...entry, group: entry.details.group })),
            split,
          );
    const stack = await singleFileStack(
      {
        storedBands: options.storedBands === undefined ? undefined : resolveBands(options.storedBands),
        bands: options.bands === undefined ? undefined : resolveBands(options.bands),
        imageSize: options.imageSize,
        nodata: undefined,
        resample: options.resample,
        onBroken: options.onBroken,
      },
      entries.map((entry) => entry.base),
    );
    return {
      info: {
        name: path.basename(path.resolve(options.path)),
        split,
        task: labels.task,
        classes: labels.classes,
        bands: stack.bands,
        imageSize: stack.size,
        groundSamplingDistance: undefined,
        scaling: undefined,
        licence: 'unknown',
        citation: 'none',
      },
      stack,
      entries,
      files: (entry) => [entry.base],
    };
  },
};

async function tableFile(root: string, { file }: Pick<TableOptions, 'file'>): Promise<string> {
  if (file !== undefined) return within(root, file, root);
  const tables = (await viewFolder(root)).files.filter((name) => name.endsWith('.csv'));
  if (tables.length === 1) return path.join(root, tables[0]);
  throw new LulcError(tables.length === 0 ? 'missing-file' : 'invalid-argument', `has ${tables.length} CSV files`, {
    where: { file: root },
    hint: tables.length === 0 ? undefined : `Say which with table.file: ${tables.join(', ')}.`,
  });
}

interface LabelReader {
  readonly task: ClassificationTask;
  readonly classes: readonly string[];
  read(row: Readonly<Record<string, string>>): number[];
}

function labelReader(
  table: Table,
  settings: TableOptions,
  column: (name: string, role: string) => string | undefined,
  others: readonly (string | undefined)[],
  file: string,
): LabelReader {
  const isFlag = (name: string) => table.rows.every((row) => row[name] === '0' || row[name] === '1');
  const found =
    settings.labels ??
    labelColumns.find((name) => table.columns.includes(name)) ??
    table.columns.filter((name) => !others.includes(name) && !otherColumns.includes(name) && isFlag(name));
  if (found.length === 0) {
    throw new LulcError('invalid-argument', 'no column that holds labels', {
      where: { file },
      hint: `Name it with table.labels; there are ${table.columns.join(', ')}.`,
    });
  }
  if (typeof found === 'string') {
    column(found, 'labels');
    const split = (row: Readonly<Record<string, string>>) => row[found].split(/[;|]/).flatMap((s) => s.trim() || []);
    const classes = settings.classes ?? [...new Set(table.rows.flatMap(split))].sort();
    const task = settings.task ?? 'single-label';
    const scheme = { name: `column '${found}'`, task, classes, otherNames: {} };
    return {
      task,
      classes,
      read: (row) => {
        const label = labelIndices(scheme, split(row));
        if (task === 'single-label' && label.length !== 1) {
          throw new LulcError('corrupt-file', `'${row[found]}' is not one label`, { where: { file } });
        }
        return label;
      },
    };
  }
  for (const name of found) column(name, 'labels');
  const classes = settings.classes ?? found;
  if (classes.length !== found.length) {
    throw new LulcError('invalid-argument', `${classes.length} class names for ${found.length} columns of labels`);
  }
  const task = settings.task ?? 'multi-label';
  return {
    task,
    classes,
    read: (row) =>
      found.flatMap((name, i) => {
        if (row[name] === '1') return [i];
        if (row[name] === '0') return [];
        throw new LulcError('corrupt-file', `'${row[name]}' is neither 0 nor 1`, { where: { file, column: name } });
      }),
  };
}

/** Where the images are that the first row names. */
async function findPattern(root: string, first: string | undefined, file: string): Promise<string> {
  if (first === undefined) return '{}';
  const patterns = ['', 'images/'].flatMap((folder) => ['', ...imageExtensions].map((end) => `${folder}{}${end}`));
  for (const pattern of patterns) {
    if (
      await exists(
        within(
          root,
          pattern.replaceAll('{}', () => first),
          file,
        ),
      )
    )
      return pattern;
  }
  throw new LulcError('missing-file', `no image for '${first}'`, {
    where: { file },
    hint: "Say how paths are made with table.pathPattern, e.g. 'images/{}.tif'.",
  });
}
