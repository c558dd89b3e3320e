import { closeSync, openSync, writeSync } from 'node:fs';
import { literal } from '../store/write-parquet.ts';

const BUFFER = 1 << 20;
/** Longest text that is surely written without growing: three bytes of UTF-8 for each UTF-16 unit. */
const WORST = 3;
/** Text up to this long is written here: a call out of JavaScript costs as much as some 30 characters. */
const SHORT = 24;
/** A separator with a number or a short text. */
const ROOM = 32;

/**
 * Writes tab-separated rows as bytes, straight into a buffer: no string per row, so that 16 million rows of a cohort
 * leave no garbage. Writing is synchronous: the pages go to the operating system's cache, and nothing has to wait.
 */
export interface TsvWriter {
  readonly path: string;
  readonly rows: number;
  /** No line has more bytes than this. */
  readonly longestLine: number;
  /** A non-negative or negative integer. */
  integer(value: number): void;
  /** Text without tabs or line ends; undefined is an empty field, which DuckDB reads as NULL. */
  text(value: string | undefined): void;
  /** Any number as text; undefined is NULL. */
  number(value: number | undefined): void;
  endRow(): void;
  close(): void;
}

const TAB = 9;
const LF = 10;
const MINUS = 45;
const ZERO = 48;

export function openTsv(path: string): TsvWriter {
  const file = openSync(path, 'w');
  const buffer = Buffer.allocUnsafe(BUFFER);
  let at = 0;
  let rows = 0;
  let first = true;
  let lineBytes = 0;
  let longestLine = 0;

  const flush = (): void => {
    for (let from = 0; from < at; ) from += writeSync(file, buffer, from, at - from);
    at = 0;
  };
  const separator = (): void => {
    if (at > BUFFER - ROOM) flush();
    lineBytes += ROOM;
    if (first) first = false;
    else buffer[at++] = TAB;
  };
  const digits = (value: number): void => {
    let width = 1;
    for (let limit = 10; value >= limit; limit *= 10) width++;
    let rest = value;
    for (let place = at + width - 1; place >= at; place--) {
      const next = Math.floor(rest / 10);
      buffer[place] = ZERO + rest - next * 10;
      rest = next;
    }
    at += width;
  };
  const integer = (value: number): void => {
    separator();
    if (value < 0) buffer[at++] = MINUS;
    digits(Math.abs(value));
  };
  /** Whether the text was short and plain ASCII, and so is written. */
  const short = (value: string): boolean => {
    if (value.length > SHORT) return false;
    for (let i = 0; i < value.length; i++) {
      const unit = value.charCodeAt(i);
      if (unit > 127) return false;
      buffer[at + i] = unit;
    }
    at += value.length;
    return true;
  };
  const text = (value: string | undefined): void => {
    separator();
    if (value === undefined || short(value)) return;
    lineBytes += value.length * WORST;
    // One byte is left for the end of the row.
    if (value.length * WORST < BUFFER - at) {
      at += buffer.write(value, at);
      return;
    }
    flush();
    if (value.length * WORST < BUFFER) at += buffer.write(value, 0);
    else writeAll(file, Buffer.from(value));
  };

  return {
    path,
    get rows() {
      return rows;
    },
    get longestLine() {
      return longestLine;
    },
    integer,
    text,
    number(value) {
      if (value !== undefined && Number.isInteger(value)) integer(value);
      else text(value === undefined ? undefined : String(Math.fround(value) === value ? value : value.toPrecision(9)));
    },
    endRow() {
      buffer[at++] = LF;
      first = true;
      if (lineBytes > longestLine) longestLine = lineBytes;
      lineBytes = 0;
      rows++;
    },
    close() {
      flush();
      closeSync(file);
    },
  };
}

function writeAll(file: number, bytes: Buffer): void {
  for (let from = 0; from < bytes.length; ) from += writeSync(file, bytes, from);
}

/** DuckDB's own limit of a CSV line, which a long allele may pass. */
const DEFAULT_LINE = 2_097_152;

/**
 * SQL that reads a file of rows back.
 *
 * @param fields names and types, as in `sample INTEGER, subject VARCHAR`
 * @param longestLine about how many bytes the longest line has
 */
export function readTsv(path: string, fields: string, longestLine = 0): string {
  const columns = fields
    .split(', ')
    .map((field) => field.split(' '))
    .map(([name, type]) => `'${name}': '${type}'`);
  return `SELECT * FROM read_csv(${literal(path)}, delim = '\\t', header = false, auto_detect = false, quote = '', escape = '',
    nullstr = '', new_line = '\\n', max_line_size = ${Math.max(DEFAULT_LINE, longestLine * 2)}, columns = {${columns.join(', ')}})`;
}
