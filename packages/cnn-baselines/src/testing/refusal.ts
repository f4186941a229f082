import { isLulcError } from '@lulc/core';

/** Code and option of the error that a function throws; empty when it throws none. */
export function refusal(run: () => unknown): { code?: string; option?: string | number } {
  try {
    run();
  } catch (error) {
    return isLulcError(error) ? { code: error.code, option: error.where.option } : { code: String(error) };
  }
  return {};
}
