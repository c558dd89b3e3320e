import { type Assembly, chromosomeNamed, sequenceOf, sequencesOf } from '../genomics/assembly.ts';
import { CannotAnswerError, InvalidInputError } from '../genomics/errors.ts';
import type { Interval } from '../genomics/interval.ts';
import type { Sequences } from '../genomics/ports.ts';
import type { SequenceEntry, SequenceReader } from './sequence-reader.ts';

export interface SequencesOptions {
  /** Names the file in answers and in studies normalised with it. */
  readonly release: string;
  /**
   * Accept a chromosome of which the file holds only the first bases. Without it, a sequence that is not as long as
   * the chromosome it is named after is refused: a slice would give wrong bases at every position.
   */
  readonly allowPrefixes?: boolean;
}

/** Sequences of one file, with what was not taken from it. */
export interface FileSequences extends Sequences {
  /** Accessions that can be read. */
  readonly accessions: readonly string[];
  /** Names of sequences outside the primary assembly. */
  readonly ignored: readonly string[];
  /** Whether only a part of some sequence can be read. */
  readonly partial: boolean;
}

/** Bases `[start0, end0)` of a sequence, under the name they have in the file. */
interface Piece {
  readonly name: string;
  readonly start0: number;
  readonly end0: number;
}

interface Known {
  readonly accession: string;
  /** Bases of the whole sequence. */
  readonly length: number;
  /** One for a whole sequence, several for one of which the file has windows. */
  readonly pieces: readonly Piece[];
}

/** Bases that are read and kept together, and how many such blocks are kept (4 MiB in all). */
const BLOCK = 1 << 14;
const KEPT_BLOCKS = 256;

const VERSIONED = /^[A-Z]{2}_\d+\.\d+$/;
/** A window of a chromosome: accession, colon, interbase start and end. */
const WINDOW = /^(NC_\d+\.\d+):(\d+)-(\d+)$/;

/**
 * The chromosomes of a file under their accessions, whatever the file calls them; sequences named by another versioned
 * accession (transcripts) keep it. A sequence named `NC_000002.12:233760200-233760300` (interbase) is a window: these
 * bases can be read and the others can't. Read bases are upper case, and cached in blocks.
 *
 * @throws InvalidInputError when the file holds none, or one whose length is not its chromosome's.
 */
export function sequencesOfFile(reader: SequenceReader, assembly: Assembly, options: SequencesOptions): FileSequences {
  const { known, ignored } = placeAll(reader, assembly, options.allowPrefixes === true);
  if (known.size === 0) throw new InvalidInputError(`${reader.file} holds no chromosome of ${assembly}`);
  const block = blockCache(reader);
  const find = (accession: string): Known => {
    const found = known.get(accession);
    if (found !== undefined) return found;
    throw notLoaded(accession);
  };
  return {
    release: options.release,
    accessions: [...known.keys()],
    ignored,
    partial: [...known.values()].some(({ length, pieces }) =>
      pieces.every(({ start0, end0 }) => start0 > 0 || end0 < length),
    ),
    has(accession, interval) {
      const found = known.get(accession);
      return found !== undefined && (interval === undefined || pieceWith(found, interval) !== undefined);
    },
    length: async (accession) => find(accession).length,
    async sequence(accession, interval) {
      const found = find(accession);
      const { length } = found;
      if (interval.end0 > length) {
        throw new InvalidInputError(`${accession} has ${length} bases; ${interval.end0} is beyond its end`);
      }
      const piece = pieceWith(found, interval);
      if (piece === undefined) throw notLoaded(accession, interval);
      const { name, start0: offset, end0 } = piece;
      return basesOf(name, interval.start0 - offset, interval.end0 - offset, end0 - offset);
    },
  };

  async function basesOf(name: string, start: number, end: number, available: number): Promise<string> {
    // Long reads are not worth keeping.
    if (end - start > BLOCK * 8) return (await reader.read(name, start, end)).toUpperCase();
    let bases = '';
    for (let at = start - (start % BLOCK); at < end; at += BLOCK) {
      const piece = await block(name, at, Math.min(at + BLOCK, available));
      bases += piece.slice(Math.max(0, start - at), end - at);
    }
    return bases;
  }
}

/** The piece that holds an interval. One beyond the end of a whole sequence is in it: it is wrong, not missing. */
function pieceWith({ pieces, length }: Known, { start0, end0 }: Interval): Piece | undefined {
  return pieces.find((piece) => piece.start0 <= start0 && (end0 <= piece.end0 || piece.end0 === length));
}

/** The refusal of a sequence, or of a part of one, that nothing was loaded for. */
function notLoaded(accession: string, interval?: Interval): CannotAnswerError {
  const part = interval === undefined ? '' : ` at ${interval.start0}-${interval.end0}`;
  const assembly = sequencesOf(accession)[0]?.assembly ?? 'GRCh38';
  return new CannotAnswerError(
    `the reference sequence ${accession} is not loaded${part}; add it with 'genomics reference add --assembly ${assembly} --twobit FILE' (or --fasta FILE)`,
  );
}

interface Placed {
  readonly known: ReadonlyMap<string, Known>;
  readonly ignored: readonly string[];
}

function placeAll(reader: SequenceReader, assembly: Assembly, allowPrefixes: boolean): Placed {
  const known = new Map<string, Known>();
  const ignored: string[] = [];
  for (const entry of reader.entries) {
    const placed = windowOf(reader, entry, assembly) ?? place(reader, entry, assembly, allowPrefixes);
    const before = placed === undefined ? undefined : known.get(placed.accession);
    if (placed === undefined) ignored.push(entry.name);
    else if (before === undefined) known.set(placed.accession, placed);
    else known.set(placed.accession, { ...before, pieces: [...before.pieces, ...placed.pieces] });
  }
  return { known, ignored };
}

/** @throws InvalidInputError when a window is not as long as its name says, or not within its chromosome. */
function windowOf({ file }: SequenceReader, entry: SequenceEntry, assembly: Assembly): Known | undefined {
  const [, name, start, end] = WINDOW.exec(entry.name) ?? [];
  if (name === undefined) return undefined;
  const sequence = sequencesOf(name).find((one) => one.assembly === assembly);
  if (sequence === undefined) throw new InvalidInputError(`${file}: ${name} is no chromosome of ${assembly}`);
  const { accession, length } = sequence;
  const [start0, end0] = [Number(start), Number(end)];
  if (end0 - start0 !== entry.length || end0 > length) {
    throw new InvalidInputError(
      `${file}: ${entry.name} has ${entry.length} bases; a window is named by interbase ends`,
    );
  }
  return { accession, length, pieces: [{ name: entry.name, start0, end0 }] };
}

function place(
  { file }: SequenceReader,
  { name, description, length }: SequenceEntry,
  assembly: Assembly,
  allowPrefixes: boolean,
): Known | undefined {
  const pieces = [{ name, start0: 0, end0: length }];
  const chromosome = chromosomeNamed(assembly, name, length);
  const sequence = chromosome === undefined ? undefined : sequenceOf(assembly, chromosome);
  if (sequence === undefined) return VERSIONED.test(name) ? { accession: name, length, pieces } : undefined;
  const { accession } = sequence;
  if (sequence.length === length) return { accession, length, pieces };
  if (allowPrefixes && length < sequence.length) {
    // A file for prefixes may hold slices too; they are left out, not mistaken for the start of their chromosome.
    return statesOffset(description) ? undefined : { accession, length: sequence.length, pieces };
  }
  throw new InvalidInputError(
    `${file}: sequence ${name} has ${length} bases, and chromosome ${sequence.chromosome} of ${assembly} has ${sequence.length}; a slice or another assembly can't stand for it`,
  );
}

/** Whether a header says that its bases start elsewhere than at the first: `4:699438-775637`, `...:Y:2649521:...`. */
function statesOffset(description: string): boolean {
  const slice = /:(\d+)-\d+$/.exec(description) ?? /:(\d+):\d+:-?1\b/.exec(description);
  return slice !== null && Number(slice[1]) !== 1;
}

/** Reads blocks at most once while they are kept; the least recently used goes first. */
function blockCache(reader: SequenceReader): (name: string, start: number, end: number) => Promise<string> {
  const kept = new Map<string, Promise<string>>();
  return (name, start, end) => {
    const key = `${name}:${start}`;
    const found = kept.get(key) ?? reader.read(name, start, end).then((bases) => bases.toUpperCase());
    kept.delete(key);
    kept.set(key, found);
    // A failed read is not kept: the next caller tries again.
    found.catch(() => kept.delete(key));
    if (kept.size > KEPT_BLOCKS) kept.delete(kept.keys().next().value as string);
    return found;
  };
}

/** Several files as one; the first that has the bases answers. */
export function combineSequences(parts: readonly Sequences[]): Sequences {
  const holder = (accession: string, interval?: Interval): Sequences => {
    const part = parts.find((one) => one.has(accession, interval)) ?? parts.find((one) => one.has(accession));
    if (part === undefined) throw notLoaded(accession);
    return part;
  };
  return {
    release: parts.map(({ release }) => release).join(' + '),
    has: (accession, interval) => parts.some((part) => part.has(accession, interval)),
    length: async (accession) => holder(accession).length(accession),
    sequence: async (accession, interval) => holder(accession, interval).sequence(accession, interval),
  };
}
