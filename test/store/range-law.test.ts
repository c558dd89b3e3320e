import { test } from '@fast-check/vitest';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { interbase } from '../../lib/genomics/coordinates.ts';
import { intersects, subsumes } from '../../lib/genomics/interval.ts';
import type { CommittedStudy } from '../../lib/ingest/ports.ts';
import type { RangeQuestion, SubjectView } from '../../lib/operations/ports.ts';
import { sweepRegions } from '../../lib/store/coverage.ts';
import type { RegionKind } from '../../lib/store/schema.ts';
import {
  collect,
  type ParquetRow,
  storeStudy,
  structuralRow,
  type TemporaryArchive,
  temporaryArchive,
  variantRow,
} from '../support/archive.ts';

const CHROMOSOMES = ['1', '2', 'X'] as const;
const BASES = 'ACGT';
/** Positions crowd near each other and at a few far places, so that ranges meet edges and scans meet gaps. */
const position = fc.oneof(
  { weight: 6, arbitrary: fc.nat(400) },
  { weight: 2, arbitrary: fc.integer({ min: 65_300, max: 66_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 90_000_000, max: 90_000_200 }) },
);
const sequence = (max: number) => fc.string({ unit: fc.constantFrom(...BASES), minLength: 1, maxLength: max });
const variant = fc.record({
  chromosome: fc.constantFrom(...CHROMOSOMES),
  position,
  // A few deletions reach further than a bin of the join is wide.
  ref: fc.oneof({ weight: 200, arbitrary: sequence(4) }, { weight: 1, arbitrary: fc.constant('ACGT'.repeat(20_000)) }),
  alt: sequence(4),
  subject: fc.constantFrom('S1', 'S1', 'S1', 'S2'),
  filters: fc.constantFrom('PASS', 'PASS', '.', 'q10', null),
  input: fc.constantFrom(0, 1),
});
const range = fc
  .record({ chromosome: fc.constantFrom(...CHROMOSOMES), start: position, length: fc.oneof(fc.nat(5), fc.nat(70_000)) })
  .map(({ chromosome, start, length }) => ({ chromosome, start0: interbase(start), end0: interbase(start + length) }));
const structural = fc.record({
  chromosome: fc.constantFrom(...CHROMOSOMES),
  start: position,
  length: fc.oneof(fc.constant(0), fc.nat(100_000)),
  type: fc.constantFrom('DEL', 'DUP', 'INS', 'BND'),
  slack: fc.oneof(fc.constant(0), fc.nat(60)),
});

describe('answers are what comparing every row with every range gives', () => {
  let local: TemporaryArchive;
  let committed: CommittedStudy;
  let rows: (ParquetRow & { chromosome: string })[];
  let structuralRows: ParquetRow[];
  let view: SubjectView;

  beforeAll(async () => {
    local = await temporaryArchive();
    rows = fc
      .sample(variant, { numRuns: 2_000, seed: 20_260_101 })
      .filter(({ ref, alt }) => ref !== alt)
      .map(({ chromosome, position: start, ref, alt, ...more }) => ({
        ...variantRow(start, ref, alt, more),
        chromosome,
      }));
    structuralRows = fc
      .sample(structural, { numRuns: 400, seed: 20_260_102 })
      .map(({ chromosome, start, length, type, slack }, number) => {
        const end = type === 'INS' || type === 'BND' ? start : start + length;
        const certain = start + slack < end - slack;
        return structuralRow(chromosome, type, start, end, {
          ids: `sv${number}`,
          imprecise: slack > 0,
          outer_start0: Math.max(0, start - slack),
          outer_end0: end + slack,
          inner_start0: slack === 0 ? start : certain ? start + slack : null,
          inner_end0: slack === 0 ? end : certain ? end - slack : null,
        });
      });
    const inputs = [{}, {}];
    committed = await storeStudy(local, {
      id: 'law',
      inputs,
      variants: Object.fromEntries(
        Map.groupBy(rows, ({ chromosome }) => chromosome)
          .entries()
          .map(([chromosome, own]) => [chromosome, own]),
      ),
      structural: structuralRows,
      subjects: new Map([
        ['S1', inputs.map((_, input) => ({ input, sample: 'a' }))],
        ['S2', [{ input: 0, sample: 'b' }]],
      ]),
    });
    view = { subject: 'S1', studies: [{ study: committed.study, samples: committed.subjects.get('S1')! }] };
  });
  afterAll(() => local.remove());

  const intervalOf = (row: ParquetRow, start = 'start0', end = 'end0') => ({
    start0: interbase(Number(row[start])),
    end0: interbase(Number(row[end])),
  });
  const nameOf = (row: ParquetRow): string => `${row['reported_start0']} ${row['ref']}>${row['alt']}`;
  const numbered = (ranges: readonly Omit<RangeQuestion, 'index'>[]): RangeQuestion[] =>
    ranges.map((each, index) => ({ ...each, index }));

  test.prop([fc.array(range, { minLength: 1, maxLength: 60 })], { numRuns: 40, seed: 1 })('simple', async (ranges) => {
    const expected = ranges.map(({ chromosome, ...asked }) =>
      rows
        .filter((row) => row.chromosome === chromosome && row['subject'] === 'S1')
        .filter((row) => row['filters'] === 'PASS' || row['filters'] === '.')
        .filter((row) => intersects(intervalOf(row), asked))
        .map(nameOf)
        .sort(),
    );
    const answers = await collect(local.ports.variants.simple(view, numbered(ranges)));
    const found = ranges.map((_, index) =>
      answers
        .filter((answer) => answer.index === index)
        .map(({ row }) => `${row.reportedStart0} ${row.ref}>${row.alt}`)
        .sort(),
    );
    expect(found).toEqual(expected);
    const order = answers.map(({ index, row }) => index * 1e9 + row.start0);
    expect(order).toEqual(order.toSorted((a, b) => a - b));
    const present = await local.ports.variants.present(view, numbered(ranges), 'simple');
    expect(expected.map((names) => names.length > 0)).toEqual(ranges.map((_, index) => present.has(index)));
  });

  test.prop([fc.array(range, { minLength: 1, maxLength: 30 }), fc.constantFrom('intersecting', 'subsuming')], {
    numRuns: 40,
    seed: 2,
  })('structural', async (ranges, relation) => {
    const matches = (row: ParquetRow, asked: Omit<RangeQuestion, 'index'>): boolean => {
      if (relation === 'intersecting') return intersects(intervalOf(row, 'outer_start0', 'outer_end0'), asked);
      if (row['change_type'] === 'INS' || row['change_type'] === 'BND' || row['inner_start0'] === null) return false;
      return subsumes(intervalOf(row, 'inner_start0', 'inner_end0'), asked);
    };
    const expected = ranges.map((asked) =>
      structuralRows
        .filter((row) => row['chromosome'] === asked.chromosome && matches(row, asked))
        .map((row) => row['ids'])
        .sort(),
    );
    const answers = await collect(local.ports.variants.structural(view, numbered(ranges), relation));
    const found = ranges.map((_, index) =>
      answers
        .filter((answer) => answer.index === index)
        .map(({ row }) => row.ids)
        .sort(),
    );
    expect(found).toEqual(expected);
  });
});

describe('a sweep of regions is base-by-base bookkeeping', () => {
  const kind = fc.constantFrom<RegionKind>('studied', 'called', 'block', 'uncallable', 'uncalled', 'filtered');
  const region = fc.record({ kind, start: fc.nat(40), length: fc.nat(15) });

  test.prop([fc.array(region, { maxLength: 12 }), fc.nat(40), fc.integer({ min: 1, max: 20 })])(
    'one input',
    (regions, lo, length) => {
      const hi = lo + length;
      const bases = Array.from({ length }, (_, i) => lo + i);
      const holds = (base: number, kinds: readonly RegionKind[], widened = false): boolean =>
        regions.some(
          (each) =>
            kinds.includes(each.kind) &&
            each.start <= base &&
            base < each.start + (widened ? Math.max(each.length, 1) : each.length),
        );
      const excluded = (base: number): boolean => holds(base, ['uncallable', 'uncalled', 'filtered'], true);
      const callable = bases.filter((base) => holds(base, ['studied', 'called', 'block']) && !excluded(base));

      const sweep = sweepRegions({ index: 0, lo, hi }, false);
      for (const each of regions.toSorted((a, b) => a.start - b.start))
        sweep.add(each.kind, each.start, each.start + each.length);
      const result = sweep.finish();

      expect(bases.filter((base) => result.callable.some(({ start0, end0 }) => start0 <= base && base < end0))).toEqual(
        callable,
      );
      expect(result.excluded).toBe(bases.every(excluded));
      expect(result.doubted).toBe(bases.some((base) => holds(base, ['uncalled', 'filtered'], true)));
    },
  );
});
