import { type Assembly, chromosomeNamed, sequenceOf } from '../genomics/assembly.ts';
import { CannotAnswerError, InvalidInputError } from '../genomics/errors.ts';
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
}

interface Known {
  readonly name: string;
  /** Bases in the file. */
  readonly available: number;
  /** Bases of the whole sequence. */
  readonly length: number;
}

/** Bases that are read and kept together, and how many such blocks are kept (4 MiB in all). */
const BLOCK = 1 << 14;
const KEPT_BLOCKS = 256;

const VERSIONED = /^[A-Z]{2}_\d+\.\d+$/;

/**
 * The chromosomes of a file under their accessions, whatever the file calls them; sequences named by another versioned
 * accession (transcripts) keep it. Read bases are upper case, and cached in blocks.
 *
 * @throws InvalidInputError when the file holds none, or one whose length is not its chromosome's.
 */
export function sequencesOfFile(reader: SequenceReader, assembly: Assembly, options: SequencesOptions): FileSequences {
  const known = new Map<string, Known>();
  const ignored: string[] = [];
  for (const entry of reader.entries) {
    const placed = place(reader, entry, assembly, options.allowPrefixes === true);
    if (placed === undefined) ignored.push(entry.name);
    else if (!known.has(placed.accession)) known.set(placed.accession, placed);
  }
  if (known.size === 0) throw new InvalidInputError(`${reader.file} holds no chromosome of ${assembly}`);
  const block = blockCache(reader);
  const find = (accession: string): Known => {
    const found = known.get(accession);
    if (found !== undefined) return found;
    throw missing(accession);
  };
  return {
    release: options.release,
    accessions: [...known.keys()],
    ignored,
    has: (accession) => known.has(accession),
    length: async (accession) => find(accession).length,
    async sequence(accession, { start0, end0 }) {
      const { name, available, length } = find(accession);
      if (end0 > length) throw new InvalidInputError(`${accession} has ${length} bases; ${end0} is beyond its end`);
      if (end0 > available) {
        throw new CannotAnswerError(`${reader.file} holds only the first ${available} bases of ${accession}`);
      }
      // Long reads are not worth keeping.
      if (end0 - start0 > BLOCK * 8) return (await reader.read(name, start0, end0)).toUpperCase();
      let bases = '';
      for (let at = start0 - (start0 % BLOCK); at < end0; at += BLOCK) {
        const piece = await block(name, at, Math.min(at + BLOCK, available));
        bases += piece.slice(Math.max(0, start0 - at), end0 - at);
      }
      return bases;
    },
  };
}

/** The refusal of a sequence that nothing was loaded for. */
function missing(accession: string): CannotAnswerError {
  return new CannotAnswerError(
    `the reference sequence ${accession} is not loaded; add it with 'genomics reference add --fasta FILE'`,
  );
}

function place(
  { file }: SequenceReader,
  { name, description, length }: SequenceEntry,
  assembly: Assembly,
  allowPrefixes: boolean,
): (Known & { accession: string }) | undefined {
  const chromosome = chromosomeNamed(assembly, name, length);
  const sequence = chromosome === undefined ? undefined : sequenceOf(assembly, chromosome);
  if (sequence === undefined) {
    return VERSIONED.test(name) ? { accession: name, name, available: length, length } : undefined;
  }
  const { accession } = sequence;
  if (sequence.length === length) return { accession, name, available: length, length };
  if (allowPrefixes && length < sequence.length && !statesOffset(description)) {
    return { accession, name, available: length, length: sequence.length };
  }
  // A file for prefixes may hold slices too; they are left out, not mistaken for the start of their chromosome.
  if (allowPrefixes && length < sequence.length) return undefined;
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

/** Several files as one; the first that has an accession answers. */
export function combineSequences(parts: readonly Sequences[]): Sequences {
  const holder = (accession: string): Sequences => {
    const part = parts.find((one) => one.has(accession));
    if (part === undefined) throw missing(accession);
    return part;
  };
  return {
    release: parts.map(({ release }) => release).join(' + '),
    has: (accession) => parts.some((part) => part.has(accession)),
    length: async (accession) => holder(accession).length(accession),
    sequence: async (accession, interval) => holder(accession).sequence(accession, interval),
  };
}
