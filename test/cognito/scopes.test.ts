import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { coveredScopes, isKnownScope, splitScope } from '../../lib/cognito/scopes.ts';

const permissions = fc.oneof(
  fc.constantFrom('read', 'write', '*'),
  fc.subarray([...'cruds'], { minLength: 1 }).map((letters) => letters.join('')),
);
const dataScope = fc
  .tuple(
    fc.constantFrom('patient', 'user', 'system'),
    fc.constantFrom('*', 'Observation', 'Patient', 'DiagnosticReport'),
    permissions,
    fc.constantFrom('', '?category=laboratory', '?category=http://terminology.hl7.org/CodeSystem/v2-0074|GE'),
  )
  .map(([context, type, letters, query]) => `${context}/${type}.${letters}${query}`);
const scope = fc.oneof(
  { weight: 4, arbitrary: dataScope },
  fc.constantFrom('openid', 'fhirUser', 'launch', 'launch/patient', 'offline_access', 'profile', 'smart/backend'),
);
const scopes = fc.uniqueArray(scope, { maxLength: 8 });

/** What a scope opens, written down by hand: triples of context, type and permission, constrained or not. */
function rightsOf(token: string): string[] {
  const [, context, type, letters = '', query = ''] = /^(\w+)\/([\w*]+)\.([\w*]+)(\?.*)?$/.exec(token) ?? [];
  if (context === undefined) return [token];
  const all = { read: 'rs', write: 'cud', '*': 'cruds' }[letters] ?? letters;
  const types = type === '*' ? ['Observation', 'Patient', 'DiagnosticReport', 'any other'] : [type];
  return types.flatMap((one) => [...all].map((letter) => `${context} ${one} ${letter} ${query}`));
}

describe('granted scopes', () => {
  test.prop([scopes, scopes])('never exceed what was asked', (asked, allowed) => {
    expect(asked).toEqual(expect.arrayContaining(coveredScopes(asked, allowed)));
  });

  test.prop([scopes, scopes])('open nothing that the registered ones do not', (asked, allowed) => {
    const rights = new Set(allowed.flatMap(rightsOf));
    const isOpen = (right: string) => rights.has(right) || rights.has(right.replace(/\?.*/, ''));
    for (const right of coveredScopes(asked, allowed).flatMap(rightsOf)) expect(isOpen(right), right).toBe(true);
  });

  test.prop([scopes, scopes, scope])('do not grow when a registered one goes', (asked, allowed, gone) => {
    const less = coveredScopes(
      asked,
      allowed.filter((one) => one !== gone),
    );
    expect(coveredScopes(asked, allowed)).toEqual(expect.arrayContaining(less));
  });

  test.prop([scopes])('are all of the known ones where the client may have what it asks for', (asked) => {
    expect(coveredScopes(asked, asked)).toEqual(asked.filter(isKnownScope));
  });
});

describe('a list of scopes', () => {
  it.each(['', ' ', 'a  b', ' a', 'a ', 'a\tb', 'a\n', 'a"b', 'a\\b', 'ä'])('is not %j', (text) => {
    expect(() => splitScope(text)).toThrow('single spaces');
  });

  it('counts each once', () => {
    expect(splitScope('openid launch openid')).toEqual(['openid', 'launch']);
  });
});

describe('what is never granted', () => {
  it.each([
    'patient/Observation.',
    'patient/Observation.sr',
    'patient/Observation.rr',
    'patient/Observation.rsXYZ',
    'patient/Observation.READ',
    'patient/Observation.rs?',
    'PATIENT/Observation.rs',
    'patient/observation.rs',
    'Patient/Observation.rs',
    'patient/Observation.rs\n',
    'http://smarthealthit.org/fhir/scopes/patient/Observation.rs',
    'online_access',
    'launch/encounter',
    'aws.cognito.signin.user.admin',
    'profile',
    'smart/backend',
    '__proto__',
  ])('%j', (token) => {
    expect(isKnownScope(token)).toBe(false);
    expect(coveredScopes([token], [token, 'patient/*.cruds'])).toEqual([]);
  });
});
