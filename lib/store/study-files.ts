import type { Chromosome } from '../genomics/assembly.ts';
import type { Study, StudyFile, StudyFileKind } from '../genomics/study.ts';
import type { SubjectView } from '../operations/ports.ts';

/** The file list of a committed version of a study. @throws UnavailableError */
export type FilesOf = (study: Study) => Promise<readonly StudyFile[]>;

/** A Parquet file that a question may have to read. */
export interface ReadFile {
  readonly file: Pick<
    StudyFile,
    'key' | 'bytes' | 'sha256' | 'rows' | 'chromosome' | 'minStart0' | 'maxEnd0' | 'maxReach' | 'maxSlide'
  >;
}

/** A file of a study, and the study it belongs to. */
export interface SourceFile extends ReadFile {
  readonly study: Study;
  readonly file: StudyFile;
}

/** Files of one kind of every study of a view, without those of inputs and subjects that the view leaves out. */
export async function sourcesOf(view: SubjectView, kind: StudyFileKind, filesOf: FilesOf): Promise<SourceFile[]> {
  const lists = await Promise.all(
    view.studies.map(async ({ study, samples }) => {
      const inputs = new Set(samples.map(({ input }) => input));
      const files = await filesOf(study);
      return files
        .filter((file) => file.kind === kind && file.rows > 0 && inputs.has(file.input) && mayHold(file, view.subject))
        .map((file) => ({ study, file }));
    }),
  );
  return lists.flat();
}

/** Files that may hold a record that matches something between `from` and `to` of a chromosome. */
export function touching<F extends ReadFile>(
  sources: readonly F[],
  chromosome: Chromosome,
  from: number,
  to: number,
): readonly F[] {
  // An insertion at maxEnd0 is a record, too: hence >= and not >.
  return sources.filter(({ file }) => file.chromosome === chromosome && file.minStart0 < to && file.maxEnd0 >= from);
}

/** A cohort's files are cut by subject, so that one subject's question opens one of them. */
function mayHold({ subjects }: StudyFile, subject: string): boolean {
  return subjects === undefined || (subjects.first <= subject && subject <= subjects.last);
}
