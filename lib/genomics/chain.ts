import { type Assembly, chromosomeNamed, sequenceOf } from './assembly.ts';
import type { Interbase } from './coordinates.ts';
import { InvalidInputError } from './errors.ts';

/** Ungapped stretches of one source sequence, sorted by start; parallel arrays, interbase. */
export interface Blocks {
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** Greatest end of this and all earlier stretches: where to stop looking for overlapping ones. */
  readonly reach: Int32Array;
  /** Plus-strand start of the stretch on the target sequence. */
  readonly targets: Int32Array;
  /** Index into `chains`. */
  readonly chains: Int32Array;
}

/** Where a chain leads. */
export interface ChainTarget {
  readonly accession: string;
  /** Whether the target runs against the source. */
  readonly inverted: boolean;
}

/** Chains from one assembly's chromosomes to the other's, ready for look-ups. */
export interface ChainIndex {
  readonly from: Assembly;
  readonly to: Assembly;
  readonly blocks: ReadonlyMap<string, Blocks>;
  readonly chains: readonly ChainTarget[];
  /** Source sequences that were left out, with the number of their chains. */
  readonly ignored: ReadonlyMap<string, number>;
}

/** The header line of a chain, in the file's own words: from `t` to `q`. */
interface Header {
  readonly tName: string;
  readonly tSize: number;
  readonly tStart: number;
  readonly tEnd: number;
  readonly qName: string;
  readonly qSize: number;
  readonly qStrand: string;
  readonly qStart: number;
  readonly qEnd: number;
}

interface Stretch {
  readonly start: number;
  readonly end: number;
  readonly target: number;
  readonly chain: number;
}

/**
 * Reads a UCSC-format chain file. Only chains between chromosomes of the primary assemblies are kept; a file may name
 * one chromosome twice (`1` and `chr1`), which counts once. The mitochondrion is not lifted: NC_012920.1 is one
 * sequence of both assemblies, and hg19's own chrM (NC_001807.4) has no counterpart.
 *
 * @throws InvalidInputError naming the line, or when the sequences have not the lengths of these assemblies.
 * @see https://genome.ucsc.edu/goldenPath/help/chain.html
 */
export function parseChains(text: string, from: Assembly, to: Assembly): ChainIndex {
  const stretches = new Map<string, Stretch[]>();
  const chains: ChainTarget[] = [];
  const ignored = new Map<string, number>();
  const seen = new Set<string>();
  const lines = text.split('\n');
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] as string;
    if (!line.startsWith('chain')) {
      if (line.trim() === '' || line.startsWith('#')) continue;
      throw new InvalidInputError(`chain file, line ${i + 1}: a chain's header was expected`);
    }
    const header = readHeader(line, i + 1);
    const source = accessionOf(from, header.tName, header.tSize, i + 1);
    const target = accessionOf(to, header.qName, header.qSize, i + 1);
    const key = [source, header.tStart, header.tEnd, target, header.qStrand, header.qStart, header.qEnd].join();
    const wanted = source !== undefined && target !== undefined;
    if (!wanted) ignored.set(header.tName, (ignored.get(header.tName) ?? 0) + 1);
    const kept = wanted && !seen.has(key);
    seen.add(key);
    const into = kept ? (stretches.get(source) ?? []) : undefined;
    i = readBlocks(lines, i + 1, header, chains.length, into);
    if (!kept || into === undefined) continue;
    stretches.set(source, into);
    chains.push({ accession: target, inverted: header.qStrand === '-' });
  }
  const blocks = new Map([...stretches].map(([accession, list]) => [accession, pack(list)]));
  return { from, to, blocks, chains, ignored };
}

function readHeader(line: string, number: number): Header {
  const words = line.trim().split(/\s+/);
  const [, , tName, tSize, tStrand, tStart, tEnd, qName, qSize, qStrand, qStart, qEnd] = words;
  const numbers = [tSize, tStart, tEnd, qSize, qStart, qEnd].map(Number);
  if (tName === undefined || qName === undefined || numbers.some((value) => !Number.isInteger(value) || value < 0)) {
    throw new InvalidInputError(`chain file, line ${number}: not a chain header`);
  }
  if (tStrand !== '+' || (qStrand !== '+' && qStrand !== '-')) {
    throw new InvalidInputError(`chain file, line ${number}: the first strand must be + and the second + or -`);
  }
  const [tLength, tFrom, tTo, qLength, qFrom, qTo] = numbers as [number, number, number, number, number, number];
  return {
    tName,
    tSize: tLength,
    tStart: tFrom,
    tEnd: tTo,
    qName,
    qSize: qLength,
    qStrand,
    qStart: qFrom,
    qEnd: qTo,
  };
}

/** The nuclear chromosome that a chain means; undefined for all other sequences. */
function accessionOf(assembly: Assembly, name: string, length: number, line: number): string | undefined {
  const chromosome = chromosomeNamed(assembly, name, length);
  if (chromosome === undefined || chromosome === 'MT' || chromosome === 'MT-hg19') return undefined;
  const sequence = sequenceOf(assembly, chromosome);
  if (sequence === undefined || sequence.length !== length) {
    throw new InvalidInputError(
      `chain file, line ${line}: ${name} has ${length} bases there and ${sequence?.length} in ${assembly}; is the file's direction right?`,
    );
  }
  return sequence.accession;
}

/** Reads the lines of one chain into `into` and returns the index of its last line. */
function readBlocks(lines: readonly string[], first: number, header: Header, chain: number, into?: Stretch[]): number {
  let t = header.tStart;
  let q = header.qStart;
  for (let i = first; i < lines.length; i++) {
    const words = (lines[i] as string).trim().split(/\s+/);
    const [size = Number.NaN, dt, dq] = words.map(Number);
    if (words[0] === '' || !Number.isInteger(size) || (dt === undefined) !== (dq === undefined)) {
      throw new InvalidInputError(`chain file, line ${i + 1}: size, or size and two gaps, were expected`);
    }
    const target = header.qStrand === '+' ? q : header.qSize - q - size;
    into?.push({ start: t, end: t + size, target, chain });
    t += size + (dt ?? 0);
    q += size + (dq ?? 0);
    if (dt !== undefined) continue;
    if (t === header.tEnd && q === header.qEnd) return i;
    throw new InvalidInputError(`chain file, line ${i + 1}: the chain does not end where its header says`);
  }
  throw new InvalidInputError(`chain file: the last chain (line ${first}) has no end`);
}

function pack(list: readonly Stretch[]): Blocks {
  const sorted = [...list].sort((a, b) => a.start - b.start || a.end - b.end);
  const reach = new Int32Array(sorted.length);
  let furthest = 0;
  sorted.forEach(({ end }, i) => {
    furthest = Math.max(furthest, end);
    reach[i] = furthest;
  });
  return {
    starts: Int32Array.from(sorted, ({ start }) => start),
    ends: Int32Array.from(sorted, ({ end }) => end),
    reach,
    targets: Int32Array.from(sorted, ({ target }) => target),
    chains: Int32Array.from(sorted, ({ chain }) => chain),
  };
}

/** Where one base goes. */
export interface LiftedBase extends ChainTarget {
  readonly base0: Interbase;
  readonly chain: number;
}

/** Index of the first stretch that starts after `base0`. */
function firstAfter(starts: Int32Array, base0: number): number {
  let low = 0;
  let high = starts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((starts[middle] as number) <= base0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Every place that the base `base0` (the one after that gap) goes to; none, one, or several. */
export function liftBase(index: ChainIndex, accession: string, base0: number): readonly LiftedBase[] {
  const blocks = index.blocks.get(accession);
  if (blocks === undefined) return [];
  const { starts, ends, reach, targets, chains } = blocks;
  const found: LiftedBase[] = [];
  for (let i = firstAfter(starts, base0) - 1; i >= 0 && (reach[i] as number) > base0; i--) {
    const [start, end, chain] = [starts[i] as number, ends[i] as number, chains[i] as number];
    if (end <= base0) continue;
    const target = index.chains[chain] as ChainTarget;
    const offset = target.inverted ? end - 1 - base0 : base0 - start;
    found.push({ ...target, chain, base0: ((targets[i] as number) + offset) as Interbase });
  }
  return found;
}

/**
 * Whether everything that is aligned from base `from` to base `to` goes to one sequence, in one direction and in the
 * same order. Some files (Ensembl's) cut one alignment into many chains, so one chain can't be asked for.
 */
export function isColinear(index: ChainIndex, accession: string, from: number, to: number): boolean {
  const blocks = index.blocks.get(accession);
  if (blocks === undefined) return false;
  const { starts, ends, reach, targets, chains } = blocks;
  let next = firstAfter(starts, from) - 1;
  while (next > 0 && (reach[next - 1] as number) > from) next--;
  let first: ChainTarget | undefined;
  let edge = 0;
  for (let i = Math.max(0, next); i < starts.length && (starts[i] as number) <= to; i++) {
    if ((ends[i] as number) <= from) continue;
    const target = index.chains[chains[i] as number] as ChainTarget;
    const low = targets[i] as number;
    const high = low + (ends[i] as number) - (starts[i] as number);
    if (first === undefined) first = target;
    else if (target.accession !== first.accession || target.inverted !== first.inverted) return false;
    else if (first.inverted ? high > edge : low < edge) return false;
    edge = first.inverted ? low : high;
  }
  return first !== undefined;
}
