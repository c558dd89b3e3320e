import { readdirSync, readFileSync } from 'node:fs';
import { test } from '@fast-check/vitest';
import type { Parameters } from '@medplum/fhirtypes';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  counts,
  haplotypeGroups,
  implications,
  tests,
  variantGroups,
  variantOf,
  warnings,
} from '../../lib/apps/genome/reading.js';
import { maySearch, outcomeOf, query, serverOf } from '../../lib/apps/genome/server.js';
import { absenceInWords, type COVERAGE, verdict } from '../../lib/apps/genome/words.js';
import { parseScope } from '../../lib/auth/scopes.ts';
import { RANGE_COVERAGE, STAR_ALLELE_CALL } from '../../lib/fhir/canonical.ts';

const GOLDEN = new URL('../golden/', import.meta.url);

/** Answers of this server, as its golden files have them. */
function golden(operation: string): readonly { readonly name: string; readonly body: Parameters }[] {
  return readdirSync(new URL(`${operation}/`, GOLDEN))
    .filter((name) => name.endsWith('.response.json'))
    .map((name) => ({
      name,
      body: JSON.parse(readFileSync(new URL(`${operation}/${name}`, GOLDEN), 'utf8')) as Parameters,
    }))
    .filter(({ body }) => body.resourceType === 'Parameters');
}

const coverage = fc.constantFrom('covered', 'partly', 'not-covered', 'unknown' as const);

describe('the app reads answers of this server:', () => {
  it.each(golden('find-subject-variants'))('find-subject-variants, $name', ({ body }) => {
    const groups = variantGroups(body);
    expect(groups.length).toBe(body.parameter?.length ?? 0);
    for (const [index, group] of groups.entries()) {
      const { part = [], extension = [] } = body.parameter?.[index] ?? {};
      expect(group.item).toBe(part[0]?.valueString);
      expect(group.present).toBe(part[1]?.valueBoolean);
      expect(group.coverage).toBe(extension.find(({ url }) => url === RANGE_COVERAGE)?.valueCode);
      expect(group.variants.length).toBe(part.filter(({ name }) => name === 'variant').length);
      for (const variant of group.variants) {
        expect(variant.name).toMatch(/^N[CM]_\d+/);
        expect(variant.places.length).toBeGreaterThan(0);
      }
    }
  });

  it.each(golden('find-subject-structural-intersecting-variants'))('structural variants, $name', ({ body }) => {
    for (const { variants } of variantGroups(body)) {
      for (const { name, places } of variants) {
        expect(name).not.toBe('');
        expect(places.length).toBeGreaterThan(0);
      }
    }
  });

  it.each(golden('find-study-metadata'))('find-study-metadata, $name', ({ body }) => {
    const read = tests(body);
    expect(read.length).toBe(body.parameter?.length ?? 0);
    expect(read.map(({ date }) => date)).toEqual(
      read
        .map(({ date }) => date)
        .toSorted()
        .toReversed(),
    );
    for (const { id, date } of read) expect([id === '', /^\d{4}-\d{2}-\d{2}$/.test(date)]).toEqual([false, true]);
  });
});

it('counts of a population come with how many were tested there, or say that it is not told', () => {
  const group = (extension: readonly object[]) => ({
    name: 'variants',
    extension,
    part: [
      { name: 'variantItem', valueString: 'NC_000010.11:94781858:G:A' },
      { name: 'numerator', valueQuantity: { value: 2 } },
      { name: 'denominator', valueQuantity: { value: 14 } },
    ],
  });
  const callable = {
    url: 'https://genomics-archive.example/fhir/StructureDefinition/callable-subjects',
    valueQuantity: { value: 5 },
  };
  const body = { resourceType: 'Parameters', parameter: [group([callable]), group([])] };
  expect(counts(body)).toEqual([
    { item: 'NC_000010.11:94781858:G:A', numerator: 2, denominator: 14, callable: 5 },
    { item: 'NC_000010.11:94781858:G:A', numerator: 2, denominator: 14, callable: undefined },
  ]);
});

describe('a variant', () => {
  const component = (code: string, value: object) => ({ code: { coding: [{ code }] }, ...value });

  it('keeps its places on both assemblies apart', () => {
    const spdi = (code: string) =>
      component('81252-9', {
        valueCodeableConcept: { coding: [{ system: 'https://api.ncbi.nlm.nih.gov/variation/v0/', code }] },
      });
    const { places } = variantOf({
      component: [
        component('48013-7', { valueCodeableConcept: { coding: [{ code: 'NC_000010.10' }] } }),
        component('81254-5', { valueRange: { low: { value: 96541615 }, high: { value: 96541616 } } }),
        spdi('NC_000010.11:94781858:G:A'),
      ],
    });
    expect(places).toEqual([
      { accession: 'NC_000010.10', start0: 96541615, end0: 96541616 },
      { accession: 'NC_000010.11', start0: 94781858, end0: 94781859 },
    ]);
  });

  it('has a name even when its record has none', () => {
    const { name } = variantOf({
      component: [
        component('48019-4', { valueCodeableConcept: { coding: [{ display: 'copy_number_variation' }] } }),
        component('48013-7', { valueCodeableConcept: { coding: [{ code: 'NC_000022.10' }] } }),
        component('81301-4', { valueRange: { low: { value: 42523949 }, high: { value: 42533891 } } }),
      ],
    });
    expect(name).toBe('copy number variation, NC_000022.10:42523950-42533891');
  });
});

describe('what is missing reads as missing', () => {
  test.prop([fc.nat({ max: 5 }), coverage, fc.constantFrom('small', 'large' as const)])(
    'only a gene that was tested whole has no variant found',
    (found, covered, kind) => {
      const words = verdict(found, covered as keyof typeof COVERAGE, kind);
      expect(/^No \w+ variant found$/.test(words)).toBe(found === 0 && covered === 'covered');
      if (found > 0) expect(words).toMatch(new RegExp(`^${found} ${kind} variants?$`));
    },
  );

  test.prop([fc.option(fc.string(), { nil: undefined })])('a coverage that is not known here is unknown', (told) => {
    const known = ['covered', 'partly', 'not-covered'];
    const extension = told === undefined ? [] : [{ url: RANGE_COVERAGE, valueCode: told }];
    const [group] = variantGroups({
      resourceType: 'Parameters',
      parameter: [{ name: 'variants', part: [], extension }],
    });
    expect(group?.coverage).toBe(told !== undefined && known.includes(told) ? told : 'unknown');
  });

  it.each([undefined, null, {}, { resourceType: 'OperationOutcome' }, []])('%j is no answer', (body) => {
    for (const read of [variantGroups, haplotypeGroups, tests, counts, warnings]) {
      expect(() => read(body)).toThrow('no Parameters');
    }
    expect(() => implications([body])).toThrow('no Parameters');
  });

  it('a gene without a genotype says why', () => {
    const part = (url: string, value: object) => ({ url, ...value });
    const [group] = haplotypeGroups({
      resourceType: 'Parameters',
      parameter: [
        {
          name: 'haplotypes',
          part: [{ name: 'geneItem', valueString: 'NUDT15' }],
          extension: [
            {
              url: STAR_ALLELE_CALL,
              extension: [
                part('gene', { valueString: 'NUDT15' }),
                part('test', { valueString: 'panel' }),
                part('outcome', { valueCode: 'undetermined' }),
                part('missing', { valueString: 'NC_000013.11:48045718-48045719 rs116855232' }),
              ],
            },
          ],
        },
      ],
    });
    expect(group?.absences).toHaveLength(1);
    expect(group?.absences.map(absenceInWords)).toEqual([
      'Undetermined: positions that decide were not called (rs116855232).',
    ]);
    expect(absenceInWords({ test: undefined, outcome: 'new', missing: [] })).toBe('Not determined.');
  });

  it('an answer’s own warnings are kept', () => {
    const issue = [{ severity: 'warning', code: 'incomplete', diagnostics: 'CYP2C19: no genotype' }];
    const body = {
      resourceType: 'Parameters',
      parameter: [{ name: 'outcome', resource: { resourceType: 'OperationOutcome', issue } }],
    };
    expect(warnings(body)).toEqual(['CYP2C19: no genotype']);
    expect(implications([body])).toEqual([]);
  });
});

describe('a question that is not answered', () => {
  const session = (request: (asked: unknown) => Promise<unknown>, scopes = ['patient/Observation.rs']) =>
    ({ client: { request }, patient: 'S1', banner: true, scopes }) as never;
  const statement = { rest: [{ operation: [{ name: 'find-subject-variants' }, { name: 'find-population-x' }] }] };
  const http = (statusCode: number, message = '') => Object.assign(new Error(message), { statusCode });

  it('is not available when the server has no such operation, or the token no scope, and nothing is asked', async () => {
    const asked: unknown[] = [];
    const server = await serverOf(
      session(async (url) => {
        asked.push(url);
        return statement;
      }),
    );
    expect(await server.ask('find-subject-haplotypes', {})).toMatchObject({ state: 'unavailable' });
    expect(await server.ask('find-population-x', {})).toMatchObject({ state: 'unavailable' });
    expect(asked).toEqual(['metadata']);
  });

  it.each([
    [http(403), 'unavailable'],
    [http(500, '500\n\n{"resourceType":"OperationOutcome","issue":[{"diagnostics":"Internal error"}]}'), 'failed'],
    [http(503), 'failed'],
    [new TypeError('Failed to fetch'), 'failed'],
    [undefined, 'failed'],
  ])('%s is %s, never none', async (error, state) => {
    const server = await serverOf(session(async (url) => (url === 'metadata' ? statement : Promise.reject(error))));
    expect(await server.ask('find-subject-variants', { ranges: ['x'] })).toMatchObject({ state });
  });

  it('tells what the server says', () => {
    const body = { resourceType: 'OperationOutcome', issue: [{ diagnostics: 'Load a chain file' }] };
    const error = http(422, `422 Unprocessable\nURL: x\n\n${JSON.stringify(body, null, 4)}`);
    expect(outcomeOf(error)).toEqual({ state: 'failed', why: 'Load a chain file' });
  });
});

const scope = fc.oneof(
  fc.constantFrom('patient/*.*', 'user/Observation.read', 'patient/Observation.rs?category=laboratory', 'openid'),
  fc
    .tuple(
      fc.constantFrom('patient', 'user', 'system', 'Patient'),
      fc.constantFrom('Observation', '*', 'Patient'),
      fc.constantFrom('r', 's', 'rs', 'cruds', 'cud', 'sr', 'read', 'write', '*', ''),
    )
    .map(([context, type, permission]) => `${context}/${type}.${permission}`),
);

test.prop([fc.array(scope)])('the app reads scopes as the server does', (scopes) => {
  for (const context of ['patient', 'user'] as const) {
    const granted = scopes.some((one) => {
      const parsed = parseScope(one);
      return parsed?.context === context && parsed.resource !== 'Patient' && parsed.permissions.includes('s');
    });
    expect(maySearch(scopes, context)).toBe(granted);
  }
});

test.prop([fc.array(fc.string(), { minLength: 1 })])('values of a list survive their way into a query', (values) => {
  const sent = new URLSearchParams(query({ variants: values })).getAll('variants');
  expect(sent.map((value) => value.replace(/\\([\\,])/g, '$1'))).toEqual(values);
  for (const value of sent) expect(value.replace(/\\[\\,]/g, '')).not.toMatch(/,/);
});
