import { type Command, Option } from 'commander';
import { CHANGE_TYPES, type ChangeType, type SourceClass } from '../genomics/allele.ts';
import type { Assembly } from '../genomics/assembly.ts';
import { InvalidInputError } from '../genomics/errors.ts';
import type { Sequences } from '../genomics/ports.ts';
import type { Sex } from '../genomics/study.ts';
import { ingest } from '../ingest/ingest.ts';
import { readManifest } from '../ingest/manifest.ts';
import type { Archive } from '../ingest/ports.ts';
import type { IngestInput, IngestReport, IngestRequest, Progress } from '../ingest/request.ts';
import { readSampleMap } from '../ingest/sample-map.ts';
import { openArchive, type Whereabouts } from './open.ts';
import { assemblyOption, commaList, dataOption } from './options.ts';
import { bytes, count, progressOn } from './progress.ts';

interface IngestOptions extends Whereabouts {
  readonly manifest?: string;
  readonly subject?: string;
  readonly allSamples?: true;
  readonly sampleMap?: string;
  readonly assembly?: Assembly;
  readonly testId?: string;
  readonly testDate?: string;
  readonly sourceClass?: SourceClass;
  readonly sample?: string;
  readonly sex?: Sex;
  readonly specimen?: string;
  readonly studied?: string;
  readonly uncallable?: string;
  readonly changeTypes?: readonly string[];
  readonly study?: string;
  readonly add?: true;
  readonly replace?: true;
  readonly readmit?: true;
}

/** `ingest`: a lab's VCF, or a manifest of them, becomes studies that can be asked at once. */
export function addIngest(program: Command): void {
  program
    .command('ingest [vcf]')
    .description('load a VCF (.vcf, .vcf.gz) as a study, or all files of a manifest')
    .addOption(dataOption())
    .option('--manifest <csv>', 'load many files; see the README for the columns')
    .option('--subject <id>', 'whose results these are')
    .option('--all-samples', 'each sample of the file becomes a subject of one study')
    .option('--sample-map <csv>', 'with --all-samples: columns sample,subject,specimen_id,sex')
    .addOption(assemblyOption())
    .option('--test-id <id>', "the laboratory's name of the test")
    .option('--test-date <date>', 'YYYY-MM-DD')
    .addOption(new Option('--source-class <class>', 'unknown when absent').choices(['germline', 'somatic']))
    .option('--sample <name>', 'column to take from a file of several samples')
    .addOption(new Option('--sex <sex>', 'decides what X and Y genotypes mean').choices(['male', 'female']))
    .option('--specimen <id>', 'specimen that was sequenced')
    .option('--studied <bed>', 'regions the test looked at')
    .option('--uncallable <bed>', 'regions in which it could not call')
    .option('--change-types <list>', `kinds of change the test looks for: ${CHANGE_TYPES.join(', ')}`, commaList)
    .option('--study <id>', 'default: subject, test id and assembly')
    .option('--add', 'add this file to a study that exists')
    .option('--replace', 'replace the files of a study that exists (an amended result)')
    .option('--readmit', 'load data of subjects that were erased')
    .action(async (vcf: string | undefined, options: IngestOptions) => {
      const requests =
        options.manifest === undefined
          ? [await oneFile(vcf, options)]
          : await readManifest(options.manifest, modeOf(options));
      if (options.manifest !== undefined && vcf !== undefined) {
        throw new InvalidInputError('give either a VCF or --manifest, not both');
      }
      await using archive = await openArchive(options);
      const { sequences } = await archive.ports.reference();
      for (const request of requests) {
        const admitted = options.readmit ? { ...request, readmit: true } : request;
        await ingestWithProgress(admitted, archive.archive, sequences);
      }
    });
}

/** Loads one study and says on standard error how far it is and what became of it. */
export async function ingestWithProgress(
  request: IngestRequest,
  archive: Archive,
  sequences: Sequences,
): Promise<IngestReport> {
  const progress = progressOn();
  const started = performance.now();
  const report = await ingest(request, archive, { progress: (at) => progress.update(describe(at)), sequences });
  progress.done();
  for (const line of summary(report, performance.now() - started)) progress.line(line);
  return report;
}

function describe({ file, bytesRead, bytesTotal, records, rows }: Progress): string {
  const percent = bytesTotal === 0 ? 100 : Math.floor((100 * bytesRead) / bytesTotal);
  return `${file}: ${percent} % of ${bytes(bytesTotal)}, ${count(records)} records, ${count(rows)} rows`;
}

function summary({ study, version, status, subjects, inputs }: IngestReport, milliseconds: number): string[] {
  if (status === 'unchanged') return [`${study}: unchanged, version ${version} already holds exactly these files`];
  const seconds = (milliseconds / 1000).toFixed(1);
  const lines = [
    `${study}: version ${version}, ${count(subjects)} ${subjects === 1 ? 'subject' : 'subjects'}, ${seconds} s`,
  ];
  for (const input of inputs) {
    lines.push(
      `  ${input.name}: ${count(input.records)} records, ${count(input.variantRows)} variants, ${count(input.structuralRows)} structural`,
    );
    for (const [reason, records] of Object.entries(input.counts)) lines.push(`    ${count(records)} ${reason}`);
    const outside = Object.values(input.outside).reduce((sum, records) => sum + records, 0);
    if (outside > 0) {
      const contigs = Object.keys(input.outside).length;
      lines.push(`    ${count(outside)} records on ${count(contigs)} contigs outside the primary assembly: not stored`);
    }
    for (const warning of input.warnings) lines.push(`  warning: ${warning}`);
  }
  return lines;
}

async function oneFile(file: string | undefined, options: IngestOptions): Promise<IngestRequest> {
  const { assembly, testId, testDate } = options;
  if (file === undefined) throw new InvalidInputError('name a VCF, or a manifest with --manifest');
  if (assembly === undefined)
    throw new InvalidInputError('say which assembly the positions are of: --assembly GRCh37 or GRCh38');
  if (testId === undefined) throw new InvalidInputError("give the test's id: --test-id");
  if (testDate === undefined) throw new InvalidInputError("give the test's date: --test-date YYYY-MM-DD");
  return {
    ...(options.study !== undefined && { study: options.study }),
    assembly,
    testId,
    testDate,
    mode: modeOf(options),
    inputs: [await inputOf(file, options)],
  };
}

/** What becomes of a study that exists. @throws InvalidInputError */
export function modeOf({ add, replace }: { readonly add?: true; readonly replace?: true }): IngestRequest['mode'] {
  if (add && replace) throw new InvalidInputError('--add and --replace exclude each other');
  return add ? 'add' : replace ? 'replace' : 'create';
}

async function inputOf(file: string, options: IngestOptions): Promise<IngestInput> {
  const { subject, allSamples, sampleMap, sample, sourceClass, sex, specimen, studied, uncallable, changeTypes } =
    options;
  if ((subject === undefined) === (allSamples === undefined)) {
    throw new InvalidInputError('say whose results these are: either --subject ID or --all-samples');
  }
  if (sampleMap !== undefined && !allSamples) throw new InvalidInputError('--sample-map goes with --all-samples');
  return {
    file,
    ...(subject !== undefined && { subject }),
    ...(allSamples && { allSamples }),
    ...(sampleMap !== undefined && { sampleMap: await readSampleMap(sampleMap) }),
    ...(sample !== undefined && { sample }),
    ...(sourceClass !== undefined && { sourceClass }),
    ...(sex !== undefined && { sex }),
    ...(specimen !== undefined && { specimen }),
    ...(studied !== undefined && { studied }),
    ...(uncallable !== undefined && { uncallable }),
    ...(changeTypes !== undefined && { changeTypes: changeTypes.map(changeType) }),
  };
}

function changeType(text: string): ChangeType {
  const known = CHANGE_TYPES.find((type) => type === text.toUpperCase());
  if (known === undefined)
    throw new InvalidInputError(`'${text}' is not a change type: use ${CHANGE_TYPES.join(', ')}`);
  return known;
}
