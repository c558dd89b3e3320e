import type { Command } from 'commander';
import { openArchive, type Whereabouts } from './open.ts';
import { dataOption } from './options.ts';
import { bytes, count, progressOn } from './progress.ts';

/** `compact`: the copy of all studies, sorted by position, that population operations read. */
export function addCompact(program: Command): void {
  program
    .command('compact')
    .description('bring the compacted copy, which population operations read, up to date')
    .addOption(dataOption())
    .option('--full', 'make all of it anew')
    .action(async ({ full = false, ...where }: Whereabouts & { full?: boolean }) => {
      await using archive = await openArchive(where);
      const progress = progressOn();
      const report = await archive.admin.compact({ full, progress: progress.update }).finally(progress.done);
      const { status, generation, studies, subjects, added, removed, files, written } = report;
      process.stdout.write(
        `generation ${generation} ${status === 'unchanged' ? 'holds everything already' : 'is in use'}: ` +
          `${count(subjects)} subjects of ${count(studies)} studies (${count(added)} new, ${count(removed)} gone), ` +
          `${count(report.rows)} rows in ${count(files)} files (${count(written)} written now, ${bytes(report.bytes)} in all)\n`,
      );
    });
}
