import type { Parameters } from '@medplum/fhirtypes';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../../lib/http/local-server.ts';
import { storeStudy, type TemporaryArchive, temporaryArchive, variantRow } from '../support/archive.ts';
import { componentTexts, observationsOf } from '../support/implications.ts';
import { storeKnowledge } from '../support/store-knowledge.ts';

let local: TemporaryArchive;
let server: RunningServer;
const BRCA1 = 'NC_000017.11:43124027:CT:';
const MEDGEN = 'https://www.ncbi.nlm.nih.gov/medgen';

const statement = (text: string, variant = BRCA1) => ({
  variants: [variant],
  significance: { text },
  conditions: [
    { system: MEDGEN, code: 'C2676676', display: 'Breast-ovarian cancer 1' },
    { system: 'http://purl.obolibrary.org/obo/mondo.owl', code: 'MONDO:0011450' },
  ],
  identifiers: [{ system: 'http://www.ncbi.nlm.nih.gov/clinvar/scv', value: 'SCV000000001' }],
  source: 'ClinVar',
});

beforeAll(async () => {
  local = await temporaryArchive();
  await storeStudy(local, { id: 'panel', variants: { '17': [variantRow(43_124_026, 'ACT', 'A')] } });
  server = await startServer({ port: 0, ports: local.ports, onFault: () => {} });
});
afterAll(async () => {
  await server?.close();
  await local?.remove();
});

const QUESTIONS = {
  variant: 'variants=NC_000017.11:g.43124028_43124029del',
  range: 'ranges=NC_000017.11:43124000-43124100',
  condition: `conditions=${encodeURIComponent(`${MEDGEN}|C2676676`)}`,
};

async function ask(question: string, prefix = ''): Promise<{ body: Parameters; etag: string | null }> {
  const response = await fetch(`${server.url}${prefix}/$find-subject-dx-implications?subject=S1&${question}`);
  expect(response.status).toBe(200);
  return { body: (await response.json()) as Parameters, etag: response.headers.get('etag') };
}

const told = ({ body }: { body: Parameters }): readonly string[] =>
  observationsOf(body, 'implication').flatMap((one) => componentTexts(one, '53037-8'));

describe('a pathogenic variant', () => {
  it('is refused an answer before anything is known', async () => {
    const response = await fetch(`${server.url}/$find-subject-dx-implications?subject=S1&${QUESTIONS.range}`);
    expect(response.status).toBe(422);
  });

  it('is found by variant, range and condition; a newer release changes it, another is silent, and it comes back', async () => {
    const seen = new Map<string, string | null>();
    for (const [release, lines, expected] of [
      ['2024', [statement('Pathogenic')], ['Pathogenic']],
      ['2025', [statement('Uncertain significance')], ['Uncertain significance']],
      ['2026', [statement('Pathogenic', 'NC_000017.11:43124020:A:C')], []],
    ] as const) {
      await storeKnowledge(local, 'dx', release, lines);
      for (const [name, question] of Object.entries(QUESTIONS)) {
        const answer = await ask(question);
        expect(told(answer), `${release} by ${name}`).toEqual(expected);
        expect(answer.etag).not.toBe(seen.get(name) ?? null);
        seen.set(name, answer.etag);
      }
    }
    await local.knowledge.activate('table-dx', '2024');
    for (const question of Object.values(QUESTIONS)) {
      const { body } = await ask(question);
      expect(told({ body })).toEqual(['Pathogenic']);
      expect(observationsOf(body, 'variant')).toHaveLength(1);
      const [implication] = observationsOf(body, 'implication');
      expect(implication?.identifier).toEqual([
        { system: 'http://www.ncbi.nlm.nih.gov/clinvar/scv', value: 'SCV000000001' },
      ]);
    }
  });

  it('is the same to a client of the reference implementation: its address, and the systems it uses', async () => {
    const { body } = await ask(QUESTIONS.condition);
    const there = '/subject-operations/phenotype-operations';
    for (const condition of [
      'http://www.ncbi.nlm.nih.gov/medgen|C2676676',
      `${MEDGEN}/|C2676676`,
      'http://purl.obolibrary.org/obo/mondo|0011450',
      'BREAST-ovarian cancer 1',
    ]) {
      expect((await ask(`conditions=${encodeURIComponent(condition)}`, there)).body, condition).toEqual(body);
    }
  });
});
