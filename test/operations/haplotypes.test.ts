import { test } from '@fast-check/vitest';
import type { ParametersParameter } from '@medplum/fhirtypes';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { outcomeOf } from '../../lib/fhir/outcome.ts';
import type { Chromosome } from '../../lib/genomics/assembly.ts';
import type { StoredGenotype } from '../../lib/genomics/genotype-finding.ts';
import type { Call, StoredVariant } from '../../lib/genomics/variant.ts';
import { findSubjectHaplotypes } from '../../lib/operations/find-subject-haplotypes.ts';
import { findSubjectSpecificHaplotypes } from '../../lib/operations/find-subject-specific-haplotypes.ts';
import type { Ports } from '../../lib/operations/ports.ts';
import { inputOf, phased, simpleRow, span, structuralRow, testOf } from '../support/archive-builder.ts';
import { demoDefinition, demoGenes } from '../support/gene-knowledge.ts';
import { noKnowledge } from '../support/memory-knowledge.ts';
import { type MemoryArchive, memoryPorts } from '../support/memory-ports.ts';
import { ask, responseProblems } from '../support/response.ts';
import { genotypesIn, partOf } from '../support/star-alleles.ts';

const PANEL = testOf('panel', 'GRCh38', {
  inputs: [inputOf({ sourceClass: 'germline', changeTypes: ['SNV', 'INS', 'DEL'], studiedRegions: true })],
  samples: [{ input: 0, sample: 'S', specimen: 'blood' }],
});
const HLA = testOf('hla', 'GRCh38', { inputs: [inputOf({ sourceClass: 'germline' })] });
const DEFINITION = demoDefinition('CYP2C19');
const HETEROZYGOUS = { genotype: '0/1', allelicState: 'heterozygous' } as const;
const HOMOZYGOUS = { genotype: '1/1', allelicState: 'homozygous' } as const;

/** A position of CYP2C19 by its dbSNP number, as a row of a genotype. */
function row(rsid: string, call: Partial<Call>, alt?: string): StoredVariant {
  const position = DEFINITION.positions.find((one) => one.rsid === rsid);
  if (position === undefined) throw new Error(`${rsid} is no position of CYP2C19`);
  const record: readonly [Chromosome, number, string, string] = [
    '10',
    position.start0 + 1,
    position.reference,
    alt ?? position.alternatives[0] ?? '',
  ];
  return simpleRow(PANEL, record, call);
}

const STAR1 = row('rs3758581', HOMOZYGOUS);

function archiveOf(archive: Partial<MemoryArchive> & { readonly uncalled?: readonly string[] } = {}): Ports {
  const { uncalled = [], ...more } = archive;
  const gaps = DEFINITION.positions.filter(({ rsid }) => uncalled.includes(rsid ?? ''));
  const ports = memoryPorts({
    subjects: [{ subject: 'HG00403', studies: [PANEL] }],
    regions: [
      { study: 'panel', input: 0, kind: 'studied', chromosome: '10', regions: [span(94_000_000, 95_000_000)] },
      {
        study: 'panel',
        input: 0,
        kind: 'uncallable',
        chromosome: '10',
        regions: gaps.map(({ start0 }) => span(start0, start0 + 1)),
      },
    ],
    ...more,
  });
  return { ...ports, knowledge: async () => demoGenes() };
}

async function genotypeOf(ports: Ports, filters: object = {}): Promise<string> {
  const body = await ask(findSubjectHaplotypes, { subject: 'HG00403', genes: ['CYP2C19'], ...filters }, ports);
  expect(responseProblems('find-subject-haplotypes', body)).toEqual([]);
  return genotypesIn(body.parameter?.[0], 'CYP2C19');
}

describe('find-subject-haplotypes calls', () => {
  it.each<readonly [what: string, variants: readonly StoredVariant[], expected: string]>([
    ['the reference allele where all was called', [], '*38/*38'],
    ['*1 by the base that tells it from the reference', [STAR1], '*1/*1'],
    ['one of each, as the definition orders them', [row('rs3758581', HETEROZYGOUS)], '*38/*1'],
    [
      'two variants on one chromosome',
      [STAR1, row('rs12769205', phased('0|1', 'a')), row('rs4244285', phased('0|1', 'a'))],
      '*1/*2',
    ],
    ['two variants without phase', [STAR1, row('rs12248560', HETEROZYGOUS), row('rs4986893', HETEROZYGOUS)], '*3/*17'],
    [
      'no pair where one chromosome has two alleles',
      [STAR1, row('rs12248560', phased('0|1', 'a')), row('rs4986893', phased('0|1', 'a'))],
      'unmatched',
    ],
    [
      'nothing from a half call',
      [STAR1, row('rs4986893', { genotype: './1', allelicState: 'heterozygous' })],
      'undetermined',
    ],
    [
      'nothing from three copies',
      [STAR1, row('rs4986893', { genotype: '0/0/1', allelicState: 'heterozygous' })],
      'undetermined',
    ],
    [
      'nothing where the other allele is neither',
      [STAR1, row('rs4986893', { genotype: '1/2', allelicState: 'heterozygous' })],
      'undetermined',
    ],
    ['nothing from a base that no definition knows', [STAR1, row('rs4986893', HETEROZYGOUS, 'T')], 'unmatched'],
    [
      'two alleles of one place',
      [STAR1, row('rs4986893', HETEROZYGOUS), row('rs4986893', HETEROZYGOUS, 'T')],
      'unmatched',
    ],
    [
      'nothing below a deletion',
      [STAR1, simpleRow(PANEL, ['10', 94780650, 'CTGGA', 'C'], HETEROZYGOUS)],
      'undetermined',
    ],
    [
      'what a longer row says of the base',
      [STAR1, simpleRow(PANEL, ['10', 94780653, 'GA', 'AC'], HETEROZYGOUS)],
      '*1/*3',
    ],
    [
      'what a longer row leaves as it is',
      [STAR1, simpleRow(PANEL, ['10', 94780652, 'GGA', 'CGC'], HETEROZYGOUS)],
      '*1/*1',
    ],
  ])('%s', async (_, variants, expected) => {
    expect(await genotypeOf(archiveOf({ variants }))).toBe(expected);
  });

  it('nothing where a copy of the gene is gone, or there is one more', async () => {
    for (const type of ['DEL', 'DUP', 'CNV'] as const) {
      const structural = [structuralRow(PANEL, ['10', 94_781_000, `<${type}>`, 94_800_000], HETEROZYGOUS)];
      expect([type, await genotypeOf(archiveOf({ variants: [STAR1], structural }))]).toEqual([type, 'undetermined']);
    }
    const elsewhere = [structuralRow(PANEL, ['10', 94_100_000, '<DEL>', 94_200_000], HETEROZYGOUS)];
    expect(await genotypeOf(archiveOf({ variants: [STAR1], structural: elsewhere }))).toBe('*1/*1');
  });

  it('nothing from a test that looks for other kinds of change, wherever it looked', async () => {
    for (const changeTypes of [['CNV', 'DEL', 'DUP'], ['INS', 'DEL'], undefined] as const) {
      const input = inputOf({ sourceClass: 'germline', studiedRegions: true, ...(changeTypes && { changeTypes }) });
      const study = testOf('panel', 'GRCh38', { inputs: [input] });
      expect(await genotypeOf(archiveOf({ subjects: [{ subject: 'HG00403', studies: [study] }] }))).toBe('not-tested');
    }
  });

  it('the same from two files of one specimen, unless they contradict each other', async () => {
    const types = { sourceClass: 'germline', studiedRegions: true } as const;
    const inputs = [inputOf({ ...types, changeTypes: ['SNV'] }), inputOf({ ...types, changeTypes: ['INS', 'DEL'] })];
    const subjects = [{ subject: 'HG00403', studies: [testOf('panel', 'GRCh38', { inputs })] }];
    expect(await genotypeOf(archiveOf({ subjects, variants: [STAR1] }))).toBe('*1/*1');
    const other = { ...row('rs4986893', HETEROZYGOUS), input: 1 };
    expect(await genotypeOf(archiveOf({ subjects, variants: [STAR1, other] }))).toBe('undetermined');
  });

  it('nothing from a tumor, or from a test of unknown class', async () => {
    for (const sourceClass of ['somatic', undefined] as const) {
      const input = inputOf({ changeTypes: ['SNV'], studiedRegions: true, ...(sourceClass && { sourceClass }) });
      const study = testOf('panel', 'GRCh38', { inputs: [input] });
      const subjects = [{ subject: 'HG00403', studies: [study] }];
      expect(await genotypeOf(archiveOf({ subjects, variants: [STAR1] }))).toBe('not-tested');
    }
  });

  const rsids = DEFINITION.positions.flatMap(({ rsid }) => rsid ?? []);
  const calls = fc.record(
    Object.fromEntries(rsids.map((rsid) => [rsid, fc.constantFrom('0/0', '0/1', '1/1', '0|1', '1|0')])),
  );
  const variantsOf = (genotypes: Readonly<Record<string, string>>): readonly StoredVariant[] =>
    Object.entries(genotypes).flatMap(([rsid, genotype]) => {
      if (genotype === '0/0') return [];
      if (genotype === '0|1' || genotype === '1|0') return [row(rsid, phased(genotype, 'a'))];
      return [row(rsid, genotype === '1/1' ? HOMOZYGOUS : HETEROZYGOUS)];
    });

  test.prop([calls, fc.subarray(rsids, { minLength: 1 })])(
    'no normal allele once a position was not called',
    async (genotypes, removed) => {
      const variants = variantsOf(genotypes).filter(
        (one) => !removed.some((rsid) => row(rsid, {}).start0 === one.start0),
      );
      const answer = await genotypeOf(archiveOf({ variants, uncalled: removed }));
      expect(answer.split(/[/ ,]+/)).not.toEqual(expect.arrayContaining(['*1']));
      expect(answer.split(/[/ ,]+/)).not.toEqual(expect.arrayContaining(['*38']));
    },
  );

  test.prop([calls])(
    'the same with the strands changed over, and nothing else than without phase',
    async (genotypes) => {
      const turned = Object.fromEntries(
        Object.entries(genotypes).map(([rsid, genotype]) => [
          rsid,
          genotype === '0|1' ? '1|0' : genotype === '1|0' ? '0|1' : genotype,
        ]),
      );
      const loose = Object.fromEntries(
        Object.entries(genotypes).map(([rsid, genotype]) => [rsid, genotype.replace(/0\|1|1\|0/, '0/1')]),
      );
      const [answer, other, unphased] = await Promise.all(
        [genotypes, turned, loose].map((one) => genotypeOf(archiveOf({ variants: variantsOf(one) }))),
      );
      expect(other).toBe(answer);
      // Without phase more pairs explain the same calls: a call that stands with it may give way to a better one only.
      if (answer === 'unmatched') return;
      expect(unphased).not.toBe('unmatched');
    },
  );

  it('each test by itself, and says which could not tell', async () => {
    const other = testOf('older', 'GRCh38', {
      testDate: '2010-01-01',
      inputs: [inputOf({ sourceClass: 'germline', changeTypes: ['SNV'] })],
    });
    const ports = archiveOf({ subjects: [{ subject: 'HG00403', studies: [other, PANEL] }], variants: [STAR1] });
    const body = await ask(findSubjectHaplotypes, { subject: 'HG00403', genes: ['CYP2C19'] }, ports);
    const [group] = body.parameter ?? [];
    expect(genotypesIn(group, 'CYP2C19')).toBe('*1/*1');
    expect(
      group?.extension?.map((reason) => [partOf(reason, 'test')?.valueString, partOf(reason, 'outcome')?.valueCode]),
    ).toEqual([['older', 'not-tested']]);
    const filtered = { testIdentifiers: ['older'] };
    expect(await genotypeOf(ports, filtered)).toBe('not-tested');
    expect(await genotypeOf(ports, { specimenIdentifiers: ['blood'] })).toBe('*1/*1');
    expect(await genotypeOf(ports, { genomicSourceClass: 'somatic' })).toBe('not-tested');
  });

  it('names the positions that decide', async () => {
    const body = await ask(
      findSubjectHaplotypes,
      { subject: 'HG00403', genes: ['CYP2C19'] },
      archiveOf({ variants: [STAR1], uncalled: ['rs4986893'] }),
    );
    const [reason] = body.parameter?.[0]?.extension ?? [];
    expect(reason?.extension?.map(({ url, valueString, valueCode }) => [url, valueString ?? valueCode])).toEqual([
      ['gene', 'CYP2C19'],
      ['test', 'panel'],
      ['outcome', 'undetermined'],
      ['definitions', 'demo: CYP2C19 *1 *2 *3 *17 *38 only'],
      ['missing', 'NC_000010.11:94780652-94780653 rs4986893'],
    ]);
  });

  it('depends on the release of the definitions, and says so where there is none', async () => {
    const input = { subject: 'HG00403', genes: ['CYP2C19', 'CYP2D6'] };
    const prepared = await findSubjectHaplotypes.prepare(input, archiveOf());
    expect(prepared.dependsOn).toEqual(['panel@1 2024-01-01T00:00:00Z', 'knowledge@pharmcat']);
    const none = { ...archiveOf(), knowledge: async () => noKnowledge };
    const body = await ask(findSubjectHaplotypes, input, none);
    expect(body.parameter?.map((group) => genotypesIn(group, ''))).toEqual(['not-defined', 'not-called']);
  });
});

const imported = (symbol: string, display: string, more: Partial<StoredGenotype> = {}): StoredGenotype => ({
  study: HLA.study,
  input: 0,
  subject: 'HG00403',
  gene: { symbol },
  coding: { code: display, display },
  candidates: 1,
  ...more,
});

describe('find-subject-specific-haplotypes finds', () => {
  const genotypes = [
    imported('CYP2D6', 'CYP2D6 *1/*17', {
      coding: { system: 'http://www.pharmvar.org', code: 'CYP2D6_*1/*17', display: 'CYP2D6 *1/*17' },
    }),
    imported('HLA-A', 'HLA-A*02:01:01+HLA-A*23:01:01', {
      coding: {
        system: 'http://glstring.org',
        code: 'hla#3.58.0#HLA-A*02:01:01+HLA-A*23:01:01',
        display: 'HLA-A*02:01:01+HLA-A*23:01:01',
      },
    }),
    imported('HLA-B', 'HLA-B*230:01+HLA-B*24:09N'),
    imported('MYGENE', 'MYGENE alpha/beta'),
  ];
  const ports = archiveOf({ subjects: [{ subject: 'HG00403', studies: [HLA] }], genotypes, variants: [] });

  async function presenceOf(haplotype: string): Promise<boolean | string> {
    try {
      const body = await ask(findSubjectSpecificHaplotypes, { subject: 'HG00403', haplotypes: [haplotype] }, ports);
      expect(responseProblems('find-subject-specific-haplotypes', body)).toEqual([]);
      return body.parameter?.[0]?.part?.[1]?.valueBoolean ?? 'no presence';
    } catch (error) {
      return String(outcomeOf(error).status);
    }
  }

  it.each<readonly [string, boolean | string]>([
    ['CYP2D6 *1/*17', true],
    ['CYP2D6 *17/*1', true],
    ['cyp2d6_*1/*17', true],
    ['CYP2D6*17', true],
    ['CYP2D6', true],
    ['CYP2D6 *1/*1', false],
    ['CYP2D6 *1/*10', false],
    ['CYP2D6 *7', false],
    ['CYP2C19 *1/*17', false],
    ['http://www.pharmvar.org|CYP2D6_*1/*17', true],
    ['https://www.pharmvar.org|CYP2D6 *17/*1', true],
    ['http://www.pharmvar.org|CYP2D6 *17', true],
    ['http://www.pharmvar.org|cyp2d6_*1/*17', false],
    ['http://example.org|CYP2D6_*1/*17', false],
    ['*17', '400'],
    ['', '400'],
    ['HLA-A*23', true],
    ['A*23:01', true],
    ['HLA-A*23:01:01', true],
    ['HLA-A*2', false],
    ['HLA-A*23:01:02', false],
    ['HLA-A*02:01+HLA-A*23:01', true],
    ['HLA-A*23:01+HLA-A*23:01', false],
    ['#hla#3.23.0#HLA-A*23:01/HLA-A*24:02', true],
    ['http://www.ebi.ac.uk/ipd/imgt/hla|HLA-A*23:01', true],
    ['http://glstring.org|hla#3.33.0#HLA-A*02', true],
    ['HLA-A*01:01^HLA-B*08:01', '400'],
    ['HLA-B*23', false],
    ['HLA-B*24:09', true],
    ['HLA-B*24:09N', true],
    ['HLA-B*24:09L', false],
    ['MYGENE beta', true],
    ['MYGENE alph', false],
  ])('%s: %s', async (haplotype, expected) => {
    expect(await presenceOf(haplotype)).toBe(expected);
  });

  it('the alleles before the genotype that is derived from them, each once', async () => {
    const body = await ask(
      findSubjectSpecificHaplotypes,
      { subject: 'HG00403', haplotypes: ['CYP2D6 *17', 'CYP2D6 *5'] },
      ports,
    );
    const names = body.parameter?.map(({ part }) => part?.map(({ name }) => name));
    expect(names).toEqual([
      ['haplotypeItem', 'presence', 'haplotype', 'haplotype', 'genotype'],
      ['haplotypeItem', 'presence'],
    ]);
  });
});

describe('genes of find-subject-haplotypes', () => {
  const genotypes = [
    imported('CYP2D6', 'CYP2D6 *1/*4'),
    imported('TAP9', 'TAP9 *1/*2', { gene: { symbol: 'TAP9', hgncId: 'HGNC:99999' } }),
  ];
  const ports = archiveOf({ subjects: [{ subject: 'HG00403', studies: [HLA] }], genotypes, variants: [] });
  const groupsOf = async (gene: string, of: Ports = ports): Promise<readonly ParametersParameter[] | string> => {
    try {
      return (await ask(findSubjectHaplotypes, { subject: 'HG00403', genes: [gene] }, of)).parameter ?? [];
    } catch (error) {
      const { status, body } = outcomeOf(error);
      return `${status} ${body.issue[0]?.expression?.join() ?? ''}`;
    }
  };

  it.each([
    'CYP2D6',
    'cyp2d6',
    'HGNC:2625',
    '2625',
    'http://www.genenames.org|HGNC:2625',
    'http://www.genenames.org/geneId|HGNC:2625',
    'https://www.genenames.org/geneId|2625',
    'http://www.genenames.org|CYP2D6',
  ])('%s is CYP2D6, and is echoed as it was asked', async (gene) => {
    const groups = await groupsOf(gene);
    expect(typeof groups === 'string' ? groups : genotypesIn(groups[0], 'CYP2D6')).toBe('*1/*4');
    expect(typeof groups === 'string' ? groups : groups[0]?.part?.[0]).toEqual({ name: 'geneItem', valueString: gene });
  });

  it('an id finds what was imported by it, and refuses where a gene was imported without one', async () => {
    const groups = await groupsOf('HGNC:99999');
    expect(typeof groups === 'string' ? groups : genotypesIn(groups[0], 'TAP9')).toBe('*1/*2');
    const nameless = archiveOf({
      genotypes: [imported('TAP8', 'TAP8 *1/*2')],
      subjects: [{ subject: 'HG00403', studies: [HLA] }],
    });
    expect(await groupsOf('HGNC:99999', nameless)).toBe('422 genes');
    expect(await groupsOf('CYP2C19', nameless)).not.toBe('422 genes');
  });

  it('refuses a gene of another system, or none', async () => {
    expect(await groupsOf('http://www.ncbi.nlm.nih.gov/gene|1565')).toBe('400 genes');
    expect(await groupsOf('http://www.genenames.org|')).toBe('400 genes');
  });
});
