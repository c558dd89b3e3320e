import type { Assembly } from '../genomics/assembly.ts';
import { type AskedHaplotype, readHaplotypes } from './haplotype-tokens.ts';
import type { RowQuestion } from './known-rows.ts';
import { placeVariants } from './placed-variants.ts';
import type { Knowledge, Ports, Reference, StatementFilter, SubjectView } from './ports.ts';
import { assembliesHolding, locateRanges, placeRanges } from './range-questions.ts';
import { checkCarried, checkKnown, statementFilter } from './statement-questions.ts';
import { dependencies, type Filters, mayHold, subjectView } from './subject-view.ts';
import { readVariants } from './variant-questions.ts';

/** What the operations on implications have in common in their input. */
export interface ImplicationInput extends Filters {
  readonly subject: string;
  readonly variants?: readonly string[] | undefined;
  readonly ranges?: readonly string[] | undefined;
  readonly conditions?: readonly string[] | undefined;
  readonly treatments?: readonly string[] | undefined;
  readonly haplotypes?: readonly string[] | undefined;
}

/** A checked request about implications. */
export interface ImplicationQuestion {
  readonly view: SubjectView;
  readonly reference: Reference;
  readonly knowledge: Knowledge;
  readonly filter: StatementFilter;
  readonly haplotypes: readonly AskedHaplotype[];
  /** Which rows are asked about; undefined when the request asks for nothing at all. */
  readonly asked: RowQuestion | undefined;
  /** Assemblies in which the subject has variants that may be asked about. */
  readonly needed: readonly Assembly[];
  readonly dependsOn: readonly string[];
}

/**
 * Checks a request about implications and places its variants and ranges in every assembly in which the subject has
 * variants.
 *
 * @throws InvalidInputError, NotFoundError
 * @throws CannotAnswerError when nothing is loaded that could answer, or what is loaded has no place in such an assembly
 * @throws LiftoverError when a variant or range has none
 */
export async function prepareQuestion(
  kind: 'dx' | 'tx',
  input: ImplicationInput,
  ports: Ports,
): Promise<ImplicationQuestion> {
  const { variants = [], ranges = [] } = input;
  const read = readVariants(variants);
  const located = locateRanges(ranges);
  const haplotypes = readHaplotypes(input.haplotypes ?? []);
  const filter = statementFilter(input);
  const [view, reference, knowledge] = await Promise.all([
    subjectView(input.subject, input, ports),
    ports.reference(),
    ports.knowledge(),
  ]);
  const needed = assembliesHolding(view, (one) => mayHold(one, 'simple'));
  const common = {
    view,
    reference,
    knowledge,
    filter,
    haplotypes,
    needed,
    dependsOn: dependencies(view, reference, knowledge),
  };
  const lists = [read, located, haplotypes, filter.conditions ?? [], filter.treatments ?? []];
  if (lists.every(({ length }) => length === 0)) return { ...common, asked: undefined };
  checkKnown(knowledge, kind);
  // Genotypes have no place.
  if (haplotypes.length === 0) checkCarried(knowledge, kind, needed);
  const [placedVariants, placedRanges] = await Promise.all([
    read.length === 0 ? undefined : placeVariants(read, needed, reference),
    located.length === 0 ? undefined : placeRanges(located, needed, reference),
  ]);
  return { ...common, asked: { variants: placedVariants, ranges: placedRanges } };
}
