import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InvalidInputError } from '../genomics/errors.ts';
import type { StartOwnAuthorization } from '../http/local-server.ts';
import { isLoopback } from '../http/loopback.ts';

/** The folder of the data folder that only its owner may look into. */
const FOLDER = 'auth';
/** Tells other commands where the running server makes tokens, and the key that it wants to see. */
const ADDRESS_FILE = 'server.json';

export interface TokenOptions {
  readonly scope: string;
  readonly patient?: string | undefined;
  readonly user?: string | undefined;
}

interface DevelopmentAuthorization {
  readonly start: StartOwnAuthorization;
  /** A token, once the server runs. */
  token(options: TokenOptions): Promise<string>;
  close(): Promise<void>;
}

interface Place {
  readonly data: string;
  readonly demo: boolean;
  readonly host: string;
  readonly baseUrl?: string | undefined;
}

/**
 * The authorization server for development, in which anyone can be anybody: only where nobody else can come.
 *
 * @throws InvalidInputError where other machines, or people who count on tokens, could meet it
 */
export async function developmentAuthorization(
  { data, demo, host, baseUrl }: Place,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<DevelopmentAuthorization> {
  refuseProduction(host, baseUrl, environment);
  // Loaded only where it is used: what runs on AWS, and commands beside a server, have no part in it.
  const [{ developmentServer }, { keptKeys }] = await Promise.all([
    import('../dev-auth/server.ts'),
    import('../dev-auth/keys.ts'),
  ]);
  const folder = join(data, FOLDER);
  const keys = await keptKeys(folder);
  const addressFile = join(folder, ADDRESS_FILE);
  let running: ReturnType<typeof developmentServer> | undefined;
  return {
    async start(address) {
      running = developmentServer({ ...address, keys, demo });
      await mkdir(folder, { recursive: true });
      await rm(addressFile, { force: true });
      await writeFile(addressFile, JSON.stringify(running.mint), { mode: 0o600 });
      return running;
    },
    async token(options) {
      if (running === undefined) throw new Error('the server does not run yet');
      return (await running.token(options)).accessToken;
    },
    close: () => rm(addressFile, { force: true }),
  };
}

function refuseProduction(
  host: string,
  baseUrl: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): void {
  const why =
    environment['NODE_ENV'] === 'production'
      ? 'NODE_ENV is production'
      : environment['AWS_EXECUTION_ENV'] !== undefined || environment['AWS_LAMBDA_FUNCTION_NAME'] !== undefined
        ? 'this is AWS'
        : !isLoopback(host)
          ? `other machines reach ${host}`
          : baseUrl !== undefined
            ? 'something stands before this server (--base-url)'
            : undefined;
  if (why === undefined) return;
  throw new InvalidInputError(
    `The development authorization server lets anyone be anybody, and ${why}. Name who issues tokens: --issuer with ` +
      '--audience, or GENOMICS_ISSUERS',
  );
}

/**
 * A token of the server that runs on a data folder.
 *
 * @throws InvalidInputError when none runs, or the options are at fault
 */
export async function tokenOfRunningServer(data: string, options: TokenOptions): Promise<string> {
  const nobody = new InvalidInputError(
    `no server with the development authorization server runs on ${data}: start one with 'npm start'`,
  );
  const kept = await readFile(join(data, FOLDER, ADDRESS_FILE), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') throw nobody;
    throw error;
  });
  const { url, key } = JSON.parse(kept) as { url: string; key: string };
  const response = await fetch(url, {
    method: 'POST',
    headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(options),
  }).catch(() => {
    throw nobody;
  });
  // Another program has the port since.
  if (response.status === 401 || !response.headers.get('content-type')?.startsWith('application/json')) throw nobody;
  const answer = (await response.json()) as { accessToken?: string; error_description?: string };
  if (answer.accessToken === undefined) throw new InvalidInputError(answer.error_description ?? 'no token was made');
  return answer.accessToken;
}
