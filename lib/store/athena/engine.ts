import { type DuckDBValue, listValue } from '@duckdb/node-api';
import type { CohortEngine, Rows } from '../cohort/engine.ts';
import { type ObjectReference, type ObjectStore, unreadable } from '../objects.ts';
import type { Query } from '../range-query.ts';
import type { ReadFile } from '../study-files.ts';
import { TRINO } from './dialect.ts';
import { type AthenaParts, type Page, runStatement } from './run-statement.ts';
import { statementOf } from './statement.ts';

/** Of a query's 262,144 bytes each question takes about 30. */
const MOST_QUESTIONS = 5_000;
const LOOKS_AT_A_TIME = 16;

/** Answers questions over compacted files in Athena. */
export function athenaEngine(parts: AthenaParts & { readonly objects: ObjectStore }): CohortEngine {
  return {
    dialect: TRINO,
    mostQuestions: MOST_QUESTIONS,
    async *rows({ sql, bindings, files }: Query<ReadFile>) {
      const sources = [...files.values()].flat();
      if (sources.length === 0) return;
      await checkThere(
        parts.objects,
        sources.map(({ file }) => file),
      );
      for await (const page of runStatement(statementOf(sql, bindings), parts)) yield rowsOf(page);
    },
  };
}

/** To Athena a partition without its file is an empty one. @throws UnavailableError */
async function checkThere(objects: ObjectStore, all: readonly ObjectReference[]): Promise<void> {
  const left = [...new Map(all.map((one) => [one.key, one])).values()];
  const look = async (): Promise<void> => {
    for (let one = left.pop(); one !== undefined; one = left.pop()) {
      const found = await objects.head(one.key);
      if (found === undefined) throw unreadable(one.key, 'is missing');
      if (found.bytes !== one.bytes) throw unreadable(one.key, `has ${found.bytes} bytes, not ${one.bytes}`);
    }
  };
  await Promise.all(Array.from({ length: LOOKS_AT_A_TIME }, look));
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
