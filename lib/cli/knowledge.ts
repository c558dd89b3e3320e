import { createWriteStream, type WriteStream } from 'node:fs';
import { Argument, type Command, Option } from 'commander';
import type { Assembly } from '../genomics/assembly.ts';
import { InvalidInputError } from '../genomics/errors.ts';
import { HLA, NOMENCLATURE, readHlaRelease } from '../knowledge/hla/release.ts';
import { readNeutral } from '../knowledge/neutral.ts';
import { PHARMCAT } from '../knowledge/pharmcat/payload.ts';
import { findPharmcatRelease } from '../knowledge/pharmcat/release.ts';
import type { UnusableRow } from '../knowledge/report.ts';
import { siteFilesOf } from '../knowledge/sites/read-sites.ts';
import { CLINVAR_STATEMENTS, type ClinvarOptions, readClinvar } from '../knowledge/sources/clinvar.ts';
import { readCivic, readCpic, readPharmGkb } from '../knowledge/sources/pharmacogenomics.ts';
import { filesOf } from '../knowledge/sources/recognise.ts';
import { unzipped } from '../knowledge/sources/unzip.ts';
import type { AddedKnowledge, KnowledgeAddition, KnowledgeArchive } from '../store/knowledge-archive.ts';
import { type KnowledgeRelease, serving } from '../store/knowledge-catalogue.ts';
import { openArchive, type Whereabouts } from './open.ts';
import { assemblyOption, dataOption, group } from './options.ts';
import { count, progressOn } from './progress.ts';

const SOURCES = ['clinvar', 'civic', 'cpic', 'pharmgkb', 'pharmcat', 'hla', 'table'] as const;
type Source = (typeof SOURCES)[number];
const KINDS = ['dx', 'tx', 'mc'] as const;

interface ImportOptions extends Whereabouts {
  readonly release: string;
  readonly statements?: ClinvarOptions['statements'];
  readonly assembly?: Assembly;
  readonly kind?: (typeof KINDS)[number];
  readonly source?: string;
  readonly sites?: readonly string[];
  readonly list?: string;
  readonly activate: boolean;
}

/** `knowledge import|list|activate|delete`: what variants and genotypes mean, release by release. */
export function addKnowledge(program: Command): void {
  const knowledge = group(program, 'knowledge', 'import and choose what variants and genotypes mean');

  knowledge
    .command('import')
    .description('import a release; docs/knowledge.md names the files to fetch')
    .addArgument(new Argument('<source>', 'where the files are from').choices(SOURCES))
    .argument(
      '<files...>',
      'files of the release; a folder stands for the JSON files in it, a ZIP archive for what it holds',
    )
    .addOption(dataOption())
    .requiredOption('--release <name>', 'what the release is called, such as its date')
    .addOption(
      new Option('--statements <which>', 'clinvar: aggregates of each variant, single submissions, or all').choices(
        CLINVAR_STATEMENTS,
      ),
    )
    .addOption(assemblyOption())
    .addOption(new Option('--kind <kind>', 'table: what its lines are about').choices(KINDS))
    .option('--source <name>', 'table: what to call it; releases of one name follow each other')
    .option(
      '--sites <file>',
      'pharmgkb: a file that says where rs numbers lie; give it once for each',
      (path: string, before: readonly string[] = []) => [...before, path],
    )
    .option('--list <file>', 'write every row that can not be used to this file, with the reason')
    .option('--no-activate', 'keep the release beside the one that answers')
    .action(async (source: Source, paths: readonly string[], options: ImportOptions) => {
      checkOptions(source, options);
      // PharmCAT's folder has folders of its own.
      await using given = await unzipped(source === PHARMCAT ? [] : await filesOf(paths));
      const addition = await additionOf(source, paths, given.files, options);
      await using archive = await openArchive(options);
      await importWithProgress(addition, archive.knowledge, options.list);
    });

  knowledge
    .command('list')
    .description(
      'one line a release, newest first: source, release, whether it answers, contents, files, date, items whose genotypes are not joined',
    )
    .addOption(dataOption())
    .action(async (where: Whereabouts) => {
      await using archive = await openArchive(where);
      const releases = await archive.knowledge.list();
      const answering = new Set(serving(releases));
      for (const one of releases) process.stdout.write(`${line(one, answering.has(one))}\n`);
      if (releases.length === 0) process.stderr.write("no knowledge yet: load some with 'genomics knowledge import'\n");
    });

  knowledge
    .command('activate')
    .description('let a release answer in place of the one that does')
    .argument('<source>')
    .argument('<release>')
    .addOption(dataOption())
    .action(async (source: string, release: string, where: Whereabouts) => {
      await using archive = await openArchive(where);
      await archive.knowledge.activate(source, release);
      process.stderr.write(`${source} ${release} answers now\n`);
    });

  knowledge
    .command('delete')
    .description("remove a release; 'sweep' removes its files later")
    .argument('<source>')
    .argument('<release>')
    .addOption(dataOption())
    .action(async (source: string, release: string, where: Whereabouts) => {
      await using archive = await openArchive(where);
      await archive.knowledge.remove(source, release);
      process.stderr.write(`${source} ${release} is removed\n`);
    });
}

/** Before any file is looked at: an option that does not fit is the plainer fault. */
function checkOptions(source: Source, { statements, assembly, kind, source: name, sites }: ImportOptions): void {
  if (source !== 'pharmgkb' && sites !== undefined) throw new InvalidInputError('--sites goes with pharmgkb');
  if (source !== 'clinvar' && (statements !== undefined || assembly !== undefined)) {
    throw new InvalidInputError('--statements and --assembly go with clinvar');
  }
  if (source !== 'table' && (kind !== undefined || name !== undefined)) {
    throw new InvalidInputError('--kind and --source go with table');
  }
}

async function additionOf(
  source: Source,
  paths: readonly string[],
  inputs: readonly string[],
  { release, statements, assembly, kind, source: name, sites = [], activate }: ImportOptions,
): Promise<KnowledgeAddition> {
  const common = { source, release, inputs, activate };
  switch (source) {
    case 'clinvar': {
      const options = { statements: statements ?? 'all', ...(assembly && { assembly }) } as const;
      return {
        ...common,
        options: [options.statements, assembly ?? ''],
        fill: (sink) => readClinvar(inputs, sink, options),
      };
    }
    case 'civic':
      return { ...common, fill: (sink) => readCivic(inputs, sink) };
    case 'cpic':
      return { ...common, fill: (sink) => readCpic(inputs, sink) };
    case 'pharmgkb': {
      const siteFiles = await siteFilesOf(sites);
      return {
        ...common,
        inputs: [...inputs, ...siteFiles],
        options: [`${siteFiles.length} site files`],
        fill: (sink) => readPharmGkb(inputs, sink, siteFiles),
      };
    }
    case PHARMCAT:
      return pharmcatAddition(paths, { release, activate });
    case HLA:
      return {
        ...common,
        fill: async (sink) => sink.payload(NOMENCLATURE, await readHlaRelease(inputs)),
      };
    case 'table': {
      if (kind === undefined) throw new InvalidInputError('say what the lines are about: --kind dx, tx or mc');
      return {
        ...common,
        source: name ?? `table-${kind}`,
        options: [kind],
        async fill(sink) {
          for (const path of inputs)
            for await (const rows of readNeutral(path, kind, sink.report)) await sink.rows(rows);
        },
      };
    }
  }
}

async function pharmcatAddition(
  paths: readonly string[],
  given: Pick<KnowledgeAddition, 'release'> & { readonly activate: boolean },
): Promise<KnowledgeAddition> {
  const [folder, ...others] = paths;
  if (folder === undefined || others.length > 0) {
    throw new InvalidInputError('pharmcat: name one folder, which holds definition and phenotype');
  }
  return { source: PHARMCAT, ...given, ...(await findPharmcatRelease(folder)) };
}

/** Imports a release and says on standard error how far it is and what became of it. */
async function importWithProgress(
  addition: KnowledgeAddition,
  archive: KnowledgeArchive,
  list: string | undefined,
): Promise<void> {
  const progress = progressOn();
  const started = performance.now();
  const listed = list === undefined ? undefined : createWriteStream(list);
  const added = await archive
    .add(addition, {
      ...(listed && { unusable: (row) => writeUnusable(listed, row) }),
      progress: ({ step, rows }) => progress.update(`${addition.source}: ${count(rows)} rows ${step}`),
    })
    .finally(progress.done)
    .finally(() => listed?.end());
  for (const text of summary(added, performance.now() - started)) progress.line(text);
}

function writeUnusable(to: WriteStream, { file, line: at, reason, item }: UnusableRow): void {
  to.write(`${file}\t${at === 0 ? '' : at}\t${reason}\t${item}\n`);
}

function summary({ status, release, read }: AddedKnowledge, milliseconds: number): readonly string[] {
  const name = `${release.source} ${release.release}`;
  if (status === 'unchanged') return [`${name}: unchanged, exactly these files are loaded already`];
  const lines = [
    `${name}: ${status}, ${contents(release)} of ${count(read)} rows, ${(milliseconds / 1000).toFixed(1)} s`,
  ];
  for (const [reason, rows] of Object.entries(release.unusable)) lines.push(`  ${count(rows)} not used: ${reason}`);
  for (const [assembly, statements] of Object.entries(release.uncarried)) {
    lines.push(`  warning: ${count(statements)} statements have no place in ${assembly}, as no chains lead there:`);
    lines.push(
      `    questions about data of ${assembly} are refused; load the chains ('reference add') and import again`,
    );
  }
  return lines;
}

function contents({ statements }: KnowledgeRelease): string {
  const parts = KINDS.filter((kind) => statements[kind] > 0).map((kind) => `${count(statements[kind])} ${kind}`);
  return parts.length === 0 ? 'no statements' : parts.join(' + ');
}

function line(release: KnowledgeRelease, answers: boolean): string {
  const state = answers ? 'answers' : release.fallback ? 'fallback' : 'kept';
  return [
    release.source,
    release.release,
    state,
    contents(release),
    release.inputs.length,
    release.added.slice(0, 10),
    ...((release.unjoined ?? 0) > 0 ? [`${count(release.unjoined ?? 0)} not joined`] : []),
  ].join('\t');
}
