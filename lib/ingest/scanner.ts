import { fault, type Place, quoted } from './fault.ts';

/** The fixed columns of one record. The scanner fills one object again and again. */
export interface RecordColumns {
  chrom: string;
  /** VCF POS, 1-based; 0 and length+1 are telomeres. */
  position: number;
  id: string;
  ref: string;
  alt: string;
  filter: string;
  info: string;
  /** Empty when the file has no FORMAT column. */
  format: string;
  /** FORMAT of the last record that had one. */
  lastFormat: string;
  /** Offset of the first sample column; the line's end when there is none. */
  samplesStart: number;
}

const TAB = 9;
const COLON = 58;
const SLASH = 47;
const PIPE = 124;
const ZERO = 48;

const QUALITY = /^(?:\.|[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|[-+]?inf(?:inity)?|nan)$/i;
const REFERENCE = /^[ACGTNacgtn]+$/;
const NO_SPACE = /^\S+$/;
/** `chr1`, or `<ctg>` for a contig of an assembly file. */
const CONTIG = /^(?:[^\s,<>[\]"'`]+|<[^\s,<>[\]"'`]+>)$/;
/** `PASS`, `.`, or names of failed filters: PASS beside another name would say both. */
const FILTER = /^(?:PASS|\.|(?!(?:.*;)?(?:PASS|\.)(?:;|$))[^\s;]+(?:;[^\s;]+)*)$/;

export function emptyColumns(): RecordColumns {
  return {
    chrom: '',
    position: 0,
    id: '',
    ref: '',
    alt: '',
    filter: '',
    info: '',
    format: '',
    lastFormat: '',
    samplesStart: 0,
  };
}

/** Strings of single bytes, so that most REF and ALT alleles need no new one. */
const SINGLE = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code));

/**
 * Reads the fixed columns of the line `bytes[start, end)`. A value that repeats the last record's is not made anew:
 * on one-sample files, making strings is most of the work.
 *
 * @param fixed 8, or 9 when the header names FORMAT
 * @throws InvalidInputError naming file, line and column.
 */
export function scanColumns(
  into: RecordColumns,
  bytes: Buffer,
  start: number,
  end: number,
  fixed: number,
  place: Place,
): void {
  let from = start;
  let to = start - 1;
  const next = (column: number): void => {
    from = to + 1;
    if (from > end) throw fault(place, `${column} columns, but the header has more; is the line cut?`);
    to = from;
    while (to < end && bytes[to] !== TAB) to++;
  };
  const text = (last: string): string => {
    if (to === from + 1 && (bytes[from] as number) < SINGLE.length) return SINGLE[bytes[from] as number] as string;
    return repeats(last, bytes, from, to) ? last : bytes.toString('utf8', from, to);
  };
  next(0);
  into.chrom = text(into.chrom);
  next(1);
  into.position = digits(bytes, from, to);
  if (into.position < 0) throw fault(place, `POS ${quoted(text(''))} is not a number`);
  next(2);
  into.id = text('');
  next(3);
  into.ref = text('');
  next(4);
  into.alt = text('');
  next(5);
  const quality = digits(bytes, from, to) < 0 ? text('') : '0';
  next(6);
  into.filter = text(into.filter);
  next(7);
  into.info = text(into.info);
  into.format = '';
  if (fixed > 8) {
    next(8);
    into.format = text(into.lastFormat);
    into.lastFormat = into.format;
  }
  into.samplesStart = to + 1;

  if (!CONTIG.test(into.chrom)) {
    throw fault(place, `CHROM ${quoted(into.chrom)} is no contig name; are the columns separated by tabs?`);
  }
  if (into.id !== '.' && !NO_SPACE.test(into.id)) {
    throw fault(place, `ID ${quoted(into.id)} is empty or has a space; write . for none`);
  }
  if (!REFERENCE.test(into.ref)) {
    const hint = 'REF is A, C, G, T and N only; other letters become the first base they stand for (VCF 4.3, 1.6.1)';
    throw fault(place, `REF ${quoted(into.ref)} is not a sequence; ${hint}`);
  }
  if (!QUALITY.test(quality)) throw fault(place, `QUAL ${quoted(quality)} is not a number; write . for none`);
  if (into.filter !== 'PASS' && !FILTER.test(into.filter)) {
    throw fault(place, `FILTER ${quoted(into.filter)} is neither PASS, . nor a list of failed filters`);
  }
  if (into.info === '') throw fault(place, 'INFO is empty; write . for none');
}

/** Whether `bytes[from, to)` spell an ASCII text. */
function repeats(text: string, bytes: Buffer, from: number, to: number): boolean {
  if (text.length !== to - from) return false;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code !== bytes[from + index] || code > 127) return false;
  }
  return true;
}

/** The number that one to ten digits spell; -1 when the bytes are anything else. */
export function digits(bytes: Buffer, from: number, to: number): number {
  if (to <= from || to > from + 10) return -1;
  let value = 0;
  for (let at = from; at < to; at++) {
    const digit = (bytes[at] as number) - ZERO;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

/**
 * Walks the sample columns of a line and shows each wanted one that is not plain reference (`0/0`, `0|0`).
 * Every separator is looked at, wanted or not, so that a line with a column too few or too many can't pass.
 *
 * @param wanted sample index by column, -1 for columns that are not asked for
 * @param every whether reference calls are shown too
 * @param visit gets the sample index and the column's bounds
 * @returns the number of columns found
 */
export function scanSamples(
  bytes: Buffer,
  from: number,
  end: number,
  wanted: Int32Array,
  every: boolean,
  visit: (sample: number, start: number, end: number) => void,
): number {
  if (from > end) return 0;
  let at = from;
  for (let column = 0; ; column++) {
    let to = at + 3;
    let reference = false;
    if (to <= end && bytes[at] === ZERO && bytes[at + 2] === ZERO) {
      const separator = bytes[at + 1];
      reference = separator === PIPE || separator === SLASH;
      if (reference && to < end && bytes[to] !== TAB) {
        reference = bytes[to] === COLON;
        while (to < end && bytes[to] !== TAB) to++;
      }
    }
    if (!reference) {
      to = at;
      while (to < end && bytes[to] !== TAB) to++;
    }
    if (every || !reference) {
      const sample = wanted[column];
      if (sample !== undefined && sample >= 0) visit(sample, at, to);
    }
    if (to >= end) return column + 1;
    at = to + 1;
  }
}
