import { describe, expect, it } from 'vitest';
import { openApi } from '../../lib/http/openapi.ts';
import { parseInput } from '../../lib/http/parse-input.ts';
import { fromFetch } from '../../lib/http/request.ts';
import { operations } from '../../lib/operations/table.ts';
import { echoRow } from './fake-operation.ts';

const rows = operations.map((operation) => operation.row);
// Through JSON, as clients get it.
const document = JSON.parse(
  JSON.stringify(openApi([...rows, echoRow], { server: '/fhir', authorized: false, version: '1.0.0' })),
);

interface ParameterObject {
  readonly name: string;
  readonly in: string;
  readonly required: boolean;
  readonly description: string;
  readonly style?: string;
  readonly explode?: boolean;
  readonly schema: { readonly type: string };
  readonly example?: unknown;
}

interface OperationObject {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly parameters?: readonly ParameterObject[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly example?: unknown }>> };
  readonly responses: Readonly<Record<string, { readonly $ref?: string; readonly description?: string }>>;
}

const operationsOf = (): readonly OperationObject[] =>
  Object.values(document.paths as Record<string, Record<string, OperationObject>>).flatMap((item) =>
    Object.values(item),
  );

/** What a `$ref` points at. */
function resolve(ref: string): unknown {
  expect(ref).toMatch(/^#\//);
  return ref
    .slice(2)
    .split('/')
    .reduce((node, key) => node?.[key.replaceAll('~1', '/')], document);
}

function references(node: unknown): readonly string[] {
  if (Array.isArray(node)) return node.flatMap(references);
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, value]) => (key === '$ref' ? [String(value)] : references(value)));
}

describe('the document', () => {
  it('says what it is', () => {
    expect(document).toMatchObject({ openapi: '3.1.0', info: { version: '1.0.0' }, servers: [{ url: '/fhir' }] });
  });

  it('has a path for every operation, with GET and POST', () => {
    const expected = [...rows, echoRow].map((row) => `/$${row.code}`);
    const paths = Object.entries(document.paths as Record<string, object>);
    expect(paths.filter(([, item]) => 'post' in item).map(([path]) => path)).toEqual(expected);
  });

  it('refers only to what is there', () => {
    const refs = references(document);
    expect(refs.length).toBeGreaterThan(50);
    for (const ref of refs) expect(resolve(ref), ref).toBeDefined();
  });

  it('names operations once, describes every response, and uses tags it declares', () => {
    const all = operationsOf();
    expect(new Set(all.map((operation) => operation.operationId)).size).toBe(all.length);
    const tags = document.tags.map((tag: { name: string }) => tag.name);
    for (const operation of all) {
      expect(operation.summary).not.toBe('');
      for (const tag of operation.tags) expect(tags).toContain(tag);
      for (const response of Object.values(operation.responses)) {
        expect(response.$ref ?? response.description).toMatch(/\S/);
      }
    }
  });

  it('declares the parameters in its path templates', () => {
    for (const [path, item] of Object.entries(document.paths as Record<string, { get: OperationObject }>)) {
      const inPath = (item.get.parameters ?? []).filter((parameter) => parameter.in === 'path').map((p) => p.name);
      expect(inPath, path).toEqual([...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]));
    }
  });
});

describe.each([...rows, echoRow])('$code', (row) => {
  const { get, post } = document.paths[`/$${row.code}`] as { get: OperationObject; post: OperationObject };
  const parameters = get.parameters ?? [];

  it('has the parameters of its row', () => {
    expect(parameters.map((parameter) => [parameter.name, parameter.required])).toEqual(
      Object.entries(row.in).map(([name, parameter]) => [name, parameter.min === 1]),
    );
    for (const parameter of parameters) expect(parameter.description).toMatch(/\S/);
  });

  it('has an example that it takes, the same in GET and POST', async () => {
    const query = new URLSearchParams();
    for (const { name, example } of parameters) {
      if (example !== undefined) query.set(name, Array.isArray(example) ? example.join(',') : String(example));
    }
    const url = `http://127.0.0.1/fhir/$${row.code}`;
    const asked = await parseInput(row, fromFetch(new Request(`${url}?${query}`)));
    const headers = { 'content-type': 'application/fhir+json' };
    const body = JSON.stringify(post.requestBody?.content['application/fhir+json']?.example);
    expect(await parseInput(row, fromFetch(new Request(url, { method: 'POST', headers, body })))).toEqual(asked);
    expect(Object.keys(asked).length).toBe(Object.keys(row.example).length);
  });
});
