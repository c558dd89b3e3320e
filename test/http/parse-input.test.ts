import { describe, expect, it } from 'vitest';
import { GenomicsError } from '../../lib/genomics/errors.ts';
import { HttpError } from '../../lib/http/errors.ts';
import { MAX_LIST_VALUES, parseInput } from '../../lib/http/parse-input.ts';
import { fromFetch, fromGateway, MAX_BODY_BYTES } from '../../lib/http/request.ts';
import type { OperationRow } from '../../lib/operations/row.ts';
import { echoRow } from './fake-operation.ts';

const BASE = 'http://127.0.0.1/fhir/$echo';
const REQUIRED = 'subject=S1&ranges=R';

const get = (query: string) => parseInput(echoRow, fromFetch(new Request(`${BASE}?${query}`)));

function post(body: string, type = 'application/fhir+json', query = '') {
  const request = new Request(`${BASE}${query}`, { method: 'POST', body, headers: { 'content-type': type } });
  return parseInput(echoRow, fromFetch(request));
}

type Entry = Readonly<Record<string, unknown>>;
const parameters = (...parameter: Entry[]) => JSON.stringify({ resourceType: 'Parameters', parameter });
const base: Entry[] = [
  { name: 'subject', valueString: 'S1' },
  { name: 'ranges', valueString: 'R' },
];

/** Status-deciding issue and parameter of a refusal. */
async function refusal(parsed: Promise<unknown>) {
  const error = await parsed.then(
    () => undefined,
    (e: unknown) => e,
  );
  if (!(error instanceof GenomicsError)) throw new Error(`expected a refusal, got ${String(error)}`);
  return {
    issue: error.issue,
    expression: error.expression,
    ...(error instanceof HttpError ? { status: error.status } : {}),
  };
}

describe('a list parameter', () => {
  const table: readonly (readonly [string, readonly string[]])[] = [
    ['ranges=a', ['a']],
    ['ranges=a,b', ['a', 'b']],
    ['ranges=a&ranges=b', ['a', 'b']],
    ['ranges=b,a&ranges=c', ['b', 'a', 'c']],
    ['ranges=a%2Cb', ['a', 'b']],
    ['ranges=a\\,b', ['a,b']],
    ['ranges=a\\,b,c', ['a,b', 'c']],
    ['ranges=a\\\\,b', ['a\\', 'b']],
    ['ranges=http://x|y\\|z', ['http://x|y|z']],
    ['ranges=a\\$b', ['a$b']],
    ['ranges=a\\q', ['a\\q']],
    ['ranges=%20a%20,b', ['a', 'b']],
    ['ranges=NM_1.1:c.1%2B2T>G', ['NM_1.1:c.1+2T>G']],
    ['ranges=a&ranges=a', ['a', 'a']],
  ];
  it.each(table)('in a query: %s', async (query, ranges) => {
    expect((await get(`subject=S1&${query}`)).ranges).toEqual(ranges);
  });

  it.each(table)('in a form: %s', async (query, ranges) => {
    const input = await post(`subject=S1&${query}`, 'application/x-www-form-urlencoded; charset=UTF-8');
    expect(input.ranges).toEqual(ranges);
  });

  it.each(table)('in Parameters, one entry a value: %s', async (query, ranges) => {
    const entries = new URLSearchParams(query).getAll('ranges').map((valueString) => ({ name: 'ranges', valueString }));
    expect((await post(parameters({ name: 'subject', valueString: 'S1' }, ...entries))).ranges).toEqual(ranges);
  });
});

describe('testDateRange', () => {
  it.each([
    ['testDateRange=2020', [{ prefix: 'eq', date: '2020' }]],
    ['testDateRange=ge2020-02', [{ prefix: 'ge', date: '2020-02' }]],
    ['testDateRange=sa2020-02-29', [{ prefix: 'sa', date: '2020-02-29' }]],
    [
      'testDateRange=ge2020-01-01&testDateRange=lt2021-01-01',
      [
        { prefix: 'ge', date: '2020-01-01' },
        { prefix: 'lt', date: '2021-01-01' },
      ],
    ],
    [
      'testDateRange=ge2020&testDateRange=ge2021',
      [
        { prefix: 'ge', date: '2020' },
        { prefix: 'ge', date: '2021' },
      ],
    ],
  ])('%s', async (query, bounds) => {
    expect((await get(`${REQUIRED}&${query}`)).testDateRange).toEqual({ bounds });
  });

  it.each([
    [
      { start: '2020-01-01', end: '2020-12' },
      [
        { prefix: 'ge', date: '2020-01-01' },
        { prefix: 'le', date: '2020-12' },
      ],
    ],
    [{ start: '2020-01-01T10:00:00+01:00' }, [{ prefix: 'ge', date: '2020-01-01' }]],
    [{ end: '2020' }, [{ prefix: 'le', date: '2020' }]],
    [
      { start: '2020-05', end: '2020' },
      [
        { prefix: 'ge', date: '2020-05' },
        { prefix: 'le', date: '2020' },
      ],
    ],
  ])('as a Period: %j', async (valuePeriod, bounds) => {
    const input = await post(parameters(...base, { name: 'testDateRange', valuePeriod }));
    expect(input.testDateRange).toEqual({ bounds });
  });

  it.each([
    'ap2020-01-01',
    'xx2020-01-01',
    '2020-13',
    '2020-02-30',
    '2021-02-29',
    '2020-1-1',
    'ge',
    '',
    'yesterday',
    'ge2020-01-01T10:00:00Z',
    'ge2020-01-01,le2021-01-01',
    '0000',
  ])('refuses %s', async (date) => {
    const expected = { issue: 'invalid', expression: 'testDateRange' };
    expect(await refusal(get(`${REQUIRED}&testDateRange=${date}`))).toEqual(expected);
  });

  it('refuses a third date', async () => {
    const dates = ['2019', '2020', '2021'].map((date) => `testDateRange=ne${date}`).join('&');
    expect(await refusal(get(`${REQUIRED}&${dates}`))).toEqual({ issue: 'invalid', expression: 'testDateRange' });
  });

  it.each([
    [{}],
    [{ start: 2020 }],
    [{ start: 'soon' }],
    [{ start: '2021-01-01', end: '2020-01-01' }],
    [{ start: '2021', end: '2020-12' }],
    ['2020'],
    [null],
  ])('refuses the Period %j', async (valuePeriod) => {
    const refused = await refusal(post(parameters(...base, { name: 'testDateRange', valuePeriod })));
    expect(refused).toEqual({ issue: 'invalid', expression: 'testDateRange' });
  });
});

describe('single values', () => {
  it('reads booleans, codes and strings, and ignores what the row does not have', async () => {
    const query = `${REQUIRED}&includeVariants=true&genomicSourceClass=germline&unknown=1&_format=json`;
    const expected = { subject: 'S1', ranges: ['R'], includeVariants: true, genomicSourceClass: 'germline' };
    expect(await get(query)).toEqual(expected);
    const body = parameters(
      ...base,
      { name: 'includeVariants', valueBoolean: true },
      { name: 'genomicSourceClass', valueCode: 'germline' },
      { name: 'unknown', valueInteger: 1 },
    );
    expect(await post(body)).toEqual(expected);
    expect(await post(query, 'application/x-www-form-urlencoded')).toEqual(expected);
  });

  it('gives properties in the order of the row, however they were sent', async () => {
    expect(Object.keys(await get('includeVariants=false&ranges=R&subject=S1'))).toEqual([
      'subject',
      'ranges',
      'includeVariants',
    ]);
  });

  it.each([
    ['ranges=R', 'required', 'subject'],
    ['subject=S1', 'required', 'ranges'],
    ['', 'required', 'subject'],
    ['subject=&ranges=R', 'invalid', 'subject'],
    ['subject=S1&ranges=', 'invalid', 'ranges'],
    ['subject=S1&ranges=a,,b', 'invalid', 'ranges'],
    ['subject=S1&ranges=a,', 'invalid', 'ranges'],
    ['subject=S1&subject=S2&ranges=R', 'invalid', 'subject'],
    ['subject=S1,S2&ranges=R', 'invalid', 'subject'],
    [`${REQUIRED}&includeVariants=yes`, 'invalid', 'includeVariants'],
    [`${REQUIRED}&includeVariants=TRUE`, 'invalid', 'includeVariants'],
    [`${REQUIRED}&includeVariants=`, 'invalid', 'includeVariants'],
    [`${REQUIRED}&includeVariants=true&includeVariants=true`, 'invalid', 'includeVariants'],
    [`${REQUIRED}&genomicSourceClass=germline,somatic`, 'invalid', 'genomicSourceClass'],
    [`${REQUIRED}&testIdentifiers=`, 'invalid', 'testIdentifiers'],
  ])('refuses %s', async (query, issue, expression) => {
    expect(await refusal(get(query))).toEqual({ issue, expression });
    expect(await refusal(post(query, 'application/x-www-form-urlencoded'))).toEqual({ issue, expression });
  });
});

describe('a Parameters body', () => {
  it.each([
    [{ name: 'includeVariants', valueString: 'true' }, 'includeVariants'],
    [{ name: 'includeVariants', valueBoolean: 'true' }, 'includeVariants'],
    [{ name: 'testIdentifiers', valueBoolean: true }, 'testIdentifiers'],
    [{ name: 'testIdentifiers', valueString: 5 }, 'testIdentifiers'],
    [{ name: 'testIdentifiers', valueInteger: 5 }, 'testIdentifiers'],
    [{ name: 'testIdentifiers', valueString: 'a', valueCode: 'a' }, 'testIdentifiers'],
    [{ name: 'testIdentifiers' }, 'testIdentifiers'],
    [{ name: 'testIdentifiers', part: [] }, 'testIdentifiers'],
    [{ name: 'testIdentifiers', resource: { resourceType: 'Patient' } }, 'testIdentifiers'],
    [{ name: 'testDateRange', valueString: 'ge2020' }, 'testDateRange'],
    [{ name: 'subject', valueString: 'S2' }, 'subject'],
    [{ valueString: 'nameless' }, 'Parameters.parameter'],
    [7, 'Parameters.parameter'],
  ])('refuses the entry %j', async (entry, expression) => {
    const body = JSON.stringify({ resourceType: 'Parameters', parameter: [...base, entry] });
    expect(await refusal(post(body))).toEqual({ issue: 'invalid', expression });
  });

  it.each(['valueString', 'valueCode', 'valueUri', 'valueId', 'valueUrl', 'valueCanonical'])(
    'takes %s for a string',
    async (key) => {
      const input = await post(parameters(...base, { name: 'testIdentifiers', [key]: 'T1' }));
      expect(input.testIdentifiers).toEqual(['T1']);
    },
  );

  it.each([
    '',
    'no json',
    '[]',
    'null',
    '{}',
    '{"resourceType":"Patient"}',
    '{"resourceType":"Parameters","parameter":{}}',
  ])('refuses the body %s', async (body) => {
    expect(await refusal(post(body))).toEqual({ issue: 'invalid', expression: 'Parameters' });
  });

  it('refuses a defined parameter in the URL of a POST instead of dropping it', async () => {
    const refused = await refusal(post(parameters(...base), undefined, '?genomicSourceClass=germline'));
    expect(refused).toEqual({ issue: 'invalid', expression: 'genomicSourceClass' });
  });

  it.each(['text/plain', 'application/xml', 'multipart/form-data', '', 'application/json; charset=latin1'])(
    'refuses the media type %j',
    async (type) => {
      expect(await refusal(post(parameters(...base), type))).toMatchObject({ status: 415 });
    },
  );

  it('refuses bytes that are not UTF-8', async () => {
    const body = new Uint8Array([0x7b, 0xff, 0x7d]);
    const request = new Request(BASE, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
    expect(await refusal(parseInput(echoRow, fromFetch(request)))).toMatchObject({ issue: 'invalid' });
  });
});

describe('limits', () => {
  const many = (count: number) =>
    parameters(
      { name: 'subject', valueString: 'S1' },
      ...Array.from({ length: count }, (_, i) => ({ name: 'ranges', valueString: `NC_000001.11:${i}-${i + 1}` })),
    );

  it(`takes ${MAX_LIST_VALUES} ranges in one body`, async () => {
    expect((await post(many(MAX_LIST_VALUES))).ranges).toHaveLength(MAX_LIST_VALUES);
  });

  it('refuses one more as too costly', async () => {
    expect(await refusal(post(many(MAX_LIST_VALUES + 1)))).toEqual({
      issue: 'too-costly',
      expression: 'ranges',
      status: 413,
    });
  });

  it('refuses a body that is too large, announced or not', async () => {
    const body = 'x'.repeat(MAX_BODY_BYTES + 1);
    expect(await refusal(post(body))).toMatchObject({ status: 413 });
    const event = { httpMethod: 'POST', path: '/$echo', headers: { 'content-type': 'application/json' }, body };
    expect(await refusal(parseInput(echoRow, fromGateway(event)))).toMatchObject({ status: 413 });
  });
});

describe('an API Gateway event', () => {
  it('reads every value of a repeated parameter', async () => {
    const request = fromGateway({
      httpMethod: 'GET',
      path: '/%24echo',
      queryStringParameters: { subject: 'S1', ranges: 'b' },
      multiValueQueryStringParameters: { subject: ['S1'], ranges: ['a', 'b'] },
    });
    expect(request.path).toBe('/$echo');
    expect(await parseInput(echoRow, request)).toEqual({ subject: 'S1', ranges: ['a', 'b'] });
  });

  it('reads a base64 body', async () => {
    const request = fromGateway({
      httpMethod: 'post',
      path: '/$echo',
      multiValueHeaders: { 'Content-Type': ['application/fhir+json'] },
      body: Buffer.from(parameters(...base)).toString('base64'),
      isBase64Encoded: true,
    });
    expect(await parseInput(echoRow, request)).toEqual({ subject: 'S1', ranges: ['R'] });
  });
});

describe('a list parameter whose repetition means "and"', () => {
  const row = {
    in: { variants: { type: 'string', min: 1, max: '*', repetition: 'and', doc: 'Which.' } },
  } as const satisfies Pick<OperationRow, 'in'>;
  const lists = [['a', 'b'], ['c,d'], ['e']];
  const read = async (request: Request): Promise<readonly (readonly string[])[]> =>
    (await parseInput(row, fromFetch(request))).variants;

  it('is a list for each time it is given, in a query, a form and a body alike', async () => {
    const query = 'variants=a,b&variants=c%5C,d&variants=e';
    expect(await read(new Request(`${BASE}?${query}`))).toEqual(lists);
    const form = { method: 'POST', body: query, headers: { 'content-type': 'application/x-www-form-urlencoded' } };
    expect(await read(new Request(BASE, form))).toEqual(lists);
    const entries = ['a,b', 'c\\,d', 'e'].map((valueString) => ({ name: 'variants', valueString }));
    const body = { method: 'POST', body: parameters(...entries), headers: { 'content-type': 'application/fhir+json' } };
    expect(await read(new Request(BASE, body))).toEqual(lists);
  });

  it('refuses an empty member, and too many members in all lists together', async () => {
    expect(await refusal(read(new Request(`${BASE}?variants=a&variants=b,,c`)))).toEqual({
      ...{ issue: 'invalid', expression: 'variants' },
    });
    const half = Array.from({ length: MAX_LIST_VALUES / 2 }, (_, i) => `v${i}`).join();
    const post = (...values: string[]) => ({
      method: 'POST',
      body: parameters(...values.map((valueString) => ({ name: 'variants', valueString }))),
      headers: { 'content-type': 'application/fhir+json' },
    });
    expect(await read(new Request(BASE, post(half, half)))).toHaveLength(2);
    expect(await refusal(read(new Request(BASE, post(half, half, 'v'))))).toMatchObject({ status: 413 });
  });
});
