/**
 * Stable, machine-readable reasons. Grouped by what the caller can do about them, not by where they are thrown.
 *
 * | code | meaning |
 * |---|---|
 * | `invalid-argument` | an option or argument is outside its documented range |
 * | `shape-mismatch` | a tensor or symbolic tensor has another shape than the layer or function needs |
 * | `duplicate-name` | two layers of one graph were given the same path |
 * | `unknown-name` | a name (preset, label, band, metric, engine …) is not one of the known ones |
 * | `unavailable` | something optional (an engine, a library, a browser feature) is not there |
 * | `corrupt-file` | a file is truncated, malformed or inconsistent with itself |
 * | `unsupported-file` | a file is well-formed but of a kind this library does not read |
 * | `missing-file` | a file or folder that is needed does not exist |
 * | `nodata` | a patch holds nodata where values are needed |
 * | `incompatible` | two things that are fine alone do not fit together (weights and model, card and data) |
 * | `out-of-memory` | there is no memory left for a tensor; the engine goes on working |
 * | `diverged` | training gave a loss or gradient that is not finite |
 * | `network` | a download or upload failed |
 * | `aborted` | the caller asked to stop |
 * | `internal` | a bug in this library; please report it |
 */
export type LulcErrorCode =
  | 'invalid-argument'
  | 'shape-mismatch'
  | 'duplicate-name'
  | 'unknown-name'
  | 'unavailable'
  | 'corrupt-file'
  | 'unsupported-file'
  | 'missing-file'
  | 'nodata'
  | 'incompatible'
  | 'out-of-memory'
  | 'diverged'
  | 'network'
  | 'aborted'
  | 'internal';

const marker = Symbol.for('@lulc/error');

/** Where the problem is: any of a file, layer, band, option, index … with its value. */
export type LulcErrorWhere = Readonly<Record<string, string | number>>;

/**
 * The one error type of the `@lulc` packages: what was wrong, where, and what to do about it.
 *
 * Check with {@link isLulcError}, never with `instanceof`: two copies of a package may be loaded.
 *
 * @example
 * ```ts
 * import { isLulcError, LulcError } from '@lulc/core';
 *
 * try {
 *   throw new LulcError('unknown-name', "no band 'B13'", { where: { band: 'B13' }, hint: 'Sentinel-2 has B01 to B12 and B8A.' });
 * } catch (error) {
 *   if (isLulcError(error, 'unknown-name')) console.log(error.where.band); // B13
 * }
 * ```
 */
export class LulcError extends Error {
  /** The stable reason. */
  readonly code: LulcErrorCode;
  /** Where the problem is. */
  readonly where: LulcErrorWhere;
  /** What the reader can do about it, when that is known. */
  readonly hint: string | undefined;

  /**
   * @param code stable reason
   * @param message what was wrong, one sentence without a full stop
   * @param options `where` (named places), `hint` (what to do), `cause` (the underlying error)
   */
  constructor(
    code: LulcErrorCode,
    message: string,
    options: { where?: LulcErrorWhere; hint?: string; cause?: unknown } = {},
  ) {
    const place = Object.entries(options.where ?? {}).map(([key, value]) => `${key}: ${value}`);
    const text = `${message}${place.length > 0 ? ` (${place.join(', ')})` : ''}${options.hint ? `. ${options.hint}` : ''}`;
    super(text, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'LulcError';
    this.code = code;
    this.where = options.where ?? {};
    this.hint = options.hint;
    Object.defineProperty(this, marker, { value: true });
  }
}

/**
 * True for a {@link LulcError} of any copy of any `@lulc` package; with `code`, only for that reason.
 *
 * @param error anything caught
 * @param code the reason asked for
 */
export function isLulcError(error: unknown, code?: LulcErrorCode): error is LulcError {
  if (typeof error !== 'object' || error === null || !(marker in error)) return false;
  return code === undefined || (error as { code?: unknown }).code === code;
}

/**
 * The known name nearest to what was typed (edit distance), for "did you mean" hints.
 *
 * @param name what was typed
 * @param known the names to choose from
 * @returns the nearest name, or `undefined` when none is near (more than 40 % of its letters would change)
 */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestCost = Number.POSITIVE_INFINITY;
  for (const candidate of known) {
    const cost = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (cost < bestCost) {
      bestCost = cost;
      best = candidate;
    }
  }
  return best !== undefined && bestCost <= Math.max(1, Math.ceil(best.length * 0.4)) ? best : undefined;
}

/** How many names a hint lists. */
const listedNames = 20;

/**
 * The error for a name that is not one of the known ones: its hint has the nearest of them, and all when they are few.
 *
 * @param what what the name should have been, e.g. `'preset'`
 * @param name what was given
 * @param known the names to choose from
 * @param where further places
 * @returns a LulcError `unknown-name`, to be thrown
 * @example
 * ```ts
 * import { unknownName } from '@lulc/core';
 *
 * console.log(unknownName('band order', 'rgbb', ['rgb', 'rgbn']).message); // no band order 'rgbb'. Did you mean 'rgb'? Known: rgb, rgbn.
 * ```
 */
export function unknownName(
  what: string,
  name: unknown,
  known: readonly string[],
  where: LulcErrorWhere = {},
): LulcError {
  const nearest = nearestName(String(name), known);
  const parts = [
    nearest === undefined ? '' : `Did you mean '${nearest}'?`,
    known.length > listedNames ? '' : `Known: ${known.join(', ')}.`,
  ];
  return new LulcError('unknown-name', `no ${what} '${String(name)}'`, {
    where,
    hint: parts.filter((part) => part !== '').join(' ') || undefined,
  });
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = previous[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(previous[j] + 1, row[j - 1] + 1, substitution));
    }
    previous = row;
  }
  return previous[b.length];
}
