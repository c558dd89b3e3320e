import { newKeys } from '../../lib/dev-auth/keys.ts';
import { type DevelopmentServer, developmentServer } from '../../lib/dev-auth/server.ts';
import { type RunningServer, type ServerOptions, startServer } from '../../lib/http/local-server.ts';
import type { Ports } from '../../lib/operations/ports.ts';

/** A running server and what a test needs to know of its authorization server. */
export interface ServerWithPeople extends RunningServer {
  readonly origin: string;
  readonly development: DevelopmentServer;
  readonly keys: Awaited<ReturnType<typeof newKeys>>;
}

/** The local server as `npm start` has it, with the development authorization server and the demo's people. */
export async function startWithDevelopmentServer(
  ports: Ports,
  more: Partial<ServerOptions> = {},
): Promise<ServerWithPeople> {
  const keys = await newKeys();
  let development: DevelopmentServer | undefined;
  const server = await startServer({
    port: 0,
    ports,
    ...more,
    auth: async (address) => {
      development = developmentServer({ ...address, keys, demo: true });
      return development;
    },
  });
  if (development === undefined) throw new Error('the development authorization server was not started');
  return { ...server, origin: new URL(server.url).origin, development, keys };
}
