/**
 * A rule that turns the name of a layer elsewhere into its path here, both as templates: `{s}` stands for a number,
 * `{b:a}` for one counted in letters (`a` is 1), and `{b+1}` or `{s-1}` in the path for it plus or minus one. A path with
 * `{query|key|value}` is one of several layers whose weights are side by side in the one elsewhere.
 *
 * @example ['layer{s}.{b}.conv{i}', 'stage{s}/block{b+1}/conv{i}']
 */
export type NameRule = readonly [elsewhere: string, here: string];

/** Turns a name into its path here, or into several for a layer that is divided; nothing for a name without a rule. */
export type Renamer = (name: string) => readonly string[] | undefined;

const placeholder = /\{(\w+)(:a)?\}/g;

/** The renamer of a table of rules; the first rule that fits counts. */
export function renamer(rules: readonly NameRule[]): Renamer {
  const compiled = rules.map(([elsewhere, here]) => {
    const variables: { name: string; isLetter: boolean }[] = [];
    const pattern = elsewhere
      .replace(/[.*+?^$()|[\]\\]/g, '\\$&')
      .replace(placeholder, (_, name: string, letter?: string) => {
        variables.push({ name, isLetter: letter !== undefined });
        return letter === undefined ? '(\\d+)' : '([a-z])';
      });
    return { pattern: new RegExp(`^${pattern}$`), variables, here };
  });
  return (name) => {
    for (const { pattern, variables, here } of compiled) {
      const match = pattern.exec(name);
      if (match === null) continue;
      const values = new Map(
        variables.map(({ name: variable, isLetter }, i) => [
          variable,
          isLetter ? match[i + 1].charCodeAt(0) - 96 : Number(match[i + 1]),
        ]),
      );
      return divided(
        here.replace(/\{(\w+)([+-]\d+)?\}/g, (_, variable: string, offset = '0') => {
          return String((values.get(variable) as number) + Number(offset));
        }),
      );
    }
    return undefined;
  };
}

function divided(path: string): readonly string[] {
  const choice = /\{([\w|]+)\}/.exec(path);
  return choice === null ? [path] : choice[1].split('|').map((name) => path.replace(choice[0], name));
}
