import type { Client } from './clients.ts';
import type { Person } from './people.ts';

/** SMART App Launch 2.2, resource scopes, v1 and v2. */
const RESOURCE_SCOPE =
  /^(?<context>patient|user|system)\/(?:\*|[A-Z][A-Za-z]{1,63})\.(?:read|write|\*|(?=[cruds])c?r?u?d?s?)(?:\?.+)?$/;

/** The scope tokens of a text, each once, in order. */
export function scopeTokens(text: string | undefined): readonly string[] {
  return [...new Set((text ?? '').split(' ').filter((token) => token !== ''))];
}

/** The context of a resource scope; undefined for any other token. */
export function contextOf(scope: string): string | undefined {
  return RESOURCE_SCOPE.exec(scope)?.groups?.['context'];
}

/** What a client may have of what it asks for; whatever is unknown or not for it is left out. */
export function scopesFor(client: Client, asked: readonly string[]): readonly string[] {
  const contexts: readonly string[] = client.contexts;
  return asked.filter((scope) => client.others.includes(scope) || contexts.includes(contextOf(scope) ?? ''));
}

/** What a person may let a client have: scopes of the person's own contexts, and a record only where one is open. */
export function scopesOfPerson(person: Person, scopes: readonly string[]): readonly string[] {
  const contexts: readonly string[] = person.contexts;
  return scopes.filter((scope) => {
    if (scope === 'launch' || scope === 'launch/patient') return contexts.includes('patient');
    const context = contextOf(scope);
    return context === undefined || contexts.includes(context);
  });
}

/** Whether a record must be open for these scopes. */
export function needPatient(scopes: readonly string[]): boolean {
  return scopes.some((scope) => scope === 'launch' || scope === 'launch/patient' || contextOf(scope) === 'patient');
}
