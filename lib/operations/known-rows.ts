import { ASSEMBLIES, type Assembly, type Chromosome } from '../genomics/assembly.ts';
import { type Interbase, interbase } from '../genomics/coordinates.ts';
import { type Interval, intersects, union } from '../genomics/interval.ts';
import type { StoredVariant } from '../genomics/variant.ts';
import {
  type KnowledgeAllele,
  type Ports,
  type RangeQuestion,
  type Statements,
  type SubjectView,
  UNSETTLED_REACH,
} from './ports.ts';
import type { Place, Placed } from './range-questions.ts';
import { byAssembly } from './range-questions.ts';
import type { SoughtPlace } from './sought-places.ts';
import { soughtRows } from './sought-rows.ts';
import { ofAssembly } from './subject-view.ts';

/** Which of a subject's rows a request is about: those of its variants and ranges or, without both, all. */
export interface RowQuestion {
  readonly variants?: readonly Placed<SoughtPlace>[] | undefined;
  readonly ranges?: readonly Placed[] | undefined;
}

/** Rows of one assembly. */
export interface AssemblyRows {
  readonly assembly: Assembly;
  readonly rows: readonly StoredVariant[];
}

/** Rows that are compared with knowledge at a time: a gene panel of a genome at once, a chromosome in some pieces. */
export const ROWS_AT_A_TIME = 16_384;

/**
 * The rows that a request asks about, or, when it asks about all, those that lie where statements are: a genome is not
 * read for what a condition says of a few genes.
 *
 * @throws CannotAnswerError as {@link soughtRows}
 */
export async function* askedRows(
  view: SubjectView,
  { variants, ranges }: RowQuestion,
  statements: Statements,
  ports: Ports,
): AsyncGenerator<AssemblyRows> {
  if (variants !== undefined) {
    yield* rowsOfVariants(view, variants, ranges, ports);
    return;
  }
  for (const assembly of ASSEMBLIES) {
    const own = ofAssembly(view, assembly);
    if (own.studies.length === 0) continue;
    const questions =
      ranges === undefined
        ? merged((await statements.everywhere(assembly)).map(reachOf))
        : merged(ranges.flatMap(({ places }) => places.get(assembly) ?? []));
    if (questions.length === 0) continue;
    yield* gathered(assembly, ports.variants.simple(own, questions));
  }
}

/** The rows that are the variants asked for and lie in a range, if any are asked, once each, by position. */
export async function* rowsOfVariants(
  view: SubjectView,
  variants: readonly Placed<SoughtPlace>[],
  ranges: readonly Placed[] | undefined,
  ports: Ports,
): AsyncGenerator<AssemblyRows> {
  const parts = byAssembly(view, variants, ({ index, text }, place) => ({ ...place, index, text }));
  const rows = [...(await soughtRows(parts, ports)).values()].flat();
  for (const [assembly, own] of Map.groupBy(rows, ({ study }) => study.assembly)) {
    const within = ranges?.flatMap(({ places }) => places.get(assembly) ?? []);
    const distinct = new Map(own.map((row) => [nameOf(row), row]));
    const asked = [...distinct.values()].filter((row) => within?.some((place) => liesIn(row, place)) ?? true);
    yield { assembly, rows: asked.toSorted((a, b) => a.start0 - b.start0) };
  }
}

/** Tells the rows of a subject apart. */
export const nameOf = ({ study, input, chromosome, reportedStart0, ref, alt }: StoredVariant): string =>
  JSON.stringify([study.id, input, chromosome, reportedStart0, ref, alt]);

/** Whether a row lies in a range, in its trimmed or its justified form, as the range operations have it. */
export function liesIn(row: StoredVariant, place: Place): boolean {
  if (row.chromosome !== place.chromosome) return false;
  return intersects(row, place) || (row.normalised !== undefined && intersects(row.normalised, place));
}

/** Places as questions, those that touch as one, so that no row answers twice. */
export function merged(places: readonly Place[]): readonly RangeQuestion[] {
  const groups = [...Map.groupBy(places, ({ chromosome }) => chromosome)];
  return groups
    .flatMap(([chromosome, group]) => union(group.map(notEmpty)).map((interval) => ({ chromosome, ...interval })))
    .map((question, index) => ({ index, ...question }));
}

/** `p-p` asks for base p and for insertions before it. */
function notEmpty({ start0, end0 }: Interval): Interval {
  return { start0, end0: interbase(Math.max(end0, start0 + 1)) };
}

/** Everywhere a row may state an allele. */
export function reachOf({ chromosome, start0, end0, context, slides }: KnowledgeAllele): Place {
  const reach = slides && context === undefined ? UNSETTLED_REACH : 0;
  const { start0: from, end0: to } = context ?? { start0, end0 };
  return place(chromosome, interbase(Math.max(0, from - reach)), interbase(to + reach + 1));
}

const place = (chromosome: Chromosome, start0: Interbase, end0: Interbase): Place => ({ chromosome, start0, end0 });

/** Answers as rows, many at a time. */
export async function* gathered(
  assembly: Assembly,
  answers: ReturnType<Ports['variants']['simple']>,
): AsyncGenerator<AssemblyRows> {
  let rows: StoredVariant[] = [];
  for await (const batch of answers) {
    for (const { row } of batch) rows.push(row);
    if (rows.length < ROWS_AT_A_TIME) continue;
    yield { assembly, rows };
    rows = [];
  }
  if (rows.length > 0) yield { assembly, rows };
}
