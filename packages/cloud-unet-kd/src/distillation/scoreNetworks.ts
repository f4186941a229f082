import { countOperations, LulcError } from '@lulc/core';
import {
  ensemblePredictor,
  predictMask,
  type SegmentationReport,
  type SegmentationSource,
  segmentationMetrics,
  type TileNetwork,
  type WindowOptions,
} from '@lulc/core/segmentation';

/** Options of {@link scoreNetworks}; those of the window say how tiles slide and whether they are mirrored. */
export interface ScoreNetworksOptions extends Omit<WindowOptions, 'network'> {
  /** A network, or several whose logits are averaged. */
  readonly networks: TileNetwork | readonly TileNetwork[];
  /** Images with masks, normalised as the networks were trained; epoch 0 is read once. The caller closes it. */
  readonly source: SegmentationSource;
}

/** How large, how dear and how good networks are. Plain data, fit for JSON. */
export interface ScoredNetworks {
  /** How many there are. */
  readonly networks: number;
  /** Weights of one of them, the largest; `undefined` for functions. */
  readonly parameters: number | undefined;
  /** Multiply-adds of all of them for one tile, without mirrored passes; `undefined` for functions and open sizes. */
  readonly multiplyAdds: number | undefined;
  /** Passes of each network per tile: 1, or more with mirrored tiles. */
  readonly passes: number;
  /** Pooled over all pixels with a label. */
  readonly report: SegmentationReport;
  /** Jaccard index (IoU) of the classes but the first, pooled over all pixels, mean over classes; 0 where nothing was there. */
  readonly jaccard: number;
  /** Their F1 (Dice). */
  readonly f1: number;
  /** Images per second of prediction, without reading them. */
  readonly imagesPerSecond: number;
}

/**
 * Predicts the masks of a source in sliding windows and scores them, so that an ensemble with mirrored tiles and a single small
 * network are judged alike.
 *
 * @param options networks, images and window
 * @throws LulcError as `predictMask` of `@lulc/core/segmentation` does; `invalid-argument` when no pixel has a label
 */
export async function scoreNetworks(options: ScoreNetworksOptions): Promise<ScoredNetworks> {
  const { networks, source, mirror = [], ...window } = options;
  const members = [networks].flat();
  const { classes, name } = source.info;
  const metrics = segmentationMetrics({ classes });
  const predictor = ensemblePredictor(members);
  let seconds = 0;
  let images = 0;
  try {
    for await (const batch of source.epoch(0)) {
      const [rows, height, width, bands] = batch.imageShape;
      const [pixels, values] = [height * width, height * width * bands];
      for (let row = 0; row < rows; row++) {
        const data = batch.images.slice(row * values, (row + 1) * values);
        const begin = performance.now();
        const { data: predicted } = await predictMask({
          ...window,
          mirror,
          tile: window.tile ?? predictor.tile,
          network: predictor.predict,
          image: { data, shape: [height, width, bands] },
        });
        seconds += (performance.now() - begin) / 1000;
        metrics.update(predicted, batch.masks.subarray(row * pixels, (row + 1) * pixels));
        images++;
      }
    }
  } finally {
    predictor.dispose();
  }
  const report = metrics.report();
  if (report.pixels === 0) {
    throw new LulcError('invalid-argument', 'no pixel has a label, so there is nothing to score', {
      where: { dataset: name },
    });
  }
  const foreground = report.perClass.slice(1).flatMap(({ iou }) => (iou === null ? [] : [iou]));
  const models = members.flatMap((member) => (typeof member === 'function' ? [] : [member]));
  const allModels = models.length === members.length;
  const counted = allModels && models.every(({ inputs }) => inputs[0].shape.slice(1).every((side) => side !== null));
  return {
    networks: members.length,
    parameters: allModels ? Math.max(...models.map((model) => model.countParams())) : undefined,
    multiplyAdds: counted ? models.reduce((sum, model) => sum + countOperations(model).multiplyAdds, 0) : undefined,
    passes: 2 ** new Set(mirror).size,
    report,
    jaccard: foreground.reduce((sum, iou) => sum + iou, 0) / Math.max(1, foreground.length),
    f1: report.foregroundF1,
    imagesPerSecond: images / seconds,
  };
}
