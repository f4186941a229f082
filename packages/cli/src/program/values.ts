import { CommanderError } from 'commander';
import { exitCodes } from './exitCodes.js';

/** A whole number from 0. */
export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) {
    throw new CommanderError(exitCodes.usage, 'lulc.number', `error: '${text}' is not a whole number`);
  }
  return value;
}

/** A number above 0. */
export function positiveNumber(text: string): number {
  const value = Number(text);
  if (!(value > 0))
    throw new CommanderError(exitCodes.usage, 'lulc.number', `error: '${text}' is not a number above 0`);
  return value;
}

/** A number from 0 to 1. */
export function share(text: string): number {
  const value = Number(text);
  if (!(value >= 0 && value <= 1)) {
    throw new CommanderError(exitCodes.usage, 'lulc.number', `error: '${text}' is not a number from 0 to 1`);
  }
  return value;
}

/** A list of names, or how many there are. */
export function namesOrNumber(separator: string): (text: string) => number | readonly string[] {
  return (text) => (/^\d+$/.test(text) ? wholeNumber(text) : text.split(separator).map((name) => name.trim()));
}

/** Names with commas between them. */
export function names(text: string): readonly string[] {
  return text.split(',').map((name) => name.trim());
}

/** Names of classes, which may hold commas, with semicolons between them. */
export function classNames(text: string): readonly string[] {
  return text.split(';').map((name) => name.trim());
}
