import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { findAddon } from '../install/findAddon.js';
import { registerTorchBackend } from '../registerTorchBackend.js';
import { trainSmallNetwork } from '../testing/smallTraining.js';
import type { CapturingBackend } from './capturingBackend.js';

const absent = findAddon() === undefined;
const steps = 5000;
const warmUp = 500;
/** JavaScript's own heap breathes. */
const slackBytes = 64 * 2 ** 20;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const counted = ['numTensors', 'numDataBuffers', 'numBytes', 'tensors', 'programs', 'usedBytes', 'peakBytes'] as const;
type Counted = (typeof counted)[number];

/** What must not grow: tensors for TF.js, and on the native side. */
function held(): Readonly<Record<Counted, number>> {
  const { numTensors, numDataBuffers, numBytes } = tf.memory();
  const { tensors, programs, usedBytes, peakBytes } = (tf.backend() as CapturingBackend).addon.statistics();
  return { numTensors, numDataBuffers, numBytes, tensors, programs, usedBytes, peakBytes };
}

describe.skipIf(absent)('5,000 training steps', () => {
  beforeAll(async () => {
    await registerTorchBackend();
    await tf.setBackend('torch');
  });

  it.each(['auto', 'off'] as const)('take no more memory than the first 500, with capture %s', async (capture) => {
    const before = held();
    const samples: { readonly held: ReturnType<typeof held>; readonly resident: number }[] = [];
    const { losses } = await trainSmallNetwork({
      steps,
      batch: 4,
      capture,
      onStep: (step) => {
        if (step % warmUp !== 0) return;
        collectGarbage();
        samples.push({ held: held(), resident: process.memoryUsage.rss() });
      },
    });
    expect(losses).toHaveLength(steps);
    expect(samples).toHaveLength(steps / warmUp);
    const [first, ...others] = samples;
    for (const sample of others) {
      // The last step leaves fewer: none is under way.
      for (const key of counted) expect(sample.held[key], key).toBeLessThanOrEqual(first.held[key]);
      expect(sample.resident).toBeLessThan(first.resident + slackBytes);
    }
    expect(first.held.programs > before.programs).toBe(capture === 'auto');
    expect({ ...held(), peakBytes: 0 }).toEqual({ ...before, peakBytes: 0 });
  });
});
