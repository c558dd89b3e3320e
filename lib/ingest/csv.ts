import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { NotFoundError } from '../genomics/errors.ts';
import { fault, type Place, quoted } from './fault.ts';

/** One record of a CSV with a header: values by column; empty ones are absent. */
export interface CsvRow {
  readonly place: Place;
  readonly values: Readonly<Record<string, string>>;
}

/**
 * Reads a CSV file with a header line, quoted as in RFC 4180. Line ends may be LF or CRLF; empty lines are passed over.
 *
 * @param columns names that may stand in the header
 * @throws NotFoundError when the file can't be read; InvalidInputError naming file and line for an unknown or repeated
 * column, an unclosed quote, or a row of another length.
 */
export async function readCsv(path: string, columns: readonly string[]): Promise<readonly CsvRow[]> {
  const file = basename(path);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path));
  } catch (cause) {
    if (cause instanceof TypeError) throw fault({ file, line: 1 }, 'bytes that are not UTF-8; save the file as UTF-8');
    throw new NotFoundError(`${path} cannot be read; check the path`, undefined, { cause });
  }
  const [header, ...records] = parseCsv(file, text);
  if (header === undefined) throw fault({ file, line: 1 }, 'the file is empty; the first line names the columns');
  const names = header.fields.map((name) => name.trim());
  for (const [index, name] of names.entries()) {
    if (!columns.includes(name)) {
      throw fault(header.place, `unknown column ${quoted(name)}; known are ${columns.join(', ')}`);
    }
    if (names.indexOf(name) !== index) throw fault(header.place, `column ${name} stands twice`);
  }
  return records.map(({ place, fields }) => {
    if (fields.length !== names.length) {
      throw fault(place, `${fields.length} values, but the header names ${names.length} columns`);
    }
    const entries = names.map((name, index): [string, string] => [name, (fields[index] as string).trim()]);
    return { place, values: Object.fromEntries(entries.filter(([, value]) => value !== '')) };
  });
}

interface CsvRecord {
  readonly place: Place;
  readonly fields: readonly string[];
}

/** @see https://www.rfc-editor.org/rfc/rfc4180 */
function parseCsv(file: string, text: string): readonly CsvRecord[] {
  const records: CsvRecord[] = [];
  const source = text.replace(/^\uFEFF/, '');
  let at = 0;
  let line = 1;
  while (at < source.length) {
    const place = { file, line };
    const fields: string[] = [];
    for (let more = true; more; ) {
      const field = source[at] === '"' ? quotedField(place, source, at) : plainField(source, at);
      line += field.value.split('\n').length - 1;
      fields.push(field.value);
      at = field.end;
      more = source[at] === ',';
      if (more) at++;
    }
    if (source.startsWith('\r\n', at)) at += 2;
    else if (source[at] === '\n') at++;
    else if (at < source.length) throw fault({ file, line }, 'text after a closing quote');
    line++;
    if (fields.length > 1 || fields[0] !== '') records.push({ place, fields });
  }
  return records;
}

interface Field {
  readonly value: string;
  /** Offset after the field. */
  readonly end: number;
}

function plainField(source: string, start: number): Field {
  let end = start;
  while (end < source.length && source[end] !== ',' && source[end] !== '\n' && !source.startsWith('\r\n', end)) end++;
  return { value: source.slice(start, end), end };
}

function quotedField(place: Place, source: string, start: number): Field {
  let value = '';
  for (let at = start + 1; at < source.length; at++) {
    if (source[at] !== '"') value += source[at];
    else if (source[at + 1] === '"') value += source[at++];
    else return { value, end: at + 1 };
  }
  throw fault(place, 'a quote is not closed');
}
