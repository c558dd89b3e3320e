import { type Bound, manyIntegers } from './duckdb.ts';
import type { ReadFile } from './study-files.ts';

/** A list of which even an empty one has a type. */
export type BoundList = Exclude<Bound, string | number>;

/** Lists of equal length, by the column that each becomes. */
export type Lists = Readonly<Record<string, BoundList>>;

/** Values that a query binds; what writes SQL adds to them. */
export type OpenBindings = Record<string, Bound>;

/**
 * What DuckDB and Trino (Athena) write differently. Queries are made once, by the modules of queries; only what is asked
 * of this differs (docs/population.md lists it).
 */
export interface Dialect {
  /** The rows of some files, to be named by the caller. @param name unique in the query */
  files(name: string, sources: readonly ReadFile[]): string;
  /** Number of the file of a row of `v` among all files of the query. @param first number of the first file of `v` */
  source(first: number): string;
  /** A relation of the lists, to be named by the caller. @param suffix makes the names it binds unique */
  relation(lists: Lists, suffix: string, bindings: OpenBindings): string;
  /** `spans`, a relation of `relation`, each as often as it has bins between two quotients, with the `bin`. */
  binned(spans: string, first: string, last: string): string;
  /** Quotient of integers that are not negative, without its fraction. */
  quotient(dividend: string, divisor: number): string;
  /** Bases of the smallest bin: an engine may limit how many a span has. */
  readonly smallestBin: number;
  /** Whether a text is one of some. @param name unique in the query */
  among(value: string, name: string, texts: readonly string[], bindings: OpenBindings): string;
  /** Whether one of the texts that `&` joins is one of some. @param name unique in the query */
  overlaps(joined: string, name: string, texts: readonly string[], bindings: OpenBindings): string;
  /** The distinct `names` of a subquery with lists of their carriers, maybe in several parts. */
  grouped(names: string, subquery: string): string;
}

/** What the archive asks DuckDB, in this process: files and lists are bound. */
export const DUCKDB: Dialect = {
  files: (name) => `read_parquet($${name})`,
  source: (first) => `v.file_index::INTEGER + ${integer(first)}`,
  relation(lists, suffix, bindings) {
    const columns = Object.entries(lists).map(([column, list]) => {
      const name = `${column}${suffix}`;
      bindings[name] = list;
      return `unnest(${'many' in list ? manyIntegers(name) : `$${name}`}) AS ${column}`;
    });
    return `(SELECT ${columns.join(', ')})`;
  },
  binned: (spans, first, last) => `(SELECT *, unnest(range(${first}, ${last} + 1)) AS bin FROM ${spans})`,
  quotient: (dividend, divisor) => `${dividend} // ${divisor}`,
  smallestBin: 16_384,
  among(value, name, strings, bindings) {
    bindings[name] = { strings };
    return `${value} IN (SELECT unnest($${name}))`;
  },
  overlaps(joined, name, strings, bindings) {
    bindings[name] = { strings };
    return `list_has_any(string_split(${joined}, '&'), $${name})`;
  },
  grouped: (names, subquery) => `SELECT ${names}, list(carrier) AS carriers FROM (\n${subquery}\n) GROUP BY ${names}`,
};

/** A constant of the SQL text. @throws RangeError unless it is a safe integer, whatever the types promise. */
export function integer(value: number): string {
  if (!Number.isSafeInteger(value)) throw new RangeError('a position is not an integer');
  return String(value);
}
