import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UnavailableError } from '../../lib/genomics/errors.ts';
import { type RunningServer, startServer } from '../../lib/http/local-server.ts';
import { utilities } from '../../lib/operations/utilities/table.ts';
import { utilityRoute } from '../../lib/operations/utilities/utility.ts';
import { noKnowledge } from '../support/memory-knowledge.ts';
import { twoAssemblies } from '../support/two-assemblies.ts';
import { noPorts } from './fake-operation.ts';

let server: RunningServer;
let broken = false;

beforeAll(async () => {
  const reference = async () => {
    if (broken) throw new UnavailableError('The table does not answer');
    return twoAssemblies();
  };
  server = await startServer({
    port: 0,
    ports: { ...noPorts, reference, knowledge: async () => noKnowledge },
    onFault: () => {},
  });
});
afterAll(() => server.close());

const get = (path: string, init: RequestInit = {}) => fetch(`${server.url}/utilities/${path}`, init);

describe('the utilities over HTTP', () => {
  it('answer with plain JSON', async () => {
    const gene = await get('get-feature-coordinates?gene=PLUS1');
    expect([gene.status, gene.headers.get('content-type')]).toEqual([200, 'application/json']);
    expect(await gene.json()).toMatchObject([{ geneSymbol: 'PLUS1', build38Coordinates: expect.any(String) }]);
    expect(await (await get('find-the-gene?range=NC_000001.10:1000100-1000101')).json()).toHaveLength(1);
    const variant = encodeURIComponent('NM_900001.2:c.283_285dup');
    expect(Object.keys((await (await get(`normalize-variant?variant=${variant}`)).json()) as object)).toEqual([
      'GRCh37SPDI',
      'GRCh38SPDI',
      'GRCh37HGVS',
      'GRCh38HGVS',
    ]);
  });

  it('refuse with OperationOutcomes', async () => {
    for (const [path, status, expression] of [
      ['get-feature-coordinates', 400, 'gene'],
      ['get-feature-coordinates?gene=A&transcript=B', 400, 'transcript'],
      ['find-the-gene', 400, 'range'],
      ['normalize-variant?variant=rs1', 400, 'variant'],
      ['normalize-hla?allele=A', 400, 'allele'],
      ['normalize-hla?allele=A*01%3A01', 422, 'allele'],
      ['normalize-variant?variant=NM_900001.1%3Ac.1A%3EG', 422, 'variant'],
    ] as const) {
      const response = await get(path);
      expect([path, response.status]).toEqual([path, status]);
      expect(await response.json()).toMatchObject({
        resourceType: 'OperationOutcome',
        issue: [{ expression: [expression] }],
      });
    }
    expect((await get('normalize-text?text=A')).status).toBe(404);
    const post = await get('find-the-gene', { method: 'POST' });
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  it('say when nothing has changed, and what cannot be read now', async () => {
    const path = 'get-feature-coordinates?gene=PLUS1';
    const etag = (await get(path)).headers.get('etag') ?? '';
    expect((await get(path, { headers: { 'If-None-Match': etag } })).status).toBe(304);
    expect(await (await get(path, { method: 'HEAD' })).text()).toBe('');
    broken = true;
    expect((await get(path)).status).toBe(503);
    broken = false;
  });

  it('are in the OpenAPI document with examples', async () => {
    const document = (await (await fetch(`${server.url}/openapi.json`)).json()) as {
      paths: Record<string, { get: { parameters: { name: string; example?: unknown }[] } }>;
    };
    for (const { row } of utilities) {
      const { parameters } = document.paths[utilityRoute(row)]!.get;
      expect(parameters.map(({ name }) => name)).toEqual(Object.keys(row.in));
      expect(parameters.filter(({ example }) => example !== undefined)).not.toEqual([]);
    }
  });
});
