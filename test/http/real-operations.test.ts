import { readdir, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../../lib/http/local-server.ts';
import { routesOf } from '../../lib/operations/routes.ts';
import { operations } from '../../lib/operations/table.ts';
import {
  type StudySpecification,
  storeStudy,
  structuralRow,
  type TemporaryArchive,
  temporaryArchive,
  variantRow,
} from '../support/archive.ts';
import { storeKnowledge } from '../support/store-knowledge.ts';

let archive: TemporaryArchive;
let server: RunningServer;

const study = {
  id: 'real',
  inputs: [{ sourceClass: 'germline', changeTypes: ['SNV', 'INS', 'DEL'], annotations: ['VEP 105'] }],
  consequences: {
    '1': [
      {
        ...{ input: 0, start0: 1500, end0: 1501, reported_start0: 1500, ref: 'A', alt: 'G', ordinal: 0 },
        ...{ tool: 'VEP 105', transcript: 'ENST00000900001.1', consequences: 'SO:0001583', impact: 'MODERATE' },
      },
    ],
  },
  variants: { '1': [variantRow(1500, 'A', 'G'), variantRow(2500, 'C', 'CT', { allelic_state: 'homozygous' })] },
  structural: [structuralRow('1', 'DEL', 5000, 6000)],
} satisfies StudySpecification;

beforeAll(async () => {
  archive = await temporaryArchive();
  await storeStudy(archive, study);
  const about = { variants: ['NC_000001.11:1500:A:G'], identifiers: [], source: 'test' };
  const conditions = [{ display: 'made-up disease' }];
  await storeKnowledge(archive, 'dx', 'd1', [{ ...about, conditions, significance: { text: 'Benign' } }]);
  await storeKnowledge(archive, 'tx', 't1', [
    { ...about, treatments: [{ display: 'a drug' }], implication: { text: 'Responsive' } },
  ]);
  server = await startServer({ port: 0, ports: archive.ports, onFault: () => {} });
});
afterAll(async () => {
  await server?.close();
  await archive?.remove();
});

const QUESTIONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'find-subject-variants': { subject: 'S1', ranges: 'NC_000001.11:1000-2000', includeVariants: 'true' },
  'find-subject-specific-variants': { subject: 'S1', variants: 'NC_000001.11:1500:A:G' },
  'find-subject-structural-intersecting-variants': { subject: 'S1', ranges: 'NC_000001.11:5500-5600' },
  'find-subject-structural-subsuming-variants': { subject: 'S1', ranges: 'NC_000001.11:5500-5600' },
  'find-population-specific-variants': {
    variants: 'NC_000001.11:1500:A:G,NC_000001.11:9:A:G',
    includePatientList: 'true',
  },
  'find-population-structural-intersecting-variants': { ranges: 'NC_000001.11:5500-5600' },
  'find-population-structural-subsuming-variants': { ranges: 'NC_000001.11:5500-5600', includePatientList: 'true' },
  'find-subject-haplotypes': { subject: 'S1', genes: 'CYP2C19' },
  'find-subject-specific-haplotypes': { subject: 'S1', haplotypes: 'CYP2C19 *1/*2' },
  'find-subject-dx-implications': { subject: 'S1', ranges: 'NC_000001.11:1000-2000' },
  'find-subject-tx-implications': { subject: 'S1', variants: 'NC_000001.11:1500:A:G' },
  'find-subject-molecular-consequences': { subject: 'S1', featureConsequences: 'missense_variant' },
  'find-population-specific-haplotypes': { haplotypes: 'CYP2C19 *1,CYP2C19 *2', includePatientList: 'true' },
  'find-population-tx-implications': { treatments: 'a drug', includePatientList: 'true' },
  'find-population-dx-implications': { conditions: 'made-up disease', includePatientList: 'true' },
  'find-population-molecular-consequences': { featureConsequences: 'missense_variant', includePatientList: 'true' },
  'find-study-metadata': { subject: 'Patient/S1' },
};

function parameters(question: Readonly<Record<string, string>>): string {
  const parameter = Object.entries(question).map(([name, value]) =>
    name.startsWith('include') ? { name, valueBoolean: value === 'true' } : { name, valueString: value },
  );
  return JSON.stringify({ resourceType: 'Parameters', parameter });
}

describe.each(operations.map((operation) => operation.row))('$code', (row) => {
  const question = QUESTIONS[row.code];
  if (question === undefined) throw new Error(`${row.code} needs a question here`);
  const query = String(new URLSearchParams(question));

  it('answers at every route, by GET, Parameters and form, with one body and ETag', async () => {
    const answers: [string, string | null][] = [];
    for (const route of routesOf(row)) {
      for (const url of [server.url + route, server.url + route.replace('$', '%24')]) {
        const responses = [
          await fetch(`${url}?${query}`),
          await fetch(url, {
            method: 'POST',
            headers: { 'content-type': 'application/fhir+json' },
            body: parameters(question),
          }),
          await fetch(url, { method: 'POST', body: new URLSearchParams(question) }),
        ];
        for (const response of responses) {
          expect(response.status).toBe(200);
          answers.push([await response.text(), response.headers.get('etag')]);
        }
      }
    }
    expect(answers).toHaveLength(18);
    expect(new Set(answers.map((answer) => answer.join())).size).toBe(1);
    const [body = ''] = answers[0] ?? [];
    expect(JSON.parse(body).resourceType).toBe('Parameters');
    expect(body.length).toBeGreaterThan(100);
  });

  it.runIf('subject' in row.in)('does not know a subject that nobody registered', async () => {
    const other = new URLSearchParams({ ...question, subject: 'nobody' });
    const response = await fetch(`${server.url}/$${row.code}?${other}`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ resourceType: 'OperationOutcome', issue: [{ code: 'not-found' }] });
  });

  it('names its required parameters when they are missing', async () => {
    for (const [name, parameter] of Object.entries(row.in)) {
      if (parameter.min === 0) continue;
      const rest = new URLSearchParams({ ...question });
      rest.delete(name);
      const response = await fetch(`${server.url}/$${row.code}?${rest}`);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ issue: [{ code: 'required', expression: [name] }] });
    }
  });
});

it('the ETag changes with a new version of the study', async () => {
  const url = `${server.url}/$find-subject-variants?subject=S1&ranges=NC_000001.11:2000-3000`;
  const before = (await fetch(url)).headers.get('etag') ?? '';
  expect((await fetch(url, { headers: { 'if-none-match': before } })).status).toBe(304);
  await storeStudy(archive, { ...study, version: 2 });
  const after = await fetch(url, { headers: { 'if-none-match': before } });
  expect(after.status).toBe(200);
  expect(after.headers.get('etag')).not.toBe(before);
});

describe('a file that is damaged under a running server', () => {
  const ask = async (): Promise<number> => {
    const url = `${server.url}/$find-subject-variants?subject=S1&ranges=NC_000001.11:1000-2000&includeVariants=true`;
    const response = await fetch(url);
    const body = (await response.json()) as { readonly resourceType: string };
    if (response.status !== 200) expect(body.resourceType).toBe('OperationOutcome');
    return response.status;
  };
  const files = async (): Promise<readonly string[]> => {
    const folder = join(archive.folder, 'objects');
    const names = await readdir(folder, { recursive: true });
    return names.filter((name) => name.endsWith('.parquet')).map((name) => join(folder, name));
  };

  it('is a 503 when cut short, and when gone', async () => {
    expect(await ask()).toBe(200);
    for (const file of await files()) await truncate(file, 40);
    expect(await ask()).toBe(503);
    for (const file of await files()) await rm(file);
    expect(await ask()).toBe(503);
  });
});
