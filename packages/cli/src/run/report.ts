import { arch, availableParallelism, cpus, platform } from 'node:os';
import type {
  ClassificationTask,
  Engine,
  EvaluationReport,
  ImageSetInfo,
  ModelCard,
  TrainingProvenance,
  TrainResult,
} from '@lulc/core';
import type { Config } from '../config/config.js';
import type { ParameterCount } from '../models/parameters.js';
import { version } from '../program/version.js';

/** The machine a run was on. */
export interface MachineFacts {
  /** System and architecture. */
  readonly system: string;
  /** Processor. */
  readonly cpu: string;
  /** Cores that may be used. */
  readonly cores: number;
  /** Version of Node. */
  readonly node: string;
}

/** The data of a run. */
export interface DataFacts {
  /** Name of the dataset. */
  readonly name: string;
  /** What its labels mean. */
  readonly task: ClassificationTask;
  /** Band names in channel order. */
  readonly bands: readonly string[];
  /** Class names in index order. */
  readonly classes: readonly string[];
  /** Samples used of each part. */
  readonly samples: {
    /** Trained on. */
    readonly train: number;
    /** Validated on after every epoch. */
    readonly validation: number;
    /** Scored at the end. */
    readonly test: number;
  };
  /** Samples left out because they could not be read. */
  readonly skipped: number;
  /** Name of the statistics by which images were scaled. */
  readonly scaling: string;
  /** Licence. */
  readonly licence: string;
  /** How to cite it. */
  readonly citation: string;
}

/** Everything about a finished training run: `report.json`. */
export interface RunReport {
  /** Version of this record's layout. */
  readonly formatVersion: 1;
  /** True when the pixels were generated, not observed. */
  readonly simulated: boolean;
  /** The command that was typed. */
  readonly command: string;
  /** When the run ended, ISO 8601. */
  readonly date: string;
  /** Version of this package. */
  readonly libraryVersion: string;
  /** What computed. */
  readonly engine: Engine;
  /** Where. */
  readonly machine: MachineFacts;
  /** On what. */
  readonly data: DataFacts;
  /** What was trained. */
  readonly model: {
    /** Readable name, e.g. `wrn-b0-eca`. */
    readonly name: string;
    /** Number of weights. */
    readonly parameters: ParameterCount;
    /** Its card, as saved with it. */
    readonly card: ModelCard;
  };
  /** How training went. */
  readonly training: TrainResult;
  /** Scores on the test part; absent when there is none. */
  readonly evaluation?: EvaluationReport;
  /** Wall time of the command in seconds, from the opening of the data to the report. */
  readonly seconds: number;
  /** Every setting. */
  readonly config: Omit<Config, 'model'> & Partial<Pick<Config, 'model'>>;
}

/** What every report says of its run. */
export interface RunCircumstances {
  /** True when the pixels were generated, not observed. */
  readonly simulated: boolean;
  /** The engine in use. */
  readonly engine: Engine;
  /** The command that was typed. */
  readonly command: string;
  /** When the run began, by `performance.now()`. */
  readonly started: number;
}

/**
 * The part that reports of all runs have in common.
 *
 * @param circumstances of the run that ends now
 */
export function reportFacts({ simulated, engine, command, started }: RunCircumstances) {
  return {
    formatVersion: 1,
    simulated,
    command,
    date: new Date().toISOString(),
    libraryVersion: version,
    engine,
    machine: machineFacts(),
    seconds: (performance.now() - started) / 1000,
  } as const satisfies Partial<RunReport>;
}

/** How a run trained a model, for its card. */
export function provenance(
  { name, simulated }: Pick<ImageSetInfo, 'name' | 'simulated'>,
  { engine, command }: Pick<RunCircumstances, 'engine' | 'command'>,
  { epochs }: Pick<TrainResult, 'epochs'>,
  seed: number,
): TrainingProvenance {
  return {
    dataset: name,
    simulated,
    seed,
    engine: engineName(engine),
    epochs,
    date: new Date().toISOString(),
    libraryVersion: version,
    command,
  };
}

/** An engine in one line. */
export function engineName({ name, device, version: its }: Engine): string {
  return `${name} on ${device} (${its})`;
}

/** The machine this process runs on. */
export function machineFacts(): MachineFacts {
  return {
    system: `${platform()} ${arch()}`,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    node: process.version,
  };
}
