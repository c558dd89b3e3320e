import type { PopulationQuestions } from '../../operations/population-ports.ts';
import type { RangeQuestion, StructuralRelation } from '../../operations/ports.ts';
import { DUCKDB, integer } from '../dialect.ts';
import type { Selection } from '../range-query.ts';
import { structuralQuery } from '../structural-query.ts';
import { spanOf } from '../window.ts';
import { classBinding, classCondition } from './allele-query.ts';
import { compactedFiles, groupedBy, isNear, newerFiles, PASSED } from './cohort-query.ts';
import { type CohortQuestion, wholeFiles } from './engine.ts';
import type { Snapshot } from './snapshot.ts';

/** Who has structural variants that lie to the questions as `relation` says. Answers have the question and the list of carriers. */
export function structuralQuestion(
  snapshot: Snapshot,
  asked: PopulationQuestions,
  relation: StructuralRelation,
): CohortQuestion<RangeQuestion> {
  const { questions, sourceClass, assembly } = asked;
  const files = compactedFiles(snapshot, 'structural', assembly).filter(({ file }) => isNear(file, questions));
  return {
    load: () => wholeFiles(files),
    questions,
    compacted: (part, dialect) => {
      const selection = carrierOf('v.member', `${classCondition(sourceClass)}${bounds(part)}`);
      return groupedBy(
        'question',
        structuralQuery(files, classBinding(sourceClass), part, relation, selection, dialect),
        dialect,
      );
    },
    newer: groupedBy(
      'question',
      structuralQuery(
        questions.length === 0 ? [] : newerFiles(snapshot, 'structural', asked),
        {},
        questions,
        relation,
        carrierOf('v.subject', `${PASSED}${bounds(questions)}`),
      ),
      DUCKDB,
    ),
  };
}

const carrierOf = (column: string, where: string): Selection => ({
  columns: () => `${column} AS carrier`,
  where,
  distinct: true,
});

/** SQL that lets an engine skip row groups: between the first and the last question, where all are on one chromosome. */
function bounds(questions: readonly RangeQuestion[]): string {
  const [first] = questions;
  if (first === undefined || questions.some(({ chromosome }) => chromosome !== first.chromosome)) return '';
  const spans = questions.map(spanOf);
  const [lo, hi] = [Math.min(...spans.map((span) => span.lo)), Math.max(...spans.map((span) => span.hi))];
  return ` AND v.outer_start0 < ${integer(hi)} AND v.outer_end0 >= ${integer(lo)}`;
}
