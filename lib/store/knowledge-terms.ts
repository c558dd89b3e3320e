import type { Coded } from '../knowledge/rows.ts';
import { storedToken } from '../knowledge/tokens.ts';
import type { StatementFilter, Token } from '../operations/ports.ts';
import type { Bindings } from './duckdb.ts';
import { filesOfKind, type KnowledgeReader, knowledgeRows, type LoadedRelease } from './knowledge-files.ts';

/** Lists that pass a filter; undefined where nothing is asked of them. */
export interface FilteredLists {
  readonly conditions?: readonly number[];
  readonly treatments?: readonly number[];
}

/** A row `t` of terms is one of the bound tokens: by code and system, or by a word in any case. */
const IS_TOKEN = `t.kind = $kind AND ((t.system, t.code) IN (SELECT (unnest($systems), unnest($codes)))
  OR lower(t.code) IN (SELECT unnest($words)) OR lower(t.display) IN (SELECT unnest($words)))`;

/** The lists of a release that hold at least one token of each part of a filter; undefined when a part has none. */
export async function listsPassing(
  reader: KnowledgeReader,
  release: LoadedRelease,
  { conditions = [], treatments = [] }: StatementFilter,
): Promise<FilteredLists | undefined> {
  const [ofConditions, ofTreatments] = await Promise.all([
    conditions.length === 0 ? undefined : listsWith(reader, release, 'condition', conditions),
    treatments.length === 0 ? undefined : listsWith(reader, release, 'treatment', treatments),
  ]);
  if (ofConditions?.length === 0 || ofTreatments?.length === 0) return undefined;
  return {
    ...(ofConditions === undefined ? {} : { conditions: ofConditions }),
    ...(ofTreatments === undefined ? {} : { treatments: ofTreatments }),
  };
}

async function listsWith(
  reader: KnowledgeReader,
  release: LoadedRelease,
  kind: 'condition' | 'treatment',
  tokens: readonly Token[],
): Promise<readonly number[]> {
  const sql = `SELECT DISTINCT t.list FROM read_parquet($files) AS t WHERE ${IS_TOKEN}`;
  const rows = await knowledgeRows(reader, { files: filesOfKind(release, 'terms') }, sql, bindTokens(kind, tokens));
  return rows.map(([list]) => Number(list));
}

/** Other codes of the conditions or treatments that a token names, the most frequent first. */
export async function codesBeside(
  reader: KnowledgeReader,
  release: LoadedRelease,
  kind: 'condition' | 'treatment',
  token: Token,
): Promise<readonly Coded[]> {
  const sql = `WITH named AS (SELECT DISTINCT t.list, t.item FROM read_parquet($files) AS t WHERE ${IS_TOKEN})
    SELECT o.system, o.code, any_value(o.display) FROM read_parquet($files) AS o JOIN named USING (list, item)
    WHERE o.kind = $kind AND o.code IS NOT NULL GROUP BY o.system, o.code ORDER BY count(*) DESC, o.system, o.code`;
  const files = { files: filesOfKind(release, 'terms') };
  const rows = await knowledgeRows(reader, files, sql, bindTokens(kind, [token]));
  return rows.map(([system, code, display]) => ({
    system: String(system),
    code: String(code),
    ...(display === null ? {} : { display: String(display) }),
  }));
}

/** Tokens as the columns that {@link IS_TOKEN} compares with; the kind stays unbound when undefined. */
export function bindTokens(kind: string, tokens: readonly Token[]): Bindings {
  const stored = tokens.map(storedToken);
  const coded = stored.flatMap(({ system, code }) => (system === undefined ? [] : [{ system, code }]));
  return {
    kind,
    systems: { strings: coded.map(({ system }) => system) },
    codes: { strings: coded.map(({ code }) => code) },
    words: { strings: stored.flatMap(({ system, code }) => (system === undefined ? [code.toLowerCase()] : [])) },
  };
}

/** SQL that a row's lists pass, and what it binds. */
export function passing(row: string, { conditions, treatments }: FilteredLists): { sql: string; bindings: Bindings } {
  return {
    sql: [
      ...(conditions === undefined ? [] : [` AND ${row}.conditions IN (SELECT unnest($conditions))`]),
      ...(treatments === undefined ? [] : [` AND ${row}.treatments IN (SELECT unnest($treatments))`]),
    ].join(''),
    bindings: {
      ...(conditions === undefined ? {} : { conditions: { integers: conditions } }),
      ...(treatments === undefined ? {} : { treatments: { integers: treatments } }),
    },
  };
}
