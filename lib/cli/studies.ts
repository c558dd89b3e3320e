import type { Command } from 'commander';
import { NotFoundError } from '../genomics/errors.ts';
import type { Study } from '../genomics/study.ts';
import { openArchive, type Whereabouts } from './open.ts';
import { dataOption, group } from './options.ts';
import { bytes, count } from './progress.ts';

const PAGE = 100;

/** `studies list|show|delete`. */
export function addStudies(program: Command): void {
  const studies = group(program, 'studies', 'look at and delete studies');

  studies
    .command('list')
    .description('one line a study: id, version, assembly, test, date, subjects, files ingested')
    .addOption(dataOption())
    .action(async (where: Whereabouts) => {
      await using archive = await openArchive(where);
      let listed = 0;
      for (let after: string | undefined, more = true; more; ) {
        const page = await archive.admin.list(PAGE, after);
        for (const study of page.studies) process.stdout.write(`${line(study)}\n`);
        listed += page.studies.length;
        after = page.next;
        more = after !== undefined;
      }
      if (listed === 0) process.stderr.write("no studies yet: load one with 'genomics ingest'\n");
    });

  studies
    .command('show <study>')
    .description('what a study holds, as JSON: inputs with their counts, files, number of subjects')
    .addOption(dataOption())
    .action(async (id: string, where: Whereabouts) => {
      await using archive = await openArchive(where);
      const committed = await archive.admin.study(id);
      if (committed === undefined)
        throw new NotFoundError(`there is no study '${id}'; 'genomics studies list' names them all`);
      const { study, files } = committed;
      const summary = {
        ...study,
        files: files.map(({ key, kind, rows, bytes: size }) => ({ key, kind, rows, bytes: size })),
        total: { rows: count(sum(files, 'rows')), size: bytes(sum(files, 'bytes')) },
      };
      process.stdout.write(`${JSON.stringify(summary, null, 2)}\n`);
    });

  studies
    .command('delete <study>')
    .description("hide a study from every later question; 'sweep' then removes its files")
    .addOption(dataOption())
    .action(async (id: string, where: Whereabouts) => {
      await using archive = await openArchive(where);
      await archive.admin.remove(id);
      process.stdout.write(`${id} is deleted; 'genomics sweep' removes its files\n`);
    });
}

function line({ id, version, assembly, testId, testDate, subjects, inputs }: Study): string {
  return [
    id,
    `v${version}`,
    assembly ?? '-',
    testId,
    testDate,
    count(subjects),
    inputs.map(({ name }) => name).join(', '),
  ].join('\t');
}

function sum(files: readonly { readonly rows: number; readonly bytes: number }[], field: 'rows' | 'bytes'): number {
  return files.reduce((total, file) => total + file[field], 0);
}
