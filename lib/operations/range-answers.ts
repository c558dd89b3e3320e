import type { ParametersParameter } from '@medplum/fhirtypes';
import { parametersText, rangeCoverage, type StreamedGroup } from '../fhir/parameters.ts';
import { coverageOf } from './coverage.ts';
import { cursorOf } from './cursor.ts';
import type { Answer, Ports, RangeQuestion, Reference, StructuralRelation, SubjectView } from './ports.ts';
import {
  type AssemblyQuestions,
  assembliesHolding,
  byAssembly,
  locateRanges,
  type Placed,
  placeRanges,
  rangeQuestion,
} from './range-questions.ts';
import type { Prepared } from './row.ts';
import { dependencies, type Filters, mayHold, type Question, subjectView } from './subject-view.ts';

/** What the three operations on ranges have in common in their input. */
export interface RangeInput extends Filters {
  readonly subject: string;
  readonly ranges: readonly string[];
}

/** How an operation reads rows and shows them. */
export interface RangeReader<Row> {
  readonly relation: 'simple' | StructuralRelation;
  /** Rows of the questions; undefined when only presence is wanted. */
  readonly read: ((part: AssemblyQuestions<RangeQuestion>) => AsyncIterable<readonly Answer<Row>[]>) | undefined;
  /** The parts after `presence` of one group. Made anew for each range. */
  readonly show: (
    view: SubjectView,
    reference: Reference,
  ) => {
    rows(rows: readonly Row[]): Promise<readonly ParametersParameter[]>;
    /** Parts that come after all variants of the group. */
    rest(): Iterable<readonly ParametersParameter[]>;
  };
}

/**
 * Checks a request about ranges and prepares its answer: one `variants` group per range, in the order asked, with
 * `rangeItem`, `presence`, the variants and what follows them, and the coverage of the range. Studies of both assemblies
 * answer one range, each at its own place.
 *
 * @throws InvalidInputError, NotFoundError, LiftoverError
 */
export async function prepareRanges<Row>(input: RangeInput, ports: Ports, reader: RangeReader<Row>): Promise<Prepared> {
  const located = locateRanges(input.ranges);
  const [view, reference] = await Promise.all([subjectView(input.subject, input, ports), ports.reference()]);
  const question: Question = reader.relation === 'simple' ? 'simple' : 'structural';
  const needed = assembliesHolding(view, (one) => mayHold(one, question));
  const placed = await placeRanges(located, needed, reference);
  const parts = byAssembly(view, placed, rangeQuestion);
  const { read } = reader;
  const groups =
    read === undefined
      ? presenceGroups(view, placed, parts, reader.relation, ports)
      : variantGroups(view, placed, parts, { ...reader, read }, ports, reference);
  return { dependsOn: dependencies(view, reference), run: () => parametersText(groups()) };
}

function presenceGroups(
  view: SubjectView,
  placed: readonly Placed[],
  parts: readonly AssemblyQuestions<RangeQuestion>[],
  relation: 'simple' | StructuralRelation,
  ports: Ports,
): () => AsyncGenerator<StreamedGroup> {
  return async function* () {
    const question = relation === 'simple' ? 'simple' : 'structural';
    const [coverage, ...present] = await Promise.all([
      coverageOf(view, placed, question, ports),
      ...parts.map((part) => ports.variants.present(part.view, part.questions, relation)),
    ]);
    for (const [place, { index, text }] of placed.entries()) {
      const presence = present.some((indexes) => indexes.has(index));
      yield { name: 'variants', part: [heading(text, presence)], extension: [rangeCoverage(valueAt(coverage, place))] };
    }
  };
}

function variantGroups<Row>(
  view: SubjectView,
  placed: readonly Placed[],
  parts: readonly AssemblyQuestions<RangeQuestion>[],
  { read, show, relation }: RangeReader<Row> & { readonly read: NonNullable<RangeReader<Row>['read']> },
  ports: Ports,
  reference: Reference,
): () => AsyncGenerator<StreamedGroup> {
  return async function* () {
    const question = relation === 'simple' ? 'simple' : 'structural';
    const cursors = parts.map((part) => cursorOf(read(part)));
    try {
      const [coverage] = await Promise.all([
        coverageOf(view, placed, question, ports),
        ...cursors.map((cursor) => cursor.start()),
      ]);
      for (const [place, { index, text }] of placed.entries()) {
        yield {
          name: 'variants',
          part: (async function* () {
            const present = await Promise.all(cursors.map((cursor) => cursor.has(index)));
            yield heading(text, present.includes(true));
            const shown = show(view, reference);
            for (const cursor of cursors) {
              for await (const rows of cursor.rows(index)) yield await shown.rows(rows);
            }
            yield* shown.rest();
          })(),
          extension: [rangeCoverage(valueAt(coverage, place))],
        };
      }
      for (const cursor of cursors) await cursor.finish();
    } finally {
      for (const cursor of cursors) await cursor.close();
    }
  };
}

function heading(text: string, presence: boolean): readonly ParametersParameter[] {
  return [
    { name: 'rangeItem', valueString: text },
    { name: 'presence', valueBoolean: presence },
  ];
}

function valueAt<T>(values: readonly T[], place: number): T {
  const value = values[place];
  if (value === undefined) throw new Error(`no value for range ${place}`);
  return value;
}
