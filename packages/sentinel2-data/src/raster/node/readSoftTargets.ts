import { open } from 'node:fs/promises';
import { fromFloat16, type ImageArray, LulcError } from '@lulc/core';
import type { SoftTargetFile } from '@lulc/core/segmentation';

const bytesOf = { float16: 2, float32: 4 } as const;

/**
 * Reads the soft targets of a sample.
 *
 * @param file where they lie
 * @returns `[height, width, channels]`, float32
 * @throws LulcError `missing-file`, `corrupt-file` (shorter than it should be)
 */
export async function readSoftTargets({ path, offset, type, shape }: SoftTargetFile): Promise<ImageArray> {
  const count = shape[0] * shape[1] * shape[2];
  const bytes = Buffer.alloc(count * bytesOf[type]);
  const handle = await open(path).catch((cause: unknown) => {
    throw new LulcError('missing-file', 'the soft targets cannot be opened', { where: { file: path }, cause });
  });
  try {
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, offset);
    if (bytesRead < bytes.length) {
      throw new LulcError('corrupt-file', `holds ${bytesRead} of ${bytes.length} bytes of soft targets`, {
        where: { file: path, offset },
      });
    }
  } finally {
    await handle.close();
  }
  const data = new Float32Array(count);
  if (type === 'float32') for (let i = 0; i < count; i++) data[i] = bytes.readFloatLE(4 * i);
  else for (let i = 0; i < count; i++) data[i] = fromFloat16(bytes.readUInt16LE(2 * i));
  return { data, shape };
}
