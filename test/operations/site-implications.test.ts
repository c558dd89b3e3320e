import type { OperationOutcome, Parameters } from '@medplum/fhirtypes';
import { describe, expect, it } from 'vitest';
import type { AllelicState } from '../../lib/genomics/allele.ts';
import type { Assembly } from '../../lib/genomics/assembly.ts';
import type { StoredStructuralVariant, StoredVariant } from '../../lib/genomics/variant.ts';
import type { SiteGenotype, TxRow } from '../../lib/knowledge/rows.ts';
import { findSubjectTxImplications } from '../../lib/operations/find-subject-tx-implications.ts';
import type { Ports } from '../../lib/operations/ports.ts';
import { inputOf, simpleRow, structuralRow, testOf } from '../support/archive-builder.ts';
import { componentTexts, observationsOf } from '../support/implications.ts';
import { memoryKnowledge } from '../support/memory-knowledge.ts';
import { memoryPorts } from '../support/memory-ports.ts';
import { ask, responseProblems } from '../support/response.ts';
import { ACCESSION, SEQUENCE, START, twoAssemblies } from '../support/two-assemblies.ts';

const OFFSET = 500;
const REF = SEQUENCE[OFFSET] as string;
const [C, G] = ['A', 'C', 'G', 'T'].filter((base) => base !== REF) as [string, string];
const spdi = (inserted: string, assembly: Assembly = 'GRCh38'): string =>
  `${ACCESSION[assembly]}:${START[assembly] + OFFSET}:${REF}:${inserted}`;

/** A text of an annotation of rs1; its name is its text. */
function text(
  name: string,
  variants: readonly string[],
  site: Omit<SiteGenotype, 'rsid'>,
  drug = 'simvastatin',
): TxRow {
  return {
    kind: 'tx',
    ...(variants.length === 0 ? {} : { variants }),
    site: { rsid: 'rs1', ...site },
    genotypes: [{ system: 'https://www.pharmgkb.org', code: `rs1 ${name}` }],
    treatments: [{ display: drug }],
    conditions: [],
    implication: { text: name },
    evidence: { code: '1A', system: 'https://levels.example', text: 'Level 1A' },
    identifiers: [{ system: 'https://www.pharmgkb.org', value: `annotation of ${drug}` }],
    source: 'PharmGKB',
  };
}

const KNOWN = [
  text('het C', [spdi(C)], { copies: 'heterozygous' }),
  text('hom C', [spdi(C)], { copies: 'homozygous' }),
  text('het G', [spdi(G)], { copies: 'heterozygous' }),
  text('C and G', [spdi(C), spdi(G)], { copies: 'compound' }),
  text('only C', [spdi(C)], { copies: 'hemizygous' }),
];

const INPUTS = [
  inputOf({ sourceClass: 'germline', changeTypes: ['SNV', 'INS', 'DEL'] }),
  inputOf({ sourceClass: 'somatic', changeTypes: ['SNV', 'INS', 'DEL'] }),
];
const STUDY = {
  GRCh37: testOf('panel', 'GRCh37', { inputs: INPUTS }),
  GRCh38: testOf('exome', 'GRCh38', { inputs: INPUTS }),
};

function row(
  alt: string,
  genotype?: string,
  allelicState?: AllelicState,
  more: { assembly?: Assembly; input?: number; ref?: string } = {},
): StoredVariant {
  const { assembly = 'GRCh38', input = 0, ref = REF } = more;
  const facts = { input, ...(genotype && { genotype }), ...(allelicState && { allelicState }) };
  return simpleRow(STUDY[assembly], ['1', START[assembly] + OFFSET + 1, ref, alt], facts);
}

function portsOf(
  variants: readonly StoredVariant[],
  rows: readonly TxRow[] = KNOWN,
  structural: readonly StoredStructuralVariant[] = [],
): Ports {
  const reference = twoAssemblies();
  const studies = [STUDY.GRCh37, STUDY.GRCh38].filter(
    ({ study }) => study.assembly === 'GRCh38' || variants.some((one) => one.study.id === study.id),
  );
  return memoryPorts({
    subjects: [{ subject: 'HG00403', studies }],
    variants,
    structural,
    knowledge: memoryKnowledge([{ source: 'pharmgkb', release: 'r1', rows }], reference),
    reference,
  });
}

const SIMVASTATIN = { treatments: ['simvastatin'] };

async function tx(input: object, ports: Ports): Promise<Parameters> {
  const body = await ask(findSubjectTxImplications, { subject: 'HG00403', ...input }, ports);
  expect(responseProblems('find-subject-tx-implications', body)).toEqual([]);
  return body;
}

const told = (body: Parameters): readonly string[] =>
  observationsOf(body, 'implication')
    .flatMap((one) => componentTexts(one, 'therapeutic-implication'))
    .toSorted();
const outcome = (body: Parameters): readonly string[] =>
  body.parameter?.flatMap(({ name, resource }) =>
    name === 'outcome' ? (resource as OperationOutcome).issue.map(({ diagnostics = '' }) => diagnostics) : [],
  ) ?? [];

describe('statements about genotypes of a dbSNP variant', () => {
  it.each([
    ['one copy', [row(C, '0/1', 'heterozygous')], ['het C']],
    ['two copies', [row(C, '1/1', 'homozygous')], ['hom C']],
    ['two variants of one record', [row(C, '1/2', 'heterozygous'), row(G, '1/2', 'heterozygous')], ['C and G']],
    ['two records', [row(C, '0/1', 'heterozygous'), row(G, '1/0', 'heterozygous')], ['C and G']],
    ['the only copy', [row(C, '1', 'hemizygous')], ['only C']],
    ['a genotype of which nothing is said', [row(G, '1/1', 'homozygous')], []],
  ] as const)('are those of its copies: %s', async (_what, variants, names) => {
    const body = await tx(SIMVASTATIN, portsOf(variants));
    expect(told(body)).toEqual(names);
    expect(outcome(body)).toEqual([]);
    const shown = observationsOf(body, 'variant').map(({ id }) => `Observation/${id}`);
    for (const { derivedFrom = [] } of observationsOf(body, 'implication')) {
      expect(derivedFrom.map(({ reference }) => reference)).toEqual(shown);
    }
    expect(shown).toHaveLength(names.length === 0 ? 0 : variants.length);
  });

  it('hold in the other assembly, too', async () => {
    const body = await tx(SIMVASTATIN, portsOf([row(C, '0|1', 'heterozygous', { assembly: 'GRCh37' })]));
    expect(told(body)).toEqual(['het C']);
  });

  it('hold in one assembly only, where the other has its own', async () => {
    const rows = [
      text('of GRCh38', [spdi(C)], { copies: 'heterozygous', only: 'GRCh38' }),
      text('of GRCh37', [spdi(C, 'GRCh37')], { copies: 'heterozygous', only: 'GRCh37' }),
      text('nowhere in GRCh37', ['NC_000002.12:100:A:C'], { copies: 'homozygous', only: 'GRCh38' }),
    ];
    for (const assembly of ['GRCh37', 'GRCh38'] as const) {
      const body = await tx(SIMVASTATIN, portsOf([row(C, '0/1', 'heterozygous', { assembly })], rows));
      expect([told(body), outcome(body)]).toEqual([[`of ${assembly}`], []]);
    }
  });

  it('are found by one of their variants and by a range around it', async () => {
    const ports = portsOf([row(C, '1/2', 'heterozygous'), row(G, '1/2', 'heterozygous')]);
    const around = `${ACCESSION.GRCh38}:${START.GRCh38 + OFFSET - 3}-${START.GRCh38 + OFFSET + 3}`;
    for (const input of [{ variants: [spdi(C)] }, { variants: [spdi(G)] }, { ranges: [around] }]) {
      const body = await tx(input, ports);
      expect(told(body)).toEqual(['C and G']);
      expect(observationsOf(body, 'variant')).toHaveLength(2);
    }
    expect(told(await tx({ variants: [spdi(C)], treatments: ['warfarin'] }, ports))).toEqual([]);
    expect(told(await tx({ haplotypes: ['CYP2C9 *2'], ...SIMVASTATIN }, ports))).toEqual([]);
  });

  const anchored = `${SEQUENCE[OFFSET - 1]}${REF}`;
  const deletion = simpleRow(STUDY.GRCh38, ['1', START.GRCh38 + OFFSET, anchored, anchored[0] as string], {
    genotype: '0/1',
    allelicState: 'heterozygous',
  });
  const copyLoss = structuralRow(STUDY.GRCh38, ['1', START.GRCh38 + OFFSET - 50, '<DEL>', START.GRCh38 + OFFSET + 50]);
  it.each([
    ['no genotype', [row(C)], [], 'exome'],
    ['a half call', [row(C, './1')], [], 'exome'],
    ['a base that another row deletes', [row(C, '0/1', 'heterozygous'), deletion], [], 'exome'],
    ['a deleted stretch', [row(C, '1/1', 'homozygous')], [copyLoss], 'exome'],
    ['a tumour', [row(C, '0/1', 'heterozygous', { input: 1 })], [], 'exome'],
    ['an unknown other allele', [row(C, '1/2', 'heterozygous')], [], 'exome'],
  ] as const)('claim nothing, and say so, where a copy is open: %s', async (_what, variants, structural, test) => {
    const body = await tx(SIMVASTATIN, portsOf(variants, KNOWN, structural));
    expect(told(body)).toEqual([]);
    expect(outcome(body)).toEqual([expect.stringContaining(`rs1: no germline genotype from test ${test}`)]);
    expect(outcome(await tx({ treatments: ['warfarin'] }, portsOf(variants, KNOWN, structural)))).toEqual([]);
  });

  it('say nothing to who does not carry a variant', async () => {
    const body = await tx(SIMVASTATIN, portsOf([]));
    expect([told(body), outcome(body)]).toEqual([[], []]);
  });
});

describe('statements that can not be joined', () => {
  const LEFT = [
    ...KNOWN,
    text('AA', [], {}),
    text('AG', [], {}),
    text('del', [], {}, 'warfarin'),
    text('elsewhere', ['NC_000002.12:100:A:C'], { copies: 'heterozygous' }, 'aspirin'),
  ];
  const ports = portsOf([row(C, '0/1', 'heterozygous')], LEFT);

  it('are counted in the answer, when they may concern what was asked', async () => {
    const body = await tx(SIMVASTATIN, ports);
    expect(told(body)).toEqual(['het C']);
    expect(outcome(body)).toEqual([
      expect.stringMatching(/^pharmgkb r1: 1 item \(level 1A: 1\) on genotypes of single/),
    ]);
    expect(outcome(await tx({ variants: [spdi(C)] }, ports))).toEqual([
      expect.stringMatching(/^pharmgkb r1: 2 items \(level 1A: 2\)/),
    ]);
  });

  it('are not mentioned where they do not concern it', async () => {
    for (const input of [
      { treatments: ['codeine'] },
      { treatments: ['aspirin'] },
      { ...SIMVASTATIN, conditions: ['Gout'] },
      { ...SIMVASTATIN, haplotypes: ['CYP2C9 *2'] },
    ]) {
      expect(outcome(await tx(input, ports)), JSON.stringify(input)).toEqual([]);
    }
  });

  it('are counted where only one of the assemblies has no place for them', async () => {
    // No chains lead from this place to GRCh37.
    const both = portsOf([row(C, '0/1', 'heterozygous', { assembly: 'GRCh37' })], LEFT);
    expect(outcome(await tx({ treatments: ['aspirin'] }, both))).toEqual([
      expect.stringMatching(/^pharmgkb r1: 1 item \(level 1A: 1\)/),
    ]);
  });
});
