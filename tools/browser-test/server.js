import { createReadStream, existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';

const types = { html: 'text/html', js: 'text/javascript', json: 'application/json', wasm: 'application/wasm' };

/**
 * A web server on the loopback interface.
 *
 * @param {Map<string, Uint8Array>} files pages and scripts in memory, by name
 * @param {Record<string, string>} folders folders on disk, by the name under which they are served
 */
export async function serve(files, folders) {
  const server = createServer((request, response) => {
    const [first, ...rest] = decodeURIComponent(new URL(request.url, 'http://localhost').pathname).slice(1).split('/');
    const path = folders[first] && rest.length === 1 && join(folders[first], rest[0]);
    const type = types[(rest.at(-1) ?? first).split('.').at(-1)] ?? 'application/octet-stream';
    const page = first.endsWith('.html')
      ? `<!doctype html><link rel="icon" href="data:,"><script type="module" src="/${first.slice(0, -5)}.js"></script>`
      : files.get(first);
    if (path && existsSync(path)) {
      createReadStream(path).pipe(response.writeHead(200, { 'content-type': type }));
    } else if (page) {
      response.writeHead(200, { 'content-type': type }).end(page);
    } else {
      response.writeHead(404).end();
    }
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
