import { trim } from '../genomics/allele.ts';
import type { Interbase } from '../genomics/coordinates.ts';
import { CannotAnswerError } from '../genomics/errors.ts';
import type { StatedRecord } from '../genomics/same-event.ts';
import type { StoredVariant } from '../genomics/variant.ts';
import type { AlleleQuestion, Ports, RangeQuestion, SubjectView } from './ports.ts';
import type { AssemblyQuestions } from './range-questions.ts';
import type { SoughtPlace } from './sought-places.ts';
import { mayHold, withInputs } from './subject-view.ts';

/** A variant that is asked of the studies of one assembly. */
export interface SoughtQuestion extends SoughtPlace {
  readonly index: number;
  readonly text: string;
}

/**
 * The rows that are the variants asked for, by the index of the variant.
 *
 * @throws CannotAnswerError naming `variants` when one is not found and only the reference sequence could tell whether
 * a row states it in another way
 */
export async function soughtRows(
  parts: readonly AssemblyQuestions<SoughtQuestion>[],
  ports: Ports,
): Promise<ReadonlyMap<number, readonly StoredVariant[]>> {
  const found = new Map<number, StoredVariant[]>();
  const add = (index: number, row: StoredVariant) => {
    const rows = found.get(index);
    if (rows === undefined) found.set(index, [row]);
    else rows.push(row);
  };
  for (const { view, questions } of parts) {
    await findSpelled(view, questions, ports, add);
    await findUnspelled(view, questions, ports, add);
  }
  for (const { view, questions } of parts) {
    if (withInputs(view, (input) => mayHold(input, 'simple')).studies.length === 0) continue;
    for (const { index, text, sought } of questions) {
      if (found.has(index) || sought.kind === 'unchanged' || sought.unknowable === undefined) continue;
      throw new CannotAnswerError(`'${text}' ${sought.unknowable}`, 'variants');
    }
  }
  return found;
}

async function findSpelled(
  view: SubjectView,
  questions: readonly SoughtQuestion[],
  { variants }: Ports,
  add: (index: number, row: StoredVariant) => void,
): Promise<void> {
  const owners: number[] = [];
  const alleles: AlleleQuestion[] = [];
  for (const { index, chromosome, sought } of questions) {
    if (sought.kind !== 'alleles') continue;
    const context = sought.context === undefined ? {} : { context: sought.context };
    for (const allele of sought.alleles) {
      alleles.push({ ...allele, ...context, chromosome, index: owners.length });
      owners.push(index);
    }
  }
  if (alleles.length === 0) return;
  for await (const batch of variants.alleles(view, alleles)) {
    for (const { index, row } of batch) add(owners[index] as number, row);
  }
}

/** Variants whose deleted bases the text leaves out: a row that lies there tells them by its own REF. */
async function findUnspelled(
  view: SubjectView,
  questions: readonly SoughtQuestion[],
  { variants }: Ports,
  add: (index: number, row: StoredVariant) => void,
): Promise<void> {
  const unspelled = new Map<number, SoughtQuestion>();
  const ranges: RangeQuestion[] = [];
  for (const question of questions) {
    const { index, chromosome, start0, end0, sought } = question;
    if (sought.kind !== 'replacement') continue;
    unspelled.set(index, question);
    ranges.push({ index, chromosome, start0, end0: replacementEnd(start0, end0, sought.inserted) });
  }
  if (ranges.length === 0) return;
  for await (const batch of variants.simple(view, ranges)) {
    for (const { index, row } of batch) {
      const question = unspelled.get(index);
      if (question !== undefined && isSought(row, question)) add(index, row);
    }
  }
}

/** A row that deletes just the interval touches its first base; one that replaces part of it may lie anywhere in it. */
export function replacementEnd(start0: Interbase, end0: Interbase, inserted: string): Interbase {
  return inserted === '' ? start0 : end0;
}

/** Whether a record replaces the sought interval, whose bases its REF tells, by what is sought. */
export function isSought(
  row: StatedRecord,
  { start0, end0, sought }: Omit<SoughtPlace, 'accession' | 'chromosome'>,
): boolean {
  if (sought.kind !== 'replacement') return false;
  const from = start0 - row.reportedStart0;
  const to = end0 - row.reportedStart0;
  if (from < 0 || to > row.ref.length) return false;
  const asked = trim(start0, row.ref.slice(from, to).toUpperCase(), sought.inserted);
  const stored = trim(row.reportedStart0, row.ref.toUpperCase(), row.alt.toUpperCase());
  return asked.start0 === stored.start0 && asked.end0 === stored.end0 && asked.inserted === stored.inserted;
}
