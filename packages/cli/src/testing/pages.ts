/** Elements of a page that are opened and not closed, or closed and not opened. */
export function unclosed(page: string): string[] {
  const open: string[] = [];
  const wrong: string[] = [];
  const alone = /^(meta|img|br|hr|input|link)$/;
  for (const [, end, name, self] of page.matchAll(/<(\/?)([a-z][a-z0-9]*)(?:"[^"]*"|[^">])*?(\/?)>/gi)) {
    if (self === '/' || alone.test(name)) continue;
    if (end === '') open.push(name);
    else if (open.pop() !== name) wrong.push(name);
  }
  return [...open, ...wrong];
}

/** What of a page would be fetched, or run. */
export function fetched(page: string): readonly string[] {
  return page.match(/<script|<link|@import|url\((?!#)|(src|href)="(?!data:|#)/gi) ?? [];
}

/** Number of embedded pictures, all of which must be described in words. */
export function pictures(page: string): { readonly all: number; readonly undescribed: number } {
  return {
    all: page.match(/<img [^>]*src="data:image\/png;base64,/g)?.length ?? 0,
    undescribed: page.match(/<img (?![^>]*alt="[^"]+")/g)?.length ?? 0,
  };
}
