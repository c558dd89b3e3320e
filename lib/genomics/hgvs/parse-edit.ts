import type { Scanner } from './scanner.ts';
import type { Affected, HgvsEdit, RepeatUnit } from './variant.ts';

const isBase = (character: string): boolean => 'ACGTNacgtn'.includes(character);
const isDigit = (character: string): boolean => character >= '0' && character <= '9';

/** Reads what follows the position. */
export function readEdit(scanner: Scanner): HgvsEdit {
  if (scanner.take('delins')) return { kind: 'delins', deleted: undefined, inserted: readInserted(scanner) };
  if (scanner.take('del')) return readDeletion(scanner);
  if (scanner.take('dup')) return { kind: 'duplication', duplicated: readAffected(scanner) };
  if (scanner.take('inv')) return { kind: 'inversion', inverted: readAffected(scanner) };
  if (scanner.take('ins')) return { kind: 'insertion', inserted: readInserted(scanner) };
  if (scanner.take('con')) scanner.refuse('it states a conversion (con); write delins with the bases');
  if (scanner.take('copy')) scanner.refuse('it states a copy number, not bases');
  if (scanner.take('=')) return { kind: 'identity', unchanged: undefined };
  if (scanner.sees('[')) return { kind: 'repeat', units: readRepeat(scanner, undefined) };
  const bases = scanner.takeWhile(isBase).toUpperCase();
  if (bases === '') return scanner.fail('a change such as A>G, del, dup, ins, delins, inv or =');
  if (scanner.take('=')) return { kind: 'identity', unchanged: bases };
  if (scanner.sees('[')) return { kind: 'repeat', units: readRepeat(scanner, bases) };
  if (scanner.take('>')) return readSubstitution(scanner, bases);
  return scanner.fail("'>', '=' or a number of repeats in brackets");
}

function readSubstitution(scanner: Scanner, deleted: string): HgvsEdit {
  if (scanner.take('?')) scanner.refuse('it does not say which base it becomes');
  const inserted = readBases(scanner);
  if (deleted.length !== 1 || inserted.length !== 1) {
    scanner.refuse('a substitution replaces one base by one; write delins for more');
  }
  return { kind: 'substitution', deleted, inserted };
}

/** After `del`: nothing, bases, their number (no bases then), and `ins` with what replaces them. */
function readDeletion(scanner: Scanner): HgvsEdit {
  const deleted = readAffected(scanner);
  if (!scanner.take('ins')) return { kind: 'deletion', deleted };
  if (typeof deleted === 'number') scanner.refuse('delins states the deleted bases or nothing, not their number');
  return { kind: 'delins', deleted, inserted: readInserted(scanner) };
}

/** Bases, or their number, that repeat what the position says. */
function readAffected(scanner: Scanner): Affected {
  const bases = scanner.takeWhile(isBase);
  if (bases !== '') return bases.toUpperCase();
  if (isDigit(scanner.rest()[0] ?? '')) return scanner.number('a number of bases');
  if (scanner.sees('(') || scanner.sees('[')) scanner.refuse('its length is uncertain');
  return undefined;
}

/** Inserted bases, also as repeats (`A[12]`, `CAG[3]`). What does not state them is refused. */
function readInserted(scanner: Scanner): string {
  if (scanner.sees('(') || isDigit(scanner.rest()[0] ?? '')) {
    scanner.refuse('the inserted bases are not stated, only their number or where they come from');
  }
  if (scanner.sees('[')) scanner.refuse('it inserts several parts; write the bases');
  if (/^[A-Za-z]{2,4}_?\d/.test(scanner.rest())) scanner.refuse('it inserts bases of another sequence; write them out');
  if (scanner.take('?')) scanner.refuse('the inserted bases are unknown');
  const bases = readBases(scanner);
  if (!scanner.take('[')) return requireKnown(scanner, bases);
  const count = readCount(scanner);
  if (bases.length * count > 1_000_000) scanner.refuse('it inserts more than a million bases');
  return requireKnown(scanner, bases.repeat(count));
}

function requireKnown(scanner: Scanner, bases: string): string {
  if (bases.includes('N')) scanner.refuse('some inserted bases are unknown (N)');
  return bases;
}

function readBases(scanner: Scanner): string {
  const bases = scanner.takeWhile(isBase).toUpperCase();
  if (bases === '') scanner.fail('bases (A, C, G, T)');
  return bases;
}

/** `[14]`, or `CAG[3]CAA[2]`: the first unit's bases have been read, if any. */
function readRepeat(scanner: Scanner, first: string | undefined): readonly RepeatUnit[] {
  const units: RepeatUnit[] = [];
  let bases = first;
  while (scanner.take('[')) {
    units.push({ bases, count: readCount(scanner) });
    if (scanner.atEnd() || scanner.sees(' ')) break;
    bases = scanner.takeWhile(isBase).toUpperCase();
    if (bases === '') {
      if (scanner.sees(';') || scanner.sees('/') || scanner.sees(',') || scanner.sees('[')) break;
      scanner.fail('repeated bases');
    }
    if (!scanner.sees('[')) scanner.fail("'[' and a number of repeats");
  }
  return units;
}

/** The number of repeats and `]`; ranges and unknown numbers are refused. */
function readCount(scanner: Scanner): number {
  if (scanner.sees('(') || scanner.sees('?')) scanner.refuse('the number of repeats is uncertain');
  const count = scanner.number('a number of repeats');
  if (scanner.sees('_')) scanner.refuse('the number of repeats is uncertain');
  if (!scanner.take(']')) scanner.fail("']'");
  return count;
}
