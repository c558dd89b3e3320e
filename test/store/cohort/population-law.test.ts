import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import type { ChangeType, SourceClass } from '../../../lib/genomics/allele.ts';
import { ASSEMBLIES, type Assembly, type Chromosome } from '../../../lib/genomics/assembly.ts';
import { coverageOf } from '../../../lib/operations/coverage.ts';
import type { PopulationInput } from '../../../lib/operations/population-ports.ts';
import type { RangeQuestion, SubjectRecord, SubjectView } from '../../../lib/operations/ports.ts';
import type { Placed } from '../../../lib/operations/range-questions.ts';
import { filterOf, looksFor, ofAssembly } from '../../../lib/operations/subject-view.ts';
import { BIN_BASES } from '../../../lib/store/cohort/schema.ts';
import type { RegionKind } from '../../../lib/store/schema.ts';
import {
  collect,
  type ParquetRow,
  regionRow,
  storeStudy,
  structuralRow,
  type TemporaryArchive,
  temporaryArchive,
  variantRow,
} from '../../support/archive.ts';
import { span } from '../../support/archive-builder.ts';

/** Few places, so that subjects share alleles and questions touch rows; around the edge of a bin. */
const EDGE = BIN_BASES;
const PLACES = [EDGE - 3, EDGE - 2, EDGE - 1, EDGE, EDGE + 1, 40, 5 * EDGE + 7] as const;
const SUBJECTS = ['A', 'B', 'C', 'D', 'E'] as const;
const STUDIES = ['one', 'two', 'three', 'four'] as const;
const CLASSES: readonly (SourceClass | undefined)[] = [undefined, 'germline', 'somatic'];

const place = fc.constantFrom(...PLACES);
const filters = fc.constantFrom('PASS', '.', 'LowQual');
const chromosome = fc.constantFrom<Chromosome>('1', 'MT');

interface Drawn {
  readonly rows: readonly ParquetRow[];
  readonly structural: readonly ParquetRow[];
  readonly regions: readonly ParquetRow[];
}

/** Rows of one input and subject. */
const drawn: fc.Arbitrary<Drawn> = fc.record({
  rows: fc.array(
    fc
      .record({ at: place, allele: fc.constantFrom(['A', 'G'], ['AC', 'A'], ['A', 'AT'], ['ACGT', 'A']), filters })
      .map(({ at, allele: [ref = '', alt = ''], filters: filter }) => variantRow(at, ref, alt, { filters: filter })),
    { maxLength: 4 },
  ),
  structural: fc.array(
    fc
      .record({
        at: place,
        // The longest that lies in a bin, and one that lies in none.
        length: fc.constantFrom(0, 2, 60, EDGE, EDGE + 1, 4 * EDGE),
        type: fc.constantFrom('DEL', 'INS', 'DUP'),
        filters,
      })
      .map(({ at, length, type, filters: filter }) =>
        structuralRow('1', type, at, type === 'INS' ? at : at + length, { filters: filter }),
      ),
    { maxLength: 2 },
  ),
  regions: fc.array(
    fc
      .record({
        at: place,
        length: fc.constantFrom(1, 3, 10, 3 * EDGE),
        kind: fc.constantFrom<RegionKind>(
          'studied',
          'studied',
          'uncallable',
          'called',
          'block',
          'uncalled',
          'filtered',
        ),
        own: fc.boolean(),
      })
      .map(({ at, length, kind, own }) => regionRow(kind, at, at + length, { subject: own ? 'own' : null })),
    { maxLength: 4 },
  ),
});

const input = fc.record({
  sourceClass: fc.constantFrom<SourceClass | undefined>('germline', 'somatic', undefined),
  changeTypes: fc.constantFrom<readonly ChangeType[]>(['SNV', 'DEL'], ['DEL', 'CNV'], ['SNV', 'DUP', 'INS']),
  studiedRegions: fc.boolean(),
});

type Step =
  | {
      readonly do: 'commit';
      readonly study: string;
      readonly assembly: Assembly;
      readonly chromosome: Chromosome;
      readonly inputs: readonly { readonly [K in 'sourceClass' | 'changeTypes' | 'studiedRegions']: unknown }[];
      readonly people: readonly { readonly subject: string; readonly input: number; readonly drawn: Drawn }[];
    }
  | { readonly do: 'delete'; readonly study: string }
  | { readonly do: 'erase' | 'readmit'; readonly subject: string }
  | { readonly do: 'compact'; readonly full: boolean; readonly runRows: number }
  | { readonly do: 'sweep' };

const commit = fc.record({
  do: fc.constant('commit' as const),
  study: fc.constantFrom(...STUDIES),
  assembly: fc.constantFrom(...ASSEMBLIES),
  chromosome,
  inputs: fc.array(input, { minLength: 1, maxLength: 2 }),
  people: fc.array(fc.record({ subject: fc.constantFrom(...SUBJECTS), input: fc.nat(1), drawn }), {
    minLength: 1,
    maxLength: 4,
  }),
});
/** Few rows at a time make many runs, which are merged. */
const compaction = fc.record({
  do: fc.constant('compact' as const),
  full: fc.boolean(),
  runRows: fc.constantFrom(1, 3, 1_000),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: commit },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete' as const), study: fc.constantFrom(...STUDIES) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('erase' as const), subject: fc.constantFrom(...SUBJECTS) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('readmit' as const), subject: fc.constantFrom(...SUBJECTS) }) },
  { weight: 4, arbitrary: compaction },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('sweep' as const) }) },
);

async function take(archive: TemporaryArchive, one: Step): Promise<void> {
  const { admin } = archive;
  switch (one.do) {
    case 'commit': {
      const erased = new Set(await admin.erased());
      const people = one.people.filter(({ subject }) => !erased.has(subject));
      if (people.length > 0) await commitStudy(archive, { ...one, people });
      return;
    }
    case 'delete':
      if ((await admin.study(one.study)) !== undefined) await admin.remove(one.study);
      return;
    case 'erase': {
      if ((await archive.ports.studies.subject(one.subject)) === undefined) return;
      const report = await admin.erase(one.subject);
      expect(report.rowsLeft).toBe(0);
      return;
    }
    case 'readmit':
      return archive.archive.admit([one.subject], true);
    case 'compact':
      await admin.compact({ full: one.full, runRows: one.runRows });
      return;
    case 'sweep':
      await admin.sweep({ olderThanHours: 0 });
  }
}

async function commitStudy(archive: TemporaryArchive, wanted: Extract<Step, { do: 'commit' }>): Promise<void> {
  const { study, assembly, chromosome: on, inputs, people } = wanted;
  const version = await archive.archive.nextVersion(study);
  const named = people.map((one) => ({ ...one, input: one.input % inputs.length }));
  const owned = (rows: readonly ParquetRow[], { subject, input: number }: (typeof named)[number]): ParquetRow[] =>
    rows.map((row) => ({ ...row, input: number, subject: row['subject'] === null ? null : subject }));
  const subjects = new Map(
    [...Map.groupBy(named, ({ subject }) => subject)].map(([subject, own]) => [
      subject,
      [...new Set(own.map((one) => one.input))].map((number) => ({ input: number, sample: subject })),
    ]),
  );
  await storeStudy(archive, {
    id: study,
    version,
    assembly,
    inputs: inputs as never,
    subjects,
    variants: { [on]: named.flatMap((one) => owned(one.drawn.rows, one)) },
    structural: named.flatMap((one) => owned(one.drawn.structural, one)),
    regions: { [on]: named.flatMap((one) => owned(one.drawn.regions, one)) },
  });
}

const QUESTIONS: readonly Omit<RangeQuestion, 'index'>[] = [
  { chromosome: '1', ...span(EDGE - 2, EDGE + 1) },
  { chromosome: '1', ...span(EDGE, EDGE) },
  { chromosome: '1', ...span(30, 60) },
  { chromosome: '1', ...span(0, 6 * EDGE) },
  { chromosome: 'MT', ...span(EDGE - 3, EDGE + 2) },
  { chromosome: '1', ...span(5 * EDGE + 7, 5 * EDGE + 8) },
];
const questions: readonly RangeQuestion[] = QUESTIONS.map((one, index) => ({ ...one, index }));

/** Everything the population port says must be what the subjects' own answers add up to. */
async function compare(archive: TemporaryArchive): Promise<void> {
  const { studies, variants, population: look } = archive.ports;
  const found = await Promise.all(SUBJECTS.map((subject) => studies.subject(subject)));
  const people = found.filter((one): one is SubjectRecord => one !== undefined && one.studies.length > 0);
  const population = await look();
  expect(population.subjects).toEqual(people.map(({ subject }) => subject));
  const names = (places: readonly number[]): string[] =>
    [...new Set(places)].map((one) => population.subjects[one] as string).sort();
  for (const sourceClass of CLASSES) {
    const views = people.map(
      ({ subject, studies: own }): SubjectView => ({
        subject,
        studies: own.flatMap(filterOf({ genomicSourceClass: sourceClass })),
      }),
    );
    for (const assembly of ASSEMBLIES) {
      const asked = { assembly, questions, sourceClass };
      const carriers = new Map<string, string[]>();
      for (const { index, reportedStart0, ref, alt, subjects } of await collect(population.alleles(asked))) {
        const name = `${index} ${reportedStart0} ${ref} ${alt}`;
        carriers.set(name, [...new Set([...(carriers.get(name) ?? []), ...names(subjects)])].sort());
      }
      const expected = new Map<string, string[]>();
      for (const view of views) {
        for (const { index, row } of await collect(variants.simple(ofAssembly(view, assembly), questions))) {
          const name = `${index} ${row.reportedStart0} ${row.ref} ${row.alt}`;
          expected.set(name, [...new Set([...(expected.get(name) ?? []), view.subject])].sort());
        }
      }
      expect(new Map([...carriers].sort())).toEqual(new Map([...expected].sort()));
      for (const relation of ['intersecting', 'subsuming'] as const) {
        const structural = Map.groupBy(await collect(population.structural(asked, relation)), ({ index }) => index);
        const present = await Promise.all(
          views.map((view) => variants.present(ofAssembly(view, assembly), questions, relation)),
        );
        for (const { index } of questions) {
          const own = views.flatMap(({ subject }, at) => (present[at]?.has(index) ? [subject] : []));
          expect(
            names((structural.get(index) ?? []).flatMap(({ subjects }) => subjects)),
            `${relation} ${index}`,
          ).toEqual(own);
        }
      }
    }
    await compareCoverage(archive, views, sourceClass);
  }
}

/** Each question at the same place of both assemblies, alone and two together. */
async function compareCoverage(
  { ports }: TemporaryArchive,
  views: readonly SubjectView[],
  sourceClass: SourceClass | undefined,
): Promise<void> {
  const placed = questions.map(
    (one): Placed => ({ index: one.index, text: '', places: new Map(ASSEMBLIES.map((assembly) => [assembly, one])) }),
  );
  const groups = [...placed.map((one) => [one]), placed.slice(0, 2), [placed[0] as Placed, placed[4] as Placed]];
  for (const question of ['simple', 'structural'] as const) {
    const seeing = (one: PopulationInput): boolean =>
      looksFor(one, question) && (sourceClass === undefined || one.sourceClass === sourceClass);
    const values = await Promise.all(views.map((view) => coverageOf(view, placed, question, ports)));
    const expected = groups.map(
      (group) => values.filter((own) => group.every(({ index }) => own[index] === 'covered')).length,
    );
    expect(await (await ports.population()).callable(groups, seeing), question).toEqual(expected);
  }
}

describe('the population', () => {
  test.prop([fc.array(step, { minLength: 4, maxLength: 12 })], { numRuns: 12, endOnFailure: false })(
    'says what the answers for its subjects add up to, whatever is committed, deleted, erased, compacted and swept',
    async (steps) => {
      const archive = await temporaryArchive();
      try {
        for (const one of steps) {
          await take(archive, one);
          if (one.do !== 'commit') await compare(archive);
        }
        await compare(archive);
        const { rows } = await archive.admin.compact();
        await compare(archive);
        // Nothing is left of what is gone.
        expect((await archive.admin.compact({ full: true, runRows: 1 })).rows).toBe(rows);
        await compare(archive);
        expect((await archive.admin.verify()).problems).toEqual([]);
      } finally {
        await archive.remove();
      }
    },
    240_000,
  );
});
