import { type Allele, trim } from '../../lib/genomics/allele.ts';
import { interbase } from '../../lib/genomics/coordinates.ts';
import type { Interval } from '../../lib/genomics/interval.ts';
import { between, pick, seeded } from './random.ts';

/** A made-up sequence of short repeats, and one carrier's insertions and deletions in it, each stated somewhere. */
export interface SlidingEvents {
  readonly bases: string;
  readonly events: readonly SlidingEvent[];
}

export interface SlidingEvent {
  /** VCF POS, REF and ALT, anchored, at one of the event's placements. */
  readonly pos: number;
  readonly ref: string;
  readonly alt: string;
  /** Every trimmed placement that makes the same sequence, found by trying. */
  readonly placements: readonly Allele[];
}

export function slidingEvents(seed: number, count: number): SlidingEvents {
  const random = seeded(seed);
  let bases = 'G';
  while (bases.length < 6_000) {
    const unit = pick(random, ['A', 'T', 'CA', 'GATA', 'CCG', 'ACGTTGCA']);
    bases += unit.repeat(between(random, 1, random() < 0.05 ? 60 : 6));
  }
  const events = new Map<string, SlidingEvent>();
  while (events.size < count) {
    const at = between(random, 20, bases.length - 20);
    const unit = bases.slice(at, at + between(random, 1, 4));
    const inserts = random() < 0.5;
    const allele = inserts ? alleleAt(at, '', unit) : alleleAt(at, unit, '');
    const placements = placementsOf(bases, allele);
    const { start0, deleted, inserted } = pick(random, placements);
    const anchor = bases[start0 - 1] as string;
    const stated = { pos: start0, ref: anchor + deleted, alt: anchor + inserted };
    const trimmed = trim(interbase(start0 - 1), stated.ref, stated.alt);
    // Trimming from the right may move an anchored insertion; that is another of its placements.
    if (!placements.some((one) => one.start0 === trimmed.start0)) throw new Error('trimming left the placements');
    events.set(`${stated.pos} ${stated.ref} ${stated.alt}`, { ...stated, placements });
  }
  return { bases, events: [...events.values()].sort((a, b) => a.pos - b.pos) };
}

const alleleAt = (start: number, deleted: string, inserted: string): Allele => ({
  start0: interbase(start),
  end0: interbase(start + deleted.length),
  deleted,
  inserted,
});

const applied = (bases: string, { start0, end0, inserted }: Allele): string =>
  bases.slice(0, start0) + inserted + bases.slice(end0);

/** Tries every place to either side until one does not make the same sequence: beyond it none does. */
function placementsOf(bases: string, allele: Allele): Allele[] {
  const made = applied(bases, allele);
  const found = [allele];
  for (const step of [-1, 1]) {
    for (let start = allele.start0 + step; start > 0 && start < bases.length - allele.deleted.length; start += step) {
      const deleted = bases.slice(start, start + allele.deleted.length);
      const inserted = made.slice(start, start + allele.inserted.length);
      const moved = alleleAt(start, deleted, inserted);
      if (applied(bases, moved) !== made) break;
      found.push(moved);
    }
  }
  return found.sort((a, b) => a.start0 - b.start0);
}

/** From the first placement's start to the last one's end: the fully-justified interval. */
export function justifiedInterval({ placements }: SlidingEvent): Interval {
  const [first, last] = [placements[0] as Allele, placements.at(-1) as Allele];
  return { start0: first.start0, end0: last.end0 };
}
