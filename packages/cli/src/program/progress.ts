import { Presets, SingleBar } from 'cli-progress';
import type { CommandContext } from './io.js';

/** Progress of something countable. */
export interface ProgressLine {
  /** So many of so many are done. */
  readonly update: (done: number, total: number) => void;
  /** It is over, well or not. */
  readonly stop: () => void;
}

/**
 * A bar on a terminal, one line at the end otherwise.
 *
 * @param context says where, if at all
 * @param label what is being done
 */
export function progressLine({ progress }: CommandContext, label: string): ProgressLine {
  if (progress === undefined) return { update: () => undefined, stop: () => undefined };
  const started = performance.now();
  let last = 0;
  const line = () => {
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    if (last > 0) progress.write(`${label}: ${last} in ${seconds} s\n`);
  };
  if (!progress.isTTY) {
    return {
      update: (done) => {
        last = done;
      },
      stop: line,
    };
  }
  const bar = new SingleBar(
    {
      stream: progress as NodeJS.WriteStream,
      format: `${label} {bar} {value}/{total} {eta_formatted}`,
      hideCursor: true,
      clearOnComplete: true,
    },
    Presets.shades_classic,
  );
  return {
    update: (done, total) => {
      if (last === 0) bar.start(total, done);
      else bar.update(done);
      last = done;
    },
    stop: () => {
      bar.stop();
      line();
    },
  };
}
