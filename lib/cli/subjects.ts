import type { Command } from 'commander';
import { readSubjects } from '../ingest/subjects.ts';
import { openArchive, type Whereabouts } from './open.ts';
import { dataOption, group } from './options.ts';
import { count } from './progress.ts';

/** `subjects add`. */
export function addSubjects(program: Command): void {
  group(program, 'subjects', 'register subjects')
    .command('add')
    .description('register subjects that have no data yet, so that questions about them are answered and not refused')
    .addOption(dataOption())
    .requiredOption('--manifest <csv>', 'a CSV with the column subject')
    .action(async ({ manifest, ...where }: Whereabouts & { manifest: string }) => {
      const subjects = await readSubjects(manifest);
      await using archive = await openArchive(where);
      await archive.admin.register(subjects);
      process.stdout.write(`${count(subjects.length)} subjects registered\n`);
    });
}
