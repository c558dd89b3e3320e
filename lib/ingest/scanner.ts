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
  /** Offset of the first sample column; the line's end when there is none. */
  samplesStart: number;
}

const TAB = 9;
const COLON = 58;
const SLASH = 47;
const PIPE = 124;
const ZERO = 48;

const POSITION = /^\d{1,10}$/;
const QUALITY = /^(?:\.|[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|[-+]?inf(?:inity)?|nan)$/i;
const REFERENCE = /^[ACGTNacgtn]+$/;
const NO_SPACE = /^\S+$/;
/** `chr1`, or `<ctg>` for a contig of an assembly file. */
const CONTIG = /^(?:[^\s,<>[\]"'`]+|<[^\s,<>[\]"'`]+>)$/;
/** `PASS`, `.`, or names of failed filters: PASS beside another name would say both. */
const FILTER = /^(?:PASS|\.|(?!(?:.*;)?(?:PASS|\.)(?:;|$))[^\s;]+(?:;[^\s;]+)*)$/;

export function emptyColumns(): RecordColumns {
  return { chrom: '', position: 0, id: '', ref: '', alt: '', filter: '', info: '', format: '', samplesStart: 0 };
}

/**
 * Reads the fixed columns of the line `bytes[start, end)`.
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
  const next = (column: number): string => {
    if (from > end) throw fault(place, `${column} columns, but the header has more; is the line cut?`);
    const tab = bytes.indexOf(TAB, from);
    const to = tab < 0 || tab > end ? end : tab;
    const text = bytes.toString('utf8', from, to);
    from = to + 1;
    return text;
  };
  into.chrom = next(0);
  const position = next(1);
  into.id = next(2);
  into.ref = next(3);
  into.alt = next(4);
  const quality = next(5);
  into.filter = next(6);
  into.info = next(7);
  into.format = fixed > 8 ? next(8) : '';
  into.samplesStart = from;
  into.position = Number(position);

  if (!CONTIG.test(into.chrom)) {
    throw fault(place, `CHROM ${quoted(into.chrom)} is no contig name; are the columns separated by tabs?`);
  }
  if (!POSITION.test(position)) throw fault(place, `POS ${quoted(position)} is not a number`);
  if (!NO_SPACE.test(into.id)) throw fault(place, `ID ${quoted(into.id)} is empty or has a space; write . for none`);
  if (!REFERENCE.test(into.ref)) {
    const hint = 'REF is A, C, G, T and N only; other letters become the first base they stand for (VCF 4.3, 1.6.1)';
    throw fault(place, `REF ${quoted(into.ref)} is not a sequence; ${hint}`);
  }
  if (!QUALITY.test(quality)) throw fault(place, `QUAL ${quoted(quality)} is not a number; write . for none`);
  if (!FILTER.test(into.filter)) {
    throw fault(place, `FILTER ${quoted(into.filter)} is neither PASS, . nor a list of failed filters`);
  }
  if (into.info === '') throw fault(place, 'INFO is empty; write . for none');
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
