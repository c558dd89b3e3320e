import type { Command } from 'commander';
import { readSubjects } from '../ingest/subjects.ts';
import { openLocalArchive } from '../store/local.ts';
import { dataOption, group } from './options.ts';
import { count } from './progress.ts';

/** `subjects add`. */
export function addSubjects(program: Command): void {
  group(program, 'subjects', 'register subjects')
    .command('add')
    .description('register subjects that have no data yet, so that questions about them are answered and not refused')
    .addOption(dataOption())
    .requiredOption('--manifest <csv>', 'a CSV with the column subject')
    .action(async ({ data, manifest }: { data: string; manifest: string }) => {
      const subjects = await readSubjects(manifest);
      await using archive = await openLocalArchive(data);
      await archive.admin.register(subjects);
      process.stdout.write(`${count(subjects.length)} subjects registered\n`);
    });
}
