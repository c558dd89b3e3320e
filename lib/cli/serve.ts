import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { issuerOf, issuersOf } from '../auth/issuers.ts';
import { InvalidInputError } from '../genomics/errors.ts';
import { fileAudit } from '../http/audit.ts';
import { type LocalAuthorization, type RunningServer, startServer } from '../http/local-server.ts';
import { openLocalArchive } from '../store/local.ts';
import { loadDemo } from './demo.ts';
import { dataOption, wholeNumber } from './options.ts';

interface ServeOptions {
  readonly data: string;
  readonly port: number;
  readonly host: string;
  readonly demo?: true;
  readonly auth: 'on' | 'off';
  readonly issuer?: string;
  readonly audience?: string;
  readonly jwksUri?: string;
  readonly baseUrl?: string;
}

/** `serve`: the operations over HTTP on this machine, until it is told to stop. */
export function addServe(program: Command): void {
  program
    .command('serve')
    .description('answer the FHIR Genomics Operations on this machine')
    .addOption(dataOption())
    .option('--port <number>', 'TCP port', wholeNumber(0), 8080)
    .option('--host <name>', 'address to listen on; loopback only with --auth off', '127.0.0.1')
    .option('--demo', 'load the demo cohort first')
    .addOption(new Option('--auth <mode>', 'SMART authorization').choices(['on', 'off']).default('off'))
    .option('--issuer <url>', 'with --auth on: whose tokens are accepted; GENOMICS_ISSUERS names several')
    .option('--audience <text>', 'with --issuer: the audience that tokens have to name')
    .option('--jwks-uri <url>', "with --issuer: where its keys are, if not at the issuer's /.well-known/jwks.json")
    .addOption(
      new Option('--base-url <url>', '[base] as clients write it, if something stands before this server').env(
        'GENOMICS_BASE_URL',
      ),
    )
    .action(async (options: ServeOptions) => {
      const auth = authorizationOf(options, process.env['GENOMICS_ISSUERS']);
      await using archive = await openLocalArchive(options.data);
      if (options.demo) await loadDemo(archive);
      const server = await startServer({
        port: options.port,
        host: options.host,
        ports: archive.ports,
        jobs: archive.jobs,
        auth,
        audit: fileAudit(join(options.data, 'audit')),
        ...(options.baseUrl === undefined ? {} : { baseUrl: options.baseUrl }),
      });
      greet(server, options.demo === true, auth);
      await untilStopped();
      await server.close();
    });
}

/** @throws InvalidInputError when the options contradict each other, or tokens are to be checked and nobody issues them */
function authorizationOf(options: ServeOptions, environment: string | undefined): 'off' | LocalAuthorization {
  const { auth, issuer, audience, jwksUri } = options;
  if (auth === 'off') {
    if ((issuer ?? audience ?? jwksUri) === undefined) return 'off';
    throw new InvalidInputError('--issuer, --audience and --jwks-uri go with --auth on');
  }
  if (issuer === undefined && (audience ?? jwksUri) !== undefined) {
    throw new InvalidInputError('--audience and --jwks-uri go with --issuer');
  }
  const issuers = issuer === undefined ? issuersOf(environment) : [issuerOf({ issuer, audience, jwksUri }, '--issuer')];
  if (issuers.length === 0) {
    throw new InvalidInputError(
      '--auth on needs --issuer with --audience, or GENOMICS_ISSUERS: whose tokens to accept',
    );
  }
  return { issuers };
}

function greet({ url, page }: RunningServer, demo: boolean, auth: 'off' | LocalAuthorization): void {
  const lines = [
    '',
    `  FHIR base URL   ${url}`,
    `  API page        ${page}   try the operations in a browser`,
    '',
    auth === 'off'
      ? '  No authorization (--auth off): whoever reaches this address reads every subject. It listens on loopback only.'
      : `  Accepts access tokens of ${auth.issuers.map(({ issuer }) => issuer).join(', ')}`,
  ];
  if (demo && auth === 'off')
    lines.push('', '  Try:', `  curl '${url}/${DEMO_QUESTION}'`, '  The demo subjects are described in docs/demo.md.');
  lines.push('', '  Ctrl+C stops the server.', '');
  process.stdout.write(lines.join('\n'));
}

const DEMO_QUESTION =
  '$find-subject-variants?subject=demo-cyp2c19&ranges=NC_000010.11:94762680-94855547&includeVariants=true';

function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}
