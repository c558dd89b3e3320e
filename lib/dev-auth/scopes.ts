import { parseScope } from '../auth/scopes.ts';
import type { AccessContext } from '../operations/access.ts';
import type { Client } from './clients.ts';
import type { Person } from './people.ts';

/** The context of a resource scope; undefined for any other token. */
export function contextOf(scope: string): AccessContext | undefined {
  return parseScope(scope)?.context;
}

/** What a client may have of what it asks for; whatever is unknown or not for it is left out. */
export function scopesFor(client: Client, asked: readonly string[]): readonly string[] {
  return asked.filter((scope) => client.others.includes(scope) || includes(client.contexts, contextOf(scope)));
}

/** What a person may let a client have: scopes of the person's own contexts, and a record only where one is open. */
export function scopesOfPerson(person: Person, scopes: readonly string[]): readonly string[] {
  return scopes.filter((scope) => {
    if (scope === 'launch' || scope === 'launch/patient') return person.contexts.includes('patient');
    const context = contextOf(scope);
    return context === undefined || includes(person.contexts, context);
  });
}

/** Whether a record must be open for these scopes. */
export function needPatient(scopes: readonly string[]): boolean {
  return scopes.some((scope) => scope === 'launch' || scope === 'launch/patient' || contextOf(scope) === 'patient');
}

function includes(contexts: readonly AccessContext[], context: AccessContext | undefined): boolean {
  return context !== undefined && contexts.includes(context);
}
