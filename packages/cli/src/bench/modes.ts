/** What is measured; contestants are compared within one kind of work. */
export type Work = 'training' | 'inference' | 'loading';

/** A way of doing some work. */
export interface Mode {
  /** The work. */
  readonly work: Work;
  /** One sentence. */
  readonly summary: string;
}

/** The modes of this library's contestants. */
export const modes = {
  train: { work: 'training', summary: 'training steps of the loop that lulc train runs, each operation called anew' },
  captured: {
    work: 'training',
    summary: 'the same steps, recorded by the engine and replayed, as lulc train has them',
  },
  predict: { work: 'inference', summary: 'predictions of the model as it is' },
  compiled: { work: 'inference', summary: 'predictions of the model prepared by compileForInference' },
  loader: { work: 'loading', summary: 'batches read, decoded and augmented, without a model' },
} as const satisfies Readonly<Record<string, Mode>>;

/** Name of a mode. */
export type ModeName = keyof typeof modes;

/** All names, in the order of the table. */
export const modeNames = Object.keys(modes) as ModeName[];
