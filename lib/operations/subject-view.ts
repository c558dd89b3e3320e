import type { ChangeType, SourceClass } from '../genomics/allele.ts';
import type { Assembly } from '../genomics/assembly.ts';
import { InvalidInputError, NotFoundError } from '../genomics/errors.ts';
import type { StudyInput, SubjectStudy } from '../genomics/study.ts';
import type { Knowledge, Ports, Reference, SubjectView } from './ports.ts';
import type { DateBound, DateRange } from './row.ts';

/** Restrictions of a request on the tests, specimens and classes that may answer it. All that are given must hold. */
export interface Filters {
  readonly testIdentifiers?: readonly string[] | undefined;
  readonly testDateRange?: DateRange | undefined;
  readonly specimenIdentifiers?: readonly string[] | undefined;
  readonly genomicSourceClass?: string | undefined;
}

/**
 * Reads a subject and narrows it to what a request may look at.
 *
 * @throws InvalidInputError when the reference or the source class is malformed
 * @throws NotFoundError when the archive has never heard of the subject
 */
export async function subjectView(reference: string, filters: Filters, ports: Ports): Promise<SubjectView> {
  const subject = subjectId(reference);
  const narrow = filterOf(filters);
  const record = await ports.studies.subject(subject);
  if (record === undefined) throw new NotFoundError(`Subject '${subject}' is not known`, 'subject');
  return { subject, studies: record.studies.flatMap(narrow) };
}

const SUBJECT = /^(?:Patient\/)?([A-Za-z0-9\-.]{1,64})$/;

/** `HG00403` of `HG00403` and of `Patient/HG00403`. @throws InvalidInputError for anything else. */
export function subjectId(reference: string): string {
  const id = SUBJECT.exec(reference.trim())?.[1];
  if (id === undefined) {
    throw new InvalidInputError(`'${reference}' is not a subject; write an id or Patient/id`, 'subject');
  }
  return id;
}

/**
 * A study with only the samples that pass, or nothing. Source class and specimen belong to inputs and samples, so that
 * a study with a germline and a somatic input is narrowed to one of them.
 */
export function filterOf(filters: Filters): (study: SubjectStudy) => readonly SubjectStudy[] {
  const sourceClass = filters.genomicSourceClass === undefined ? undefined : sourceClassOf(filters.genomicSourceClass);
  const dates = filters.testDateRange;
  const tests = filters.testIdentifiers?.length === 0 ? undefined : filters.testIdentifiers;
  const specimens = filters.specimenIdentifiers?.length === 0 ? undefined : filters.specimenIdentifiers;
  return ({ study, samples }) => {
    if (tests !== undefined && !tests.some((token) => matchesToken(token, study.testId))) return [];
    if (dates !== undefined && !dates.bounds.every((bound) => satisfies(study.testDate, bound))) return [];
    if (sourceClass === undefined && specimens === undefined) return [{ study, samples }];
    const kept = samples.filter(({ input, specimen }) => {
      if (sourceClass !== undefined && study.inputs[input]?.sourceClass !== sourceClass) return false;
      if (specimens === undefined) return true;
      return specimen !== undefined && specimens.some((token) => matchesToken(token, specimen));
    });
    return kept.length === 0 ? [] : [{ study, samples: kept }];
  };
}

const SOURCE_CLASSES: ReadonlyMap<string, SourceClass> = new Map([
  ['germline', 'germline'],
  ['la6683-2', 'germline'],
  ['somatic', 'somatic'],
  ['la6684-0', 'somatic'],
]);

/** @throws InvalidInputError naming `genomicSourceClass` */
export function sourceClassOf(token: string): SourceClass {
  const sourceClass = SOURCE_CLASSES.get(splitToken(token).code.toLowerCase());
  if (sourceClass === undefined) {
    throw new InvalidInputError(`'${token}' is not a source class; write germline or somatic`, 'genomicSourceClass');
  }
  return sourceClass;
}

const ABSOLUTE_URI = /^[A-Za-z][A-Za-z0-9+.-]*:\S+$/;

/** Splits `system|code` at its first bar, and only when a URI stands before it: GL Strings hold bars of their own. */
export function splitToken(token: string): { readonly system?: string; readonly code: string } {
  const bar = token.indexOf('|');
  const system = token.slice(0, bar);
  return bar > 0 && ABSOLUTE_URI.test(system) ? { system, code: token.slice(bar + 1) } : { code: token };
}

/**
 * Whether a token names an identifier. The archive keeps no system with test and specimen identifiers, so a system
 * in the token excludes nothing: the code alone decides, case-sensitively with a system, else not.
 */
export function matchesToken(token: string, identifier: string): boolean {
  const { system, code } = splitToken(token.trim());
  return system === undefined ? code.toLowerCase() === identifier.toLowerCase() : code === identifier;
}

/**
 * Whether a test's day lies to a bound as its prefix says. A bound of month or year precision is an interval.
 *
 * @param date `YYYY-MM-DD`
 * @see https://hl7.org/fhir/R4/search.html#prefix
 */
export function satisfies(date: string, bound: DateBound): boolean {
  // Cut to the bound's precision, ISO dates compare as text: less is before the interval, equal inside it, more after.
  const day = date.slice(0, bound.date.length);
  switch (bound.prefix) {
    case 'eq':
      return day === bound.date;
    case 'ne':
      return day !== bound.date;
    case 'lt':
    case 'eb':
      return day < bound.date;
    case 'gt':
    case 'sa':
      return day > bound.date;
    case 'le':
      return day <= bound.date;
    case 'ge':
      return day >= bound.date;
  }
}

/** Which operations ask: those about alleles stated as sequence, or the structural ones. */
export type Question = 'simple' | 'structural';

// Deletions and insertions are found by both kinds of test; what stands beside them tells which kind a test is.
const TELLING: Readonly<Record<Question, ReadonlySet<ChangeType>>> = {
  simple: new Set(['SNV', 'MNV', 'DELINS']),
  structural: new Set(['DUP', 'INV', 'CNV', 'BND', 'CPX']),
};
const SHARED: ReadonlySet<ChangeType> = new Set(['INS', 'DEL']);

const HELD: Readonly<Record<Question, ReadonlySet<ChangeType>>> = {
  simple: new Set([...TELLING.simple, ...SHARED]),
  structural: new Set([...TELLING.structural, ...SHARED, 'DELINS']),
};

/**
 * Whether an input comes from a test that looks for what is asked, so that finding nothing means something. Deletions
 * and insertions alone count for both kinds; unknown change types count for none.
 */
export function looksFor({ changeTypes = [] }: Pick<StudyInput, 'changeTypes'>, question: Question): boolean {
  if (changeTypes.some((type) => TELLING[question].has(type))) return true;
  const other = TELLING[question === 'simple' ? 'structural' : 'simple'];
  return changeTypes.some((type) => SHARED.has(type)) && !changeTypes.some((type) => other.has(type));
}

/** Whether an input may hold records that answer the question: a structural test too may state a deletion precisely. */
export function mayHold({ changeTypes = [] }: Pick<StudyInput, 'changeTypes'>, question: Question): boolean {
  return changeTypes.some((type) => HELD[question].has(type));
}

/** A view with only the studies of an assembly. */
export function ofAssembly(view: SubjectView, assembly: Assembly): SubjectView {
  return { ...view, studies: view.studies.filter(({ study }) => study.assembly === assembly) };
}

/** A view with only the samples whose inputs pass. */
export function withInputs(view: SubjectView, passes: (input: StudyInput) => boolean): SubjectView {
  const studies = view.studies.flatMap(({ study, samples }) => {
    const kept = samples.filter(({ input }) => study.inputs.some((one, index) => index === input && passes(one)));
    return kept.length === 0 ? [] : [{ study, samples: kept }];
  });
  return { ...view, studies };
}

/** What an answer from this view rests on: studies with their versions, and the reference data and knowledge, if any. */
export function dependencies(view: SubjectView, reference: Reference, knowledge?: Knowledge): readonly string[] {
  return [
    // With the time of the commit: after a restore, versions are counted again.
    ...view.studies.map(({ study }) => `${study.id}@${study.version} ${study.committed}`),
    ...(reference.release === '' ? [] : [`reference@${reference.release}`]),
    ...(knowledge === undefined || knowledge.release === '' ? [] : [`knowledge@${knowledge.release}`]),
  ];
}
