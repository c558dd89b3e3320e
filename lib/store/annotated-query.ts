import type { Chromosome } from '../genomics/assembly.ts';
import { integer } from './dialect.ts';
import type { Bound } from './duckdb.ts';
import type { Query, Scan } from './range-query.ts';
import { CONSEQUENCE_COLUMNS } from './schema.ts';
import { type SourceFile, touching } from './study-files.ts';

/** Columns that an answer needs of an annotation. */
export const STATED_NAMES: readonly string[] = CONSEQUENCE_COLUMNS.map(({ name }) => name).filter(
  (name) => !['input', 'start0', 'end0', 'reported_start0', 'ref', 'alt', 'ordinal'].includes(name),
);

/**
 * Joins the rows of a range query with the annotations of their alleles: one row for each, and one for a row without
 * any. An allele and its annotations have study, input, chromosome and the reported allele in common.
 *
 * @param rows the query of the scans, whose columns hold input, reported_start0, ref and alt
 * @param consequences codes of which an annotation must have one; absent for all
 */
export function annotatedQuery(
  rows: Query,
  scans: readonly Scan[],
  annotations: readonly SourceFile[],
  consequences: readonly string[] | undefined,
): Query {
  const groups = new Map<string, number>();
  const groupOf = ({ study, file }: SourceFile): number => {
    const name = `${file.chromosome}/${study.id}`;
    const known = groups.get(name) ?? groups.size;
    groups.set(name, known);
    return known;
  };
  const sources = [...rows.files.values()].flat();
  const bindings: Record<string, Bound> = { ...rows.bindings, groups: { integers: sources.map(groupOf) } };
  const files = new Map(rows.files);
  const branches = windowsOf(scans).flatMap(({ chromosome, lo, hi }, number) => {
    const touched = touching(annotations, chromosome, lo, hi);
    if (touched.length === 0) return [];
    files.set(`stated${number}`, touched);
    bindings[`groups${number}`] = { integers: touched.map(groupOf) };
    return [
      `SELECT $groups${number}[c.file_index::INTEGER + 1] AS annotated, c.* FROM read_parquet($stated${number}) AS c
       WHERE c.start0 >= ${integer(lo)} AND c.start0 < ${integer(hi)}`,
    ];
  });
  const stated = STATED_NAMES.map((name) => `s.${name}`).join(', ');
  if (branches.length === 0) {
    const nothing = STATED_NAMES.map((name) => `NULL::VARCHAR AS ${name}`).join(', ');
    return { sql: `SELECT *, ${nothing}, 0 AS ordinal FROM (${rows.sql})`, bindings: rows.bindings, files: rows.files };
  }
  if (consequences !== undefined) bindings['codes'] = { strings: consequences };
  const wanted =
    consequences === undefined
      ? ''
      : "WHERE s.annotated IS NULL OR list_has_any(string_split(s.consequences, '&'), $codes)";
  const sql = `SELECT r.*, ${stated}, s.ordinal AS ordinal FROM (${rows.sql}) AS r
    LEFT JOIN (${branches.join('\nUNION ALL\n')}) AS s
      ON s.annotated = $groups[r.source + 1] AND s."input" = r."input" AND s.reported_start0 = r.reported_start0
      AND s."ref" = r."ref" AND s.alt = r.alt ${wanted}`;
  return { sql, bindings, files };
}

interface Reach {
  readonly chromosome: Chromosome;
  readonly lo: number;
  readonly hi: number;
}

/** Where the trimmed alleles of a scan's rows start: one window for each of the scans' windows. */
function windowsOf(scans: readonly Scan[]): readonly Reach[] {
  const windows = new Map<string, Reach>();
  for (const { chromosome, lo, hi, sources } of scans) {
    const reach = Math.max(0, ...sources.map(({ file }) => file.maxReach));
    const slide = Math.max(0, ...sources.map(({ file }) => file.maxSlide ?? 0));
    const name = `${chromosome}:${lo}-${hi}`;
    const known = windows.get(name);
    windows.set(name, {
      chromosome,
      lo: Math.min(known?.lo ?? lo, Math.max(0, lo - reach - slide)),
      hi: Math.max(known?.hi ?? hi, hi + slide + 1),
    });
  }
  return [...windows.values()];
}
