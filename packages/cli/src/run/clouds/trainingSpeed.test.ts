import { countUnet } from '@lulc/cloud-unet-kd';
import { useEngine } from '@lulc/core';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { trainingSpeed } from './trainingSpeed.js';

/** Milliseconds of a clock that only the steps of the training move. */
let now = 0;
const clock = () => now;
/** Halves of steps that were run. */
let halves = 0;

beforeAll(() => useEngine('wasm'));
afterEach(() => {
  now = 0;
  halves = 0;
  delete (tf.backend() as { capture?: unknown }).capture;
});

/** An engine that takes so long for one half of a step, which calls the others. */
function engineThatTakes(milliseconds: (call: number) => number): void {
  Object.assign(tf.backend(), {
    capture: (computation: (args: tf.Tensor[], numbers: object) => tf.Tensor[]) => {
      let calls = 0;
      return {
        run: (args: tf.Tensor[], numbers: object = {}) => {
          halves++;
          now += milliseconds(calls++);
          return computation(args, numbers);
        },
        status: () => [],
        dispose: () => undefined,
      };
    },
  });
}

// Two images a step: forward, and twice as much back (reducePlan).
const network = { widths: [4, 8, 8], inputSize: 16 };
const { multiplyAdds } = countUnet({ ...network, bands: 4, classes: 2 });
const step = 3 * 2 * multiplyAdds;

it('counts steps as the engine replays them, not those in which it records', async () => {
  // two recordings are compared, which takes long
  engineThatTakes((call) => (call < 3 ? 4000 : 250));
  expect(await trainingSpeed({ clock, network })).toBe(step / 0.5 / 1e9);
  expect(halves).toBe(2 * 12);
});

it('counts the same steps as they are called where the engine does not record', async () => {
  expect('capture' in tf.backend()).toBe(false);
  let calls = 0;
  // before and after each step, but for the last, after which nothing is asked for
  expect(await trainingSpeed({ clock: () => 2000 * calls++, network })).toBe(step / 2 / 1e9);
  expect(calls).toBe(2 * 12 - 1);
});
