/** Markup that is safe to put into a page. */
export interface Markup {
  /** The text of it. */
  readonly markup: string;
}

type Part = string | number | Markup | readonly Part[] | undefined | false;

/**
 * Builds markup: text put into it is escaped, markup and lists of it are not. So `<p>${'a < b'}</p>` becomes
 * `<p>a &#60; b</p>`.
 */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return { markup: strings.reduce((text, string, i) => text + textOf(parts[i - 1]) + string) };
}

/** Marks text that is known to be markup, such as a chart. */
export function trusted(markup: string): Markup {
  return { markup };
}

function textOf(part: Part): string {
  if (part === undefined || part === false) return '';
  if (typeof part === 'string' || typeof part === 'number') return escaped(String(part));
  return 'markup' in part ? part.markup : part.map(textOf).join('');
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
