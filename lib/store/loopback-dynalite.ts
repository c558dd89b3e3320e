import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { ClassicLevel, type ValueIteratorOptions } from 'classic-level';
import dynalite from 'dynalite';

export interface LoopbackServer {
  readonly port: number;
  readonly stop: () => Promise<void>;
}

/** Idle connections of other processes are kept this long. */
const KEEP_ALIVE_MS = 60_000;

// dynalite ends the iterator of a query by `return`, which those of its store do not have: each query would keep one for
// good, with the blocks that it has read (about 50 kB).
const { values } = ClassicLevel.prototype;
ClassicLevel.prototype.values = function (this: ClassicLevel, options: ValueIteratorOptions<unknown, unknown> = {}) {
  const iterator = values.call(this, options);
  return Object.assign(iterator, { return: () => iterator.close() });
} as typeof values;

/**
 * dynalite over a folder, on a free loopback port. It answers only requests signed with the access key `key`: dynalite
 * itself takes any key, so that every user and every web page on the machine could write to it.
 */
export async function startLoopbackServer(path: string, key: string): Promise<LoopbackServer> {
  const server = dynalite({ path, createTableMs: 0 });
  guard(server, key);
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // An archive that nobody closed does not keep the process alive.
  server.unref();
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('dynalite does not listen on a port');
  return {
    port: address.port,
    stop: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error === undefined || error === null ? resolve() : reject(error)));
      }),
  };
}

function guard(server: Server, key: string): void {
  const inner = server.listeners('request') as RequestListener[];
  server.removeAllListeners('request');
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const challenge = request.headers['x-challenge'];
    if (typeof challenge === 'string') {
      response.end(createHmac('sha256', key).update(challenge).digest('hex'));
    } else if (request.headers.authorization?.includes(`Credential=${key}/`)) {
      for (const listener of inner) listener(request, response);
    } else {
      response.writeHead(403).end();
    }
  });
}
