import { LulcError } from '@lulc/core';
import { installTensorflow } from '@lulc/core/node';
import type { CommandContext } from '../program/io.js';

/** Flags of `lulc engine install`. */
export interface EngineInstallFlags {
  readonly build: 'cpu' | 'cuda';
  readonly python: string | undefined;
  readonly force: boolean;
}

/** `lulc engine install <name>`. */
export async function engineInstall(
  context: CommandContext,
  name: string,
  { build, python, force }: EngineInstallFlags,
): Promise<undefined> {
  if (name === 'torch') {
    throw new LulcError(
      'unavailable',
      'the torch engine arrives with the package @lulc/backend-torch, which is not released yet',
      {
        where: { engine: name },
        hint: 'Until then: lulc engine install tensorflow',
      },
    );
  }
  const installation = await installTensorflow({
    build,
    force,
    ...(python === undefined ? {} : { python }),
    log: context.log,
  });
  context.result(installation, () =>
    [
      `TensorFlow ${installation.tensorflow} in ${installation.folder}${installation.gpu ? ', on the GPU' : ''}${installation.changed ? '' : ' (was there already)'}`,
      'lulc doctor shows it; it is used by itself from now on.',
    ].join('\n'),
  );
  return undefined;
}
