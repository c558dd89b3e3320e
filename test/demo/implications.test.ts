import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadDemo } from '../../lib/cli/demo.ts';
import { findSubjectDxImplications } from '../../lib/operations/find-subject-dx-implications.ts';
import { findSubjectTxImplications } from '../../lib/operations/find-subject-tx-implications.ts';
import { translateTerminology } from '../../lib/operations/utilities/translate-terminology.ts';
import { type TemporaryArchive, temporaryArchive } from '../support/archive.ts';
import { componentTexts, identifiersOf, observationsOf } from '../support/implications.ts';
import { ask, responseProblems } from '../support/response.ts';

const CLINVAR = 'http://www.ncbi.nlm.nih.gov/clinvar';
const CIVIC = 'https://civicdb.org/evidence';
let local: TemporaryArchive;
beforeAll(async () => {
  local = await temporaryArchive();
  await loadDemo(local);
}, 120_000);
afterAll(() => local.remove());

const dx = async (subject: string, input: object) => {
  const body = await ask(findSubjectDxImplications, { subject, ...input }, local.ports);
  expect(responseProblems('find-subject-dx-implications', body)).toEqual([]);
  return body;
};
const tx = async (subject: string, input: object) => {
  const body = await ask(findSubjectTxImplications, { subject, ...input }, local.ports);
  expect(responseProblems('find-subject-tx-implications', body)).toEqual([]);
  return body;
};

describe('the demo', () => {
  it('has diagnoses: BRCA1 by range, cystic fibrosis by SNOMED CT in tests of both assemblies, MELAS of the mitochondrion', async () => {
    // The founder variants and the long duplication were tested and are not there.
    const brca1 = await dx('demo-hereditary-cancer', { ranges: ['NC_000017.11:43044294-43125364'] });
    expect(identifiersOf(brca1, CLINVAR)).toEqual(['224416', '41818', '54146']);
    const carrier = await dx('demo-carrier', { conditions: ['http://snomed.info/sct|190905008'] });
    expect(identifiersOf(carrier, CLINVAR)).toEqual(['7105', '7105']);
    expect(componentTexts(observationsOf(carrier, 'implication')[0]!, '93044-6')).toEqual(['practice guideline']);
    expect(observationsOf(carrier, 'variant')).toHaveLength(2);
    expect(identifiersOf(await dx('demo-mito', { conditions: ['C0162671'] }), CLINVAR)).toEqual(['9589']);
    expect(identifiersOf(await dx('demo-negative', { conditions: ['cystic fibrosis'] }), CLINVAR)).toEqual([]);
  });

  it('has CIViC rows for BRAF V600E, asked in either assembly of a tumor in GRCh37', async () => {
    const [old, recent] = await Promise.all(
      ['NC_000007.13:140453135:A:T', 'NC_000007.14:g.140753336A>T'].map((one) =>
        tx('demo-melanoma', { variants: [one] }),
      ),
    );
    expect(identifiersOf(old!, CIVIC).length).toBeGreaterThan(3);
    expect(recent).toEqual(old);
    const lung = await tx('demo-lung', { treatments: ['osimertinib'] });
    expect(identifiersOf(lung, CIVIC)).toEqual(['1592', '1867', '964']);
  });

  it('has the CYP2C19 implication for clopidogrel with its genotype, and says where a genotype lacks', async () => {
    const asked = { treatments: ['http://www.nlm.nih.gov/research/umls/rxnorm|32968'] };
    const body = await tx('demo-cyp2c19', asked);
    const [implication, ...others] = observationsOf(body, 'implication');
    expect(others).toEqual([]);
    const [genotype] = observationsOf(body, 'genotype');
    expect(genotype?.valueCodeableConcept?.text).toBe('CYP2C19 *2/*17');
    expect(implication?.derivedFrom).toEqual([{ reference: `Observation/${genotype?.id}` }]);
    expect(componentTexts(implication!, 'conclusion-string').join()).toContain('prasugrel');
    const carrier = await tx('demo-carrier', asked);
    expect(carrier.parameter?.map(({ name }) => name)).toEqual(['outcome']);
  });

  it('translates codes by its cross-references', async () => {
    const answer = translateTerminology.answer(
      { codeSystem: 'http://hl7.org/fhir/sid/icd-10', code: 'E849' },
      await local.ports.reference(),
      await local.ports.knowledge(),
    );
    const medGen = { outcome: 'match found', code: 'C0010674', system: 'https://www.ncbi.nlm.nih.gov/medgen' };
    expect(await answer).toEqual(
      expect.arrayContaining([
        { outcome: 'no match found', system: 'https://disease-ontology.org' },
        { ...medGen, display: 'Cystic fibrosis' },
      ]),
    );
  });
});
