import type { FileHandle } from 'node:fs/promises';
import { type ImageArray, LulcError } from '@lulc/core';
import { type EnviHeader, enviTypes, parseEnviHeader } from '../enviHeader.js';
import type { PixelWindow } from '../pixelWindow.js';
import { checkSize, type WindowChoice, windowIn } from './pixelWindows.js';
import { readWholeFile, withFile } from './readFile.js';

/** Headers are a page of text; some list a spectrum. */
const maxHeaderBytes = 1 << 20;

/**
 * True for the name of an ENVI file, which has no mark of its own in its bytes.
 *
 * @param file path
 */
export function isEnviName(file: string): boolean {
  return /\.img$/i.test(file);
}

/**
 * The header of an ENVI file: `<name>.hdr` beside `<name>.img`.
 *
 * @param file path of the values
 * @throws LulcError `missing-file`, `corrupt-file`, `unsupported-file`, naming the header
 */
export async function readEnviHeader(file: string): Promise<EnviHeader> {
  const header = file.replace(/\.img$/i, (end) => (end === '.IMG' ? '.HDR' : '.hdr'));
  return parseEnviHeader((await readWholeFile(header, maxHeaderBytes)).toString('latin1'), header);
}

/**
 * Reads an ENVI file, or the rows of it that a window touches.
 *
 * @param file path of the values, a header beside it
 * @param wanted the part that is wanted
 * @throws LulcError `missing-file`, `corrupt-file`, `unsupported-file`, naming the file
 */
export async function readEnvi(
  file: string,
  wanted: PixelWindow | WindowChoice | undefined,
): Promise<ImageArray & { readonly nodata: number | undefined }> {
  const header = await readEnviHeader(file);
  const [lines, samples, bands] = header.shape;
  const window = windowIn([lines, samples], wanted, file);
  checkSize(file, window.height, window.width, bands);
  const { Values, get } = enviTypes[header.type];
  const bytes = Values.BYTES_PER_ELEMENT;
  return withFile(file, async (handle, size) => {
    const needed = header.offset + lines * samples * bands * bytes;
    if (size < needed) {
      throw new LulcError('corrupt-file', `has ${size} of ${needed} bytes: truncated`, { where: { file } });
    }
    const data = new Values(window.height * window.width * bands);
    const planar = header.interleave === 'bsq';
    // what is read at once: the window's rows of one band, or of all where a row has all of them
    const perRow = planar ? samples : samples * bands;
    const [pixelStep, bandStep] = header.interleave === 'bip' ? [bands, 1] : [1, samples];
    for (let plane = 0; plane < (planar ? bands : 1); plane++) {
      const start = header.offset + (plane * lines * samples + window.top * perRow) * bytes;
      const view = await readBytes(handle, start, window.height * perRow * bytes, file);
      for (let y = 0, to = 0; y < window.height; y++) {
        for (let x = 0; x < window.width; x++, to += bands) {
          const pixel = y * perRow + (window.left + x) * pixelStep;
          if (planar) data[to + plane] = get(view, pixel * bytes, header.littleEndian);
          else {
            for (let band = 0; band < bands; band++) {
              data[to + band] = get(view, (pixel + band * bandStep) * bytes, header.littleEndian);
            }
          }
        }
      }
    }
    return { data, shape: [window.height, window.width, bands], nodata: header.nodata };
  });
}

async function readBytes(handle: FileHandle, at: number, length: number, file: string): Promise<DataView> {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length; ) {
    const { bytesRead } = await handle.read(bytes, done, length - done, at + done);
    if (bytesRead === 0) throw new LulcError('corrupt-file', 'ends while it is read', { where: { file } });
    done += bytesRead;
  }
  return new DataView(bytes.buffer);
}
