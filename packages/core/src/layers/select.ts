import { concat, slice } from '@tensorflow/tfjs-core';
import { LulcError } from '../errors/lulcError.js';
import { applyLayer } from './graph.js';
import type { Named } from './merge.js';
import { defineOpLayer } from './opLayer.js';
import { type Block, channelsOf } from './sym.js';

/** Channels that lie side by side: the first, and how many. */
export type ChannelRun = readonly [start: number, size: number];

/** The fewest runs that give the channels one after the other. */
export function channelRuns(channels: readonly number[]): ChannelRun[] {
  const runs: [number, number][] = [];
  for (const channel of channels) {
    const last = runs[runs.length - 1];
    if (last !== undefined && last[0] + last[1] === channel) last[1]++;
    else runs.push([channel, 1]);
  }
  return runs;
}

const selection = defineOpLayer<{ readonly channels: readonly number[] }>({
  className: 'LulcSelectChannels',
  call: ([x], { channels }) => {
    const parts = channelRuns(channels).map(([start, size]) => slice(x, [0, 0, 0, start], [-1, -1, -1, size]));
    return parts.length === 1 ? parts[0] : concat(parts, 3);
  },
  outputShape: ([shape], { channels }) => [...shape.slice(0, 3), channels.length],
});

/**
 * Some channels of an image in the given order, `[B, H, W, C] → [B, H, W, channels.length]`; the image itself when these are
 * all in their order.
 *
 * @param channels indices from 0
 * @throws LulcError `invalid-argument` when there is none, or one that the image has not
 */
export function selectChannels(channels: readonly number[], options: Named = {}): Block<4> {
  return (x) => {
    const count = channelsOf(x);
    if (channels.length === 0 || !channels.every((c) => Number.isInteger(c) && c >= 0 && c < count)) {
      throw new LulcError('invalid-argument', `no channels [${channels}] in an image of ${count}`, {
        where: { layer: options.name ?? 'select' },
      });
    }
    const isWhole = channels.length === count && channels.every((channel, i) => channel === i);
    return isWhole
      ? x
      : applyLayer(options.name, 'select', [x], ({ name }) => selection(name, { channels: [...channels] }));
  };
}
