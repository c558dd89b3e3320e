import { type Partition, partitionOf } from '../cohort/partition.ts';
import { type BoundList, type Dialect, integer } from '../dialect.ts';
import type { ReadFile } from '../study-files.ts';
import { TABLES } from './tables.ts';

/** Parts of a list of carriers: a value of a result should stay small. */
const CARRIERS_TOGETHER = 1024;

/**
 * What Athena's engine, which is Trino, is asked. Files are partitions of a table; lists are written out, because Athena
 * takes parameters only in a WHERE clause.
 *
 * @see https://docs.aws.amazon.com/athena/latest/ug/querying-with-prepared-statements.html
 */
export const TRINO: Dialect = {
  files(name, sources, bindings) {
    const branches = [...partitionsOf(sources)].map(([, group], number) => {
      const own = `${name}_${number}`;
      const { kind, assembly, generation, chromosome } = group[0] as Partition;
      bindings[`${own}_assembly`] = assembly;
      bindings[`${own}_gen`] = generation;
      bindings[`${own}_chrom`] = chromosome;
      // One branch for each generation: the values of an injected partition column are told one at a time.
      return `SELECT * FROM ${kind}
  WHERE assembly = $${own}_assembly AND gen = $${own}_gen AND chrom = $${own}_chrom AND (${binsOf(group)})`;
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
  grouped: (names, subquery) => `SELECT ${names}, json_format(CAST(array_agg(carrier) AS JSON)) AS carriers
FROM (\n${subquery}\n) GROUP BY ${names}, carrier / ${CARRIERS_TOGETHER}`,
};

/** Tables have the names of their kinds. What else is compacted is read in this process. */
const TABLED: ReadonlySet<string> = new Set(TABLES.map(({ name }) => name));

/** Whether every file is a partition of a table. */
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

function constants(list: BoundList): readonly string[] {
  if ('integers' in list) return list.integers.map(integer);
  return list.strings.map((text) => {
    if (!/^[\w-]*$/.test(text)) throw new RangeError('a constant of a query is no plain word');
    return `'${text}'`;
  });
}
