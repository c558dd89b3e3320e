import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type Command, Option } from 'commander';
import type { SourceClass } from '../genomics/allele.ts';
import { InvalidInputError, NotFoundError } from '../genomics/errors.ts';
import { readGenotypeTable } from '../ingest/genotype-table.ts';
import { type GenotypeRequest, importGenotypes } from '../ingest/genotypes.ts';
import { readPharmcatReport } from '../knowledge/pharmcat/report.ts';
import { modeOf } from './ingest.ts';
import { openArchive, type Whereabouts } from './open.ts';
import { dataOption, group } from './options.ts';
import { count, progressOn } from './progress.ts';

interface ImportOptions extends Whereabouts {
  readonly format: 'table' | 'pharmcat';
  readonly subject?: string;
  readonly testId?: string;
  readonly testDate?: string;
  readonly specimen?: string;
  readonly sourceClass?: SourceClass;
  readonly add?: true;
  readonly replace?: true;
}

/** `genotypes import`: star-allele and HLA genotypes that another caller found. */
export function addGenotypes(program: Command): void {
  group(program, 'genotypes', 'star-allele and HLA genotypes')
    .command('import <file>')
    .description('load genotypes that another caller found; a test that is not there yet is created')
    .addOption(dataOption())
    .addOption(
      new Option('--format <format>', 'a CSV table, or the JSON report of PharmCAT')
        .choices(['table', 'pharmcat'])
        .default('table'),
    )
    .option('--subject <id>', 'pharmcat: whose report it is')
    .option('--test-id <id>', "pharmcat: the laboratory's name of the test")
    .option('--test-date <date>', 'pharmcat: YYYY-MM-DD')
    .option('--specimen <id>', 'pharmcat: specimen that was sequenced')
    .addOption(new Option('--source-class <class>', 'pharmcat: unknown when absent').choices(['germline', 'somatic']))
    .option('--add', 'add to the genotypes of a test')
    .option('--replace', 'replace the genotypes of a test (an amended result)')
    .action(async (file: string, options: ImportOptions) => {
      const progress = progressOn();
      const requests =
        options.format === 'table'
          ? await readGenotypeTable(file, modeOf(options))
          : [await reportRequest(file, options, progress.line)];
      await using archive = await openArchive(options);
      for (const request of requests) {
        const { study, version, status, genotypes } = await importGenotypes(request, archive.genotypes);
        const what = status === 'unchanged' ? 'unchanged' : `${count(genotypes)} genotypes`;
        progress.line(`${study}: version ${version}, ${what}`);
      }
    });
}

async function reportRequest(
  file: string,
  { subject, testId, testDate, specimen, sourceClass, ...mode }: ImportOptions,
  say: (line: string) => void,
): Promise<GenotypeRequest> {
  if (subject === undefined) throw new InvalidInputError('a report names no subject: give --subject ID');
  if (testId === undefined) throw new InvalidInputError('a report names no test: give --test-id ID');
  if (testDate === undefined)
    throw new InvalidInputError('a report has no date of the test: give --test-date YYYY-MM-DD');
  const report = readPharmcatReport(await textOf(file), basename(file));
  if (report.uncalled.length > 0) say(`${basename(file)}: no call of ${report.uncalled.join(', ')}`);
  const shared = {
    ...(specimen === undefined ? {} : { specimen }),
    ...(sourceClass === undefined ? {} : { sourceClass }),
  };
  const genotypes = report.genotypes.map((genotype) => ({ ...genotype, ...shared }));
  return { subject, testId, testDate, mode: modeOf(mode), file: basename(file), genotypes };
}

async function textOf(file: string): Promise<string> {
  try {
    const bytes = await readFile(file);
    return (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
  } catch (cause) {
    throw new NotFoundError(`${file} cannot be read; check the path`, undefined, { cause });
  }
}
