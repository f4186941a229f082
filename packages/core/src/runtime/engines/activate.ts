import * as tf from '@tensorflow/tfjs-core';
import { LulcError } from '../../errors/lulcError.js';

/** Makes a registered TF.js backend the active one, or says that it would not start. */
export async function activate(name: string): Promise<void> {
  const started = await tf.setBackend(name);
  if (!started) throw new LulcError('unavailable', `the ${name} engine did not start`, { where: { engine: name } });
  await tf.ready();
}
