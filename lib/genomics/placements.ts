import { type Allele, trim } from './allele.ts';
import type { Interbase } from './coordinates.ts';

/** Placements kept of one change; in a longer repeat only the first and the last. */
const MOST = 64;

/**
 * Every place where an insertion or deletion may be stated without changing the sequence, as far as the bases given
 * with it show: `AAA` to `AAAA` is an insertion of A before, between or after them. Leftmost first. Anything but a
 * pure insertion or deletion has one place.
 */
export function placements(start0: Interbase, deleted: string, inserted: string): readonly Allele[] {
  const leftmost = trim(start0, deleted, inserted);
  const changed = leftmost.deleted + leftmost.inserted;
  if (leftmost.deleted !== '' && leftmost.inserted !== '') return [leftmost];
  // Bases given to the right of the leftmost place; moving by one base carries the first changed base to the end.
  const context = deleted.slice(leftmost.end0 - start0);
  const shifts: number[] = [0];
  for (let by = 1; by <= context.length && context[by - 1] === (changed + context)[by - 1]; by++) shifts.push(by);
  const kept = shifts.length <= MOST ? shifts : [0, shifts.length - 1];
  return kept.map((by) => {
    const bases = (changed + context).slice(by, by + changed.length);
    return {
      start0: (leftmost.start0 + by) as Interbase,
      end0: (leftmost.end0 + by) as Interbase,
      deleted: leftmost.deleted === '' ? '' : bases,
      inserted: leftmost.inserted === '' ? '' : bases,
    };
  });
}
