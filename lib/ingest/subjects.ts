import { readCsv } from './csv.ts';
import { fault } from './fault.ts';
import { checkSubject } from './samples.ts';

/**
 * Reads subject ids from a CSV with the column `subject`.
 *
 * @throws InvalidInputError naming file and line for a row without one, or for text that is no id.
 */
export async function readSubjects(path: string): Promise<readonly string[]> {
  return (await readCsv(path, ['subject'])).map(({ place, values: { subject } }) => {
    if (subject === undefined) throw fault(place, 'a row needs a subject');
    checkSubject(subject, `${place.file}, line ${place.line}`);
    return subject;
  });
}
