import type { Command } from 'commander';
import { documentsOf } from '../http/documents.ts';
import { operations } from '../operations/table.ts';
import { openArchive, type Whereabouts } from './open.ts';
import { dataOption, wholeNumber } from './options.ts';
import { bytes, count } from './progress.ts';

/** `verify`, `sweep` and `openapi`. */
export function addHousekeeping(program: Command): void {
  program
    .command('verify')
    .description('read every file of every study, and all reference data, again and compare it with its checksum')
    .addOption(dataOption())
    .action(async (where: Whereabouts) => {
      await using archive = await openArchive(where);
      const report = await archive.admin.verify();
      for (const { study, key = '', problem } of report.problems)
        process.stdout.write(`${study}\t${key}\t${problem}\n`);
      process.stdout.write(
        `${count(report.files)} files of ${count(report.studies)} studies and of the reference read (${count(report.rows)} rows, ` +
          `${bytes(report.bytes)}); ${count(report.problems.length)} problems\n`,
      );
      if (report.problems.length > 0) process.exitCode = 1;
    });

  program
    .command('sweep')
    .description('remove files that nothing names, such as those of an interrupted ingest')
    .addOption(dataOption())
    .option('--older-than <hours>', 'leave younger ones: an ingest may be writing them', wholeNumber(0), 24)
    .action(async ({ olderThan, ...where }: Whereabouts & { olderThan: number }) => {
      await using archive = await openArchive(where);
      const report = await archive.admin.sweep({ olderThanHours: olderThan });
      process.stdout.write(
        `${count(report.objects)} files removed (${bytes(report.bytes)}), ${count(report.items)} records of old versions, ` +
          `${count(report.stages)} unfinished ingests\n`,
      );
    });

  program
    .command('openapi')
    .description('print the OpenAPI document of the operations')
    .action(() => {
      process.stdout.write(
        `${JSON.stringify(
          documentsOf(
            operations.map(({ row }) => row),
            { base: '/fhir', security: { server: undefined } },
          ).openApi,
          null,
          2,
        )}\n`,
      );
    });
}
