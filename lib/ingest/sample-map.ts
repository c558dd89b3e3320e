import type { Sex } from '../genomics/study.ts';
import { readCsv } from './csv.ts';
import { fault, type Place, quoted } from './fault.ts';
import type { SampleOwner } from './request.ts';
import { checkSubject } from './samples.ts';

const COLUMNS = ['sample', 'subject', 'specimen_id', 'sex'];

/**
 * Reads whose the samples of a cohort are.
 *
 * @throws InvalidInputError naming file and line for a row without sample or subject, a sample listed twice, a subject
 * that is no id, or a sex that is neither male nor female.
 */
export async function readSampleMap(path: string): Promise<ReadonlyMap<string, SampleOwner>> {
  const owners = new Map<string, SampleOwner>();
  for (const { place, values } of await readCsv(path, COLUMNS)) {
    const { sample, subject, specimen_id: specimen } = values;
    if (sample === undefined || subject === undefined) throw fault(place, 'a row needs sample and subject');
    if (owners.has(sample)) throw fault(place, `sample ${quoted(sample)} is listed twice`);
    checkSubject(subject, `${place.file}, line ${place.line}`);
    const sex = sexOf(place, values['sex']);
    owners.set(sample, {
      subject,
      ...(specimen === undefined ? {} : { specimen }),
      ...(sex === undefined ? {} : { sex }),
    });
  }
  return owners;
}

/** @throws InvalidInputError unless the text is `male`, `female` or absent. */
export function sexOf(place: Place, text: string | undefined): Sex | undefined {
  if (text === undefined || text === 'male' || text === 'female') return text;
  throw fault(place, `sex ${quoted(text)} is neither male nor female; leave it empty when unknown`);
}
