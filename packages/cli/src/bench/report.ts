import { textTable } from '../tables/textTable.js';
import type { Contestant } from './contestant.js';
import type { Work } from './modes.js';
import { type Heat, peerNames } from './plan.js';
import type { Turns } from './race.js';
import { ratioTo, type Speed, speedOf } from './results.js';

/** One contestant in one heat. */
export interface BenchRow extends Speed {
  readonly work: Work;
  readonly network: string;
  /** Height and width in pixels. */
  readonly size: number;
  /** Images per step. */
  readonly batch: number;
  /** Trainable weights; absent for the loader. */
  readonly parameters?: number;
  readonly contestant: string;
  readonly mode: string;
  readonly device: string;
  readonly version: string;
  readonly detail?: string;
  /** Times as fast as each peer that took turns with it, by the peer's name. */
  readonly timesPeer: Readonly<Record<string, number>>;
}

/** A contestant that did not take part. */
export interface LeftOut {
  readonly work: Work;
  readonly network: string;
  readonly size: number;
  readonly batch: number;
  readonly contestant: string;
  readonly mode: string;
  readonly reason: string;
}

/** What `lulc bench --json` prints. */
export interface BenchReport {
  readonly version: string;
  readonly node: string;
  readonly machine: { readonly system: string; readonly cpu: string; readonly cores: number };
  /** Threads that each contestant was told to use. */
  readonly threads: number;
  /** Turns of each contestant in each heat. */
  readonly rounds: number;
  readonly rows: readonly BenchRow[];
  readonly leftOut: readonly LeftOut[];
}

/** The rows of a heat. */
export function heatRows({ network, size, batch, work }: Heat, times: ReadonlyMap<Contestant, Turns>): BenchRow[] {
  const peers = [...times].filter(([{ name }]) => (peerNames as readonly string[]).includes(name));
  return [...times].map(([{ name, mode, ready }, turns]) => {
    const { version, device, detail, parameters } = ready;
    return {
      ...{ work, network: network.name, size, batch, contestant: name, mode, device, version },
      ...(parameters === undefined ? {} : { parameters }),
      ...(detail === undefined ? {} : { detail }),
      ...speedOf(turns, batch),
      timesPeer: Object.fromEntries(peers.map(([peer, peerTurns]) => [peer.name, ratioTo(turns, peerTurns)])),
    };
  });
}

const titles: Readonly<Record<Work, string>> = {
  training: 'Training: one step of forward, loss, gradients and Adam',
  inference: 'Inference: one batch of predictions',
  loading: 'Loading: one batch read, decoded, augmented, scaled and resized',
};

/** The report as tables for people. */
export function benchText(report: BenchReport): string {
  const { machine, threads, rounds, rows, leftOut, node } = report;
  const works = [...new Set(rows.map(({ work }) => work))];
  const versions = new Set(rows.map(({ contestant, device, version }) => `  ${contestant} (${device}): ${version}`));
  const details = rows.flatMap(({ contestant, mode, network, size, batch, work, detail }) =>
    detail === undefined
      ? []
      : [`  ${contestant} ${mode} (${work}, ${network} ${size}×${size}, batch ${batch}): ${detail}`],
  );
  return [
    `${machine.cpu}, ${machine.cores} cores, ${machine.system}, Node ${node}; ${threads} threads, ${rounds} rounds`,
    ...versions,
    ...works.flatMap((work) => ['', titles[work], workTable(rows.filter((row) => row.work === work))]),
    ...(details.length === 0 ? [] : ['', 'How:', ...details]),
    ...(leftOut.length === 0 ? [] : ['', 'Left out:', ...leftOutLines(leftOut).map((line) => `  ${line}`)]),
  ].join('\n');
}

function workTable(rows: readonly BenchRow[]): string {
  const peers = peerNames.filter((peer) => rows.some(({ timesPeer }) => peer in timesPeer));
  return textTable(
    ['network', 'pixels', 'batch', 'contestant', 'images/s', 'slowest', 'fastest', ...peers.map((peer) => `× ${peer}`)],
    rows.map((row) => [
      row.network,
      String(row.size),
      String(row.batch),
      row.contestant === 'loader' || row.contestant.startsWith('pytorch')
        ? row.contestant
        : `${row.contestant} ${row.mode}`,
      ...[row.imagesPerSecond, row.slowest, row.fastest].map(rateText),
      ...peers.map((peer) => row.timesPeer[peer]?.toFixed(2) ?? ''),
    ]),
  );
}

/** Three digits that mean something. */
function rateText(rate: number): string {
  return rate >= 100 ? rate.toFixed(0) : rate.toPrecision(3);
}

/** Contestants that did not take part, each reason once. */
export function leftOutLines(leftOut: readonly LeftOut[]): readonly string[] {
  const places = new Map<string, string[]>();
  for (const { contestant, mode, network, batch, reason } of leftOut) {
    const what = `${contestant} ${mode}: ${reason}`;
    places.set(what, [...(places.get(what) ?? []), `${network}, batch ${batch}`]);
  }
  return [...places].map(([what, where]) => `${what} (${where.join('; ')})`);
}
