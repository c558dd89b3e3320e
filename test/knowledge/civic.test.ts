import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  readCivicAssertions,
  readCivicDrugs,
  readCivicEvidence,
  readCivicVariants,
} from '../../lib/knowledge/civic.ts';
import { readCpicSql } from '../../lib/knowledge/cpic.ts';
import { drugIndex } from '../../lib/knowledge/drugs.ts';
import { createReport } from '../../lib/knowledge/report.ts';
import type { TxRow } from '../../lib/knowledge/rows.ts';
import { KNOWLEDGE_SYSTEM } from '../../lib/knowledge/systems.ts';
import { hasRealData, realFile } from '../support/real-data.ts';
import { collect } from './collect.ts';

const CIVIC = '07_knowledge/civic/civic_nightly_';
const EVIDENCE = `${CIVIC}ClinicalEvidenceSummaries.tsv.gz`;

/** The table by plain splitting. */
function evidenceItems(): readonly ReadonlyMap<string, string>[] {
  const [head = '', ...lines] = gunzipSync(readFileSync(realFile(EVIDENCE)))
    .toString('utf8')
    .trim()
    .split('\n');
  const names = head.split('\t');
  return lines.map((line) => new Map(line.split('\t').map((value, i) => [names[i] ?? '', value])));
}

async function context() {
  const report = createReport(() => undefined);
  const variants = await readCivicVariants(realFile(`${CIVIC}VariantSummaries.tsv.gz`), report);
  const drugs = await readCivicDrugs(realFile(`${CIVIC}DrugSummaries.tsv`), report);
  const cpic = await readCpicSql(realFile('07_knowledge/pharmgkb_cpic/cpic_V2_initial_data.sql'), report);
  return { variants, drugs, otherDrugs: drugIndex(cpic.drugs) };
}

describe.skipIf(!hasRealData)('CIViC', () => {
  it('gives each evidence item about a sequence change once, drugs that replace each other one by one', async () => {
    const { rows, report } = await collect((to) => readCivicEvidence(realFile(EVIDENCE), to));
    const items = evidenceItems();
    expect(report.read).toBe(items.length);
    const of = (item: ReadonlyMap<string, string>, name: string): string => item.get(name) ?? '';
    const bases = (item: ReadonlyMap<string, string>): boolean => {
      const [ref, alt] = [of(item, 'reference_bases'), of(item, 'variant_bases')];
      const span = Number(of(item, 'stop')) - Number(of(item, 'start')) + 1;
      return /^[ACGT]+$/.test(ref + alt) && (ref === '' ? span === 2 : span === ref.length);
    };
    const isEffect = (item: ReadonlyMap<string, string>): boolean =>
      of(item, 'evidence_direction') === 'Supports' &&
      ['Gain of Function', 'Loss of Function', 'Dominant Negative'].includes(of(item, 'clinical_significance'));
    const usable = items.filter(
      (item) =>
        bases(item) &&
        of(item, 'chromosome') !== '' &&
        of(item, 'reference_build') === 'GRCh37' &&
        of(item, 'chromosome2') === '' &&
        !['', 'N/A'].includes(of(item, 'clinical_significance')) &&
        of(item, 'evidence_direction') !== 'N/A' &&
        (of(item, 'evidence_type') !== 'Functional' || isEffect(item)) &&
        (of(item, 'evidence_type') !== 'Predictive' || of(item, 'drugs') !== ''),
    );
    const copies = (item: ReadonlyMap<string, string>): number =>
      of(item, 'evidence_type') === 'Predictive' && of(item, 'drug_interaction_type') === 'Substitutes'
        ? of(item, 'drugs').split(/,(?!\d)/).length
        : 1;
    const predictive = usable.filter((item) => of(item, 'evidence_type') === 'Predictive');
    expect(rows.filter(({ kind }) => kind === 'tx').length).toBe(
      predictive.reduce((sum, item) => sum + copies(item), 0),
    );
    const functional = usable.filter((item) => of(item, 'evidence_type') === 'Functional');
    expect(functional.length).toBeGreaterThan(0);
    expect(rows.filter((row) => row.kind === 'mc').map((row) => row.identifiers[0]?.value)).toEqual(
      functional.map((item) => of(item, 'evidence_id')),
    );
    expect(rows.filter(({ kind }) => kind === 'dx').length).toBe(usable.length - predictive.length - functional.length);
    const refused = [...report.unusable.values()].reduce((sum, count) => sum + count, 0);
    expect(refused).toBe(items.length - usable.length);
    const responsive = rows.filter((row) => row.kind === 'tx' && row.implication.code === 'LA6677-4');
    expect(responsive.length).toBe(
      predictive
        .filter((item) => of(item, 'evidence_direction') === 'Supports')
        .filter((item) => of(item, 'clinical_significance') === 'Sensitivity/Response')
        .reduce((sum, item) => sum + copies(item), 0),
    );
  });

  it('knows what functional evidence supports, as a term of the Sequence Ontology', async () => {
    const { rows } = await collect((to) => readCivicEvidence(realFile(EVIDENCE), to));
    expect(rows.find((row) => row.kind === 'mc' && row.identifiers[0]?.value === '7614')).toEqual({
      kind: 'mc',
      variant: 'NC_000007.13:140434514:G:A',
      consequences: [],
      functionalEffects: ['SO:0002053'],
      identifiers: [
        { system: KNOWLEDGE_SYSTEM.civicEvidence, value: '7614' },
        { system: KNOWLEDGE_SYSTEM.civicVariant, value: '1198' },
      ],
      source: 'CIViC',
    });
  });

  it('keeps a combination of drugs together, with RxNorm where another source knows the drug', async () => {
    const joined = await context();
    const { rows } = await collect((to) => readCivicEvidence(realFile(EVIDENCE), to, joined));
    const braf = rows.filter(
      (row): row is TxRow => row.kind === 'tx' && row.variants?.[0] === 'NC_000007.13:140453135:A:T',
    );
    expect(braf.length).toBeGreaterThan(20);
    const both = braf.find(({ treatments }) => treatments.length === 2);
    expect(both?.treatments.every(({ system, code, display }) => system && code && display)).toBe(true);
    expect(both?.evidence?.text).toMatch(/^[A-E] \([A-Z][a-z]+ .*\)$/);
    const cetuximab = rows
      .flatMap((row) => (row.kind === 'tx' ? row.treatments : []))
      .find(({ display }) => display === 'Cetuximab');
    expect(cetuximab).toMatchObject({ system: KNOWLEDGE_SYSTEM.rxNorm, code: '318341' });
    expect(cetuximab?.also).toContainEqual({ system: KNOWLEDGE_SYSTEM.civicDrug, code: '16' });
    expect(rows[0]).toEqual({
      kind: 'dx',
      variants: ['NC_000009.11:5073769:G:T'],
      significance: { text: 'Supports Negative' },
      conditions: [{ system: KNOWLEDGE_SYSTEM.diseaseOntology, code: 'DOID:1037', display: 'Lymphoid Leukemia' }],
      evidence: { text: 'B (Clinical evidence)' },
      identifiers: [
        { system: KNOWLEDGE_SYSTEM.civicEvidence, value: '1' },
        { system: KNOWLEDGE_SYSTEM.civicVariant, value: '64' },
      ],
      source: 'CIViC',
    });
  });

  it('finds the place of an assertion through its variant', async () => {
    const joined = await context();
    const path = realFile(`${CIVIC}AssertionSummaries.tsv`);
    const { rows, report, listed } = await collect((to) => readCivicAssertions(path, to, joined));
    expect(report.read).toBe(readFileSync(path, 'utf8').trim().split('\n').length - 1);
    expect(rows.length + listed.length).toBe(report.read);
    expect(listed).toContainEqual({
      file: 'civic_nightly_AssertionSummaries.tsv',
      line: 2,
      reason: 'no sequence change stated',
      item: 'AID2',
    });
    const combined = rows.find((row) => row.kind === 'tx' && row.treatments.length === 2);
    expect(combined).toMatchObject({ evidence: { text: 'Tier I - Level A' } });
  });

  it('refuses another table', async () => {
    const wrong = collect((to) => readCivicEvidence(realFile(`${CIVIC}GeneSummaries.tsv`), to));
    await expect(wrong).rejects.toThrow(/GeneSummaries.tsv, line 1: column 'evidence_id' is missing/);
  });
});
