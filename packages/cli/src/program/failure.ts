import { isLulcError } from '@lulc/core';
import { exitCodeOf, exitCodes } from './exitCodes.js';

/** An error as it is told to people and programs. */
export interface Failure {
  /** Exit status. */
  readonly exitCode: number;
  /** Lines for people: what, where, what to do. */
  readonly text: string;
  /** The same for `--json`. */
  readonly data: {
    readonly error: {
      readonly code: string;
      readonly message: string;
      readonly where: Readonly<Record<string, string | number>>;
      readonly hint?: string;
    };
  };
}

/**
 * Puts an error into words.
 *
 * @param error anything caught
 * @param verbose adds the stack and the causes
 */
export function describeFailure(error: unknown, verbose: boolean): Failure {
  const stack = verbose ? `\n${stackOf(error)}` : '';
  if (isLulcError(error)) {
    const { code, where, hint } = error;
    const places = Object.entries(where).map(([key, value]) => `${key}: ${value}`);
    const message = bareMessage(error.message, places.join(', '), hint);
    const lines = [`error: ${message}`, ...places.map((place) => `  ${place}`), ...(hint ? [`hint: ${hint}`] : [])];
    return {
      exitCode: exitCodeOf(code),
      text: `${lines.join('\n')}${stack}`,
      data: { error: { code, message, where, ...(hint ? { hint } : {}) } },
    };
  }
  const message = error instanceof Error ? error.message : String(error);
  const isSystem = error instanceof Error && 'syscall' in error;
  const advice = isSystem ? '' : '\nhint: This is a bug; please report it with the output of --verbose.';
  return {
    exitCode: exitCodes.internal,
    text: `error: ${message}${advice}${stack}`,
    data: { error: { code: isSystem ? 'system' : 'internal', message, where: {} } },
  };
}

/** The message without the places and hint that the error class appends; they are shown on lines of their own. */
function bareMessage(message: string, places: string, hint: string | undefined): string {
  const withoutHint = hint && message.endsWith(`. ${hint}`) ? message.slice(0, -hint.length - 2) : message;
  const suffix = ` (${places})`;
  return places !== '' && withoutHint.endsWith(suffix) ? withoutHint.slice(0, -suffix.length) : withoutHint;
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const cause = error.cause === undefined ? '' : `\ncaused by: ${stackOf(error.cause) || String(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
