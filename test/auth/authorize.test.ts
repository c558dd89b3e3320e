import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { authorize, couldAuthorize, relevantScopes } from '../../lib/auth/authorize.ts';
import { ForbiddenError } from '../../lib/auth/errors.ts';
import type { Principal } from '../../lib/auth/principal.ts';
import { operations } from '../../lib/operations/table.ts';
import { type JudgedRow, judgedRows, REQUIRED } from '../support/required-access.ts';

const BASE = 'https://archive.example/fhir';

const PERSON: Principal = { issuer: 'i', subject: 'u', clientId: 'c', scopes: [], machine: false, expires: 4e9 };

/** A principal of each kind that there is, with the scopes given. */
const WHO = {
  'a patient app on HG00403': { ...PERSON, patient: 'HG00403' },
  'a practitioner': { ...PERSON, fhirUser: { type: 'Practitioner', id: 'dr1' } },
  'a practitioner of another server': {
    ...PERSON,
    fhirUser: { type: 'Practitioner', id: 'dr1', base: 'https://ehr.example' },
  },
  'a practitioner in a role': { ...PERSON, fhirUser: { type: 'PractitionerRole', id: 'r1' } },
  'a patient who signed in': { ...PERSON, fhirUser: { type: 'Patient', id: 'HG00403' } },
  'a patient who signed in, by our URL': { ...PERSON, fhirUser: { type: 'Patient', id: 'HG00403', base: BASE } },
  'a patient of another server': {
    ...PERSON,
    fhirUser: { type: 'Patient', id: 'HG00403', base: 'https://ehr.example' },
  },
  'a relative': { ...PERSON, fhirUser: { type: 'RelatedPerson', id: 'HG00403' } },
  'somebody unnamed': PERSON,
  'a program': { ...PERSON, subject: 'c', machine: true },
} as const satisfies Readonly<Record<string, Principal>>;

type Who = keyof typeof WHO;

/** Which contexts carry whom to HG00403, to another subject, and to the population. */
const REACH: Readonly<Record<Who, Readonly<Record<'own' | 'other' | 'population', readonly string[]>>>> = {
  'a patient app on HG00403': { own: ['patient'], other: [], population: [] },
  'a practitioner': { own: ['user'], other: ['user'], population: ['user'] },
  'a practitioner of another server': { own: ['user'], other: ['user'], population: ['user'] },
  'a practitioner in a role': { own: ['user'], other: ['user'], population: ['user'] },
  'a patient who signed in': { own: ['user'], other: [], population: [] },
  'a patient who signed in, by our URL': { own: ['user'], other: [], population: [] },
  'a patient of another server': { own: [], other: [], population: [] },
  'a relative': { own: [], other: [], population: [] },
  'somebody unnamed': { own: [], other: [], population: [] },
  'a program': { own: ['system'], other: ['system'], population: ['system'] },
};

const CONTEXTS = ['patient', 'user', 'system'] as const;

function allowed(row: JudgedRow, input: Readonly<Record<string, unknown>>, principal: Principal): boolean {
  try {
    authorize(row, input, { kind: 'principal', principal }, BASE);
    return true;
  } catch (error) {
    if (error instanceof ForbiddenError) return false;
    throw error;
  }
}

const rowOf = (code: string): JudgedRow => judgedRows.find((row) => row.code === code)!;
const VARIANTS = rowOf('find-subject-variants');
const POPULATION = rowOf('find-population-specific-variants');
const OWN: Readonly<Record<string, unknown>> = { subject: 'HG00403' };
const COUNT: Readonly<Record<string, unknown>> = {};
const LIST: Readonly<Record<string, unknown>> = { includePatientList: true };

describe('the matrix of operations and contexts', () => {
  it('is of all operations of the guide and all of this server', () => {
    expect(REQUIRED).toHaveLength(17);
    expect(operations.map(({ row }) => row.code).filter((code) => rowOf(code) === undefined)).toEqual([]);
  });

  describe.each(REQUIRED)('$code', ({ code, resources, contexts, withList }) => {
    const row = rowOf(code);
    const population = !contexts.includes('patient');

    it.each(Object.keys(WHO) as Who[])('%s', (who) => {
      const questions = population
        ? ([
            ['population', COUNT],
            ['population', LIST],
          ] as const)
        : ([
            ['own', OWN],
            ['other', { subject: 'HG00404' }],
          ] as const);
      for (const [kind, input] of questions) {
        const listing = input === LIST;
        for (const context of CONTEXTS) {
          const reached = contexts.includes(context) && REACH[who][kind].includes(context);
          for (const resource of ['Observation', 'DiagnosticReport', 'Procedure', 'Patient', '*']) {
            const suffices = resource === '*' || (resources.includes(resource) && !(listing && withList));
            for (const [permission, searches] of [
              ['s', true],
              ['rs', true],
              ['cruds', true],
              ['read', true],
              ['*', true],
              ['r', false],
              ['cud', false],
              ['write', false],
            ] as const) {
              const scopes = [`${context}/${resource}.${permission}`];
              const asked = `${scopes} ${JSON.stringify(input)}`;
              expect(allowed(row, input, { ...WHO[who], scopes }), asked).toBe(reached && suffices && searches);
            }
          }
          if (!listing || withList === undefined) continue;
          const both = [`${context}/Observation.s`, `${context}/${withList}.s`];
          expect(allowed(row, input, { ...WHO[who], scopes: both }), both.join(' ')).toBe(reached);
        }
      }
    });
  });
});

describe('scopes that grant nothing', () => {
  const practitioner = WHO['a practitioner'];
  it.each([
    ['none', []],
    ['openid only', ['openid', 'fhirUser', 'launch/patient', 'offline_access']],
    ['.r only', ['user/Observation.r']],
    ['.cud', ['user/Observation.cud']],
    ['.write', ['user/Observation.write']],
    ['another type', ['user/Condition.rs', 'user/Patient.cruds']],
    ['.sr', ['user/Observation.sr']],
    ['.rss', ['user/Observation.rss']],
    ['.readx', ['user/Observation.readx']],
    ['.rs.', ['user/Observation.rs.']],
    ['USER/', ['USER/Observation.rs']],
    ['observation', ['user/observation.rs']],
    ['the URI form', ['http://smarthealthit.org/fhir/scopes/user/Observation.rs']],
    ['a category that is not ours', ['user/Observation.rs?category=vital-signs']],
    ['a category with a modifier', ['user/Observation.rs?category:in=http://x.example/laboratory']],
    ['a canonical of the operation', [`${BASE}/OperationDefinition/find-subject-variants`]],
  ])('%s', (_, scopes) => {
    expect(allowed(VARIANTS, OWN, { ...practitioner, scopes })).toBe(false);
    expect(couldAuthorize(VARIANTS, { ...practitioner, scopes }, BASE)).toBe(false);
  });

  it.each([
    ['patient/ without a patient claim', { ...PERSON, scopes: ['patient/Observation.rs'] }],
    ['a patient claim with user/ only', { ...PERSON, patient: 'HG00403', scopes: ['user/Observation.rs'] }],
    ['user/ without fhirUser', { ...PERSON, scopes: ['user/Observation.rs'] }],
    ["system/ in a person's token", { ...practitioner, scopes: ['system/Observation.rs'] }],
    ['system/ with a patient in context', { ...PERSON, patient: 'HG00403', scopes: ['system/*.rs'] }],
  ])('%s', (_, principal) => {
    expect(allowed(VARIANTS, OWN, principal)).toBe(false);
  });
});

describe('contexts of one token', () => {
  const both = { ...PERSON, patient: 'HG00403', fhirUser: { type: 'Practitioner', id: 'dr1' } } as const;

  it('do not add up: patient/Observation with user/Patient opens nobody else and no population', () => {
    const principal = { ...both, scopes: ['patient/Observation.rs', 'user/Patient.rs'] };
    expect(allowed(VARIANTS, OWN, principal)).toBe(true);
    expect(allowed(VARIANTS, { subject: 'HG00404' }, principal)).toBe(false);
    expect(allowed(POPULATION, COUNT, principal)).toBe(false);
  });

  it('are each judged by themselves: user/Observation opens others though a patient is in context', () => {
    const principal = { ...both, scopes: ['patient/Observation.rs', 'user/Observation.rs'] };
    expect(allowed(VARIANTS, { subject: 'HG00404' }, principal)).toBe(true);
  });

  it('have to open the list of subjects together', () => {
    const program = WHO['a program'];
    expect(allowed(POPULATION, LIST, { ...both, scopes: ['user/Observation.rs', 'system/Patient.rs'] })).toBe(false);
    expect(allowed(POPULATION, LIST, { ...program, scopes: ['system/Observation.rs'] })).toBe(false);
    expect(allowed(POPULATION, COUNT, { ...program, scopes: ['system/Observation.rs'] })).toBe(true);
    expect(allowed(POPULATION, { includePatientList: false }, { ...program, scopes: ['system/Observation.rs'] })).toBe(
      true,
    );
    expect(allowed(POPULATION, LIST, { ...program, scopes: ['system/Observation.rs', 'system/Patient.rs'] })).toBe(
      true,
    );
    const constrained = ['system/Observation.rs', 'system/Patient.rs?category=laboratory'];
    expect(allowed(POPULATION, LIST, { ...program, scopes: constrained })).toBe(false);
  });
});

describe('the subject', () => {
  const patient = { ...WHO['a patient app on HG00403'], scopes: ['patient/Observation.rs'] };
  it.each(['HG00403', 'Patient/HG00403', ' HG00403 '])('%j is the one in context', (subject) => {
    expect(allowed(VARIANTS, { subject }, patient)).toBe(true);
  });

  it.each(['HG00404', 'Patient/HG00404', 'hg00403', 'HG00403.', 'HG0040', 'HG004033', 'HG00403-'])(
    '%j is another',
    (subject) => {
      expect(allowed(VARIANTS, { subject }, patient)).toBe(false);
    },
  );

  it.each([
    'Patient/HG00403/_history/1',
    'Patient/HG00403#a',
    'Patient/HG00403?x=1',
    'Patient/HG00404,Patient/HG00403',
    'https://other.example/fhir/Patient/HG00403',
    'Group/HG00403',
    'HG00403/',
    'HG00403\0',
    'HG 00403',
    '%48G00403',
    'http://system|HG00403',
    'ＨG00403',
    `${'A'.repeat(65)}`,
    '',
  ])('%j is malformed, which is no matter of rights', (subject) => {
    expect(() => authorize(VARIANTS, { subject }, { kind: 'principal', principal: patient }, BASE)).toThrow(
      /is not a subject/,
    );
  });

  it('decides the view that an ETag is made of', () => {
    const view = (input: Readonly<Record<string, unknown>>, principal: Principal) =>
      authorize(VARIANTS, input, { kind: 'principal', principal }, BASE);
    expect(view(OWN, patient)).toBe('patient HG00403');
    expect(view(OWN, { ...WHO['a practitioner'], scopes: ['user/*.rs'] })).toBe('user');
    expect(view(OWN, { ...WHO['a program'], scopes: ['system/*.rs'] })).toBe('system');
    expect(authorize(VARIANTS, OWN, { kind: 'anyone' }, BASE)).toBe('anyone');
  });
});

describe('laws', () => {
  const scope = fc
    .record({
      context: fc.constantFrom('patient', 'user', 'system', 'USER'),
      resource: fc.constantFrom('Observation', 'Patient', 'DiagnosticReport', 'Procedure', 'Condition', '*'),
      permissions: fc.constantFrom('r', 's', 'rs', 'cud', 'cruds', 'read', 'write', '*', 'sr'),
      constraint: fc.constantFrom('', '', '?category=laboratory', '?category=vital-signs', '?code=x'),
    })
    .map(({ context, resource, permissions, constraint }) => `${context}/${resource}.${permissions}${constraint}`);
  const scopes = fc.array(fc.oneof(scope, fc.constantFrom('openid', 'fhirUser', 'launch/patient')), { maxLength: 8 });
  const principal = fc
    .tuple(fc.constantFrom(...Object.values<Principal>(WHO)), scopes)
    .map(([who, granted]): Principal => ({ ...who, scopes: granted }));
  const row = fc.constantFrom(...judgedRows);
  const input = fc.record({
    subject: fc.constantFrom('HG00403', 'HG00404', 'Patient/HG00403'),
    includePatientList: fc.boolean(),
  });

  test.prop([row, input, principal, fc.nat()])('removing a scope never grants', (of, asked, who, at) => {
    const fewer = who.scopes.toSpliced(at % Math.max(1, who.scopes.length), 1);
    if (allowed(of, asked, { ...who, scopes: fewer })) expect(allowed(of, asked, who)).toBe(true);
  });

  // Unrelated: of no context that reaches the subject, of no type or permission that counts, or no resource scope.
  const unrelated = fc.oneof(
    fc.constantFrom('openid', 'online_access', 'launch', '__custom', 'https://archive.example/scope', 'patient/'),
    scope.filter((text) => !/\/(\*|Observation|Patient|DiagnosticReport|Procedure)\.(s|rs|cruds|read|\*)/.test(text)),
    scope.filter((text) => /vital-signs|code=|^USER|\.sr/.test(text)),
  );
  test.prop([row, input, principal, unrelated, fc.nat()])(
    'adding an unrelated scope never grants',
    (of, asked, who, extra, at) => {
      const more = who.scopes.toSpliced(at % (who.scopes.length + 1), 0, extra);
      expect(allowed(of, asked, { ...who, scopes: more })).toBe(allowed(of, asked, who));
    },
  );

  test.prop([row, input, principal, fc.infiniteStream(fc.nat())])(
    'order and repetition do not matter',
    (of, asked, who, numbers) => {
      const keys = [...numbers.take(who.scopes.length)];
      const shuffled = who.scopes.map((text, place) => [keys[place] ?? 0, text] as const).sort(([a], [b]) => a - b);
      const repeated = [...shuffled, ...shuffled].map(([, text]) => text);
      expect(allowed(of, asked, { ...who, scopes: repeated })).toBe(allowed(of, asked, who));
    },
  );

  test.prop([row, input, principal])('an authorizer never refuses what the operation would grant', (of, asked, who) => {
    if (allowed(of, asked, who)) expect(couldAuthorize(of, who, BASE)).toBe(true);
  });

  test.prop([row, input, principal])(
    'an authorizer lets through only what some input could be granted',
    (of, _, who) => {
      const inputs = [OWN, { subject: 'HG00404' }].map((subject) => ({ ...subject, includePatientList: false }));
      expect(couldAuthorize(of, who, BASE)).toBe(inputs.some((one) => allowed(of, one, who)));
    },
  );

  test.prop([row, input, principal])('leaving out irrelevant scopes changes nothing', (of, asked, who) => {
    const fewer = { ...who, scopes: relevantScopes(of, who.scopes) };
    expect(allowed(of, asked, fewer)).toBe(allowed(of, asked, who));
  });
});
