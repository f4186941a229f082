/** The parts of JSON Schema (draft 2020-12) that a configuration schema turns into. */
export interface SchemaNode {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
  readonly oneOf?: readonly SchemaNode[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly items?: SchemaNode;
  readonly prefixItems?: readonly SchemaNode[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
}

/** The alternatives of a node: itself when it has none. Nested alternatives are laid flat. */
export function alternatives(node: SchemaNode): readonly SchemaNode[] {
  const inner = node.anyOf ?? node.oneOf;
  return inner === undefined ? [node] : inner.flatMap(alternatives);
}

/** The nodes that a path of keys can lead to (several where alternatives differ). */
export function nodesAt(path: readonly PropertyKey[], root: SchemaNode): readonly SchemaNode[] {
  return path.reduce<readonly SchemaNode[]>(
    (nodes, key) =>
      nodes.flatMap((node) => {
        if (typeof key === 'number') return node.items === undefined ? [] : alternatives(node.items);
        const child = node.properties?.[String(key)];
        return child === undefined ? [] : alternatives(child);
      }),
    alternatives(root),
  );
}

/** One setting that holds a value, not a group of settings. */
export interface ConfigLeaf {
  /** Dotted path, e.g. `training.learningRate`. */
  readonly path: string;
  /** Description of its first alternative that has one. */
  readonly description: string;
  /** True when it only takes text, so that a flag's value needs no reading. */
  readonly isText: boolean;
  /** True when it takes a truth value. */
  readonly isFlag: boolean;
  /** What it accepts, in words. */
  readonly allowed: string;
  /** Default in the schema. */
  readonly default: unknown;
}

/** Every setting, in the order of the schema; settings that several alternatives share come once. */
export function configLeaves(root: SchemaNode): readonly ConfigLeaf[] {
  const found = new Map<string, { description: string; nodes: SchemaNode[]; default: unknown }>();
  const visit = (node: SchemaNode, path: string): void => {
    const options = alternatives(node);
    const groups = options.filter((option) => option.properties !== undefined);
    const values = options.filter((option) => option.properties === undefined);
    if (values.length > 0) {
      const leaf = found.get(path) ?? { description: node.description ?? '', nodes: [], default: node.default };
      leaf.nodes.push(...values);
      found.set(path, leaf);
    }
    for (const group of groups)
      for (const [key, child] of Object.entries(group.properties ?? {}))
        visit(child, path === '' ? key : `${path}.${key}`);
  };
  visit(root, '');
  return [...found].map(([path, { description, nodes, default: value }]) => ({
    path,
    description,
    isText: nodes.every((node) => node.type === 'string'),
    isFlag: nodes.some((node) => node.type === 'boolean'),
    allowed: [...new Set(nodes.map(allowedBy))].join(' or '),
    default: value,
  }));
}

/** What a value node accepts, in words. */
export function allowedBy(node: SchemaNode): string {
  if (node.enum !== undefined) return node.enum.map((value) => `\`${value}\``).join(', ');
  if (node.const !== undefined) return `\`${node.const}\``;
  if (node.type === 'boolean') return '`true` or `false`';
  if (node.type === 'null') return '`null`';
  if (node.type === 'array') return listWords(node);
  if (node.type === 'object') return `a map of ${mapWords(node.additionalProperties)}`;
  if (node.type === 'string') return 'text';
  return numberWords(node);
}

const mapWords = (node: SchemaNode['additionalProperties']): string =>
  typeof node !== 'object' || node.type === 'array' ? 'lists' : plural(node);

function listWords(node: SchemaNode): string {
  if (node.prefixItems !== undefined) return `list of ${node.prefixItems.length} ${plural(node.prefixItems[0])}`;
  return `list of ${plural(node.items ?? {})}`;
}

function plural(node: SchemaNode): string {
  if (node.type === 'integer') return 'whole numbers';
  return node.type === 'number' ? 'numbers' : 'texts';
}

/** Largest number that a table needs to mention; greater bounds only guard against nonsense. */
const mentionable = 4096;

function numberWords(node: SchemaNode): string {
  const kind = node.type === 'integer' ? 'whole number' : 'number';
  const bounds = [
    node.minimum !== undefined && node.minimum > -mentionable ? `≥ ${node.minimum}` : '',
    node.exclusiveMinimum !== undefined ? `> ${node.exclusiveMinimum}` : '',
    node.maximum !== undefined && node.maximum <= mentionable ? `≤ ${node.maximum}` : '',
    node.exclusiveMaximum !== undefined ? `< ${node.exclusiveMaximum}` : '',
  ].filter((bound) => bound !== '');
  return bounds.length === 0 ? kind : `${kind} ${bounds.join(', ')}`;
}
