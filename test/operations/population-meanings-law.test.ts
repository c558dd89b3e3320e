import { fc, test } from '@fast-check/vitest';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { loadDemoSources } from '../../lib/cli/demo.ts';
import type { ChangeType, SourceClass } from '../../lib/genomics/allele.ts';
import { ASSEMBLIES, type Assembly, type Chromosome } from '../../lib/genomics/assembly.ts';
import type { StudySample } from '../../lib/genomics/study.ts';
import type { TxRow } from '../../lib/knowledge/rows.ts';
import {
  type ParquetRow,
  regionRow,
  storeStudy,
  structuralRow,
  type TemporaryArchive,
  temporaryArchive,
  variantRow,
} from '../support/archive.ts';
import { askEveryone, type UnionQuestion, unionOf } from '../support/population-union.ts';

/** Variants by assembly: chromosome, POS, REF, ALT (demo/variants.csv), and what an annotation may say of them. */
const VARIANTS = [
  { at: { GRCh37: ['10', 96521657, 'C', 'T'], GRCh38: ['10', 94761900, 'C', 'T'] }, codes: 'SO:0001631' },
  { at: { GRCh37: ['10', 96541616, 'G', 'A'], GRCh38: ['10', 94781859, 'G', 'A'] }, codes: 'SO:0001819&SO:0001630' },
  { at: { GRCh37: ['6', 18139228, 'C', 'T'], GRCh38: ['6', 18138997, 'C', 'T'] }, codes: 'SO:0001583' },
  { at: { GRCh37: ['6', 18130918, 'T', 'C'], GRCh38: ['6', 18130687, 'T', 'C'] }, codes: 'SO:0001583' },
  { at: { GRCh37: ['7', 117199644, 'ATCT', 'A'], GRCh38: ['7', 117559590, 'ATCT', 'A'] }, codes: 'SO:0001822' },
  { at: { GRCh37: ['19', 11200236, 'G', 'A'], GRCh38: ['19', 11089560, 'G', 'A'] }, codes: 'SO:0001587' },
  { at: { GRCh37: ['10', 96535124, 'A', 'G'], GRCh38: ['10', 94775367, 'A', 'G'] }, codes: 'SO:0001627' },
  // Another base where TPMT *3C is.
  { at: { GRCh37: ['6', 18130918, 'T', 'G'], GRCh38: ['6', 18130687, 'T', 'G'] }, codes: 'SO:0001583' },
] as const satisfies readonly {
  at: Record<Assembly, readonly [Chromosome, number, string, string]>;
  codes: string;
}[];
/** Variants that are inherited together: CYP2C19 *17 and *2, TPMT *3A, *3C and *3B, and others. */
const PACKS: readonly (readonly number[])[] = [[0], [1, 6], [2, 3], [3], [2], [4], [5], [7]];
/** Around the positions of CYP2C19 and TPMT, and of the latter's first one alone. */
const SEEN: Record<Assembly, readonly (readonly [Chromosome, number, number])[]> = {
  GRCh37: [
    ['10', 96_500_000, 96_620_000],
    ['6', 18_120_000, 18_160_000],
    ['6', 18_130_900, 18_130_930],
  ],
  GRCh38: [
    ['10', 94_740_000, 94_860_000],
    ['6', 18_120_000, 18_160_000],
    ['6', 18_130_670, 18_130_700],
  ],
};
const CALLS: readonly ParquetRow[] = [
  { genotype: '0/1', allelic_state: 'heterozygous' },
  { genotype: '1/1', allelic_state: 'homozygous' },
  { genotype: '0|1', allelic_state: 'heterozygous', phase_set: '.', haplotypes: 2 },
  { genotype: '1|0', allelic_state: 'heterozygous', phase_set: '.', haplotypes: 1 },
  { genotype: '1|0', allelic_state: 'heterozygous', phase_set: '7', haplotypes: 1 },
  { genotype: '1/2', allelic_state: 'heterozygous' },
  { genotype: './1', allelic_state: null },
];
const LOOKS_FOR: Readonly<Record<'small' | 'all' | 'copies', ChangeType[]>> = {
  small: ['SNV', 'INS', 'DEL'],
  all: ['SNV', 'INS', 'DEL', 'DUP'],
  // Finding no base changed means nothing.
  copies: ['DUP', 'DEL'],
};
const GENOTYPES = ['CYP2C19 *2/*2', 'CYP2C19 *1/*17', 'HLA-B*57:01+HLA-B*15:02', 'CYP2D6 *4/*41'];
const SUBJECTS = ['A', 'B', 'C', 'D'];

const person = fc.record({
  subject: fc.constantFrom(...SUBJECTS),
  input: fc.nat(1),
  specimen: fc.constantFrom('blood', 'saliva', undefined),
  rows: fc.uniqueArray(
    fc.record({
      pack: fc.nat(PACKS.length - 1),
      call: fc.constantFrom(...CALLS),
      filters: fc.constantFrom('PASS', 'PASS', '.', 'LowQual'),
    }),
    { selector: ({ pack }) => pack, maxLength: 3 },
  ),
  seen: fc.oneof(
    { weight: 2, arbitrary: fc.constant([0, 1].map((place) => ({ place, own: false }))) },
    { weight: 1, arbitrary: fc.constant([0, 1].map((place) => ({ place, own: true }))) },
    { weight: 1, arbitrary: fc.uniqueArray(fc.record({ place: fc.nat(2), own: fc.boolean() }), { maxLength: 2 }) },
  ),
  doubted: fc.constantFrom(null, null, null, null, 0, 2),
  duplicated: fc.constantFrom(false, false, true),
  genotypes: fc.uniqueArray(fc.constantFrom(...GENOTYPES), { maxLength: 1 }),
});
type Person = typeof person extends fc.Arbitrary<infer T> ? T : never;

const commit = fc.record({
  do: fc.constant('commit' as const),
  study: fc.constantFrom('one', 'two', 'three'),
  assembly: fc.constantFrom(...ASSEMBLIES),
  inputs: fc.array(
    fc.record({
      sourceClass: fc.constantFrom<SourceClass | undefined>('germline', 'germline', 'somatic', undefined),
      annotated: fc.constantFrom(undefined, 'all', 'some'),
      looksFor: fc.constantFrom<keyof typeof LOOKS_FOR>('small', 'small', 'all', 'all', 'copies'),
    }),
    { minLength: 2, maxLength: 2 },
  ),
  people: fc.array(person, { minLength: 1, maxLength: 4 }),
});
type Commit = typeof commit extends fc.Arbitrary<infer T> ? T : never;
const step = fc.oneof(
  { weight: 6, arbitrary: commit },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete' as const), study: fc.constantFrom('one', 'two') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('erase' as const), subject: fc.constantFrom(...SUBJECTS) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('compact' as const) }) },
);

/** A combination of two genes, which may be of two tests. */
const TOGETHER: TxRow = {
  kind: 'tx',
  functions: [
    [
      { gene: 'CYP2C19', lookup: 'Rapid Metabolizer' },
      { gene: 'TPMT', lookup: 'Intermediate Metabolizer' },
    ],
  ],
  genotypes: [{ code: 'CYP2D6 *4/*41' }],
  treatments: [{ display: 'made-up drug' }],
  conditions: [],
  implication: { text: 'made up' },
  identifiers: [],
  source: 'lab',
};

/** Statements about genotypes at one place: of one copy, of two, of two variants; one is not joined with any variant. */
const AT = { C: 'NC_000006.12:18130686:T:C', G: 'NC_000006.12:18130686:T:G' } as const;
const SITES: readonly TxRow[] = [
  { variants: [AT.C], site: { rsid: 'rs1', copies: 'heterozygous' } } as const,
  { variants: [AT.C], site: { rsid: 'rs1', copies: 'homozygous' } } as const,
  { variants: [AT.C, AT.G], site: { rsid: 'rs1', copies: 'compound' } } as const,
  { variants: ['NC_000006.12:18138996:C:T'], site: { rsid: 'rs2', copies: 'heterozygous' } } as const,
  { site: { rsid: 'rs3' }, genotypes: [{ code: 'rs3 AG' }] } as const,
].map((about, index) => ({
  ...{ kind: 'tx', ...about, treatments: [{ display: `drug ${index}` }, { display: 'any drug' }], conditions: [] },
  ...{ implication: { text: `made up ${index}` }, identifiers: [], source: 'lab' },
}));
const OF_SITES: readonly UnionQuestion[] = [
  ...SITES.map((_, index) => ({ of: 'tx', input: { treatments: [`drug ${index}`] } })),
  { of: 'tx', input: { treatments: ['any drug'], variants: [AT.C] } },
  { of: 'tx', input: { treatments: ['drug 2'], variants: ['NC_000006.11:18130917:T:G'] } },
  { of: 'tx', input: { treatments: ['any drug'], genomicSourceClass: 'germline' } },
  { of: 'tx', input: { treatments: ['any drug'], genomicSourceClass: 'somatic' } },
];

const QUESTIONS: readonly UnionQuestion[] = [
  ...OF_SITES,
  ...['CYP2C19 *2', 'CYP2C19 *1/*17', 'TPMT *3A', 'TPMT *3C', 'TPMT *1', 'HLA-B*57:01', 'CYP2C19'].map((one) => ({
    of: 'haplotypes',
    input: { haplotypes: [one] },
  })),
  { of: 'haplotypes', input: { haplotypes: ['CYP2C19 *2'], genomicSourceClass: 'germline' } },
  { of: 'tx', input: { treatments: ['clopidogrel'] } },
  { of: 'tx', input: { treatments: ['made-up drug'] } },
  { of: 'tx', input: { treatments: ['made-up drug'], haplotypes: ['TPMT *3C'] } },
  { of: 'tx', input: { variants: ['NC_000010.11:94781858:G:A'], genomicSourceClass: 'germline' } },
  { of: 'tx', input: { variants: ['NC_000006.11:18130917:T:C'] } },
  { of: 'dx', input: { conditions: ['Cystic fibrosis'] } },
  { of: 'dx', input: { conditions: ['Cystic fibrosis'], genomicSourceClass: 'somatic' } },
  { of: 'dx', input: { variants: ['NC_000019.9:11200235:G:A'], conditions: ['Hypercholesterolemia, familial, 1'] } },
  { of: 'consequences', input: { featureConsequences: ['SO:0001587', 'SO:0001819'] } },
  { of: 'consequences', input: { featureConsequences: ['missense_variant'], genomicSourceClass: 'germline' } },
  { of: 'consequences', input: { variants: ['NC_000007.14:117559590:TCT:'] } },
  // These only knowledge tells.
  { of: 'consequences', input: { featureConsequences: ['functional_effect_variant'] } },
  { of: 'consequences', input: { featureConsequences: ['loss_of_function_variant'], genomicSourceClass: 'germline' } },
  {
    of: 'consequences',
    input: { featureConsequences: ['functional_effect_variant'], variants: ['NC_000006.12:18130686:T:C'] },
  },
];

async function commitStudy(archive: TemporaryArchive, { study, assembly, inputs, people }: Commit): Promise<void> {
  const version = await archive.archive.nextVersion(study);
  const placed = people.map((one) => ({ ...one, sample: { input: one.input, sample: one.subject } }));
  const subjects = new Map(
    [...Map.groupBy(placed, ({ subject }) => subject)].map(([subject, own]): [string, StudySample[]] => [
      subject,
      own.map(({ sample, specimen }) => ({ ...sample, ...(specimen && { specimen }) })),
    ]),
  );
  // One row of a variant for each subject and input, as a file has it.
  const rows = new Map(
    people.flatMap((one) =>
      one.rows.flatMap(({ pack, ...row }) =>
        (PACKS[pack] ?? []).map((variant) => [
          `${one.subject}/${one.input}/${variant}`,
          { one, row: { ...row, variant } },
        ]),
      ),
    ),
  );
  const variants = chromosomal(
    [...rows.values()].map(({ one, row }) => [
      VARIANTS[row.variant]?.at[assembly][0] ?? '1',
      variantOf(assembly, row, one),
    ]),
  );
  const regions = people.flatMap((one) => regionsOf(assembly, one));
  const annotated = inputs.flatMap(({ annotated: how }, input) =>
    how === undefined ? [] : annotationsOf(assembly, input, how),
  );
  await storeStudy(archive, {
    id: study,
    version,
    assembly,
    inputs: inputs.map(({ sourceClass, annotated: how, looksFor }) => ({
      ...(sourceClass && { sourceClass }),
      ...(how && { annotations: ['VEP 105'], counts: how === 'some' ? { 'annotation-without-allele': 1 } : {} }),
      changeTypes: LOOKS_FOR[looksFor],
      studiedRegions: true,
    })),
    subjects,
    variants,
    regions: chromosomal(regions),
    structural: people.flatMap(({ duplicated, subject, input }) => {
      const [chromosome, start0, end0] = SEEN[assembly][2] as (typeof SEEN)['GRCh38'][number];
      return duplicated && inputs[input]?.looksFor !== 'small'
        ? [structuralRow(chromosome, 'DUP', start0, end0, { subject, input })]
        : [];
    }),
    consequences: chromosomal(annotated),
    genotypes: people.flatMap(({ genotypes, subject, input }) =>
      genotypes.map((name) => ({
        subject,
        input,
        gene_symbol: name.startsWith('HLA') ? 'HLA-B' : (name.split(' ')[0] ?? ''),
        genotype_code: name,
        genotype_display: name,
        candidates: 1,
      })),
    ),
  });
}

function chromosomal(rows: readonly (readonly [Chromosome, ParquetRow])[]): Partial<Record<Chromosome, ParquetRow[]>> {
  const groups = [...Map.groupBy(rows, ([chromosome]) => chromosome)];
  return Object.fromEntries(groups.map(([chromosome, own]) => [chromosome, own.map(([, row]) => row)]));
}

function variantOf(
  assembly: Assembly,
  { variant, call, filters }: Omit<Person['rows'][number], 'pack'> & { readonly variant: number },
  one: Person,
): ParquetRow {
  const [, pos, ref, alt] = (VARIANTS[variant] ?? VARIANTS[0]).at[assembly];
  return variantRow(pos - 1, ref, alt, { ...call, filters, subject: one.subject, input: one.input });
}

function regionsOf(assembly: Assembly, { seen, doubted, subject, input }: Person): [Chromosome, ParquetRow][] {
  const at = (place: number) => SEEN[assembly][place] as (typeof SEEN)['GRCh38'][number];
  const studied = seen.map(({ place, own }): [Chromosome, ParquetRow] => {
    const [chromosome, start0, end0] = at(place);
    return [chromosome, regionRow('studied', start0, end0, { input, subject: own ? subject : null })];
  });
  if (doubted === null) return studied;
  const [chromosome, start0, end0] = at(doubted);
  return [...studied, [chromosome, regionRow('uncalled', start0 + 12, end0 - 8, { input, subject })]];
}

/** What an annotated file says: of `some` it says nothing of every second allele. */
function annotationsOf(assembly: Assembly, input: number, how: string): [Chromosome, ParquetRow][] {
  return VARIANTS.flatMap(({ at, codes }, number): [Chromosome, ParquetRow][] => {
    if (how === 'some' && number % 2 === 1) return [];
    const [chromosome, pos, ref, alt] = at[assembly];
    const { start0, end0, reported_start0 } = variantRow(pos - 1, ref, alt) as Record<string, number>;
    const row = { input, start0, end0, reported_start0, ref, alt, ordinal: number, tool: 'VEP 105' } as ParquetRow;
    return ['ENST1', 'ENST2'].map((transcript) => [chromosome, { ...row, transcript, consequences: codes }]);
  });
}

async function compare({ ports }: TemporaryArchive, questions = QUESTIONS): Promise<number> {
  const { subjects } = await ports.population();
  let found = 0;
  for (const question of questions) {
    const counted = await askEveryone(question, ports);
    const union = await unionOf(question, subjects, ports);
    expect(counted.subjects, JSON.stringify(question)).toEqual(union);
    expect(counted, JSON.stringify(question)).toMatchObject({ numerator: union.length, denominator: subjects.length });
    if (question.of === 'haplotypes') expect(counted.callable).toBeGreaterThanOrEqual(union.length);
    found += union.length;
  }
  return found;
}

/** Questions that star alleles decide on. */
const OF_CALLS = QUESTIONS.filter(({ of, input }) => of === 'haplotypes' || (of === 'tx' && 'variants' in input));

/** Germline tests whose people were mostly seen at every position, with TPMT's two in phase or not. */
const germlineCommit = commit.map(
  (one): Commit => ({
    ...one,
    inputs: one.inputs.map((input) => ({ ...input, sourceClass: 'germline' })),
    people: one.people.map((each) => ({
      ...each,
      seen: [0, 1].map((place) => ({ place, own: each.genotypes.length > 0 })),
      rows: each.rows.filter(({ pack }) => pack < 5).slice(0, 2),
    })),
  }),
);

/** Germline tests whose people carry TPMT *3C, another base there, or both. */
const siteCommit = germlineCommit.map(
  (one): Commit => ({
    ...one,
    people: one.people.map((each) => ({
      ...each,
      duplicated: false,
      rows: each.rows.map((row) => ({ ...row, pack: [3, 7, 2][row.pack % 3] as number, filters: 'PASS' as const })),
    })),
  }),
);

describe('what everyone has and what it means', () => {
  let [found, ofSites] = [0, 0];
  beforeAll(() => {
    [found, ofSites] = [0, 0];
  });
  afterAll(() => {
    expect(found).toBeGreaterThan(0);
    expect(ofSites).toBeGreaterThan(0);
  });

  test.prop([fc.array(step, { minLength: 3, maxLength: 7 })], { numRuns: 4, endOnFailure: true })(
    'is what the answers for the subjects add up to, whatever is committed, deleted, erased and compacted',
    async (steps) => {
      const archive = await temporaryArchive();
      try {
        await loadDemoSources(archive);
        await archive.knowledge.add({
          source: 'lab',
          release: 'made-up',
          inputs: [],
          fill: (sink) => sink.rows([TOGETHER, ...SITES]),
        });
        for (const one of steps) {
          if (one.do === 'commit') {
            const erased = new Set(await archive.admin.erased());
            const people = one.people.filter(({ subject }) => !erased.has(subject));
            if (people.length > 0) await commitStudy(archive, { ...one, people });
          } else if (one.do === 'delete') {
            if ((await archive.admin.study(one.study)) !== undefined) await archive.admin.remove(one.study);
          } else if (one.do === 'erase') {
            if ((await archive.ports.studies.subject(one.subject)) !== undefined)
              await archive.admin.erase(one.subject);
          } else {
            found += await compare(archive);
            await archive.admin.compact();
          }
        }
        found += await compare(archive);
        await archive.admin.compact();
        found += await compare(archive);
      } finally {
        await archive.remove();
      }
    },
    300_000,
  );

  test.prop([fc.array(siteCommit, { minLength: 1, maxLength: 3 })], { numRuns: 5, endOnFailure: true })(
    'is so for genotypes of single variants, too',
    async (commits) => {
      const archive = await temporaryArchive();
      try {
        await loadDemoSources(archive);
        await archive.knowledge.add({ source: 'lab', release: '1', inputs: [], fill: (sink) => sink.rows(SITES) });
        for (const one of commits) await commitStudy(archive, one);
        ofSites += await compare(archive, OF_SITES);
        await archive.admin.compact();
        ofSites += await compare(archive, OF_SITES);
      } finally {
        await archive.remove();
      }
    },
    300_000,
  );

  test.prop([fc.array(germlineCommit, { minLength: 1, maxLength: 3 })], { numRuns: 7, endOnFailure: true })(
    'is so for star alleles that are called from everyone, too',
    async (commits) => {
      const archive = await temporaryArchive();
      try {
        await loadDemoSources(archive);
        for (const one of commits) await commitStudy(archive, one);
        found += await compare(archive, OF_CALLS);
        await archive.admin.compact();
        found += await compare(archive, OF_CALLS);
      } finally {
        await archive.remove();
      }
    },
    300_000,
  );
});
