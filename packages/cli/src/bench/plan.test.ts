import { describe, expect, it } from 'vitest';
import { benchNetwork, benchNetworkNames } from './networks.js';
import { type Field, heatsOf, ownLaunches, peerLaunches } from './plan.js';

const field: Field = {
  engines: ['wasm', 'cpu'],
  modes: ['train', 'predict', 'loader'],
  python: 'python3',
  threads: 2,
  compileSeconds: 60,
  data: '/data',
};

describe('heats', () => {
  it('are one kind of work, network, size and batch each', async () => {
    const networks = await Promise.all(['wrn-b4-eca', 'unet'].map(benchNetwork));
    const heats = heatsOf(networks, [1, 16], undefined, ['predict', 'train']);
    expect(heats.map(({ work, network, size, batch }) => [work, network.name, size, batch])).toEqual([
      ['inference', 'wrn-b4-eca', 90, 1],
      ['inference', 'wrn-b4-eca', 90, 16],
      ['inference', 'unet', 256, 1],
      ['inference', 'unet', 256, 16],
      ['training', 'wrn-b4-eca', 90, 1],
      ['training', 'wrn-b4-eca', 90, 16],
      ['training', 'unet', 256, 1],
      ['training', 'unet', 256, 16],
    ]);
    expect(heatsOf(networks, [1], 24, ['train']).map(({ size }) => size)).toEqual([24, 24]);
  });

  it('have every engine in every mode of the work, and two peers on the same device', async () => {
    const [heat] = heatsOf([await benchNetwork('resnet50')], [8], 24, ['train']);
    expect(ownLaunches(heat, field).map(({ name, mode }) => [name, mode])).toEqual([
      ['wasm', 'train'],
      ['cpu', 'train'],
    ]);
    const peers = peerLaunches(heat, field, 'cuda');
    expect(peers.map(({ name, mode }) => [name, mode])).toEqual([
      ['pytorch', 'eager'],
      ['pytorch-best', 'best'],
    ]);
    expect(peers[1].task).toEqual({
      network: 'resnet50',
      size: 24,
      batch: 8,
      threads: 2,
      description: { family: 'resnet', block: 'bottleneck', blocks: [3, 4, 6, 3] },
      labels: 'scenes',
      bands: 10,
      classes: 19,
      work: 'training',
      style: 'best',
      device: 'cuda',
      compileSeconds: 60,
    });
    expect(peerLaunches(heat, { ...field, python: undefined }, 'cpu')).toEqual([]);
  });

  it('let the loader run alone: it has no engine and no peer', async () => {
    const [heat] = heatsOf([await benchNetwork('unet')], [4], undefined, ['loader']);
    expect(ownLaunches(heat, field).map(({ name, task }) => [name, task])).toEqual([
      ['loader', { network: 'unet', size: 256, batch: 4, threads: 2, mode: 'loader', data: '/data' }],
    ]);
    expect(peerLaunches(heat, field, 'cpu')).toEqual([]);
  });
});

describe('networks', () => {
  it('are named as they are asked for', async () => {
    for (const name of benchNetworkNames) expect((await benchNetwork(name)).name).toBe(name);
    await expect(benchNetwork('resnet49')).rejects.toMatchObject({ code: 'unknown-name' });
  });
});
