import { LulcError } from '@lulc/core';
import type { InstallableEngine } from '../program/installableEngines.js';
import type { CommandContext } from '../program/io.js';

/** Flags of `lulc engine install`. */
export interface EngineInstallFlags {
  readonly build: 'cpu' | 'cuda';
  readonly python: string | undefined;
  readonly force: boolean;
  readonly sanitize: boolean;
}

/** What an installer says for people, besides its data. */
interface Outcome {
  readonly data: { readonly folder: string; readonly changed: boolean };
  readonly library: string;
  readonly gpu: boolean;
}

type Options = Pick<EngineInstallFlags, 'build' | 'force' | 'sanitize'> & {
  readonly python?: string;
  readonly log: (line: string) => void;
};

const installers: Readonly<Record<InstallableEngine, (options: Options) => Promise<Outcome>>> = {
  torch: async (options) => {
    const { installTorch } = await import('@lulc/backend-torch/install');
    const data = await installTorch(options);
    return { data, library: `libtorch ${data.version}`, gpu: data.cuda };
  },
  tensorflow: async ({ sanitize, ...options }) => {
    if (sanitize) throw new LulcError('invalid-argument', 'only the torch engine can be built with AddressSanitizer');
    const { installTensorflow } = await import('@lulc/core/node');
    const data = await installTensorflow(options);
    return { data, library: `TensorFlow ${data.tensorflow}`, gpu: data.gpu };
  },
};

/** `lulc engine install <name>`. */
export async function engineInstall(
  context: CommandContext,
  name: InstallableEngine,
  { build, python, force, sanitize }: EngineInstallFlags,
): Promise<undefined> {
  const { data, library, gpu } = await installers[name]({
    build,
    force,
    sanitize,
    ...(python === undefined ? {} : { python }),
    log: context.log,
  });
  context.result(data, () =>
    [
      `${library}, engine in ${data.folder}${gpu ? ', on the GPU' : ''}${data.changed ? '' : ' (was there already)'}`,
      'lulc doctor shows it; it is used by itself from now on.',
    ].join('\n'),
  );
  return undefined;
}
