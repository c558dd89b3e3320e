import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { trim } from '../../lib/genomics/allele.ts';
import type { Chromosome } from '../../lib/genomics/assembly.ts';
import { interbase } from '../../lib/genomics/coordinates.ts';
import { UnavailableError } from '../../lib/genomics/errors.ts';
import type { RangeQuestion, StructuralRelation, SubjectView } from '../../lib/operations/ports.ts';
import { openDuckDb } from '../../lib/store/duckdb.ts';
import { localObjects } from '../../lib/store/local-objects.ts';
import { parquetVariantStore } from '../../lib/store/variant-store.ts';
import {
  collect,
  storeStudy,
  structuralRow,
  type TemporaryArchive,
  temporaryArchive,
  variantRow,
} from '../support/archive.ts';

let local: TemporaryArchive;
let view: SubjectView;

const question = (start0: number, end0: number, index = 0, chromosome: Chromosome = '1'): RangeQuestion => ({
  index,
  chromosome,
  start0: interbase(start0),
  end0: interbase(end0),
});

beforeAll(async () => {
  local = await temporaryArchive();
  await storeStudy(local, {
    id: 'matching',
    variants: {
      1: [
        variantRow(100, 'A', 'G', { ids: 'rs1' }),
        // Deletes bases 201 and 202: trimmed to [201, 203).
        variantRow(200, 'ACG', 'A', { ids: 'deletion' }),
        // Inserts at the gap before base 301.
        variantRow(300, 'A', 'AT', { ids: 'insertion' }),
        variantRow(400, 'AC', 'GT', { ids: 'mnv' }),
        variantRow(500, 'A', 'G', { filters: 'LowQual' }),
        variantRow(501, 'A', 'G', { filters: null }),
        variantRow(502, 'A', 'G', { filters: '.', ids: 'dot' }),
        variantRow(503, 'A', 'G', { filters: 'PASS;LowQual' }),
        variantRow(600, 'A', 'G', { subject: 'S2' }),
        variantRow(700, 'acg', 'a', { ids: 'masked' }),
      ],
      2: [variantRow(100, 'C', 'T', { ids: 'other chromosome' })],
    },
    structural: [
      structuralRow('1', 'DEL', 10_000, 20_000, { ids: 'precise' }),
      structuralRow('1', 'DUP', 30_000, 40_000, {
        ids: 'uncertain',
        imprecise: true,
        outer_start0: 29_900,
        outer_end0: 40_100,
        inner_start0: 30_100,
        inner_end0: 39_900,
      }),
      structuralRow('1', 'DEL', 50_000, 50_200, {
        ids: 'nothing certain',
        imprecise: true,
        outer_start0: 49_800,
        outer_end0: 50_400,
        inner_start0: null,
        inner_end0: null,
      }),
      structuralRow('1', 'INS', 60_000, 60_000, { ids: 'insertion' }),
      structuralRow('1', 'BND', 70_000, 70_000, { ids: 'breakend', mate_contig: 'chr5', mate_start0: 999 }),
      structuralRow('1', 'BND', 80_000, 80_000, {
        ids: 'uncertain breakend',
        imprecise: true,
        outer_start0: 79_950,
        outer_end0: 80_050,
        inner_start0: null,
        inner_end0: null,
      }),
      structuralRow('2', 'DEL', 10_000, 20_000, { ids: 'other chromosome' }),
      structuralRow('1', 'DEL', 10_000, 20_000, { subject: 'S2' }),
      structuralRow('1', 'DEL', 10_000, 20_000, { filters: 'LowQual' }),
    ],
    subjects: new Map([
      ['S1', [{ input: 0, sample: 'a' }]],
      ['S2', [{ input: 0, sample: 'b' }]],
    ]),
  });
  view = (await local.ports.studies.subject('S1')) as SubjectView;
});
afterAll(() => local.remove());

describe('simple variants', () => {
  it.each([
    ['ends at an SNV', 99, 100, []],
    ['is an SNV', 100, 101, ['rs1']],
    ['starts after an SNV', 101, 102, []],
    ['is empty at an SNV', 100, 100, ['rs1']],
    ['is empty after an SNV', 101, 101, []],
    ['holds only the anchor of a deletion', 200, 201, []],
    ['holds the first deleted base', 201, 202, ['deletion']],
    ['holds the last deleted base', 202, 203, ['deletion']],
    ['starts after a deletion', 203, 204, []],
    ['ends at an insertion point', 300, 301, []],
    ['starts at an insertion point', 301, 302, ['insertion']],
    ['is empty at an insertion point', 301, 301, ['insertion']],
    ['starts after an insertion point', 302, 303, []],
    ['holds the second base of an MNV', 401, 402, ['mnv']],
    ['holds filtered, unfiltered and unknown rows', 500, 504, ['dot']],
    ["holds only another subject's row", 600, 601, []],
  ])('a range that %s: %i-%i', async (_, start0, end0, ids) => {
    const asked = [question(start0, end0)];
    const answers = await collect(local.ports.variants.simple(view, asked));
    expect(answers.map(({ row }) => row.ids)).toEqual(ids);
    expect([...(await local.ports.variants.present(view, asked, 'simple'))]).toEqual(ids.length === 0 ? [] : [0]);
  });

  it('gives the whole row', async () => {
    const [answer] = await collect(local.ports.variants.simple(view, [question(100, 101, 7)]));
    expect(answer).toEqual({
      index: 7,
      row: {
        kind: 'simple',
        chromosome: '1',
        study: view.studies[0]?.study,
        input: 0,
        subject: 'S1',
        start0: 100,
        end0: 101,
        reportedStart0: 100,
        ref: 'A',
        alt: 'G',
        ids: 'rs1',
        genotype: '0/1',
        allelicState: 'heterozygous',
      },
    });
  });

  it('answers in the order of the questions, each only on its chromosome', async () => {
    const asked = [question(0, 1_000, 0), question(0, 1_000, 1, '2'), question(100, 101, 2), question(0, 9, 3, '22')];
    const answers = await collect(local.ports.variants.simple(view, asked));
    expect(answers.map(({ index, row }) => `${index} ${row.ids}`)).toEqual([
      '0 rs1',
      '0 deletion',
      '0 insertion',
      '0 mnv',
      '0 dot',
      '0 masked',
      '1 other chromosome',
      '2 rs1',
    ]);
    expect(await local.ports.variants.present(view, asked, 'simple')).toEqual(new Set([0, 1, 2]));
  });

  it('reads only inputs that the view names', async () => {
    const [study] = view.studies;
    const without = { ...view, studies: [{ study: study!.study, samples: [] }] };
    expect(await collect(local.ports.variants.simple(without, [question(0, 1_000)]))).toEqual([]);
  });
});

describe('a cohort cut by subject', () => {
  it('opens only the file that may hold the subject', async () => {
    const committed = await storeStudy(local, {
      id: 'cohort',
      inputs: [{}],
      variants: { 1: [variantRow(100, 'A', 'G', { ids: 'mine' })], 2: [variantRow(100, 'A', 'G', { subject: 'S2' })] },
    });
    const [mine, theirs] = committed.files;
    const files = [
      { ...mine!, subjects: { first: 'S1', last: 'S1' } },
      // Another bucket of the same chromosome; reading it would be an error.
      { ...theirs!, chromosome: '1' as const, key: 'studies/gone', subjects: { first: 'S2', last: 'S9' } },
    ];
    const store = parquetVariantStore({
      duckDb: () => openDuckDb({ memoryBytes: 268_435_456, threads: 1, temporary: `${local.folder}/temporary` }),
      objects: localObjects(`${local.folder}/objects`),
      filesOf: async () => files,
    });
    const asks = (subject: string) => collect(store.simple({ ...view, subject }, [question(100, 101)]));
    expect((await asks('S1')).map(({ row }) => row.ids)).toEqual(['mine']);
    expect(await asks('S0')).toEqual([]);
    await expect(asks('S2')).rejects.toThrow(UnavailableError);
  });
});

describe('alleles', () => {
  const states = async (reported: number, ref: string, alt: string): Promise<(string | undefined)[]> => {
    const asked = [{ index: 0, chromosome: '1' as const, ...trim(interbase(reported), ref, alt) }];
    return (await collect(local.ports.variants.alleles(view, asked))).map(({ row }) => row.ids);
  };
  it.each([
    [100, 'A', 'G', ['rs1']],
    [100, 'A', 'T', []],
    [201, 'CG', '', ['deletion']],
    [201, 'C', '', []],
    [301, '', 'T', ['insertion']],
    [301, '', 'G', []],
    [301, 'T', 'TT', ['insertion']],
    [301, 'T', 'TG', []],
    [701, 'CG', '', ['masked']],
  ])('%i %s>%s', async (start0, deleted, inserted, ids) => {
    expect(await states(start0, deleted, inserted)).toEqual(ids);
  });
});

describe('structural variants', () => {
  const found = async (start0: number, end0: number, relation: StructuralRelation): Promise<(string | undefined)[]> => {
    const asked = [question(start0, end0)];
    const answers = await collect(local.ports.variants.structural(view, asked, relation));
    const present = await local.ports.variants.present(view, asked, relation);
    expect(present.size).toBe(answers.length === 0 ? 0 : 1);
    return answers.map(({ row }) => row.ids);
  };

  it.each([
    ['before a deletion', 9_999, 10_000, []],
    ['at its first base', 10_000, 10_001, ['precise']],
    ['at its last base', 19_999, 20_000, ['precise']],
    ['after it', 20_000, 20_001, []],
    ['at the outer start', 29_899, 29_901, ['uncertain']],
    ['before the outer start', 29_899, 29_900, []],
    ['at the outer end', 40_099, 40_100, ['uncertain']],
    ['around what is not certain', 49_800, 49_801, ['nothing certain']],
    ['at an insertion', 60_000, 60_001, ['insertion']],
    ['that ends at an insertion', 59_999, 60_000, []],
    ['empty at an insertion', 60_000, 60_000, ['insertion']],
    ['at a breakend', 70_000, 70_001, ['breakend']],
    ['after a breakend', 70_001, 70_002, []],
    ['at the edge of an uncertain breakend', 80_049, 80_050, ['uncertain breakend']],
    ["at a mate's position", 999, 1_000, []],
  ])('intersect a range %s', async (_, start0, end0, ids) => {
    expect(await found(start0, end0, 'intersecting')).toEqual(ids);
  });

  it.each([
    ['equal to a deletion', 10_000, 20_000, ['precise']],
    ['inside a deletion', 12_000, 12_001, ['precise']],
    ['beyond its start', 9_999, 20_000, []],
    ['beyond its end', 10_000, 20_001, []],
    ['inside the inner interval', 30_100, 39_900, ['uncertain']],
    ['beyond the inner interval', 30_099, 39_900, []],
    ['inside what is not certain', 50_050, 50_060, []],
    ['at an insertion', 60_000, 60_000, []],
    ['at a breakend', 70_000, 70_000, []],
    ['at an uncertain breakend', 80_000, 80_001, []],
  ])('subsume a range %s', async (_, start0, end0, ids) => {
    expect(await found(start0, end0, 'subsuming')).toEqual(ids);
  });

  it('gives the mate of a breakend and the uncertain interval', async () => {
    const answers = await collect(
      local.ports.variants.structural(view, [question(29_000, 31_000, 0), question(70_000, 70_001, 1)], 'intersecting'),
    );
    expect(answers.map(({ row }) => [row.imprecise, row.outer, row.inner, row.mate])).toEqual([
      [true, { start0: 29_900, end0: 40_100 }, { start0: 30_100, end0: 39_900 }, undefined],
      [false, { start0: 70_000, end0: 70_000 }, { start0: 70_000, end0: 70_000 }, { contig: 'chr5', start0: 999 }],
    ]);
  });
});
