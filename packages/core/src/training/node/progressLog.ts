import cliProgress from 'cli-progress';
import type { EpochRecord, TrainingEvent, TrainingListener } from '../types.js';

/** Options of {@link progressLog}. */
export interface ProgressOptions {
  /** Where it is written; default standard error, so that standard output stays free for results. */
  readonly stream?: NodeJS.WriteStream;
  /** Validation metrics named in the line of each epoch, where there are such; default the usual ones of each task. */
  readonly metrics?: readonly string[];
  /** Where there is no terminal: seconds between lines within an epoch, so that long epochs show life; default 60. */
  readonly everySeconds?: number;
}

const usualMetrics = ['loss', 'accuracy', 'microF1', 'macroF1', 'macroAveragePrecision'];

/**
 * Shows a run's progress: on a terminal a bar for the epoch under way, and everywhere one quiet line per
 * epoch (and per minute, without a terminal).
 *
 * @param options see {@link ProgressOptions}
 * @returns a listener for `train` and `runTraining`
 * @example
 * ```ts
 * import { type TrainOptions, train } from '@lulc/core';
 * import { progressLog } from '@lulc/core/node';
 *
 * const shown = (options: TrainOptions) => train({ ...options, listeners: [progressLog()] });
 * ```
 */
export function progressLog(options: ProgressOptions = {}): TrainingListener {
  const { stream = process.stderr, metrics = usualMetrics, everySeconds = 60 } = options;
  let epochs = 0;
  let lastLine = performance.now();
  let bar: cliProgress.SingleBar | undefined;
  const line = (text: string): void => {
    bar?.stop();
    bar = undefined;
    stream.write(`${text}\n`);
    lastLine = performance.now();
  };
  return (event) => {
    if (event.type === 'start') epochs = event.epochs;
    if (event.type === 'step') {
      const epoch = `${event.epoch + 1}/${epochs}`;
      const loss = event.loss.toFixed(4);
      const rate = event.imagesPerSecond.toFixed(1);
      if (stream.isTTY) {
        bar ??= newBar(stream, event.stepsPerEpoch);
        bar.update(event.stepInEpoch, { epoch, loss, rate });
      } else if (performance.now() - lastLine >= 1000 * everySeconds) {
        line(`epoch ${epoch}: step ${event.stepInEpoch}/${event.stepsPerEpoch}, loss ${loss}, ${rate} images/s`);
      }
    }
    const text = describe(event, epochs, metrics);
    if (text !== undefined) line(text);
  };
}

function newBar(stream: NodeJS.WriteStream, total: number): cliProgress.SingleBar {
  const bar = new cliProgress.SingleBar(
    {
      stream,
      format: 'epoch {epoch} {bar} {value}/{total} | loss {loss} | {rate} images/s | {eta_formatted} left',
      clearOnComplete: true,
      stopOnComplete: false,
    },
    cliProgress.Presets.shades_classic,
  );
  bar.start(total, 0, { epoch: '', loss: '', rate: '' });
  return bar;
}

/** The line an event is worth, if any. */
function describe(event: TrainingEvent, epochs: number, metrics: readonly string[]): string | undefined {
  switch (event.type) {
    case 'start':
      return event.step > 0
        ? `going on after step ${event.step} (epoch ${event.epoch + 1} of ${event.epochs})`
        : `training ${event.epochs} epochs of ${event.stepsPerEpoch} steps`;
    case 'epoch':
      return `epoch ${event.record.epoch + 1}/${epochs}: ${describeEpoch(event.record, metrics)}${event.improved ? ' (best so far)' : ''}`;
    case 'warning':
      return `warning: ${event.message}`;
    case 'end': {
      const { stopped, epochs: done, best, imagesPerSecond } = event.result;
      const reason = { completed: 'trained', early: 'stopped early after', aborted: 'aborted after' }[stopped];
      const kept = best ? `; best epoch ${best.epoch + 1} with ${best.metric} ${best.value.toFixed(4)}` : '';
      return `${reason} ${done} epochs at ${imagesPerSecond.toFixed(1)} images/s${kept}`;
    }
    case 'error':
      return `failed: ${event.error instanceof Error ? event.error.message : String(event.error)}`;
    default:
      return undefined;
  }
}

function describeEpoch(record: EpochRecord, names: readonly string[]): string {
  const shown = names.filter((name) => Object.hasOwn(record.metrics, name));
  return [
    `train loss ${record.trainLoss.toFixed(4)}`,
    ...shown.map((name) => `${name} ${record.metrics[name].toFixed(4)}`),
    `${record.imagesPerSecond.toFixed(1)} images/s`,
    `${(record.trainSeconds + record.validationSeconds).toFixed(1)} s`,
  ].join(', ');
}
