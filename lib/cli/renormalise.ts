import type { Command } from 'commander';
import { isSequenced } from '../genomics/study.ts';
import { type RenormaliseReport, renormalise } from '../ingest/renormalise.ts';
import type { OpenArchive } from '../store/open-archive.ts';
import { openArchive, type Whereabouts } from './open.ts';
import { dataOption } from './options.ts';
import { count, progressOn } from './progress.ts';

/** `renormalise`: studies that were loaded with other reference data, or none, are brought up to date. */
export function addRenormalise(program: Command): void {
  program
    .command('renormalise')
    .description('normalise studies with the reference sequences that are loaded now')
    .addOption(dataOption())
    .option('--study <id>', 'this study only; all when absent')
    .action(async ({ study, ...where }: Whereabouts & { study?: string }) => {
      await using archive = await openArchive(where);
      const { sequences } = await archive.ports.reference();
      const progress = progressOn();
      for await (const id of study === undefined ? studyIds(archive) : [study]) {
        const report = await renormalise(id, archive.archive, sequences, (at) =>
          progress.update(`${at.study}: ${count(at.filesDone)} of ${count(at.files)} files`),
        ).finally(progress.done);
        for (const line of linesOf(report)) process.stdout.write(`${line}\n`);
      }
    });
}

async function* studyIds({ admin }: OpenArchive): AsyncGenerator<string> {
  for (let after: string | undefined; ; ) {
    const page = await admin.list(100, after);
    // Studies without sequence hold genotypes, which name no place.
    for (const { id } of page.studies.filter(isSequenced)) yield id;
    if (page.next === undefined) return;
    after = page.next;
  }
}

function linesOf({
  study,
  status,
  version,
  rewritten,
  unnormalised,
  mismatches,
  examples,
}: RenormaliseReport): string[] {
  const what = status === 'unchanged' ? 'unchanged' : `${count(rewritten)} files written anew`;
  return [
    `${study}: version ${version}, ${what}`,
    ...(unnormalised > 0 ? [`  ${count(unnormalised)} not-normalised: their reference bases are not loaded`] : []),
    ...(mismatches > 0 ? [`  ${count(mismatches)} reference-mismatch`] : []),
    ...examples.map((example) => `  warning: ${example}`),
  ];
}
