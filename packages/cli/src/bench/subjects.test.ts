import { embeddingEarth } from '@lulc/contrastive-ssl';
import { conv2d, feature, image } from '@lulc/core';
import { denseNetwork, segmenter } from '@lulc/core/segmentation';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, it } from 'vitest';
import { type BenchNetwork, benchNetwork } from './networks.js';
import type { MeasuredNetwork } from './problems.js';
import { compiledSubject, inferenceSubject, loadingSubject, type Subject, trainingSubject } from './subjects.js';

beforeAll(() => tf.setBackend('cpu'));

const makers = { training: trainingSubject, inference: inferenceSubject } as const;

/** A network of one convolution. */
function tiny(size: number) {
  const input = image({ shape: [size, size, 2], seed: 1 });
  const output = conv2d({ filters: 4, kernelSize: 3, stride: 2 })(input);
  return denseNetwork({ name: 'tiny', input, output, features: [feature(output, 2)] });
}

const dense: Readonly<Record<string, MeasuredNetwork>> = {
  masks: { labels: 'masks', bands: 2, classes: 3, build: (size) => segmenter(tiny(size), { classes: 3 }) },
  views: {
    labels: 'views',
    bands: 2,
    classes: 0,
    build: (size) => segmenter(tiny(size), { classes: 1 }),
    pretraining: (size) => ({ method: embeddingEarth({ pixels: 4 }), network: () => tiny(size) }),
  },
};

async function steps(subject: Subject, count: number): Promise<number> {
  for (let i = 0; i < count; i++) await subject.step();
  return tf.memory().numTensors;
}

describe('a subject', () => {
  it.each([
    ['training', 'unet'],
    ['training', 'wrn-b0-eca'],
    ['inference', 'unet'],
    ['inference', 'wrn-b0-eca'],
  ] as const)('of %s with %s keeps nothing, step after step, and frees everything', async (work, name) => {
    const before = tf.memory().numTensors;
    const network = await benchNetwork(name);
    const subject = makers[work](network, 8, 2);
    const after = await steps(subject, 2);
    expect(await steps(subject, 2)).toBe(after);
    await subject.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each(Object.entries(dense))(
    'of training with %s learns, keeps nothing and frees everything',
    async (_, network) => {
      const before = tf.memory().numTensors;
      const subject = trainingSubject(network, 16, 2);
      const after = await steps(subject, 2);
      expect(await steps(subject, 2)).toBe(after);
      expect(subject.parameters).toBeGreaterThan(70);
      await subject.dispose();
      expect(tf.memory().numTensors).toBe(before);
    },
  );

  it('that trains changes its weights in every step', async () => {
    const built: { weights(): number[] }[] = [];
    const network = await benchNetwork('unet');
    const spied = {
      ...network,
      build: (size: number) => {
        const model = network.build(size);
        built.push({ weights: () => [...model.trainableWeights[0].read().dataSync()] });
        return model;
      },
    };
    const subject = trainingSubject(spied, 8, 1);
    const seen: number[][] = [];
    for (let i = 0; i < 3; i++) {
      await subject.step();
      seen.push(built[0].weights());
    }
    expect(seen[0]).not.toEqual(seen[1]);
    expect(seen[1]).not.toEqual(seen[2]);
    await subject.dispose();
  });

  it.each([
    ['captured training', (network: BenchNetwork) => trainingSubject(network, 8, 1, 'auto')],
    ['compiled inference', (network: BenchNetwork) => compiledSubject(network, 8, 1)],
  ])('refuses %s on an engine that cannot record', async (_, make) => {
    const network = await benchNetwork('unet');
    expect(() => make(network)).toThrow(expect.objectContaining({ code: 'unavailable' }));
  });

  it('that loads goes on from epoch to epoch, and skips what was read ahead', async () => {
    const given: string[] = [];
    let closed = false;
    const source = {
      epoch: async function* (epoch: number) {
        for (let i = 0; i < 3; i++) {
          given.push(`${epoch}.${i}`);
          yield {};
        }
      },
      close: async () => {
        closed = true;
      },
    };
    const subject = loadingSubject(source as never, 1);
    await subject.settle?.();
    await subject.step();
    await subject.step();
    expect(given).toEqual(['0.0', '0.1', '0.2', '1.0']);
    await subject.dispose();
    expect(closed).toBe(true);
  });
});
