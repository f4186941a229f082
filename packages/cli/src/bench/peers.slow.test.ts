import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { useEngine } from '@lulc/core';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countParameters } from '../models/parameters.js';
import { type BenchNetwork, benchNetwork, benchNetworkNames, defaultBenchNetworks } from './networks.js';
import { findPython } from './plan.js';
import { logitsOf } from './problems.js';

const python = findPython(process.env.LULC_PYTHON);
const file = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const folder = mkdtempSync(path.join(tmpdir(), 'lulc-peers-'));

beforeAll(() => useEngine('wasm'));
afterAll(() => rmSync(folder, { recursive: true }));

/**
 * Pixels of the images: odd in every convolution with a stride, where TensorFlow's padding is as symmetric as PyTorch's; else
 * what the network's grid asks for.
 */
const sizes: Readonly<Record<string, number>> = {
  'vit-20': 45,
  'mlp-mixer-base': 36,
  unet: 16,
  'unet-student': 16,
  'unet-student-batchnorm': 16,
  'deeplabv3plus-resnet50': 48,
  'glcnet-resnet50': 48,
  'embedding-earth-resnet50': 32,
};
const batch = 2;

/** One of each family, and one of each kind of dense network. */
const compared = [
  ...defaultBenchNetworks,
  'unet-student',
  'unet-student-batchnorm',
  'deeplabv3plus-resnet50',
  'glcnet-resnet50',
  'embedding-earth-resnet50',
];

/** Weights that tell everything apart, moving statistics too. */
function randomise(model: LayersModel): void {
  for (const [index, weight] of model.weights.entries()) {
    const values = tf.tidy(() => {
      const noise = tf.randomUniform(weight.shape as number[], -0.3, 0.3, 'float32', index + 1);
      if (/(gamma|moving_variance)$/.test(weight.originalName)) return tf.add(noise, 1);
      return /(beta|bias|moving_mean)$/.test(weight.originalName) ? noise : tf.add(weight.read(), tf.mul(noise, 0.01));
    });
    weight.write(values);
    values.dispose();
  }
}

/** The weights in the order in which they were made. */
function weightsOf(model: LayersModel) {
  const layerOf = new Map(model.layers.flatMap(({ weights, name }) => weights.map((weight) => [weight.id, name])));
  return [...model.weights]
    .sort((a, b) => a.id - b.id)
    .map((weight) => {
      const layer = layerOf.get(weight.id) as string;
      return {
        layer,
        name: weight.originalName.slice(layer.length + 1),
        shape: weight.shape as number[],
        values: weight.read().dataSync() as Float32Array,
      };
    });
}

interface PeerAnswer {
  readonly logits: readonly number[];
  readonly parameters: number;
}

function peerOf(network: BenchNetwork, size: number, model: LayersModel, images: tf.Tensor): PeerAnswer {
  const weights = weightsOf(model);
  const files = { weightsFile: path.join(folder, 'weights'), imagesFile: path.join(folder, 'images') };
  writeFileSync(files.weightsFile, Buffer.concat(weights.map(({ values }) => new Uint8Array(values.slice().buffer))));
  writeFileSync(files.imagesFile, new Uint8Array((images.dataSync() as Float32Array).slice().buffer));
  const { bands, classes } = network;
  const described = weights.map(({ values: _, ...weight }) => weight);
  const task = { bands, classes, batch, size, description: network.describe(size), weights: described, ...files };
  const assets = file('../../assets');
  const run = spawnSync(python as string, ['-B', file('fixtures/forward.py'), assets, JSON.stringify(task)], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  expect(run.stderr).toBe('');
  return JSON.parse(run.stdout) as PeerAnswer;
}

describe.skipIf(python === undefined)('the network in PyTorch', () => {
  it.each(compared)('gives what %s gives with the same weights', async (name) => {
    const network = await benchNetwork(name);
    const size = sizes[name] ?? 33;
    const model = network.build(size);
    randomise(model);
    const logits = logitsOf(network, model);
    const images = tf.randomNormal([batch, size, size, network.bands], 0, 1, 'float32', 7);
    const expected = tf.tidy(() => [...(logits.predict(images) as tf.Tensor).dataSync()]);
    const peer = peerOf(network, size, model, images);
    expect(peer.parameters).toBe(countParameters(model).trainable);
    expect(peer.logits).toHaveLength(expected.length);
    const apart = (a: readonly number[], b: readonly number[]) =>
      Math.max(...a.map((value, i) => Math.abs(value - b[i])));
    const scale = Math.max(...expected.map(Math.abs));
    const few = network.classes || 8;
    const ofImages = apart(expected.slice(0, few), expected.slice(-few));
    expect(apart(peer.logits, expected)).toBeLessThan(Math.min(2e-5 * scale, ofImages / 50));
    images.dispose();
    model.dispose();
  });

  it('is known by every family', async () => {
    const families = await Promise.all(
      benchNetworkNames.map(async (name) => (await benchNetwork(name)).describe(120).family),
    );
    const known = await Promise.all(compared.map(async (name) => (await benchNetwork(name)).describe(120).family));
    expect(new Set(known)).toEqual(new Set(families));
  });
});
