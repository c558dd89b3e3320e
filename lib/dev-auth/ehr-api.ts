import type { IncomingMessage } from 'node:http';
import { scopeTokens } from '../auth/scopes.ts';
import { jsonOf } from './body.ts';
import { type Client, EHR_SCOPE } from './clients.ts';
import { type Directory, personOf } from './people.ts';
import { badRequest, Refusal } from './refusal.ts';

import type { ProviderOptions } from './settings.ts';
import { isSubjectId } from './subject-id.ts';
import { verifiedToken } from './tokens.ts';

interface EhrDirectory extends Pick<Directory, 'charts'> {
  readonly apps: readonly { readonly id: string; readonly name: string; readonly launchUrl?: string }[];
}

/** What the EHR page offers: records and apps. @throws Refusal 401, 403 */
export async function ehrDirectory(
  incoming: IncomingMessage,
  clients: readonly Client[],
  options: ProviderOptions,
): Promise<EhrDirectory> {
  await signedIn(incoming, options);
  const apps = clients
    .filter(({ others }) => others.includes('launch'))
    .map(({ id, name, launchUrl }) => ({ id, name, ...(launchUrl === undefined ? {} : { launchUrl }) }));
  return { charts: options.directory.charts, apps };
}

/** Keeps a launch of `{client, patient, banner}` for whoever is signed in. @throws Refusal 400, 401, 403 */
export async function ehrLaunch(
  incoming: IncomingMessage,
  clients: readonly Client[],
  options: ProviderOptions,
): Promise<{ readonly launch: string }> {
  const person = await signedIn(incoming, options);
  const { client, patient, banner } = await jsonOf(incoming);
  if (!clients.some(({ id, others }) => id === client && others.includes('launch'))) {
    throw badRequest('client is no app that can be launched');
  }
  if (typeof patient !== 'string' || !isSubjectId(patient)) throw badRequest('patient is no subject id');
  return { launch: options.launches.add({ person, patient, client: String(client), banner: banner !== false }) };
}

/** Id of the person whom the EHR page's token is of. */
async function signedIn(incoming: IncomingMessage, options: ProviderOptions): Promise<string> {
  const { sub, scope } = await verifiedToken(incoming.headers.authorization, options);
  const person = personOf(options.directory, sub);
  if (person === undefined || !scopeTokens(String(scope ?? '')).includes(EHR_SCOPE)) {
    throw new Refusal(403, 'insufficient_scope', 'The token is not one of the EHR page');
  }
  return person.id;
}
