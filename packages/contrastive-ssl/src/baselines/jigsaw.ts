import {
  dense,
  dropout,
  input,
  LulcError,
  pipe,
  random,
  relu,
  requireCount,
  requireShare,
  scope,
  softmaxCrossEntropy,
} from '@lulc/core';
import type { ViewBatch } from '@lulc/core/views';
import * as tf from '@tensorflow/tfjs-core';
import { type LayersModel, model as tfModel } from '@tensorflow/tfjs-layers';
import type { PretrainingMethod } from '../method/method.js';
import { adaptiveMeans } from './adaptiveMeans.js';
import { branch, methodRun, viewsOf } from './branch.js';
import { cellSize, cutPieces, side } from './cells.js';
import { distantPermutations } from './permutations.js';

/** Options of {@link jigsaw}. */
export interface JigsawOptions {
  /** Orders to choose from, 2 to 362,880; default 100 (GLCNet's baseline and the paper: 1,000). */
  readonly permutations?: number;
  /** Seed of the set of orders; default 1. */
  readonly permutationSeed?: number;
  /** Side of a piece as a share of its cell's, (0, 1]; default 64/75. The gap keeps edges from giving the order away. */
  readonly piece?: number;
  /** Features of a piece; default 256. */
  readonly features?: number;
  /** Units of the layer over all pieces; default 1,024. */
  readonly hidden?: number;
  /** Share of the head's units that is dropped in training, [0, 1); default 0.1. */
  readonly dropout?: number;
}

/** Tells the streams of random numbers of this method from others'. */
const stream = 0x6a6967;
const pieces = side * side;

/**
 * Jigsaw puzzles (Noroozi & Favaro 2016, arXiv:1603.09246): an image is cut into 3×3 cells, of each of which a randomly placed
 * piece is taken; the pieces are laid out in one of a fixed set of orders, and the network tells which. It trains the network
 * up to its encoded map.
 *
 * Pieces are resized to the size the network is built for: build it for about a third of the views (75 pixels for views of
 * 225), since weights fit networks of other sizes too. Embeddings of larger images are those of their middle. The orders
 * are {@link distantPermutations}.
 *
 * @param options see {@link JigsawOptions}
 * @returns the method; `create` throws LulcError `shape-mismatch` for a network of open size; `tensors` for views too small
 * @throws LulcError `invalid-argument` for an option
 * @example
 * ```ts
 * import { jigsaw } from '@lulc/contrastive-ssl';
 *
 * console.log(jigsaw({ permutations: 24 }).configuration.features); // 256
 * ```
 */
export function jigsaw(options: JigsawOptions = {}): PretrainingMethod {
  const { permutations = 100, permutationSeed = 1, piece = 64 / 75, features = 256, hidden = 1024 } = options;
  const { dropout: rate = 0.1 } = options;
  requireCount({ permutations, features, hidden });
  requireShare({ dropout: rate });
  if (!(piece > 0 && piece <= 1)) {
    throw new LulcError('invalid-argument', `piece must be in (0, 1], got ${piece}`, { where: { option: 'piece' } });
  }
  return {
    name: 'jigsaw',
    configuration: { permutations, permutationSeed, piece, features, hidden, dropout: rate },
    views: 1,
    trains: 'encoded',
    create: ({ network, seed }) => {
      const orders = distantPermutations(permutations, permutationSeed);
      const live = branch(network(), 'encoded', ({ model, encodedChannels }) => {
        const windows = windowsOf(model);
        const each = [features, hidden, permutations] as const;
        return puzzleHeads(windows * windows * encodedChannels, each, rate, seed);
      });
      const { model } = live.trunk;
      const [, height, width, bands] = model.inputs[0].shape;
      if (height === null || width === null) {
        throw new LulcError('shape-mismatch', 'pieces need a network of fixed height and width', {
          where: { model: model.name },
        });
      }
      const windows = windowsOf(model);
      const puzzles = (batch: ViewBatch): tf.Tensor[] => {
        const [view] = viewsOf(batch, 1);
        const [rows, , , viewBands] = view.imageShape;
        const size = cellSize(view.imageShape);
        const cut = size.map((length) => Math.round(length * piece)) as [number, number];
        if (viewBands !== bands || Math.min(...cut) < 1) {
          throw new LulcError(
            'shape-mismatch',
            `views are [${view.imageShape.slice(1)}], the network takes ${bands} bands`,
            { where: { model: model.name }, hint: 'Views must have these bands and 3×3 cells of at least a pixel.' },
          );
        }
        const out = new Float32Array(rows * pieces * height * width * bands);
        const labels = new Int32Array(rows);
        const length = out.length / rows;
        for (let row = 0; row < rows; row++) {
          const draws = random(seed, stream, batch.epoch, batch.indices[row]);
          labels[row] = draws.integer(permutations);
          const corner = (): [number, number] => [
            draws.integer(size[1] - cut[1] + 1),
            draws.integer(size[0] - cut[0] + 1),
          ];
          const puzzle = { order: orders[labels[row]], corners: Array.from({ length: pieces }, corner) };
          cutPieces(view, row, puzzle, cut, [height, width], out.subarray(row * length, (row + 1) * length));
        }
        return [tf.tensor4d(out, [rows * pieces, height, width, bands]), tf.tensor1d(labels, 'int32')];
      };
      return methodRun({
        branch: live,
        tensors: puzzles,
        seen: (images) => middle(images, [height, width]),
        loss: ([images, labels]) => {
          const { encoded } = live.trunk.maps(images as tf.Tensor4D, true);
          const means = adaptiveMeans(encoded, windows);
          const flat = tf.reshape(means, [means.shape[0], -1]);
          const ofPieces = live.heads.piece.apply(flat, { training: true }) as tf.Tensor;
          const joined = tf.reshape(ofPieces, [labels.size, -1]);
          const logits = live.heads.order.apply(joined, { training: true }) as tf.Tensor2D;
          const wanted = tf.cast(tf.oneHot(labels as tf.Tensor1D, permutations), 'float32') as tf.Tensor2D;
          return softmaxCrossEntropy(logits, wanted);
        },
      });
    },
  };
}

/** The middle of images, as much of it as a network sees; images that are smaller are resized. */
function middle(images: tf.Tensor4D, size: readonly [number, number]): tf.Tensor4D {
  const [count, height, width, bands] = images.shape;
  const [h, w] = [Math.min(height, size[0]), Math.min(width, size[1])];
  const cut = tf.slice(images, [0, (height - h) >> 1, (width - w) >> 1, 0], [count, h, w, bands]) as tf.Tensor4D;
  return h === size[0] && w === size[1] ? cut : tf.image.resizeBilinear(cut, [size[0], size[1]], false, true);
}

/** Windows per side that a piece's map is averaged to: 3 as published, fewer for a smaller map. */
function windowsOf({ outputs }: LayersModel): number {
  const [, height, width] = outputs[0].shape;
  return Math.min(side, height ?? side, width ?? side);
}

/** From a piece's means to its features, and from the features of all pieces to the order. */
function puzzleHeads(
  inputs: number,
  [features, hidden, orders]: readonly [number, number, number],
  rate: number,
  seed: number,
): Readonly<Record<'piece' | 'order', LayersModel>> {
  const unit = (units: number) =>
    pipe(
      dense<2>({ name: 'dense', units, init: 'heNormal' }),
      relu<2>({ name: 'relu' }),
      dropout<2>(rate, { name: 'dropout' }),
    );
  const means = input<2>({ name: 'piece/means', shape: [inputs], seed });
  const all = input<2>({ name: 'order/features', shape: [pieces * features], seed });
  return {
    piece: tfModel({ inputs: means, outputs: scope('piece', unit(features))(means), name: 'piece' }),
    order: tfModel({
      inputs: all,
      outputs: scope('order', pipe(unit(hidden), dense<2>({ name: 'logits', units: orders })))(all),
      name: 'order',
    }),
  };
}
