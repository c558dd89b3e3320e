import { basename } from 'node:path';
import { InvalidInputError } from '../genomics/errors.ts';
import { fault } from '../ingest/fault.ts';
import type { Drug } from './drugs.ts';
import type { ImportReport } from './report.ts';
import { KNOWLEDGE_SYSTEM } from './systems.ts';
import { lineBlocks } from './table.ts';

export interface CpicGuideline {
  readonly id: string;
  readonly name: string;
  readonly url: string;
  readonly pharmGkb: readonly string[];
}

export interface CpicGene {
  readonly symbol: string;
  readonly hgnc: string | undefined;
}

/** A gene and a drug that CPIC has assessed, with its level (`A` to `D`). */
export interface CpicPair {
  readonly gene: string;
  readonly drugId: string;
  readonly guidelineId: string | undefined;
  readonly level: string | undefined;
}

export interface CpicData {
  readonly drugs: readonly Drug[];
  readonly guidelines: readonly CpicGuideline[];
  readonly genes: readonly CpicGene[];
  readonly pairs: readonly CpicPair[];
}

type CopyRow = ReadonlyMap<string, string | undefined>;

/**
 * Reads the SQL dumps that CPIC publishes (PostgreSQL, `COPY ... FROM stdin`), of which the tables drug, guideline,
 * gene and pair are used; everything else is passed over.
 *
 * @throws InvalidInputError naming file and line when it has no COPY of a used table, a row does not fit its columns,
 * or a COPY does not end.
 * @see https://www.postgresql.org/docs/current/sql-copy.html and https://github.com/cpicpgx/cpic-data
 */
export async function readCpicSql(path: string, report: ImportReport): Promise<CpicData> {
  const file = basename(path);
  const tables = new Map<string, CopyRow[]>();
  let copy: { readonly columns: readonly string[]; readonly rows: CopyRow[] } | undefined;
  for await (const { lines, firstLine } of lineBlocks(path)) {
    for (const [i, line] of lines.entries()) {
      const place = { file, line: firstLine + i };
      if (copy === undefined) {
        const [, table, names] = /^COPY\s+(?:\w+\.)?(\w+)\s*\(([^)]*)\)\s+FROM\s+stdin/i.exec(line) ?? [];
        if (table === undefined || names === undefined) continue;
        const rows = tables.get(table.toLowerCase()) ?? [];
        tables.set(table.toLowerCase(), rows);
        copy = { columns: names.split(',').map((name) => name.trim().toLowerCase()), rows };
      } else if (line === '\\.') {
        copy = undefined;
      } else {
        report.row();
        const values = line.split('\t');
        const { columns } = copy;
        if (values.length !== columns.length) {
          throw fault(place, `${values.length} values, but COPY names ${columns.length} columns`);
        }
        copy.rows.push(new Map(columns.map((name, at) => [name, unescaped(values[at] as string)])));
      }
    }
  }
  if (copy !== undefined) throw new InvalidInputError(`${file} is cut: a COPY does not end with \\.`);
  const rows = (table: string): readonly CopyRow[] => tables.get(table) ?? [];
  const data = {
    drugs: rows('drug').map(drugOf),
    guidelines: rows('guideline').map((row) => ({
      id: row.get('id') ?? '',
      name: row.get('name') ?? '',
      url: row.get('url') ?? '',
      pharmGkb: arrayOf(row.get('pharmgkbid')),
    })),
    genes: rows('gene').map((row) => ({ symbol: row.get('symbol') ?? '', hgnc: row.get('hgncid') })),
    pairs: rows('pair').map((row) => ({
      gene: row.get('genesymbol') ?? '',
      drugId: row.get('drugid') ?? '',
      guidelineId: row.get('guidelineid'),
      level: row.get('cpiclevel') ?? row.get('level'),
    })),
  };
  if (Object.values(data).every(({ length }) => length === 0)) {
    throw new InvalidInputError(`${file} has no COPY of CPIC's tables drug, guideline, gene or pair`);
  }
  return data;
}

/** Empty text and NULL both mean nothing here. */
function unescaped(text: string): string | undefined {
  return text === '\\N' || text === ''
    ? undefined
    : text.replace(/\\(.)/g, (_, one: string) => ESCAPES.get(one) ?? one);
}

const ESCAPES = new Map<string, string>(Object.entries({ n: '\n', t: '\t', r: '\r' }));

/** A PostgreSQL array of plain words: `{J05AF06,J05AR02}`; `{""}` holds nothing. */
function arrayOf(text: string | undefined): readonly string[] {
  return (text ?? '')
    .replace(/^\{|\}$/g, '')
    .split(',')
    .map((word) => word.replaceAll('"', '').trim())
    .filter((word) => word !== '');
}

function drugOf(row: CopyRow): Drug {
  const one = (system: string, code: string | undefined) => (code === undefined ? [] : [{ system, code }]);
  const pharmGkb = row.get('pharmgkbid');
  return {
    name: row.get('name') ?? '',
    pharmGkb,
    codes: [
      ...one(KNOWLEDGE_SYSTEM.rxNorm, row.get('rxnormid')),
      ...one(KNOWLEDGE_SYSTEM.drugBank, row.get('drugbankid')),
      ...one(KNOWLEDGE_SYSTEM.pharmGkb, pharmGkb),
    ],
  };
}
