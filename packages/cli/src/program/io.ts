/** Something that text is written to. */
export interface TextSink {
  /** Writes text as it is. */
  write(text: string): unknown;
  /** True for a terminal. */
  readonly isTTY?: boolean | undefined;
  /** Width of the terminal in characters. */
  readonly columns?: number | undefined;
}

/** What the command knows of its surroundings, so that it can be run from a program or a test. */
export interface CliIo {
  /** Results: tables, or one JSON document with `--json`. */
  readonly stdout: TextSink;
  /** Everything else: logs, progress, errors. */
  readonly stderr: TextSink;
  /** Environment variables. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted by Ctrl-C: a training run then writes a checkpoint and ends. */
  readonly signal: AbortSignal;
  /** How the command was called, as a person would type it: `lulc`, or `npx lulc`. Default `lulc`. */
  readonly command?: string;
}

/** Flags that every command has. */
export interface CommonFlags {
  /** One JSON document on stdout instead of tables. */
  readonly json?: boolean;
  /** Stack traces of errors. */
  readonly verbose?: boolean;
  /** No logs and no progress. */
  readonly quiet?: boolean;
}

/** What a command works with. */
export interface CommandContext {
  /** Environment variables. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** The command line that started it, for records. */
  readonly commandLine: string;
  /** Where progress is drawn; absent when it is not wanted. */
  readonly progress: TextSink | undefined;
  /** True when a person reads the results. */
  readonly forPeople: boolean;
  /** A line for people on stderr. */
  log(line: string): void;
  /** The one result: data for `--json`, or the same as text. Both go to stdout. */
  result(data: unknown, text: () => string): void;
}

/** The context of one call. */
export function commandContext(io: CliIo, flags: CommonFlags, argv: readonly string[]): CommandContext {
  const { json = false, quiet = false } = flags;
  return {
    env: io.env,
    signal: io.signal,
    commandLine: [io.command ?? 'lulc', ...argv.map(quoted)].join(' '),
    progress: quiet ? undefined : io.stderr,
    forPeople: !json,
    log: (line) => {
      if (!quiet) io.stderr.write(`${line}\n`);
    },
    result: (data, text) => {
      const out = json ? JSON.stringify(data, null, 2) : text();
      if (out !== '') io.stdout.write(`${out}\n`);
    },
  };
}

/** An argument as it has to be typed in a shell. */
function quoted(argument: string): string {
  return /^[\w./:=@%+,-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`;
}
