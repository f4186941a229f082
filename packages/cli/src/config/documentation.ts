import type { Command } from 'commander';
import { exitCodes, exitMeanings } from '../program/exitCodes.js';
import { type ConfigLayout, configTree } from './layout.js';
import { allowedBy, alternatives, type SchemaNode } from './tree.js';

const notice = '<!-- Written from the sources by `npm run docs:reference` in packages/cli; do not edit. -->';

const introduction = `\`lulc train\`, \`lulc pretrain\`, \`lulc finetune\` and \`lulc clouds\` take a YAML or JSON file (\`--config run.yaml\`) of the settings
below, one list for each command. Unknown settings are refused. Every setting is also a flag, which wins over the file:
\`--training.epochs 10\`, \`--data.bands "[B04, B03, B02]"\`. In every text, \`\${NAME}\` stands for an environment
variable and \`\${NAME:-other}\` for that or something else. A group such as \`training.optimizer\` is a name, which stands
for its defaults, or a name with options.`;

/**
 * `docs/configuration.md`: every setting with what it takes, its default and what it does, from the schemas.
 *
 * @param layouts the kinds of configuration files
 */
export function configurationReference(layouts: readonly ConfigLayout[]): string {
  return `${['# Configuration', notice, introduction, ...layouts.flatMap(layoutSections)].join('\n\n')}\n`;
}

function layoutSections(layout: ConfigLayout): readonly string[] {
  const groups = Object.entries(configTree(layout).properties ?? {});
  const isGroup = (option: SchemaNode) => option.properties !== undefined;
  const single = groups.filter(([, node]) => !alternatives(node).every(isGroup));
  const sections = groups.filter(([, node]) => alternatives(node).some(isGroup));
  return [
    `## lulc ${layout.name}`,
    `\`\`\`yaml\n${layout.example}\n\`\`\``,
    tableOf(single.map(([name, node]) => [name, node])),
    ...sections.flatMap(([name, node]) => sectionOf(name, node, 3)),
  ];
}

/** A group of settings: its own values, then the groups within. */
function sectionOf(path: string, node: SchemaNode, level: number): readonly string[] {
  const groups = alternatives(node).filter((option) => option.properties !== undefined);
  return [
    `${'#'.repeat(level)} ${path}`,
    ...(node.description === undefined ? [] : [node.description]),
    ...groups.flatMap((group) => variantOf(path, group, level)),
  ];
}

/** One form of a group; where a group has several, each is introduced by the name that chooses it. */
function variantOf(path: string, group: SchemaNode, level: number): readonly string[] {
  const children = Object.entries(group.properties ?? {});
  const chosen = children.filter(([, child]) => child.const !== undefined && child.type === 'string');
  const rest = children.filter((child) => !chosen.includes(child));
  const isGroup = ([, child]: readonly [string, SchemaNode]) =>
    alternatives(child).some((option) => option.properties !== undefined);
  const values = rest.filter(
    (child) => !isGroup(child) || alternatives(child[1]).some((o) => o.properties === undefined),
  );
  return [
    ...chosen.map(([key, child]) => `**\`${key}: ${child.const}\`** – ${child.description}`),
    ...(values.length === 0 ? [] : [tableOf(values, group.required)]),
    ...rest.filter(isGroup).flatMap(([key, child]) => sectionOf(`${path}.${key}`, child, Math.min(level + 1, 6))),
  ];
}

function tableOf(rows: readonly (readonly [string, SchemaNode])[], required: readonly string[] = []): string {
  const lines = rows.map(([key, node]) => {
    const options = alternatives(node);
    const kinds = [
      ...new Set([
        ...options.filter((option) => option.properties === undefined).map(allowedBy),
        ...(options.some((option) => option.properties !== undefined) ? ['a group, below'] : []),
      ]),
    ];
    const preset =
      node.default !== undefined ? `\`${JSON.stringify(node.default)}\`` : required.includes(key) ? '**needed**' : '';
    return `| \`${key}\` | ${cell(kinds.join(' or '))} | ${cell(preset)} | ${cell(node.description ?? '')} |`;
  });
  return ['| setting | takes | default | meaning |', '|---|---|---|---|', ...lines].join('\n');
}

/**
 * `docs/cli.md`: the commands with their help, and what the exit status means.
 *
 * @param program the whole command
 */
export function commandReference(program: Command): string {
  return `${[
    '# The lulc command',
    notice,
    [
      'Results go to standard output, logs, progress and errors to standard error. With `--json` a command prints one JSON',
      'document on standard output, also when it fails: `{ "error": { "code", "message", "where", "hint" } }`. The first',
      'Ctrl-C ends a command well (a training run writes a checkpoint and goes on with `--resume`), the second at once.',
    ].join('\n'),
    '## Exit status',
    [
      '| status | name | meaning |',
      '|---|---|---|',
      ...Object.entries(exitCodes).map(
        ([name, code]) => `| ${code} | ${name} | ${exitMeanings[name as keyof typeof exitMeanings]} |`,
      ),
    ].join('\n'),
    ...commandSections(program, ''),
  ].join('\n\n')}\n`;
}

function commandSections(command: Command, parent: string): readonly string[] {
  const path = `${parent}${command.name()}`;
  if (command.commands.length > 0) return command.commands.flatMap((inner) => commandSections(inner, `${path} `));
  const { visibleArguments, visibleOptions } = helpOf(command);
  const settings = visibleOptions.filter(({ long }) => long?.includes('.'));
  const own = visibleOptions.filter((option) => !settings.includes(option) && !common.has(option.long ?? ''));
  return [
    `## ${path}`,
    `${sentence(command.description())}.`,
    ...(visibleArguments.length === 0
      ? []
      : [visibleArguments.map(({ term, text }) => `- \`${term}\`: ${text}`).join('\n')]),
    ...(own.length === 0
      ? []
      : [
          [
            '| flag | meaning |',
            '|---|---|',
            ...own.map(({ flags, text }) => `| \`${cell(flags)}\` | ${cell(text)} |`),
          ].join('\n'),
        ]),
    ...(settings.length === 0
      ? []
      : [`Settings as flags, see [configuration](configuration.md): \`${settingGroups(settings).join('`, `')}\`.`]),
  ];
}

/** Flags that every command has; they are told once, above. */
const common = new Set(['--json', '--quiet', '--verbose', '--help']);

interface HelpItem {
  readonly long: string | undefined;
  readonly flags: string;
  readonly text: string;
}

function helpOf(command: Command) {
  const help = command.createHelp();
  return {
    visibleOptions: help
      .visibleOptions(command)
      .map((option): HelpItem => ({ long: option.long, flags: option.flags, text: help.optionDescription(option) })),
    visibleArguments: help
      .visibleArguments(command)
      .map((argument) => ({ term: help.argumentTerm(argument), text: help.argumentDescription(argument) })),
  };
}

/** `--data.*` for the settings of a group. */
function settingGroups(settings: readonly HelpItem[]): readonly string[] {
  return [...new Set(settings.map(({ long = '' }) => `${long.split('.')[0]}.*`))];
}

/** With a capital first letter. */
function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
