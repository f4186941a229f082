/** Hands out names that occur once. */
export class Names {
  private readonly used = new Set<string>();

  /** The name, or the first of `name_2`, `name_3`, … that is free. */
  take(name: string): string {
    let free = name;
    for (let n = 2; this.used.has(free); n++) free = `${name}_${n}`;
    this.used.add(free);
    return free;
  }
}
