import { LulcError } from '../errors/lulcError.js';

/** One file to be written. */
export interface NewFile {
  /** Name within the store. */
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** A place that holds the files of one model: a folder, a web address, a browser's storage. */
export interface FileStore {
  /** The place in words, for messages. */
  readonly location: string;
  /** The main file, when the place itself names it (`…/model.json`, `…/b0.safetensors`). */
  readonly main: string | undefined;
  /**
   * @param name a checked relative path ({@link checkFileName})
   * @param maxBytes most bytes to accept
   * @throws LulcError `missing-file`, `network`, `aborted`, or `corrupt-file` when it is larger
   */
  read(name: string, maxBytes: number): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * Puts a model in the place of an earlier one, all or nothing: whoever looks before it is done, or after it was
   * interrupted, finds the earlier model whole.
   *
   * @param main the file by which the model is found
   * @param others files it refers to, none of them a file that the earlier model needs
   * @param stale files of the earlier model that are not needed any more
   */
  replace(main: NewFile, others: readonly NewFile[], stale: readonly string[]): Promise<void>;
}

/** The error of a file that is larger than the caller accepts. */
export function tooLarge(name: string, location: string, maxBytes: number): LulcError {
  return new LulcError('corrupt-file', `the file is larger than the ${maxBytes} bytes that were to be accepted`, {
    where: { file: name, in: location },
    hint: 'Raise maxBytes when a model of this size is expected.',
  });
}

/**
 * A file name from a file: a relative path that stays inside its folder.
 *
 * @throws LulcError `corrupt-file` otherwise
 */
export function checkFileName(name: string, location: string): string {
  const parts = name.replace(/^(\.\/)+/, '').split('/');
  const safe = parts.every((part) => part !== '' && part !== '.' && part !== '..' && !/[\\:?#%\0]/.test(part));
  if (!safe) {
    throw new LulcError(
      'corrupt-file',
      `the model refers to the file '${name}', which is not a path within its folder`,
      {
        where: { in: location },
      },
    );
  }
  return parts.join('/');
}
