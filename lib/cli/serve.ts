import { type Command, Option } from 'commander';
import { InvalidInputError } from '../genomics/errors.ts';
import { type RunningServer, startServer } from '../http/local-server.ts';
import { loadDemo } from './demo.ts';
import { openArchive, type Whereabouts } from './open.ts';
import { dataOption, wholeNumber } from './options.ts';

interface ServeOptions extends Whereabouts {
  readonly port: number;
  readonly host: string;
  readonly demo?: true;
  readonly auth: 'on' | 'off';
}

/** `serve`: the operations over HTTP on this machine, until it is told to stop. */
export function addServe(program: Command): void {
  program
    .command('serve')
    .description('answer the FHIR Genomics Operations on this machine')
    .addOption(dataOption())
    .option('--port <number>', 'TCP port', wholeNumber(0), 8080)
    .option('--host <name>', 'address to listen on; loopback only while there is no authorization', '127.0.0.1')
    .option('--demo', 'load the demo cohort first')
    .addOption(new Option('--auth <mode>', 'SMART authorization').choices(['on', 'off']).default('off'))
    .action(async (options: ServeOptions) => {
      if (options.auth === 'on') {
        throw new InvalidInputError(
          '--auth on is not available yet: this version checks no tokens. Serve on loopback with --auth off',
        );
      }
      await using archive = await openArchive(options);
      if (options.demo) await loadDemo(archive);
      const server = await startServer({
        port: options.port,
        host: options.host,
        ports: archive.ports,
      });
      greet(server, options.demo === true);
      await untilStopped();
      await server.close();
    });
}

function greet({ url, page }: RunningServer, demo: boolean): void {
  const lines = [
    '',
    `  FHIR base URL   ${url}`,
    `  API page        ${page}   try the operations in a browser`,
    '',
    '  No authorization (--auth off): whoever reaches this address reads every subject. It listens on loopback only.',
  ];
  if (demo)
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
