import { fc, test } from '@fast-check/vitest';
import type { Observation, OperationOutcome, Parameters } from '@medplum/fhirtypes';
import { describe, expect, it } from 'vitest';
import { outcomeOf } from '../../lib/fhir/outcome.ts';
import type { StoredGenotype } from '../../lib/genomics/genotype-finding.ts';
import type { DxRow, TxRow } from '../../lib/knowledge/rows.ts';
import { findSubjectDxImplications } from '../../lib/operations/find-subject-dx-implications.ts';
import { findSubjectTxImplications } from '../../lib/operations/find-subject-tx-implications.ts';
import type { Ports } from '../../lib/operations/ports.ts';
import { simpleRow, testOf } from '../support/archive-builder.ts';
import { componentTexts, observationsOf } from '../support/implications.ts';
import { memoryKnowledge } from '../support/memory-knowledge.ts';
import { memoryPorts } from '../support/memory-ports.ts';
import { memoryReference } from '../support/memory-reference.ts';
import { ask, responseProblems } from '../support/response.ts';
import { ACCESSION, FEATURES, SEQUENCE, START, twoAssemblies } from '../support/two-assemblies.ts';

const RXNORM = 'http://www.nlm.nih.gov/research/umls/rxnorm';
const OMIM = 'http://www.omim.org';
const SUBJECT = { subject: 'HG00403' };

/** A statement about diagnoses; its text is its name. */
function dxRow(text: string, variants: readonly string[], condition: string): DxRow {
  return {
    kind: 'dx',
    variants,
    significance: { text },
    conditions: [{ system: OMIM, code: condition, display: `condition ${condition}` }],
    identifiers: [],
    source: 'test',
  };
}

function txRow(text: string, about: Partial<TxRow>, drugs: readonly string[], condition = '1'): TxRow {
  return {
    kind: 'tx',
    treatments: drugs.map((code) => ({ system: RXNORM, code, display: `drug ${code}` })),
    conditions: [{ system: OMIM, code: condition }],
    implication: { text },
    identifiers: [{ system: 'https://civicdb.org/evidence', value: text }],
    source: 'test',
    ...about,
  };
}

const spdi = (assembly: 'GRCh37' | 'GRCh38', offset: number, deleted: string, inserted: string): string =>
  `${ACCESSION[assembly]}:${START[assembly] + offset}:${deleted}:${inserted}`;
const other = (base: string): string => (base === 'T' ? 'G' : 'T');
const snv = (offset: number) => [SEQUENCE[offset] as string, other(SEQUENCE[offset] as string)] as const;

const { trinucleotide, homopolymer } = FEATURES;
const repeatEnd = trinucleotide.offset + trinucleotide.unit.length * trinucleotide.copies;
const before = SEQUENCE[trinucleotide.offset - 1] as string;
const after = SEQUENCE[repeatEnd] as string;

/** Both studies write the longer repeat in their own way; the knowledge states it in a third. */
const STUDY37 = testOf('panel', 'GRCh37');
const STUDY38 = testOf('exome', 'GRCh38');
const VARIANTS = [
  simpleRow(STUDY37, ['1', START.GRCh37 + 501, ...snv(500)]),
  simpleRow(STUDY38, ['1', START.GRCh38 + 501, ...snv(500)]),
  simpleRow(STUDY38, ['1', START.GRCh38 + 521, ...snv(520)]),
  simpleRow(STUDY37, ['1', START.GRCh37 + trinucleotide.offset, before, `${before}${trinucleotide.unit}`]),
  simpleRow(STUDY38, ['1', START.GRCh38 + repeatEnd + 1, after, `${trinucleotide.unit}${after}`]),
];
const REPEAT = spdi('GRCh38', trinucleotide.offset + 3, '', trinucleotide.unit);
const DX = [
  dxRow('one', [spdi('GRCh37', 500, ...snv(500))], '1'),
  dxRow('two', [spdi('GRCh38', 520, ...snv(520))], '1'),
  dxRow('repeat', [REPEAT], '2'),
  dxRow('elsewhere', [spdi('GRCh38', 540, ...snv(540))], '1'),
];

function portsOf(dx: readonly DxRow[], tx: readonly TxRow[] = [], genotypes: readonly StoredGenotype[] = []): Ports {
  const reference = twoAssemblies();
  return memoryPorts({
    subjects: [
      { subject: 'HG00403', studies: [STUDY37, STUDY38] },
      { subject: 'OTHER', studies: [STUDY38] },
    ],
    variants: [...VARIANTS, simpleRow(STUDY38, ['1', START.GRCh38 + 501, ...snv(500)], { subject: 'OTHER' })],
    genotypes,
    knowledge: memoryKnowledge([{ source: 'test', release: 'r1', rows: [...dx, ...tx] }], reference),
    reference,
  });
}

const PORTS = portsOf(DX);

async function dx(input: object, ports = PORTS): Promise<Parameters> {
  const body = await ask(findSubjectDxImplications, { ...SUBJECT, ...input }, ports);
  expect(responseProblems('find-subject-dx-implications', body)).toEqual([]);
  return body;
}

async function tx(input: object, ports: Ports): Promise<Parameters> {
  const body = await ask(findSubjectTxImplications, { ...SUBJECT, ...input }, ports);
  expect(responseProblems('find-subject-tx-implications', body)).toEqual([]);
  return body;
}

const significances = (body: Parameters): readonly string[] =>
  observationsOf(body, 'implication')
    .flatMap((one) => componentTexts(one, '53037-8'))
    .toSorted();
const idsOf = (body: Parameters): readonly string[] =>
  observationsOf(body, 'implication')
    .map(({ id = '' }) => id)
    .toSorted();

async function refusal(answer: Promise<unknown>): Promise<string> {
  const { status, body } = outcomeOf(await answer.catch((error: unknown) => error));
  return `${status} ${body.issue[0]?.diagnostics}`;
}

const around = (assembly: 'GRCh37' | 'GRCh38', from: number, to: number): string =>
  `${ACCESSION[assembly]}:${START[assembly] + from}-${START[assembly] + to}`;

describe('find-subject-dx-implications', () => {
  it('finds a variant by itself, by a range and by a condition, in studies of both assemblies', async () => {
    for (const input of [
      { variants: [spdi('GRCh38', 500, ...snv(500))] },
      { variants: [spdi('GRCh37', 500, ...snv(500))] },
      { ranges: [around('GRCh37', 495, 505)] },
      { ranges: [around('GRCh38', 495, 505)] },
    ]) {
      const body = await dx(input);
      expect(significances(body), JSON.stringify(input)).toEqual(['one', 'one']);
      expect(observationsOf(body, 'variant')).toHaveLength(2);
    }
    expect(significances(await dx({ conditions: [`${OMIM}|1`] }))).toEqual(['one', 'one', 'two']);
  });

  it('finds an insertion into a repeat, however rows and knowledge state it', async () => {
    expect(significances(await dx({ conditions: [`${OMIM}|2`] }))).toEqual(['repeat', 'repeat']);
    expect(significances(await dx({ ranges: [around('GRCh37', 395, 430)] }))).toEqual(['repeat', 'repeat']);
  });

  const filters = {
    variants: [spdi('GRCh38', 500, ...snv(500)), spdi('GRCh38', 520, ...snv(520)), REPEAT],
    ranges: [around('GRCh38', 490, 510), around('GRCh37', 395, 430), around('GRCh38', 490, 530)],
    conditions: [`${OMIM}|1`, `${OMIM}|2`, 'CONDITION 1', `${OMIM}|9`],
  };
  const some = (list: readonly string[]) => fc.subarray([...list], { minLength: 1 });
  /** Without the check against the profiles, which takes longer than the answer. */
  const answered = (input: object) => ask(findSubjectDxImplications, { ...SUBJECT, ...input }, PORTS);

  test.prop({
    variants: fc.option(some(filters.variants)),
    ranges: fc.option(some(filters.ranges)),
    conditions: fc.option(some(filters.conditions)),
  })('answers parameters together with what each of them answers alone, in any order', async (asked) => {
    const given = Object.entries(asked).filter((entry): entry is [string, string[]] => entry[1] !== null);
    const alone = await Promise.all(
      given.map(async ([name, list]) => new Set(idsOf(await answered({ [name]: list })))),
    );
    const [first, ...rest] = alone;
    const shared = [...(first ?? [])].filter((id) => rest.every((set) => set.has(id))).toSorted();
    const together = Object.fromEntries(given);
    expect(idsOf(await answered(together))).toEqual(shared);
    const reversed = Object.fromEntries(given.map(([name, list]) => [name, list.toReversed()]));
    expect(await answered(reversed)).toEqual(await answered(together));
    // Alternatives of one parameter are the union of theirs.
    for (const [index, [name, list]] of given.entries()) {
      const each = await Promise.all(list.map(async (one) => idsOf(await answered({ [name]: [one] }))));
      expect([...(alone[index] ?? [])].toSorted()).toEqual([...new Set(each.flat())].toSorted());
    }
  });

  it('gives an implication an id of its own for each subject and variant', async () => {
    const asked = { conditions: [`${OMIM}|1`] };
    const ids = [...idsOf(await dx(asked)), ...idsOf(await dx({ ...asked, subject: 'OTHER' }))];
    expect(ids).toHaveLength(4);
    expect(new Set(ids).size).toBe(4);
    expect(idsOf(await dx(asked))).toEqual(ids.slice(0, 3).toSorted());
  });

  it('says nothing once when two statements say the same', async () => {
    const [row] = DX as [DxRow];
    const ports = portsOf([row, { ...row, variants: [spdi('GRCh38', 500, ...snv(500))] }]);
    expect(significances(await dx({ conditions: [`${OMIM}|1`] }, ports))).toEqual(['one', 'one']);
  });

  it('filters by test and by source class', async () => {
    const asked = { conditions: [`${OMIM}|1`] };
    expect(significances(await dx({ ...asked, testIdentifiers: ['panel'] }))).toEqual(['one']);
    expect(significances(await dx({ ...asked, genomicSourceClass: 'somatic' }))).toEqual([]);
  });

  it('answers nothing when nothing is asked, and refuses what it could not know', async () => {
    expect(await dx({})).toEqual({ resourceType: 'Parameters' });
    expect(await refusal(dx({ subject: 'NOBODY' }))).toMatch(/^404/);
    expect(await refusal(dx({ conditions: [`${OMIM}|`] }))).toMatch(/^400 .*has no code/);
    expect(await refusal(dx({ conditions: ['x'] }, portsOf([])))).toMatch(
      /^422 no knowledge about diagnoses is loaded/,
    );
    const uncarried = portsOf(DX);
    const knowledge = await uncarried.knowledge();
    const releases = knowledge.releases.map((one) => ({ ...one, uncarried: { GRCh37: 3 } }));
    const asked = dx({ conditions: ['x'] }, { ...uncarried, knowledge: async () => ({ ...knowledge, releases }) });
    expect(await refusal(asked)).toMatch(
      /^422 the subject has results in GRCh37, and test r1 was imported without chains/,
    );
  });

  it('refuses where only the reference could tell whether an insertion is the known one', async () => {
    const { offset, unit } = homopolymer;
    const known = dxRow('longer', [spdi('GRCh38', offset, '', unit)], '1');
    const far = dxRow('longer', [spdi('GRCh38', offset + 3_000, '', unit)], '1');
    const without = (row: DxRow): Ports =>
      memoryPorts({
        subjects: [{ subject: 'HG00403', studies: [STUDY38] }],
        variants: [simpleRow(STUDY38, ['1', START.GRCh38 + offset + 5, unit, `${unit}${unit}`])],
        knowledge: memoryKnowledge([{ source: 'test', release: 'r1', rows: [row] }], memoryReference()),
      });
    const asked = { ranges: [around('GRCh38', 190, 220)] };
    expect(await refusal(dx(asked, without(known)))).toMatch(
      /^422 .*needs the reference sequence, which is not loaded/,
    );
    expect(significances(await dx(asked, without(far)))).toEqual([]);
  });
});

describe('find-subject-tx-implications', () => {
  const genotype = (symbol: string, code: string, more: Partial<StoredGenotype> = {}): StoredGenotype => ({
    study: STUDY38.study,
    input: 0,
    subject: 'HG00403',
    gene: { symbol },
    coding: { system: 'http://www.pharmvar.org', code, display: code },
    candidates: 1,
    ...more,
  });
  const GENOTYPES = [
    genotype('CYP2C19', 'CYP2C19 *2/*17', { phenotype: 'Intermediate Metabolizer' }),
    genotype('CYP2D6', 'CYP2D6 *4/*4', { phenotype: 'Poor Metabolizer', activityScore: '0.0' }),
    genotype('HLA-B', 'HLA-B*57:01+HLA-B*15:02:01', {
      coding: {
        system: 'http://glstring.org',
        code: 'HLA-B*57:01+HLA-B*15:02:01',
        display: 'HLA-B*57:01+HLA-B*15:02:01',
      },
    }),
  ];
  const fn = (...genes: readonly (readonly [string, string])[]) => ({
    functions: [genes.map(([gene, lookup]) => ({ gene, lookup }))],
  });
  const TX = [
    txRow('by variant', { variants: [spdi('GRCh38', 500, ...snv(500))] }, ['10', '11']),
    txRow('by phenotype', fn(['CYP2C19', 'Intermediate Metabolizer']), ['20']),
    txRow('another phenotype', fn(['CYP2C19', 'Poor Metabolizer']), ['20']),
    txRow('by score', fn(['CYP2D6', '0']), ['20']),
    txRow('both genes', fn(['CYP2C19', 'Intermediate Metabolizer'], ['CYP2D6', 'Poor Metabolizer']), ['21']),
    txRow('one gene of two', fn(['CYP2C19', 'Intermediate Metabolizer'], ['CYP2D6', 'Normal Metabolizer']), ['21']),
    txRow('by genotype', { genotypes: [{ system: 'http://www.pharmvar.org', code: 'CYP2C19 *17/*2' }] }, ['22']),
    txRow('by allele', { genotypes: [{ display: 'CYP2C19 *17' }] }, ['22']),
    txRow('part of a name', { genotypes: [{ display: 'CYP2C19 *1' }] }, ['22']),
    txRow('carried', fn(['HLA-B', '*57:01 positive']), ['30']),
    txRow('carried in more fields', fn(['HLA-B', '*15:02 positive']), ['30']),
    txRow('not carried', fn(['HLA-B', '*58:01 negative']), ['30']),
    txRow('not carried, but it is', fn(['HLA-B', '*57:01 negative']), ['30']),
    txRow('silent gene', fn(['TPMT', 'Poor Metabolizer']), ['40']),
  ];
  const ports = portsOf([], TX, GENOTYPES);
  const told = async (input: object, from = ports): Promise<readonly string[]> =>
    observationsOf(await tx(input, from), 'implication')
      .flatMap(({ identifier = [] }) => identifier.map(({ value = '' }) => value))
      .toSorted();
  const drug = (code: string): object => ({ treatments: [`${RXNORM}|${code}`] });

  it('is one implication for a combination of drugs, found by either of them', async () => {
    for (const code of ['10', '11']) {
      const body = await tx({ ...drug(code), testIdentifiers: ['panel'] }, ports);
      const [implication, ...others] = observationsOf(body, 'implication') as [Observation];
      expect(others).toEqual([]);
      expect(componentTexts(implication, '51963-7')).toEqual(['drug 10', 'drug 11']);
    }
  });

  it('joins genotypes by name, in any order and allele by allele, and never by a part of a name', async () => {
    expect(await told(drug('22'))).toEqual(['by allele', 'by genotype']);
  });

  it('joins the function of genes: phenotypes, scores, HLA alleles, and several genes at once', async () => {
    expect(await told(drug('20'))).toEqual(['by phenotype', 'by score']);
    expect(await told(drug('21'))).toEqual(['both genes']);
    expect(await told(drug('30'))).toEqual(['carried', 'carried in more fields', 'not carried']);
    const [both] = observationsOf(await tx(drug('21'), ports), 'implication') as [Observation];
    expect(both.derivedFrom).toHaveLength(2);
  });

  it('takes all parameters together', async () => {
    expect(await told({ haplotypes: ['CYP2D6 *4'] })).toEqual(['both genes', 'by score']);
    expect(await told({ haplotypes: ['CYP2D6 *4'], ...drug('20') })).toEqual(['by score']);
    expect(await told({ haplotypes: ['CYP2C19 *1'] })).toEqual([]);
    expect(await told({ haplotypes: ['CYP2C19 *17'], variants: [spdi('GRCh38', 500, ...snv(500))] })).toEqual([]);
    expect(await told({ ...drug('10'), conditions: [`${OMIM}|1`], ranges: [around('GRCh38', 490, 510)] })).toEqual([
      'by variant',
      'by variant',
    ]);
    expect(await told({ ...drug('10'), conditions: [`${OMIM}|2`] })).toEqual([]);
  });

  it('says which gene that decides has no genotype', async () => {
    const body = await tx(drug('40'), ports);
    const outcome = body.parameter?.find(({ name }) => name === 'outcome')?.resource as OperationOutcome | undefined;
    expect(outcome?.issue.map(({ diagnostics }) => diagnostics)).toEqual([expect.stringMatching(/^TPMT: no genotype/)]);
    expect((await tx(drug('21'), ports)).parameter?.some(({ name }) => name === 'outcome')).toBe(false);
  });

  it('says when it rests on one of several genotypes', async () => {
    const [first] = GENOTYPES as [StoredGenotype];
    const body = await tx(drug('20'), portsOf([], TX, [{ ...first, candidates: 2 }]));
    expect(observationsOf(body, 'implication')[0]?.note?.[0]?.text).toMatch(/^Rests on one of 2 genotypes/);
  });
});
