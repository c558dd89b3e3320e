import { type DuckDBValue, listValue } from '@duckdb/node-api';
import { UnavailableError } from '../../genomics/errors.ts';
import type { CohortEngine, Rows } from '../cohort/engine.ts';
import type { Query } from '../range-query.ts';
import type { ReadFile } from '../study-files.ts';
import { TRINO } from './dialect.ts';
import { type AthenaParts, type Page, runStatement } from './run-statement.ts';
import { LONGEST_QUERY, statementOf } from './statement.ts';

/** Answers questions over compacted files in Athena. */
export function athenaEngine(parts: AthenaParts): CohortEngine {
  return {
    dialect: TRINO,
    takes: ({ sql, bindings }) => statementOf(sql, bindings).sql.length <= (parts.longestQuery ?? LONGEST_QUERY),
    async *rows({ sql, bindings, files }: Query<ReadFile>) {
      if ([...files.values()].every((list) => list.length === 0)) return;
      const checked = checkCounted({ files }, parts);
      // Awaited below; an error of the query itself must not leave this one to nobody.
      checked.catch(() => {});
      for await (const page of runStatement(statementOf(sql, bindings), parts)) {
        await checked;
        yield rowsOf(page);
      }
    },
  };
}

/**
 * To Athena a partition without its file is an empty one, and a second file in it is one more to read. So the rows of the
 * files are counted, which reads their footers only.
 *
 * @throws UnavailableError unless they are as many as the generation has
 */
async function checkCounted({ files }: Pick<Query<ReadFile>, 'files'>, parts: AthenaParts): Promise<void> {
  const scans = [...files].map(([name, sources]) => `SELECT 1 AS one FROM ${TRINO.files(name, sources)}`);
  const sql = `SELECT CAST(count(*) AS VARCHAR) AS total FROM (${scans.join('\nUNION ALL\n')})`;
  let found = 0;
  for await (const { rows } of runStatement(statementOf(sql, {}), parts)) found += Number(rows[0]?.[0]);
  const expected = [...files.values()].flat().reduce((sum, { file }) => sum + file.rows, 0);
  if (found === expected) return;
  throw new UnavailableError('the archive could not be read', undefined, {
    cause: new Error(`the tables have ${found} rows where the generation has ${expected}`),
  });
}

function rowsOf({ columns, rows }: Page): Rows {
  const readers = columns.map(({ Name, Type }) => (Name === 'carriers' ? listOf : readerOf(Type)));
  return {
    rowCount: rows.length,
    getColumns: () =>
      readers.map((read, column) =>
        rows.map((row) => {
          const text = row[column] ?? null;
          return text === null ? null : read(text);
        }),
      ),
  };
}

const listOf = (text: string): DuckDBValue => listValue(JSON.parse(text) as readonly number[]);

/** As DuckDB gives values of the type. */
function readerOf(type: string | undefined): (text: string) => DuckDBValue {
  switch (type) {
    case 'varchar':
      return (text) => text;
    case 'tinyint':
    case 'smallint':
    case 'integer':
    case 'float':
    case 'real':
      return (text) => {
        const value = Number(text);
        if (text === '' || Number.isNaN(value)) throw new Error('a number is none');
        return value;
      };
    case 'boolean':
      return (text) => text === 'true';
    default:
      throw new Error(`no column of an answer is of the type ${type}`);
  }
}
