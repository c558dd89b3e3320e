import { type Partition, partitionNames, partitionOf } from '../cohort/partition.ts';
import { type BoundList, type Dialect, integer, type OpenBindings } from '../dialect.ts';
import type { ReadFile } from '../study-files.ts';
import { LONGEST_PARAMETER } from './statement.ts';
import { TABLES } from './tables.ts';

/** Parts of a list of carriers: a value of a result should stay small. */
const CARRIERS_TOGETHER = 1024;

/** Between texts of one parameter: in no code and no name of a gene. */
const BETWEEN = '\u001f';

/**
 * What Athena's engine, which is Trino, is asked. Files are partitions of a table; lists of numbers are written out, because
 * Athena takes parameters only in a WHERE clause. Texts that somebody asked are parameters.
 *
 * @see https://docs.aws.amazon.com/athena/latest/ug/querying-with-prepared-statements.html
 */
export const TRINO: Dialect = {
  files(_, sources) {
    const branches = [...partitionsOf(sources).values()].map((group) => {
      const [first] = group as [Partition];
      const { assembly, gen, chrom } = partitionNames(first);
      // One branch for each generation: an injected partition column takes static conditions of equality only.
      return `SELECT * FROM ${first.kind}
  WHERE assembly = ${word(assembly)} AND gen = ${word(gen)} AND chrom = ${word(chrom)} AND (${binsOf(group)})`;
    });
    return `(${branches.join('\nUNION ALL\n')})`;
  },
  // No question over compacted files asks which file a row is of.
  source: () => '-1',
  relation(lists) {
    const columns = Object.values(lists).map(constants);
    const rows = (columns[0] ?? []).map((_, row) => `(${columns.map((column) => column[row]).join(', ')})`);
    const names = Object.keys(lists).join(', ');
    return `(SELECT ${names} FROM (VALUES ${rows.join(', ')}) AS listed(${names}))`;
  },
  binned: (spans, first, last) =>
    `(SELECT s.*, b.bin FROM ${spans} AS s CROSS JOIN UNNEST(sequence(${first}, ${last})) AS b(bin))`,
  quotient: (dividend, divisor) => `${dividend} / ${divisor}`,
  // A sequence has at most 10,000 entries, and chromosome 1 has 249 million bases.
  smallestBin: 32_768,
  among: (value, name, texts, bindings) =>
    any(listsOf(name, texts, bindings).map((list) => `contains(${list}, ${value})`)),
  overlaps: (joined, name, texts, bindings) =>
    any(listsOf(name, texts, bindings).map((list) => `arrays_overlap(split(${joined}, '&'), ${list})`)),
  grouped: (names, subquery) => `SELECT ${names}, json_format(CAST(array_agg(carrier) AS JSON)) AS carriers
FROM (\n${subquery}\n) GROUP BY ${names}, carrier / ${CARRIERS_TOGETHER}`,
};

/** Tables have the names of their kinds. */
const TABLED: ReadonlySet<string> = new Set(TABLES.map(({ name }) => name));

/** Whether every file is a partition of a table; what earlier versions compacted is not. */
export function areTabled(sources: readonly ReadFile[]): boolean {
  return sources.every(({ file }) => {
    const partition = partitionOf(file.key);
    return partition !== undefined && TABLED.has(partition.kind);
  });
}

/** Partitions by what they have in common but the bin. */
function partitionsOf(sources: readonly ReadFile[]): Map<string, Partition[]> {
  const partitions = sources.map(({ file }) => {
    const partition = partitionOf(file.key);
    if (partition === undefined) throw new Error('a compacted file is no partition of a table');
    return partition;
  });
  return Map.groupBy(partitions, ({ kind, assembly, generation, chromosome }) =>
    [kind, assembly, generation, chromosome].join('/'),
  );
}

/** SQL condition of exactly these bins: between them may be partitions that a later generation replaced. */
function binsOf(partitions: readonly Partition[]): string {
  const runs: { first: number; last: number }[] = [];
  for (const bin of partitions.map((partition) => partition.bin).toSorted((a, b) => a - b)) {
    const run = runs.at(-1);
    if (run !== undefined && bin <= run.last + 1) run.last = bin;
    else runs.push({ first: bin, last: bin });
  }
  return runs.map(({ first, last }) => `bin BETWEEN ${integer(first)} AND ${integer(last)}`).join(' OR ');
}

/** A constant that our own code made. @throws RangeError for anything that could be more than one */
function word(text: string): string {
  if (!/^[\w-]*$/.test(text)) throw new RangeError('a constant of a query is no plain word');
  return `'${text}'`;
}

function constants(list: BoundList): readonly string[] {
  if ('strings' in list) return list.strings.map(word);
  return ('many' in list ? list.many : list.integers).map(integer);
}

/** Lists of texts as few parameters, each as long as one may be. @throws RangeError for a text that can't be listed */
function listsOf(name: string, texts: readonly string[], bindings: OpenBindings): string[] {
  const joined: string[] = [];
  for (const text of texts) {
    if (text.includes(BETWEEN)) throw new RangeError('a text of a list holds what separates them');
    const last = joined.at(-1);
    // Quotes are doubled in a literal.
    const longer = last === undefined ? undefined : `${last}${BETWEEN}${text}`;
    if (longer !== undefined && longer.replaceAll("'", "''").length <= LONGEST_PARAMETER - 2)
      joined.splice(-1, 1, longer);
    else joined.push(text);
  }
  return joined.map((list, number) => {
    bindings[`${name}_${number}`] = list;
    return `split($${name}_${number}, chr(${BETWEEN.charCodeAt(0)}))`;
  });
}

const any = (conditions: readonly string[]): string =>
  conditions.length === 0 ? 'false' : `(${conditions.join(' OR ')})`;
