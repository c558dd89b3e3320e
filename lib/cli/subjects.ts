import type { Command } from 'commander';
import { readSubjects } from '../ingest/subjects.ts';
import type { ErasureReport } from '../store/erase.ts';
import { openArchive, type Whereabouts } from './open.ts';
import { dataOption, group } from './options.ts';
import { count } from './progress.ts';

/** `subjects add|delete|replay`. */
export function addSubjects(program: Command): void {
  const subjects = group(program, 'subjects', 'register and erase subjects');

  subjects
    .command('add')
    .description('register subjects that have no data yet, so that questions about them are answered and not refused')
    .addOption(dataOption())
    .requiredOption('--manifest <csv>', 'a CSV with the column subject')
    .action(async ({ manifest, ...where }: Whereabouts & { manifest: string }) => {
      const registered = await readSubjects(manifest);
      await using archive = await openArchive(where);
      await archive.admin.register(registered);
      process.stdout.write(`${count(registered.length)} subjects registered\n`);
    });

  subjects
    .command('delete <id>')
    .description('erase a subject: hidden at once, then removed from every file, with a proof by counts')
    .addOption(dataOption())
    .action(async (id: string, where: Whereabouts) => {
      await using archive = await openArchive(where);
      print([await archive.admin.erase(id)]);
    });

  subjects
    .command('replay')
    .description('erase again whoever was erased, after a restore of an older backup')
    .addOption(dataOption())
    .action(async (where: Whereabouts) => {
      await using archive = await openArchive(where);
      const reports = await archive.admin.replay();
      print(reports);
      if (reports.length === 0) process.stderr.write('nobody was ever erased\n');
    });
}

/** An erasure that left something ends with status 1. */
function print(reports: readonly ErasureReport[]): void {
  for (const line of reports.flatMap(proofOf)) process.stdout.write(`${line}\n`);
  const isLeft = reports.some(
    ({ rowsLeft, versionsLeft, uploadsUnread: { length } }) => rowsLeft + versionsLeft + length > 0,
  );
  if (isLeft) process.exitCode = 1;
}

function proofOf(report: ErasureReport): string[] {
  const { subject, studiesDeleted, studiesRewritten, filesRewritten, rowsRemoved, rowsLeft, compactedRows } = report;
  return [
    `${subject}: erased`,
    `  ${count(studiesDeleted)} studies deleted, ${count(studiesRewritten)} written anew without the subject (${count(filesRewritten)} files)`,
    `  ${count(rowsRemoved)} rows, ${count(report.objectsRemoved)} files and ${count(report.itemsRemoved)} records removed`,
    `  ${count(report.uploadsRemoved)} uploads removed that held or named the subject`,
    `  ${count(report.versionsRemoved)} versions of files and uploads removed for good, ${count(report.versionsLeft)} left`,
    `  ${count(report.jobsCancelled)} asynchronous questions ended, and their answers removed`,
    `  ${count(rowsLeft)} rows left in studies`,
    ...report.uploadsUnread.map((key) => `  cannot be read, look whether it is the subject's and remove it: ${key}`),
    ...(compactedRows > 0
      ? [`  ${count(compactedRows)} rows in the compacted copy, answered to no one: run 'compact', then 'sweep'`]
      : []),
  ];
}
