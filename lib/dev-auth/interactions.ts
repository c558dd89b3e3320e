import type { IncomingMessage, ServerResponse } from 'node:http';
import type { InteractionResults } from 'oidc-provider';
import { scopeTokens } from '../auth/scopes.ts';
import { formOf } from './body.ts';
import type { Client } from './clients.ts';
import { consentPage, PAGE_HEADERS, signInPage } from './pages.ts';
import { type Person, personOf } from './people.ts';
import type { ConfiguredProvider } from './provider.ts';
import { needPatient, scopesFor, scopesOfPerson } from './scopes.ts';
import { AUTH_PATH, type GrantContext, type ProviderOptions } from './settings.ts';
import { isSubjectId } from './subject-id.ts';

type Details = Awaited<ReturnType<ConfiguredProvider['provider']['interactionDetails']>>;
/** What to do next: go on with a result, or ask again with a page. */
type Step = { readonly result: InteractionResults } | { readonly page: string };

const MOST_GRANTS = 1_000;
/** Whoever opens the API page without having signed in is this person. */
const PERSON_OF_API_PAGE = 'dev-clinician';

/** Answers a request to the pages that ask who someone is and what an app may have. */
export async function answerInteraction(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  configured: ConfiguredProvider,
  options: ProviderOptions,
): Promise<void> {
  const { provider, clients } = configured;
  const details = await provider.interactionDetails(incoming, outgoing);
  const client = clients.find(({ id }) => id === details.params['client_id']);
  if (client === undefined) throw new Error('an interaction of no client');
  const form = incoming.method === 'POST' ? await formOf(incoming) : undefined;
  const action = `${AUTH_PATH}/interaction/${details.uid}`;
  const step =
    details.prompt.name === 'login'
      ? signIn(action, client, form, options)
      : await consent(action, client, details, form, configured, options);
  if ('result' in step) {
    await provider.interactionFinished(incoming, outgoing, step.result);
  } else {
    outgoing.writeHead(200, PAGE_HEADERS).end(step.page);
  }
}

function signIn(
  action: string,
  client: Client,
  form: URLSearchParams | undefined,
  { directory }: ProviderOptions,
): Step {
  const chosen = personOf(directory, client.id === 'api-page' ? PERSON_OF_API_PAGE : (form?.get('person') ?? ''));
  if (chosen !== undefined) return { result: { login: { accountId: chosen.id } } };
  // The EHR page opens any record: it is nothing for patients.
  const people = client.id === 'ehr' ? directory.people.filter(mayUseEhr) : directory.people;
  return { page: signInPage(action, client.name, people).text };
}

/** Whether a person may open records of others. */
export function mayUseEhr({ contexts, patient }: Person): boolean {
  return contexts.includes('patient') && patient === undefined;
}

async function consent(
  action: string,
  client: Client,
  details: Details,
  form: URLSearchParams | undefined,
  configured: ConfiguredProvider,
  options: ProviderOptions,
): Promise<Step> {
  const person = personOf(options.directory, details.session?.accountId);
  if (person === undefined) return refusal('nobody is signed in');
  if (client.id === 'ehr' && !mayUseEhr(person)) return refusal(`${person.name} may not use the EHR page`);
  const asked = scopeTokens(String(details.params['scope'] ?? ''));
  const scopes = scopesOfPerson(person, scopesFor(client, asked));
  if (scopes.length === 0) return refusal(`${person.name} may give ${client.name} nothing of what it asks for`);
  const granted = (context: GrantContext): Promise<Step> =>
    grant({ client, person, asked, scopes, context }, configured, options);

  const launch = details.params['launch'];
  if (typeof launch === 'string') {
    const found = options.launches.take(launch);
    if (found?.person !== person.id || found.client !== client.id) {
      return refusal('the launch was used before, or made by someone else: launch the app again');
    }
    return granted({ patient: found.patient, banner: found.banner });
  }

  const withPatient = needPatient(scopes);
  if (client.own && !withPatient) return granted({ banner: false });
  const page = (problem?: string): Step => ({
    page: consentPage({
      action,
      client: client.name,
      person,
      scopes,
      charts: withPatient ? options.directory.charts : undefined,
      own: person.patient,
      ...(problem === undefined ? {} : { problem }),
    }).text,
  });
  if (form === undefined) return page();
  if (form.get('decision') !== 'allow') return refusal('access was denied');
  if (!withPatient) return granted({ banner: false });
  const other = form.get('other')?.trim();
  const patient = person.patient ?? (other ? other : form.get('patient'));
  if (patient === null) return page('Choose a record.');
  if (!isSubjectId(patient)) return page('A subject id has 1 to 64 letters, digits, hyphens and full stops.');
  return granted({ patient, banner: true });
}

interface Decision {
  readonly client: Client;
  readonly person: Person;
  readonly asked: readonly string[];
  /** What is granted of it. */
  readonly scopes: readonly string[];
  readonly context: GrantContext;
}

async function grant(
  { client, person, asked, scopes, context }: Decision,
  { provider }: ConfiguredProvider,
  { base, grants }: ProviderOptions,
): Promise<Step> {
  const made = new provider.Grant({ accountId: person.id, clientId: client.id });
  made.addOIDCScope(scopes.join(' '));
  made.addResourceScope(base, scopes.join(' '));
  // What is neither granted nor rejected would be asked about again.
  const rejected = asked.filter((scope) => !scopes.includes(scope)).join(' ');
  made.rejectOIDCScope(rejected);
  made.rejectResourceScope(base, rejected);
  const grantId = await made.save();
  remember(grants, grantId, context);
  return { result: { consent: { grantId } } };
}

/** Keeps what goes with a grant. One that is forgotten opens no record any more, and nothing else. */
function remember(grants: Map<string, GrantContext>, grantId: string, context: GrantContext): void {
  for (const oldest of grants.keys()) {
    if (grants.size < MOST_GRANTS) break;
    grants.delete(oldest);
  }
  grants.set(grantId, context);
}

function refusal(why: string): Step {
  return { result: { error: 'access_denied', error_description: why } };
}
