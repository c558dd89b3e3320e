import type { RangeQuestion, StructuralRelation } from '../operations/ports.ts';
import { type Dialect, DUCKDB, type OpenBindings } from './dialect.ts';
import type { Bindings } from './duckdb.ts';
import type { Query, Selection } from './range-query.ts';
import type { ReadFile } from './study-files.ts';

/**
 * A row intersects by its outer interval; an insertion or a precise breakend is a point there. It subsumes by its
 * inner interval, or by the stated one when it is precise; insertions and breakends never do.
 */
const RELATIONS: Readonly<Record<StructuralRelation, string>> = {
  intersecting: `v.outer_start0 < greatest(q.range_end, q.range_start + 1)
  AND greatest(v.outer_end0, v.outer_start0 + 1) > q.range_start`,
  subsuming: `v.change_type NOT IN ('INS', 'BND') AND v.start0 < v.end0
  AND coalesce(v.inner_start0, CASE WHEN NOT v.imprecise THEN v.start0 END) <= q.range_start
  AND coalesce(v.inner_end0, CASE WHEN NOT v.imprecise THEN v.end0 END) >= q.range_end`,
};

/** Structural variants of every chromosome lie in one small file per input, which is read whole. */
export function structuralQuery<F extends ReadFile>(
  sources: readonly F[],
  bound: Bindings,
  questions: readonly RangeQuestion[],
  relation: StructuralRelation,
  { columns, where, distinct = false }: Selection,
  dialect: Dialect = DUCKDB,
): Query<F> {
  const bindings: OpenBindings = { ...bound };
  const lists = {
    question: { integers: questions.map(({ index }) => index) },
    chromosome: { strings: questions.map(({ chromosome }) => chromosome) },
    range_start: { integers: questions.map(({ start0 }) => start0) },
    range_end: { integers: questions.map(({ end0 }) => end0) },
  };
  const sql = `SELECT ${distinct ? 'DISTINCT ' : ''}q.question, ${dialect.source(0)} AS source, ${columns(false)}
FROM ${dialect.files('files', sources)} AS v JOIN ${dialect.relation(lists, '', bindings)} AS q ON v.chromosome = q.chromosome AND ${RELATIONS[relation]}
WHERE ${where}`;
  return {
    sql,
    files: new Map([['files', sources]]),
    bindings,
  };
}
