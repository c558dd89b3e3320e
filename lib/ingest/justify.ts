import { type Interbase, interbase } from '../genomics/coordinates.ts';
import { CannotAnswerError } from '../genomics/errors.ts';
import type { Interval } from '../genomics/interval.ts';
import { normalise, referenceMismatch } from '../genomics/normalise.ts';
import type { Sequences } from '../genomics/ports.ts';

/** An allele as a record states it, upper case, and where it lies when trimmed. */
export interface StatedAllele extends Interval {
  /** Line of the record, for messages; absent for what is stored already. */
  readonly line?: number;
  readonly reportedStart0: Interbase;
  readonly ref: string;
  readonly alt: string;
}

/** What comparing the alleles of an input with the reference brought to light. */
export interface ReferenceFindings {
  /** Insertions and deletions that were not normalised, because their reference bases are not loaded. */
  unnormalised: number;
  /** Records whose REF is not what the reference has there. They stay as stated. */
  mismatches: number;
  /** The first few of them, in words. */
  readonly examples: string[];
}

/** Compares the alleles of one chromosome with its reference and finds the justified intervals of those that slide. */
export interface Justifier {
  /** Whether any of the chromosome's reference can be read. */
  readonly known: boolean;
  /** Notes an allele of a chromosome that is not known. */
  pass(allele: StatedAllele): void;
  /**
   * The fully-justified interval of each pure insertion or deletion; undefined for alleles that can't slide, whose REF
   * is not the reference's, or whose part of the reference is not loaded. Alleles come in order of position.
   *
   * @throws UnavailableError when the reference can't be read.
   */
  justify(alleles: readonly StatedAllele[]): Promise<readonly (Interval | undefined)[]>;
}

export function referenceFindings(): ReferenceFindings {
  return { unnormalised: 0, mismatches: 0, examples: [] };
}

/** What a study's counts say of the reference; nothing when there is nothing to say. */
export function referenceCounts({ mismatches, unnormalised }: ReferenceFindings): Readonly<Record<string, number>> {
  return {
    ...(mismatches > 0 ? { 'reference-mismatch': mismatches } : {}),
    ...(unnormalised > 0 ? { 'not-normalised': unnormalised } : {}),
  };
}

/** Bases read beyond an allele on each side, at first: nearly every repeat ends within them. */
const MARGIN = 512;
/** Alleles closer than this are compared with one piece of the reference, up to the longest piece. */
const NEAR = 16_384;
const LONGEST_PIECE = 262_144;
const EXAMPLES = 3;

/** Bases of the reference from `start0` on. */
interface Piece {
  readonly start0: number;
  readonly bases: string;
}

/** @param accession undefined for a chromosome that the assembly does not have */
export function openJustifier(
  sequences: Sequences | undefined,
  accession: string | undefined,
  findings: ReferenceFindings,
): Justifier {
  const known = sequences !== undefined && accession !== undefined && sequences.has(accession);
  let piece: Piece = { start0: 0, bases: '' };
  let lastMismatch = -1;

  const pass = (allele: StatedAllele): void => {
    if (unitOf(allele) !== undefined) findings.unnormalised++;
  };
  /** A record counts once, however many of its alleles are carried. */
  const differs = ({ line, reportedStart0, ref }: StatedAllele, name: string, found: string): void => {
    const record = line ?? reportedStart0;
    if (record === lastMismatch) return;
    lastMismatch = record;
    findings.mismatches++;
    if (findings.examples.length >= EXAMPLES) return;
    const where = line === undefined ? '' : `line ${line}: `;
    const text = `REF is ${shorten(ref)}, the reference has ${shorten(found)} at ${name}:${reportedStart0}`;
    findings.examples.push(`${where}${text} (0-based)`);
  };

  /** Brings the bases around an allele and its near followers. @returns false when they are not all loaded */
  const reach = async (
    reader: Sequences,
    name: string,
    alleles: readonly StatedAllele[],
    at: number,
  ): Promise<boolean> => {
    const { reportedStart0, ref } = alleles[at] as StatedAllele;
    const start0 = Math.max(0, reportedStart0 - MARGIN);
    let end0 = reportedStart0 + ref.length;
    if (start0 >= piece.start0 && end0 + MARGIN <= piece.start0 + piece.bases.length) return true;
    for (let next = at + 1; next < alleles.length; next++) {
      const follower = alleles[next] as StatedAllele;
      const to = Math.max(end0, follower.reportedStart0 + follower.ref.length);
      if (follower.reportedStart0 < reportedStart0 || to > end0 + NEAR || to > start0 + LONGEST_PIECE) break;
      end0 = to;
    }
    const interval = {
      start0: interbase(start0),
      end0: interbase(Math.min(await reader.length(name), end0 + MARGIN)),
    };
    if (!reader.has(name, interval)) return false;
    piece = { start0, bases: await reader.sequence(name, interval) };
    return true;
  };

  /** Alleles at the edge of what is loaded, and those that slide far, one by one. */
  const justifyAlone = async (reader: Sequences, name: string, allele: StatedAllele): Promise<Interval | undefined> => {
    const { reportedStart0, ref } = allele;
    const stated = {
      start0: reportedStart0,
      end0: interbase(reportedStart0 + ref.length),
      deleted: ref,
      inserted: allele.alt,
    };
    try {
      const normalised = await normalise(name, stated, reader);
      if (normalised.reference === 'differs') differs(allele, name, normalised.mismatch.found);
      else if (unitOf(allele) !== undefined) return normalised.allele;
    } catch (error) {
      if (!(error instanceof CannotAnswerError)) throw error;
      pass(allele);
    }
    return undefined;
  };

  const justifyNear = async (reader: Sequences, name: string, allele: StatedAllele): Promise<Interval | undefined> => {
    const offset = piece.start0;
    const { bases } = piece;
    const from = allele.reportedStart0 - offset;
    if (!bases.startsWith(allele.ref, from)) {
      const found = bases.slice(from, from + allele.ref.length);
      if (referenceMismatch(allele.reportedStart0, allele.ref, found) !== undefined) {
        differs(allele, name, found);
        return undefined;
      }
    }
    const unit = unitOf(allele);
    if (unit === undefined) return undefined;
    const [start, end] = [allele.start0 - offset, allele.end0 - offset];
    const left = slideLeft(bases, start, unit);
    const right = slideRight(bases, end, unit);
    const cutLeft = left === start && offset > 0;
    const cutRight = end + right === bases.length && offset + bases.length < (await reader.length(name));
    // A repeat that leaves the piece is rare, and followed with reads of its own.
    if (cutLeft || cutRight) return justifyAlone(reader, name, allele);
    return { start0: interbase(allele.start0 - left), end0: interbase(allele.end0 + right) };
  };

  return {
    known,
    pass,
    async justify(alleles) {
      if (sequences === undefined || accession === undefined) throw new Error('there is no reference to compare with');
      const intervals: (Interval | undefined)[] = [];
      for (const [index, allele] of alleles.entries()) {
        const near = await reach(sequences, accession, alleles, index);
        const justify = near ? justifyNear : justifyAlone;
        intervals.push(await justify(sequences, accession, allele));
      }
      return intervals;
    },
  };
}

/** The inserted or deleted bases of a pure insertion or deletion; undefined for all others. */
function unitOf({ start0, end0, reportedStart0, ref, alt }: StatedAllele): string | undefined {
  const deleted = end0 - start0;
  const inserted = alt.length - ref.length + deleted;
  if ((deleted === 0) === (inserted === 0)) return undefined;
  const from = start0 - reportedStart0;
  return deleted > 0 ? ref.slice(from, from + deleted) : alt.slice(from, from + inserted);
}

/** Bases before `start` that continue the unit leftwards; an N continues nothing. */
function slideLeft(bases: string, start: number, unit: string): number {
  let moved = 0;
  let at = unit.length - 1;
  while (moved < start && bases[start - 1 - moved] === unit[at] && unit[at] !== 'N') {
    moved++;
    at = at === 0 ? unit.length - 1 : at - 1;
  }
  return moved;
}

function slideRight(bases: string, end: number, unit: string): number {
  let moved = 0;
  let at = 0;
  while (end + moved < bases.length && bases[end + moved] === unit[at] && unit[at] !== 'N') {
    moved++;
    at = at === unit.length - 1 ? 0 : at + 1;
  }
  return moved;
}

const shorten = (bases: string): string =>
  bases.length <= 20 ? bases : `${bases.slice(0, 17)}... (${bases.length} bases)`;
