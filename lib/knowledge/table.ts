import { basename } from 'node:path';
import { InvalidInputError } from '../genomics/errors.ts';
import { openLines } from '../ingest/bytes.ts';
import { fault, type Place, quoted } from '../ingest/fault.ts';

/** Lines of a text file (plain, gzip, BGZF), a block at a time, with the number of the first. */
export async function* lineBlocks(path: string): AsyncGenerator<{ lines: readonly string[]; firstLine: number }> {
  const { blocks } = await openLines(path, 'any');
  for await (const { bytes, firstLine } of blocks) {
    const text = bytes.toString('utf8');
    const split = text.split('\n');
    const lines = text.includes('\r') ? split.map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line)) : split;
    if (lines.at(-1) === '') lines.pop();
    yield { lines, firstLine };
  }
}

/** A row of a tab-separated table. */
export interface TableRow {
  readonly place: Place;
  /** Text of a column, trimmed; empty for a column that this file does not have. */
  get(column: string): string;
}

/**
 * Reads a tab-separated table with a line of column names, without quoting, as ClinVar, CIViC and PharmGKB publish
 * them. Empty lines are passed over, and lines that start with `#`. More values than names are let through, as CIViC
 * writes lists over several columns at the end of a row.
 *
 * @param needed columns without which the file is something else; the names may start with `#`
 * @throws NotFoundError, or InvalidInputError naming file and line: needed columns absent, or a row without one of them.
 */
export async function* readTable(path: string, needed: readonly string[]): AsyncGenerator<TableRow> {
  const file = basename(path);
  let columns: ReadonlyMap<string, number> | undefined;
  for await (const { lines, firstLine } of lineBlocks(path)) {
    for (const [i, line] of lines.entries()) {
      const place = { file, line: firstLine + i };
      if (columns === undefined) {
        columns = columnsOf(place, line, needed);
        continue; // a comment before the names leaves them unknown
      }
      if (line === '' || line.startsWith('#')) continue;
      const values = line.split('\t');
      const known = columns;
      const short = needed.find((column) => (known.get(column) as number) >= values.length);
      if (short !== undefined) throw fault(place, `only ${values.length} values; ${quoted(short)} is missing`);
      yield { place, get: (column) => values[known.get(column) ?? -1]?.trim() ?? '' };
    }
  }
  if (columns === undefined) throw new InvalidInputError(`${file} has no line of column names`);
}

/** Undefined for a comment before the line of names. */
function columnsOf(place: Place, line: string, needed: readonly string[]): ReadonlyMap<string, number> | undefined {
  const names = line.replace(/^\uFEFF?#?/, '').split('\t');
  const columns = new Map(names.map((name, i) => [name.trim(), i]));
  const missing = needed.filter((name) => !columns.has(name));
  if (missing.length > 0) {
    if (line.startsWith('#') && missing.length === needed.length) return undefined;
    throw fault(place, `column ${quoted(missing[0] as string)} is missing; the first line must name the columns`);
  }
  return columns;
}

/** Parts of a list without empty ones. */
export function listOf(text: string, separator: string | RegExp): readonly string[] {
  return text
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
