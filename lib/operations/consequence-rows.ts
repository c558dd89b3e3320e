import { ASSEMBLIES, type Assembly, type Chromosome, chromosomesOf, sequenceOf } from '../genomics/assembly.ts';
import { interbase } from '../genomics/coordinates.ts';
import { intersection } from '../genomics/interval.ts';
import type { StudyInput } from '../genomics/study.ts';
import type { StoredVariant } from '../genomics/variant.ts';
import { type AskedTerms, answers } from './consequence-terms.ts';
import type { ConsequenceQuestion } from './known-consequences.ts';
import { merged, nameOf } from './known-rows.ts';
import { type ModelsByChromosome, modelsOver } from './models-over.ts';
import type { AnnotatedVariant, Answer, Ports, RangeQuestion, Reference, SubjectView } from './ports.ts';
import type { Place } from './range-questions.ts';
import { ofAssembly } from './subject-view.ts';

/** Rows, and the models that lie around them. */
export interface RowBatch {
  readonly rows: readonly AnnotatedVariant[];
  readonly models: ModelsByChromosome;
}

/** Bases that are asked of all chromosomes in one query. More of them are read chromosome by chromosome. */
const AT_ONCE = 64 << 20;
/** Chromosomes that are read while an earlier one is answered. */
const AHEAD = 1;

/** Terms of which a whole intron may be one; all others are told in exons and beside them. */
const DEEP: readonly string[] = ['SO:0001627', 'SO:0001619'];

/**
 * The rows that a request asks about, by study and position, each with what its file says of its allele. Of a whole
 * genome only those are read that may have an asked consequence.
 */
export async function* consequenceRows(
  view: SubjectView,
  asked: ConsequenceQuestion,
  terms: AskedTerms | undefined,
  ports: Ports,
  reference: Reference,
): AsyncGenerator<RowBatch> {
  if (asked.rows !== undefined) {
    for (const { assembly, rows } of asked.rows) {
      yield* ofRows(ofAssembly(view, assembly), assembly, rows, terms, ports, reference);
    }
    return;
  }
  for (const assembly of ASSEMBLIES) {
    const own = ofAssembly(view, assembly);
    if (own.studies.length === 0) continue;
    const places = asked.ranges?.flatMap((range) => range.places.get(assembly) ?? []) ?? wholeGenome(assembly);
    const questions = merged(places);
    const { annotated, plain } = byAnnotation(own);
    const codes = terms === undefined ? undefined : [...terms.codes];
    const groups = groupsOf(questions);
    yield* ahead(
      groups.map(async function* (asks) {
        const models = await modelsOf(assembly, asks, reference);
        yield* batches(annotated, asks, models, () => ports.variants.annotated(annotated, asks, codes));
        if (terms?.computed === false) return;
        const near = nearModels(asks, models, terms);
        yield* batches(plain, near, models, () => unannotated(ports.variants.simple(plain, near)));
      }),
    );
  }
}

/** Questions that are read in one query: all, unless they are too much. */
function groupsOf(questions: readonly RangeQuestion[]): readonly (readonly RangeQuestion[])[] {
  const reach = questions.reduce((sum, { start0, end0 }) => sum + end0 - start0, 0);
  return reach <= AT_ONCE ? [questions] : [...Map.groupBy(questions, ({ chromosome }) => chromosome).values()];
}

/** What some generators give, one after the other; the next one begins while the present one is read. */
async function* ahead<T>(sources: readonly AsyncGenerator<T>[]): AsyncGenerator<T> {
  const begun = new Map<AsyncGenerator<T>, Promise<IteratorResult<T>>>();
  try {
    for (const [place, source] of sources.entries()) {
      for (const one of sources.slice(place, place + AHEAD + 1)) {
        if (begun.has(one)) continue;
        const first = one.next();
        // Whoever reads it gets the failure.
        first.catch(() => undefined);
        begun.set(one, first);
      }
      const first = begun.get(source) ?? source.next();
      for (let next = await first; next.done !== true; next = await source.next()) yield next.value;
      begun.delete(source);
    }
  } finally {
    await Promise.allSettled([...begun.keys()].map((source) => source.return(undefined)));
  }
}

/** The models around some stretches. @throws UnavailableError */
export async function modelsOf(
  assembly: Assembly,
  questions: readonly RangeQuestion[],
  { transcripts }: Reference,
): Promise<ModelsByChromosome> {
  const groups = [...Map.groupBy(questions, ({ chromosome }) => chromosome)];
  const indexes = groups.map(async ([chromosome, asks]) => {
    const index = await modelsOver(transcripts, accessionOf(assembly, chromosome), asks);
    return [chromosome, index] as const;
  });
  return new Map(await Promise.all(indexes));
}

/** Studies of which some input was annotated, and the others. */
function byAnnotation(view: SubjectView): { readonly annotated: SubjectView; readonly plain: SubjectView } {
  const isAnnotated = ({ annotations }: StudyInput): boolean => annotations !== undefined;
  const having = (wanted: boolean): SubjectView => ({
    ...view,
    studies: view.studies.filter(({ study }) => study.inputs.some(isAnnotated) === wanted),
  });
  return { annotated: having(true), plain: having(false) };
}

/** Rows that were found as variants: what their files say is asked where they lie. */
async function* ofRows(
  view: SubjectView,
  assembly: Assembly,
  rows: readonly StoredVariant[],
  terms: AskedTerms | undefined,
  ports: Ports,
  reference: Reference,
): AsyncGenerator<RowBatch> {
  const { annotated } = byAnnotation(view);
  const questions = merged(rows.map((row): Place => ({ ...row, end0: interbase(row.end0 + 1) })));
  const models = await modelsOf(assembly, questions, reference);
  const stated = new Map<string, AnnotatedVariant['stated']>();
  if (annotated.studies.length > 0) {
    for await (const batch of ports.variants.annotated(annotated, questions)) {
      for (const { row } of batch) stated.set(nameOf(row.variant), row.stated);
    }
  }
  const found = rows.map((variant) => ({ variant, stated: stated.get(nameOf(variant)) ?? [] }));
  yield {
    models,
    rows: found.flatMap((one) => {
      const wanted = one.stated.filter(({ consequences }) => answers(terms, consequences));
      return one.stated.length > 0 && wanted.length === 0 ? [] : [{ ...one, stated: wanted }];
    }),
  };
}

/** Where in the asked stretches a computed consequence may answer. */
export function nearModels(
  asks: readonly RangeQuestion[],
  models: ModelsByChromosome,
  terms: AskedTerms | undefined,
): readonly RangeQuestion[] {
  const whole = terms === undefined || DEEP.some((code) => terms.codes.has(code));
  const near: RangeQuestion[] = [];
  for (const [chromosome, own] of Map.groupBy(asks, (ask) => ask.chromosome)) {
    for (const { start0, end0 } of intersection(models.get(chromosome)?.regions(whole) ?? [], own)) {
      near.push({ index: near.length, chromosome, start0, end0 });
    }
  }
  return near;
}

async function* batches(
  view: SubjectView,
  questions: readonly RangeQuestion[],
  models: ModelsByChromosome,
  read: () => AsyncIterable<readonly Answer<AnnotatedVariant>[]>,
): AsyncGenerator<RowBatch> {
  if (view.studies.length === 0 || questions.length === 0) return;
  const places = new Map(questions.map(({ index }, place) => [index, place]));
  for await (const batch of read()) {
    // A row that reaches into several questions answers the first of them.
    const rows = batch.flatMap(({ index, row }) => {
      const before = questions[(places.get(index) ?? 0) - 1];
      const from = Math.min(row.variant.start0, row.variant.normalised?.start0 ?? row.variant.start0);
      return before?.chromosome === row.variant.chromosome && from < before.end0 ? [] : [row];
    });
    if (rows.length > 0) yield { rows, models };
  }
}

async function* unannotated(
  answered: AsyncIterable<readonly Answer<StoredVariant>[]>,
): AsyncGenerator<readonly Answer<AnnotatedVariant>[]> {
  for await (const batch of answered) {
    yield batch.map(({ index, row }) => ({ index, row: { variant: row, stated: [] } }));
  }
}

/** Every chromosome from its first base to behind its last. */
export function wholeGenome(assembly: Assembly): readonly Place[] {
  return chromosomesOf(assembly).map(({ chromosome, length }) => ({
    chromosome,
    start0: interbase(0),
    // An insertion behind the last base is a variant, too.
    end0: interbase(length + 1),
  }));
}

function accessionOf(assembly: Assembly, chromosome: Chromosome): string {
  return sequenceOf(assembly, chromosome)?.accession ?? '';
}
