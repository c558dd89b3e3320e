import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { issuerOf, issuersOf } from '../auth/issuers.ts';
import { ConflictError, InvalidInputError } from '../genomics/errors.ts';
import { fileAudit } from '../http/audit.ts';
import { type LocalAuthorization, type RunningServer, startServer } from '../http/local-server.ts';
import type { OpenArchive } from '../store/open-archive.ts';
import { loadDemo } from './demo.ts';
import { developmentAuthorization } from './development.ts';
import { openArchive, type Whereabouts } from './open.ts';
import { dataOption, wholeNumber } from './options.ts';
import { count } from './progress.ts';

interface ServeOptions extends Whereabouts {
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
    .addOption(new Option('--auth <mode>', 'SMART authorization').choices(['on', 'off']).default('on'))
    .option(
      '--issuer <url>',
      'whose tokens are accepted, GENOMICS_ISSUERS for several; default a development server of its own',
    )
    .option('--audience <text>', 'with --issuer: the audience that tokens have to name')
    .option('--jwks-uri <url>', "with --issuer: where its keys are, if not at the issuer's /.well-known/jwks.json")
    .addOption(
      new Option('--base-url <url>', '[base] as clients write it, if something stands before this server').env(
        'GENOMICS_BASE_URL',
      ),
    )
    .action(async (options: ServeOptions) => {
      const demo = options.demo === true;
      const authorization = authorizationOf(options, process.env['GENOMICS_ISSUERS']);
      const own =
        authorization === 'own' ? await developmentAuthorization({ ...options, demo }, process.env) : undefined;
      await using archive = await openArchive(options);
      await refuseUnreplayed(archive);
      if (demo) await loadDemo(archive);
      const server = await startServer({
        port: options.port,
        host: options.host,
        ports: archive.ports,
        jobs: archive.jobs,
        auth: authorization === 'own' ? own?.start : authorization,
        audit: fileAudit(join(options.data, 'audit')),
        ...(options.baseUrl === undefined ? {} : { baseUrl: options.baseUrl }),
      });
      try {
        const token = own && (await own.token({ scope: 'patient/Observation.rs', patient: DEMO_SUBJECT }));
        process.stdout.write(greeting(server, demo, authorization, token).join('\n'));
        await untilStopped();
      } finally {
        await server.close();
        await own?.close();
      }
    });
}

/** Nobody's tokens, those of issuers that are named, or those of a development server of its own. */
type Authorization = 'off' | 'own' | LocalAuthorization;

/** @throws InvalidInputError when the options contradict each other */
function authorizationOf(options: ServeOptions, environment: string | undefined): Authorization {
  const { auth, issuer, audience, jwksUri } = options;
  if (auth === 'off') {
    if ((issuer ?? audience ?? jwksUri) === undefined) return 'off';
    throw new InvalidInputError('--issuer, --audience and --jwks-uri go with --auth on');
  }
  if (issuer === undefined && (audience ?? jwksUri) !== undefined) {
    throw new InvalidInputError('--audience and --jwks-uri go with --issuer');
  }
  if (issuer !== undefined) return { issuers: [issuerOf({ issuer, audience, jwksUri }, '--issuer')] };
  // An empty list is an answer too: nobody's tokens.
  return environment === undefined || environment.trim() === '' ? 'own' : { issuers: issuersOf(environment) };
}

/** @throws ConflictError when questions would show subjects who are erased */
async function refuseUnreplayed({ admin }: OpenArchive): Promise<void> {
  const shown = await admin.unreplayed();
  if (shown.length === 0) return;
  throw new ConflictError(
    `the table was restored from before ${count(shown.length)} erasures; run 'genomics subjects replay' first`,
  );
}

/** What a person at the terminal needs next. `token` is of the development server, for the first demo subject. */
function greeting(
  { url, page }: RunningServer,
  demo: boolean,
  authorization: Authorization,
  token: string | undefined,
): readonly string[] {
  const bearer = token === undefined ? '' : `-H 'Authorization: Bearer ${token}' `;
  const ask = demo && (authorization === 'off' || token !== undefined);
  return [
    '',
    ...(token === undefined ? [] : [`  EHR page        ${page}ehr/   open a record in the app from here`]),
    ...(token === undefined ? [] : [`  App             ${page}genome/   the app by itself`]),
    `  API page        ${page}   try the operations in a browser`,
    `  FHIR base URL   ${url}`,
    '',
    ...SECURITY[typeof authorization === 'object' ? 'issuers' : authorization],
    ...(typeof authorization === 'object' ? authorization.issuers.map(({ issuer }) => `    ${issuer}`) : []),
    ...(ask ? ['', token === undefined ? '  Try:' : '  Try, within the hour that this token lives:'] : []),
    ...(ask ? [`  curl ${bearer}'${url}/${DEMO_QUESTION}'`] : []),
    ...(ask ? ['  The demo subjects are described in docs/demo.md.'] : []),
    '',
    '  Ctrl+C stops the server.',
    '',
  ];
}

const SECURITY = {
  off: [
    '  No authorization (--auth off): whoever reaches this address reads every subject. It listens on loopback only.',
  ],
  own: [
    '  Operations need a token. The development authorization server gives one to anybody on this machine, without a',
    '  password: it is for development, on a machine of your own.',
  ],
  issuers: ['  Operations need an access token of:'],
} as const;

const DEMO_SUBJECT = 'demo-cyp2c19';
const DEMO_QUESTION =
  '$find-subject-variants?subject=demo-cyp2c19&ranges=NC_000010.11:94762680-94855547&includeVariants=true';

function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}
