/**
 * The `lulc` command from within a program: run it, check configurations, write reports.
 *
 * @example
 * ```ts
 * import { exitCodes, runCli } from '@lulc/cli';
 *
 * const status = await runCli(['doctor', '--json'], {
 *   stdout: process.stdout,
 *   stderr: process.stderr,
 *   env: process.env,
 *   signal: new AbortController().signal,
 * });
 * console.log(status === exitCodes.ok);
 * ```
 *
 * @module
 */

export type { Config, ConfigInput } from './config/config.js';
export { configJsonSchema } from './config/config.js';
export type { ConfigSources, Override } from './config/load.js';
export { loadConfig } from './config/load.js';
export type { ParameterCount } from './models/parameters.js';
export type { PlainCnnOptions } from './models/plainCnn.js';
export { plainCnn } from './models/plainCnn.js';
export type { ExitName } from './program/exitCodes.js';
export { exitCodes } from './program/exitCodes.js';
export type { CliIo, TextSink } from './program/io.js';
export { runCli } from './program/runCli.js';
export type { Example } from './report/examples.js';
export { htmlReport } from './report/htmlReport.js';
export type { DataFacts, MachineFacts, RunReport } from './run/report.js';
