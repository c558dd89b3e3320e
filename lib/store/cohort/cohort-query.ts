import type { SourceClass } from '../../genomics/allele.ts';
import type { Assembly } from '../../genomics/assembly.ts';
import type { StudyFileKind } from '../../genomics/study.ts';
import type { RangeQuestion } from '../../operations/ports.ts';
import type { Query } from '../range-query.ts';
import type { ReadFile, SourceFile } from '../study-files.ts';
import { spanOf } from '../window.ts';
import type { CohortFile } from './generation.ts';
import type { NewerStudy, Snapshot } from './snapshot.ts';

/** A compacted file as a question reads it. */
export interface CompactedSource extends ReadFile {
  readonly file: CohortFile;
}

/** Compacted rows name a member, rows of a study a subject. */
export type Carrier = number | string;

/** SQL condition of rows of studies that count; compacted ones all do. */
export const PASSED = `v.filters IN ('PASS', '.')`;

/** SQL of the rows of a query that are equal in `names`, with all who carry them. */
export function groupedBy<F extends ReadFile>(names: string, { sql, ...rest }: Query<F>): Query<F> {
  return { ...rest, sql: `SELECT ${names}, list(carrier) AS carriers FROM (\n${sql}\n) GROUP BY ${names}` };
}

export function compactedFiles(
  { files }: Snapshot,
  kind: StudyFileKind,
  assembly: Assembly | undefined,
): readonly CompactedSource[] {
  return files.filter((file) => file.kind === kind && file.assembly === assembly).map((file) => ({ file }));
}

/** Files of one kind of the newer studies: of an assembly or, where none is named, of all. */
export function newerFiles(
  { newer }: Snapshot,
  kind: StudyFileKind,
  { assembly, sourceClass }: { readonly assembly?: Assembly; readonly sourceClass: SourceClass | undefined },
): readonly SourceFile[] {
  const passes = ({ study }: NewerStudy, input: number): boolean =>
    sourceClass === undefined || study.inputs[input]?.sourceClass === sourceClass;
  return newer
    .filter(({ study }) => assembly === undefined || study.assembly === assembly)
    .flatMap((one) =>
      one.files
        .filter((file) => file.kind === kind && file.rows > 0 && passes(one, file.input))
        .map((file) => ({ study: one.study, file })),
    );
}

/** Whether a file may hold something that touches a question. */
export function isNear(file: ReadFile['file'], questions: readonly RangeQuestion[]): boolean {
  return questions.some((question) => {
    const { lo, hi } = spanOf(question);
    return file.chromosome === question.chromosome && file.minStart0 < hi && file.maxEnd0 >= lo;
  });
}
