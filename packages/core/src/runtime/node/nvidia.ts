import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Whether an NVIDIA driver is present (Linux), without loading anything of it. */
export function hasNvidiaGpu(): boolean {
  if (existsSync('/proc/driver/nvidia/version') || existsSync('/dev/nvidia0')) return true;
  return (process.env.PATH ?? '')
    .split(delimiter)
    .some((folder) => folder !== '' && existsSync(join(folder, 'nvidia-smi')));
}
