import { isLulcError, LulcError, type LulcErrorCode, type LulcErrorWhere } from '@lulc/core';

/** An error as plain data, as it travels between threads. */
export interface PlainError {
  /** Reason. */
  readonly code: LulcErrorCode;
  /** Message without place and hint. */
  readonly message: string;
  /** Place. */
  readonly where: LulcErrorWhere;
  /** What to do. */
  readonly hint: string | undefined;
  /** Call stack, for reports of bugs. */
  readonly stack: string | undefined;
}

/**
 * An error as plain data; what is not a `LulcError` becomes `internal`.
 *
 * @param error anything caught
 */
export function plainError(error: unknown): PlainError {
  if (!isLulcError(error)) {
    const { message = String(error), stack } = (error ?? {}) as Partial<Error>;
    return { code: 'internal', message, where: {}, hint: undefined, stack };
  }
  const { code, where, hint, stack } = error;
  const suffix = new LulcError(code, '', { where, hint }).message;
  const message = error.message.slice(0, error.message.length - suffix.length);
  return { code, message, where, hint, stack };
}

/**
 * The error that plain data describe.
 *
 * @param plain from {@link plainError}
 * @param where further places
 */
export function restoredError(plain: PlainError, where: LulcErrorWhere = {}): LulcError {
  const error = new LulcError(plain.code, plain.message, { where: { ...where, ...plain.where }, hint: plain.hint });
  if (plain.code === 'internal' && plain.stack !== undefined) error.stack = plain.stack;
  return error;
}

/**
 * Runs something that works on the contents of a file: errors that do not say where they are get its name.
 *
 * @param file path
 * @param body what to do
 */
export function inFile<T>(file: string, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (!isLulcError(error) || 'file' in error.where) throw error;
    throw restoredError(plainError(error), { file });
  }
}
