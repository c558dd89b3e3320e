import { readFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import type { SignInWays } from '../cognito/deployment.ts';
import { InvalidInputError } from '../genomics/errors.ts';
import { createClient, deleteClient, type FacadeAddress, replaceClient } from '../store/app-clients.ts';
import { commaList, group } from './options.ts';

/** `clients register` and `clients remove`: who may use a deployed archive. */
export function addClients(program: Command): void {
  const clients = group(program, 'clients', 'apps and services of an archive deployed with Cognito');
  withAddress(clients.command('register'))
    .description('register a client, or with --client-id put another registration in place of its own')
    .argument('<json>', 'file with the registration, by the names of RFC 7591; docs/cognito.md has examples')
    .option('--client-id <id>', 'a client that is registered already')
    .option('--identity-providers <names>', 'how people sign in, separated by commas', commaList, ['COGNITO'])
    .option(
      '--mapped-attributes <names>',
      'attributes that those providers fill in, separated by commas',
      commaList,
      [],
    )
    .action(async (path: string, { clientId, ...options }: FacadeAddress & SignInWays & { clientId?: string }) => {
      const registration = await readJson(path);
      if (clientId !== undefined) {
        await replaceClient(options, clientId, registration);
        process.stdout.write(`client_id ${clientId}\n`);
        return;
      }
      const registered = await createClient(options, registration, options);
      process.stdout.write(`client_id ${registered.clientId}\n`);
      if (registered.secret !== undefined) process.stdout.write(`client_secret ${registered.secret}\n`);
    });
  withAddress(clients.command('remove'))
    .description('remove a client; nothing is granted to it from then on')
    .argument('<id>', 'its client_id')
    .action(async (clientId: string, address: FacadeAddress) => {
      await deleteClient(address, clientId);
      process.stdout.write(`client ${clientId} removed\n`);
    });
}

function withAddress(command: Command): Command {
  const option = (flags: string, description: string, variable: string) =>
    new Option(flags, description).env(variable).makeOptionMandatory();
  return command
    .addOption(option('--table <name>', 'table of the authorization server', 'GENOMICS_AUTH_TABLE'))
    .addOption(option('--issuer <url>', 'issuer of the user pool', 'GENOMICS_POOL_ISSUER'))
    .addOption(option('--auth-url <url>', 'base of the authorization server', 'GENOMICS_AUTH_URL'));
}

async function readJson(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new InvalidInputError(`'${path}' can't be read`, undefined, { cause });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new InvalidInputError(`'${path}' is no JSON`, undefined, { cause });
  }
}
