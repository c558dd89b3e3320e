import { describe, expect, it } from 'vitest';
import { opens, parseScope, scopeTokens } from '../../lib/auth/scopes.ts';

describe('parseScope', () => {
  it.each([
    ['patient/Observation.rs', 'patient', 'Observation', 'rs'],
    ['user/*.cruds', 'user', '*', 'cruds'],
    ['system/DiagnosticReport.s', 'system', 'DiagnosticReport', 's'],
    ['patient/Observation.read', 'patient', 'Observation', 'rs'],
    ['patient/Observation.write', 'patient', 'Observation', 'cud'],
    ['patient/*.*', 'patient', '*', 'cruds'],
    ['user/Observation.cud', 'user', 'Observation', 'cud'],
  ])('reads %s', (token, context, resource, permissions) => {
    expect(parseScope(token)).toEqual({ context, resource, permissions, constraints: [] });
  });

  it('keeps what stands behind the question mark', () => {
    expect(parseScope('patient/Observation.rs?category=http://x.example|lab&code=a=b')?.constraints).toEqual([
      { parameter: 'category', value: 'http://x.example|lab' },
      { parameter: 'code', value: 'a=b' },
    ]);
  });

  it.each([
    'openid',
    'launch/patient',
    'patient/Observation',
    'patient/Observation.',
    'patient/Observation.sr',
    'patient/Observation.rss',
    'patient/Observation.rr',
    'patient/Observation.rsXYZ',
    'patient/Observation.readx',
    'patient/Observation.READ',
    'patient/Observation.rs.',
    'patient/Observation.rs?',
    'patient/Observation.rs\n',
    'patient/observation.rs',
    'patient/.rs',
    'patient//Observation.rs',
    'PATIENT/Observation.rs',
    'Patient/Observation.rs',
    ' patient/Observation.rs',
    'http://smarthealthit.org/fhir/scopes/patient/Observation.rs',
    'practitioner/Observation.rs',
    '',
  ])('takes %j for no resource scope', (token) => {
    expect(parseScope(token)).toBeUndefined();
  });
});

describe('opens', () => {
  const laboratory = 'http://terminology.hl7.org/CodeSystem/observation-category|laboratory';
  it.each([
    ['user/Observation.s', 'Observation'],
    ['user/Observation.rs', 'Observation'],
    ['user/Observation.read', 'Observation'],
    ['user/*.cruds', 'Patient'],
    [`user/Observation.rs?category=${laboratory}`, 'Observation'],
    ['user/Observation.rs?category=http://terminology.hl7.org/CodeSystem/v2-0074|GE', 'Observation'],
    ['user/Observation.rs?category=laboratory', 'Observation'],
    [`user/Observation.rs?category=vital-signs,${laboratory}`, 'Observation'],
    [`user/*.rs?category=${laboratory}&category=GE`, 'Observation'],
  ] as const)('%s opens %s', (token, resource) => {
    expect(opens(parseScope(token)!, resource)).toBe(true);
  });

  it.each([
    ['user/Observation.r', 'Observation'],
    ['user/Observation.cud', 'Observation'],
    ['user/Observation.write', 'Observation'],
    ['user/Patient.rs', 'Observation'],
    ['user/Observation.rs', 'Patient'],
    ['user/Observation.rs?category=vital-signs', 'Observation'],
    [
      'user/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|vital-signs',
      'Observation',
    ],
    // In FHIR a code that has no system, which ours have.
    ['user/Observation.rs?category=|laboratory', 'Observation'],
    ['user/Observation.rs?category:not=laboratory', 'Observation'],
    ['user/Observation.rs?category', 'Observation'],
    ['user/Observation.rs?category=laboratory&code=http://loinc.org|69548-6', 'Observation'],
    ['user/Observation.rs?subject.name=a', 'Observation'],
    ['user/Patient.rs?category=laboratory', 'Patient'],
    ['user/*.rs?category=laboratory', 'Patient'],
    ['user/DiagnosticReport.rs?category=GE', 'DiagnosticReport'],
  ] as const)('%s does not open %s', (token, resource) => {
    expect(opens(parseScope(token)!, resource)).toBe(false);
  });
});

describe('scopeTokens', () => {
  it('reads a text with single spaces and a list, repetitions once', () => {
    expect(scopeTokens('a b a')).toEqual(['a', 'b']);
    expect(scopeTokens(['a', 'b', 'a'])).toEqual(['a', 'b']);
  });

  it.each([
    ['nothing', undefined],
    ['an empty text', ''],
    ['a tab', 'openid\tpatient/Observation.rs'],
    ['a newline', 'openid\npatient/Observation.rs'],
    ['two spaces', 'openid  patient/Observation.rs'],
    ['a space at the end', 'patient/Observation.rs '],
    ['a quotation mark', 'patient/Observation.rs "'],
    ['a number', 7],
    ['an object', { scope: 'patient/Observation.rs' }],
    ['a list of scope texts', ['openid patient/Observation.rs']],
    ['a list with something else', ['patient/Observation.rs', 7]],
  ])('gives none for %s', (_, claim) => {
    expect(scopeTokens(claim)).toEqual([]);
  });
});
