import { join } from 'node:path';
import { type DuckDBConnection, INTEGER, LIST, listValue } from '@duckdb/node-api';
import type { Assembly, Chromosome } from '../../genomics/assembly.ts';
import type { ObjectStore } from '../objects.ts';
import { literal, writeParquet } from '../write-parquet.ts';
import type { CohortFile } from './generation.ts';
import { partitionKey } from './partition.ts';
import { filesOf, names, type Run } from './runs.ts';
import { COHORT_PARQUET, COMPACTED_KINDS, COMPACTED_REGIONS, type CompactedKind } from './schema.ts';

/** What left the archive since the last generation, by number. */
export interface Removed {
  readonly members: readonly number[];
  readonly studies: readonly number[];
  /** Panels of regions that no study is left of. */
  readonly panels: readonly number[];
}

export interface CellParts {
  /** Of one DuckDB; a file is written on each at a time. */
  readonly connections: readonly [DuckDBConnection, ...DuckDBConnection[]];
  readonly objects: ObjectStore;
  readonly staging: string;
  /** Name of the new generation: no other has ever had it. */
  readonly generation: string;
  /** Called after each file that is written. */
  readonly progress: (file: CohortFile) => void;
}

/**
 * Writes the files that change: those with rows of a run or of what left. The others are taken over as they are.
 *
 * @returns all files of the new generation
 * @throws Error unless rows in = rows out
 */
export async function writeCells(
  runs: readonly Run[],
  before: readonly CohortFile[],
  removed: Removed,
  parts: CellParts,
): Promise<CohortFile[]> {
  const [connection] = parts.connections;
  for (const [name, numbers] of Object.entries(removed)) {
    await connection.run(
      `CREATE OR REPLACE TABLE removed_${name} AS SELECT unnest($numbers) AS number`,
      { numbers: listValue([...numbers]) },
      { numbers: LIST(INTEGER) },
    );
  }
  const files: CohortFile[] = [];
  for (const kind of COMPACTED_KINDS) {
    const [oldOfKind, runsOfKind] = [before.filter(isOf(kind)), runs.filter((run) => run.kind === kind)];
    const assemblies = new Set([...oldOfKind, ...runsOfKind].map(({ assembly }) => assembly));
    for (const assembly of assemblies) {
      const old = oldOfKind.filter((file) => file.assembly === assembly);
      const own = runsOfKind.filter((run) => run.assembly === assembly);
      files.push(...(await writeKind(kind, assembly, own, old, removed, parts)));
    }
  }
  return files;
}

const isOf =
  ({ kind }: CompactedKind) =>
  (file: CohortFile): boolean =>
    file.kind === kind;

async function writeKind(
  kind: CompactedKind,
  assembly: Assembly | undefined,
  runs: readonly Run[],
  before: readonly CohortFile[],
  removed: Removed,
  parts: CellParts,
): Promise<CohortFile[]> {
  const leaving = await leavingRows(kind, before, removed, parts);
  const old = new Map(before.map((file) => [cellName(file), file]));
  const cells = cellsOf(runs);
  for (const { chromosome, bin } of before) {
    const name = cellName({ chromosome, bin });
    if (leaving.has(name) && !cells.has(name)) cells.set(name, { chromosome, bin, paths: [] });
  }
  const results = await onEach(parts.connections, [...cells], (connection, [name, cell], number) =>
    writeCell(connection, kind, assembly, cell, old.get(name), join(parts.staging, `cell-${number}.parquet`), parts),
  );
  const written = results.filter((file) => file !== undefined);
  const rewritten = [...cells.keys()].flatMap((name) => old.get(name) ?? []);
  const expected =
    sum(runs.map(({ rows }) => rows)) + sum(rewritten.map(({ rows }) => rows)) - sum([...leaving.values()]);
  const rows = sum(written.map((file) => file.rows));
  if (rows !== expected) throw new Error(`${expected} rows went into the compacted ${kind.kind}, ${rows} came out`);
  return [...before.filter((file) => !cells.has(cellName(file))), ...written];
}

/** Does something with every item, on each connection one after the other. A failure ends all before it is thrown. */
async function onEach<T, R>(
  connections: readonly DuckDBConnection[],
  items: readonly T[],
  work: (connection: DuckDBConnection, item: T, number: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const failures: unknown[] = [];
  const waiting = items.entries();
  await Promise.all(
    connections.map(async (connection) => {
      for (const [number, item] of waiting) {
        if (failures.length > 0) return;
        try {
          results[number] = await work(connection, item, number);
        } catch (error) {
          failures.push(error);
        }
      }
    }),
  );
  if (failures.length > 0) throw failures[0];
  return results;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

/** Where a file of one kind and assembly belongs, and the local files that have rows for it. */
interface Cell {
  readonly chromosome: Chromosome | undefined;
  readonly bin: number;
  readonly paths: string[];
}

const cellName = ({
  chromosome,
  bin,
}: {
  readonly chromosome?: Chromosome | undefined;
  readonly bin: number;
}): string => `${chromosome}/${bin}`;

function cellsOf(runs: readonly Run[]): Map<string, Cell> {
  const cells = new Map<string, Cell>();
  for (const { chromosome, bin, paths } of runs.flatMap((run) => run.cells)) {
    const name = cellName({ chromosome, bin });
    const cell = cells.get(name) ?? { chromosome, bin, paths: [] };
    cell.paths.push(...paths);
    cells.set(name, cell);
  }
  return cells;
}

/** SQL condition of rows that stay. */
const STAYS = `(member IS NULL OR member NOT IN (SELECT number FROM removed_members))`;
const REGION_STAYS = `${STAYS} AND (study IS NULL OR study NOT IN (SELECT number FROM removed_studies))
  AND (panel IS NULL OR panel NOT IN (SELECT number FROM removed_panels))`;
const stays = (kind: CompactedKind): string => (kind === COMPACTED_REGIONS ? REGION_STAYS : STAYS);

/** Number of rows that leave, by the cell they are in; only their numbers are read. */
async function leavingRows(
  kind: CompactedKind,
  before: readonly CohortFile[],
  removed: Removed,
  { connections: [connection], objects }: CellParts,
): Promise<Map<string, number>> {
  const leaving = new Map<string, number>();
  if (Object.values(removed).every((numbers) => numbers.length === 0)) return leaving;
  for (const file of before) {
    const copies = await objects.materialise([file]);
    try {
      const reader = await connection.runAndReadAll(
        `SELECT count(*)::DOUBLE FROM read_parquet(${literal(copies.paths[0] as string)}, hive_partitioning = false) WHERE NOT (${stays(kind)})`,
      );
      const rows = Number(reader.getRows()[0]?.[0]);
      if (rows > 0) leaving.set(cellName(file), rows);
    } finally {
      copies.release();
    }
  }
  return leaving;
}

/** @param path of the file on its way @returns undefined when no row is left */
async function writeCell(
  connection: DuckDBConnection,
  kind: CompactedKind,
  assembly: Assembly | undefined,
  { chromosome, bin, paths }: Cell,
  old: CohortFile | undefined,
  path: string,
  { objects, generation, progress }: CellParts,
): Promise<CohortFile | undefined> {
  const copies = await objects.materialise(old === undefined ? [] : [old]);
  try {
    const alike = names({ ...kind, columns: kind.columns.filter(({ name }) => name !== 'member') });
    const branches = [
      ...(paths.length === 0 ? [] : [`SELECT ${alike}, members FROM ${filesOf(paths)}`]),
      ...(old === undefined
        ? []
        : [`SELECT ${alike}, [member] AS members FROM ${filesOf(copies.paths)} WHERE ${stays(kind)}`]),
    ];
    const grouped = `SELECT ${alike}, list_sort(flatten(list(members))) AS members FROM (${branches.join(' UNION ALL ')})
      GROUP BY ALL ORDER BY ${kind.order}`;
    const sql = `SELECT ${names(kind)} FROM (SELECT * EXCLUDE (members), unnest(members) AS member FROM (${grouped}))`;
    const { path: _path, ...written } = await writeParquet(connection, sql, path, kind.columns, COHORT_PARQUET);
    if (written.rows === 0) return undefined;
    const key = partitionKey({ kind: kind.kind, assembly, generation, chromosome, bin });
    await objects.publish(path, key);
    const file: CohortFile = {
      ...written,
      key,
      kind: kind.kind,
      ...(assembly === undefined ? {} : { assembly }),
      ...(chromosome === undefined ? {} : { chromosome }),
      bin,
    };
    progress(file);
    return file;
  } finally {
    copies.release();
  }
}
