import { LulcError, loadModel, useEngine } from '@lulc/core';
import type { Config } from '../config/config.js';
import { loadConfig, type Override } from '../config/load.js';
import type { CommandContext } from '../program/io.js';
import { sourceForModel } from '../run/sourceForModel.js';
import { score } from '../run/trainRun.js';
import { evaluationText } from '../tables/scores.js';

/** Flags of `lulc evaluate`. */
export interface EvaluateFlags {
  readonly model: string;
  readonly config: string | undefined;
  readonly split: string | undefined;
  readonly batchSize: number;
  readonly overrides: readonly Override[];
}

/** `lulc evaluate`. */
export async function evaluate(context: CommandContext, flags: EvaluateFlags): Promise<undefined> {
  const settings = await loadConfig({ file: flags.config, overrides: flags.overrides, env: context.env });
  const config: Config = { ...settings, training: { ...settings.training, batchSize: flags.batchSize } };
  const split = flags.split ?? config.data.splits.test;
  if (split === null) {
    throw new LulcError('invalid-argument', 'the configuration has no test part', { hint: 'Name one with --split.' });
  }
  const engine = await useEngine(config.engine);
  context.log(`engine: ${engine.name} on ${engine.device} (${engine.version}): ${engine.why}`);
  const model = await loadModel(flags.model, { onWarning: (warning) => context.log(`warning: ${warning.message}`) });
  try {
    const source = await sourceForModel(model, flags.model, split, config);
    const evaluation = await score(model, source, config, context).finally(() => source.close());
    const { name, device, version } = engine;
    context.result({ model: flags.model, engine: { name, device, version }, ...evaluation }, () =>
      evaluationText(evaluation),
    );
  } finally {
    model.dispose();
  }
  return undefined;
}
