import type { Command } from 'commander';
import { type TokenOptions, tokenOfRunningServer } from './development.ts';
import { dataOption } from './options.ts';

/** `token`: a development token of the running server, on standard output. */
export function addToken(program: Command): void {
  program
    .command('token')
    .description('make a development token through the running server; it lives an hour')
    .addOption(dataOption())
    .requiredOption('--scope <scopes>', 'separated by spaces, such as patient/Observation.rs')
    .option('--patient <id>', 'subject that the token is for, with patient/ scopes')
    .option('--user <id>', 'who asks: dev-clinician (default), dev-analyst, or one of the demo patients')
    .action(async ({ data, ...options }: TokenOptions & { data: string }) => {
      process.stdout.write(`${await tokenOfRunningServer(data, options)}\n`);
    });
}
