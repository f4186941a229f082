import type { LayersModel } from '@tensorflow/tfjs-layers';
import { feature } from '../backbone/backbone.js';
import { classifier } from '../backbone/classifier.js';
import { relu } from '../layers/activation.js';
import { pipe, residual } from '../layers/compose.js';
import { conv2d } from '../layers/conv.js';
import { image, scope } from '../layers/graph.js';
import { batchNorm } from '../layers/norm.js';
import { createCard, writeCard } from '../model/card.js';

/** A small network of a stem, two stages and a head, with a card, for tests: `[B, size, size, bands]` to `[B, 3]`. */
export function stagedClassifier(bands: readonly string[] = ['B04', 'B03', 'B02'], size = 6, seed = 1): LayersModel {
  const input = image({ shape: [size, size, bands.length], seed });
  const unit = (kernelSize: number) =>
    pipe<4>(conv2d({ name: 'conv', filters: 4, kernelSize }), batchNorm({ name: 'bn' }), relu());
  const block = () => residual(unit(3), { shortcut: conv2d({ name: 'shortcut', filters: 4, kernelSize: 1 }) });
  const output = pipe(
    scope('stem', unit(3)),
    scope('stage1/block1', block()),
    scope('stage1/block2', block()),
    scope('stage2/block1', block()),
  )(input);
  const model = classifier({ name: 'staged', input, output, features: [feature(output, 1)] }, { classes: 3 });
  writeCard(
    model,
    createCard({
      family: 'staged',
      configuration: { headDropout: 0 },
      task: 'multi-label',
      classes: ['a', 'b', 'c'],
      bands,
      inputSize: [size, size],
      scaling: { name: 'mine', mean: bands.map((_, i) => i), std: bands.map((_, i) => i + 1) },
      training: {
        dataset: 'simulated',
        simulated: true,
        seed: 1,
        engine: 'cpu',
        epochs: 2,
        date: '2026-01-01T00:00:00.000Z',
        libraryVersion: '0.0.0',
      },
      metrics: { 'test/macroF1': 0.5 },
    }),
  );
  return model;
}
