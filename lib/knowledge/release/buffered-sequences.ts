import { interbase } from '../../genomics/coordinates.ts';
import { ifLoaded } from '../../genomics/if-loaded.ts';
import type { Interval } from '../../genomics/interval.ts';
import type { Sequences } from '../../genomics/ports.ts';

/** Bases read at a time: alleles of a sorted file then cost one read for some thousands of them. */
const PIECE = 1 << 18;
/** Bases before the asked ones: what follows them in a file may lie a little before. */
const BEFORE = 4_096;
/** Pieces kept: a source's alleles and their places in the other assembly are two streams, most of them sorted. */
const KEPT = 8;

interface Piece {
  readonly accession: string;
  readonly start0: number;
  readonly bases: string;
}

/** Sequences some of whose bases are at hand. */
export interface BufferedSequences extends Sequences {
  /** Bases that were read already; undefined for others. */
  held(accession: string, interval: Interval): string | undefined;
}

/** The same sequences, read in large pieces. */
export function bufferedSequences(sequences: Sequences): BufferedSequences {
  const pieces: Piece[] = [];
  const held = (accession: string, { start0, end0 }: Interval): string | undefined => {
    for (const one of pieces) {
      if (one.accession === accession && one.start0 <= start0 && end0 <= one.start0 + one.bases.length) {
        return one.bases.slice(start0 - one.start0, end0 - one.start0);
      }
    }
    return undefined;
  };
  return {
    held,
    release: sequences.release,
    has: (accession, interval) => sequences.has(accession, interval),
    length: (accession) => sequences.length(accession),
    async sequence(accession, interval) {
      const { start0, end0 } = interval;
      const bases = held(accession, interval);
      if (bases !== undefined) return bases;
      const from = Math.max(0, start0 - BEFORE);
      const wide = {
        start0: interbase(from),
        end0: interbase(Math.min(from + PIECE, await sequences.length(accession))),
      };
      // Only windows of a sequence may be loaded, and an allele may be longer than a piece.
      if (end0 > wide.end0 || !sequences.has(accession, wide)) return sequences.sequence(accession, interval);
      const piece = await ifLoaded(() => sequences.sequence(accession, wide));
      if (piece === undefined) return sequences.sequence(accession, interval);
      pieces.unshift({ accession, start0: from, bases: piece });
      pieces.length = Math.min(pieces.length, KEPT);
      return piece.slice(start0 - from, end0 - from);
    },
  };
}
