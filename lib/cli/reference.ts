import { type Command, Option } from 'commander';
import { ASSEMBLIES, type Assembly } from '../genomics/assembly.ts';
import { InvalidInputError } from '../genomics/errors.ts';
import type {
  AddedReference,
  ReferenceAddition,
  ReferenceArchive,
  ReferenceProgress,
} from '../store/reference-archive.ts';
import { placeOf, type ReferenceFile } from '../store/reference-catalogue.ts';
import { openArchive, type Whereabouts } from './open.ts';
import { assemblyOption, dataOption, group } from './options.ts';
import { bytes, count, progressOn } from './progress.ts';

interface AddOptions extends Whereabouts {
  readonly assembly?: Assembly;
  readonly fasta?: string;
  readonly twobit?: string;
  readonly chain?: string;
  readonly from?: Assembly;
  readonly to?: Assembly;
  readonly transcripts?: string;
  readonly release?: string;
}

/** `reference add|list`: sequences, liftover chains and transcript models. */
export function addReference(program: Command): void {
  const reference = group(program, 'reference', 'load reference sequences, liftover chains and transcript models');

  reference
    .command('add')
    .description('load one file; docs/reference.md names the files to fetch')
    .addOption(dataOption())
    .addOption(assemblyOption())
    .option('--fasta <file>', 'sequences, plain or compressed by bgzip; needs --assembly')
    .option('--twobit <file>', 'sequences as UCSC 2bit; needs --assembly')
    .option('--chain <file>', 'UCSC-format chains, plain or gzip; needs --from and --to')
    .addOption(new Option('--from <assembly>', 'assembly that the chains lead from').choices(ASSEMBLIES))
    .addOption(new Option('--to <assembly>', 'assembly that the chains lead to').choices(ASSEMBLIES))
    .option('--transcripts <file>', 'RefSeq GFF3, cdot JSON or MANE bigGenePred text, plain or gzip')
    .option('--release <name>', "default: the file's name and the start of its SHA-256")
    .action(async (options: AddOptions) => {
      const addition = additionOf(options);
      await using archive = await openArchive(options);
      await addWithProgress(addition, archive.reference);
    });

  reference
    .command('list')
    .description('one line a file, in the order in which they are asked: kind, for what, release, contents, file, date')
    .addOption(dataOption())
    .action(async (where: Whereabouts) => {
      await using archive = await openArchive(where);
      const files = await archive.reference.list();
      for (const file of files) process.stdout.write(`${line(file)}\n`);
      if (files.length === 0) process.stderr.write("no reference data yet: load some with 'genomics reference add'\n");
    });
}

/** @throws InvalidInputError unless the options name one file and say all that must be said of it */
function additionOf({ assembly, fasta, twobit, chain, from, to, transcripts, release }: AddOptions): ReferenceAddition {
  const named = [fasta, twobit, chain, transcripts].filter((file) => file !== undefined);
  if (named.length !== 1) throw new InvalidInputError('name one file: --fasta, --twobit, --chain or --transcripts');
  if (chain === undefined && (from !== undefined || to !== undefined)) {
    throw new InvalidInputError('--from and --to go with --chain');
  }
  const common = release === undefined ? {} : { release };
  if (transcripts !== undefined) {
    return { kind: 'transcripts', path: transcripts, ...common, ...(assembly && { assembly }) };
  }
  if (chain !== undefined) {
    if (assembly !== undefined) throw new InvalidInputError('a chain file has two assemblies: --from and --to');
    if (from === undefined || to === undefined) {
      throw new InvalidInputError('say where the chains lead: --from GRCh37 --to GRCh38, or the other way round');
    }
    return { kind: 'chains', path: chain, from, to, ...common };
  }
  if (assembly === undefined) {
    throw new InvalidInputError('say which assembly the sequences are of: --assembly GRCh37 or GRCh38');
  }
  const format = twobit === undefined ? 'fasta' : 'twobit';
  return { kind: 'sequences', path: (twobit ?? fasta) as string, assembly, format, ...common };
}

/** Loads one file and says on standard error how far it is and what became of it. */
async function addWithProgress(addition: ReferenceAddition, archive: ReferenceArchive): Promise<AddedReference> {
  const progress = progressOn();
  const started = performance.now();
  const added = await archive
    .add(addition, (at) => progress.update(describe(addition.path, at)))
    .finally(progress.done);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const { status, file, notes } = added;
  const what = `${file.kind} ${placeOf(file)}`.trim();
  progress.line(
    status === 'unchanged'
      ? `${what} ${file.release}: unchanged, exactly this file is loaded already`
      : `${what} ${file.release}: ${status}, ${contents(file)}, ${seconds} s`,
  );
  for (const note of notes) progress.line(`  ${note}`);
  return added;
}

function describe(path: string, { step, bytes: done, total }: ReferenceProgress): string {
  const percent = total === 0 ? 100 : Math.min(100, Math.floor((100 * done) / total));
  return `${path.slice(path.lastIndexOf('/') + 1)}: ${percent} % of ${bytes(total)} ${step}`;
}

function contents(file: ReferenceFile): string {
  if (file.kind === 'transcripts') return `${count(file.rows)} transcripts of ${file.assemblies.join(' and ')}`;
  if (file.kind === 'chains') return bytes(file.bytes);
  const others = file.others === 0 ? '' : ` and ${count(file.others)} other sequences`;
  return `${file.partial ? 'parts of ' : ''}${count(file.chromosomes.length)} chromosomes${others}, ${bytes(file.bytes)}`;
}

function line(file: ReferenceFile): string {
  const place = file.kind === 'transcripts' ? file.assemblies.join('+') : placeOf(file);
  return [file.kind, place, file.release, contents(file), file.name, file.added.slice(0, 10)].join('\t');
}
