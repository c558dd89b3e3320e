import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadDemo } from '../../lib/cli/demo.ts';
import { type TemporaryArchive, temporaryArchive } from '../support/archive.ts';
import { askEveryone, type UnionQuestion, unionOf } from '../support/population-union.ts';

let archive: TemporaryArchive;
beforeAll(async () => {
  archive = await temporaryArchive();
  await loadDemo(archive);
}, 120_000);
afterAll(() => archive?.remove());

const BRAF = 'NC_000007.13:140453135:A:T';
const QUESTIONS: readonly (UnionQuestion & { readonly some: boolean })[] = [
  ...['CYP2C19 *2', 'CYP2C19 *17', 'CYP2C19 *2/*17', 'CYP2C19', 'CYP2D6 *4', 'HLA-B*57:01', 'HLA-A*23'].map(
    (haplotype) => ({ of: 'haplotypes', input: { haplotypes: [haplotype] }, some: true }),
  ),
  { of: 'haplotypes', input: { haplotypes: ['http://www.pharmvar.org|CYP2C19 *2/*17'] }, some: true },
  { of: 'haplotypes', input: { haplotypes: ['CYP2C19 *2'], genomicSourceClass: 'somatic' }, some: false },
  { of: 'haplotypes', input: { haplotypes: ['CYP2C19 *1'] }, some: false },
  { of: 'tx', input: { treatments: ['clopidogrel'] }, some: true },
  { of: 'tx', input: { treatments: ['http://www.nlm.nih.gov/research/umls/rxnorm|32968'] }, some: true },
  { of: 'tx', input: { treatments: ['clopidogrel'], genomicSourceClass: 'somatic' }, some: false },
  { of: 'tx', input: { haplotypes: ['CYP2C19 *2'] }, some: true },
  { of: 'tx', input: { haplotypes: ['CYP2C19 *2'], treatments: ['clopidogrel'] }, some: true },
  { of: 'tx', input: { variants: [BRAF] }, some: true },
  { of: 'tx', input: { variants: ['NC_000010.11:94781858:G:A'] }, some: true },
  { of: 'tx', input: { variants: ['NC_000010.11:94781858:G:A'], haplotypes: ['CYP2C19 *17'] }, some: true },
  { of: 'tx', input: { variants: [BRAF], genomicSourceClass: 'germline' }, some: false },
  { of: 'tx', input: { conditions: ['Lung Non-small Cell Carcinoma'] }, some: true },
  { of: 'dx', input: { variants: ['NC_000007.14:117559590:TCT:'] }, some: true },
  { of: 'dx', input: { variants: [BRAF], conditions: ['Nobody has this'] }, some: false },
  { of: 'dx', input: { conditions: ['Cystic fibrosis'] }, some: true },
  { of: 'consequences', input: { featureConsequences: ['stop_gained', 'frameshift_variant'] }, some: true },
  { of: 'consequences', input: { featureConsequences: ['SO:0001583'], genomicSourceClass: 'somatic' }, some: true },
  { of: 'consequences', input: { featureConsequences: ['intron_variant'] }, some: true },
  { of: 'consequences', input: { featureConsequences: ['functional_effect_variant'] }, some: true },
  { of: 'consequences', input: { variants: [BRAF] }, some: true },
  { of: 'consequences', input: { variants: [BRAF], featureConsequences: ['splice_donor_variant'] }, some: false },
  {
    of: 'consequences',
    input: { variants: ['NM_000527.5:c.12G>A'], featureConsequences: ['stop_gained'] },
    some: true,
  },
];

describe.each([false, true])('everyone in the demo, compacted: %s', (compacted) => {
  let subjects: readonly string[];
  beforeAll(async () => {
    if (compacted) await archive.admin.compact();
    ({ subjects } = await archive.ports.population());
  }, 60_000);

  it.each(QUESTIONS)('who have $of of $input are those whose own answers say so', async (question) => {
    const counted = await askEveryone(question, archive.ports);
    const union = await unionOf(question, subjects, archive.ports);
    expect(counted.subjects).toEqual(union);
    expect(counted.subjects.length > 0).toBe(question.some);
    expect(counted).toMatchObject({ numerator: union.length, denominator: subjects.length });
    if (counted.callable !== undefined && question.of === 'haplotypes') {
      expect(counted.callable).toBeGreaterThanOrEqual(union.length);
    }
  });
});
