import { basename } from 'node:path';
import { CHANGE_TYPES } from '../genomics/allele.ts';
import { type Assembly, sequenceOf } from '../genomics/assembly.ts';
import { InvalidInputError } from '../genomics/errors.ts';
import type { Sequences } from '../genomics/ports.ts';
import type { StudyInput, StudySample } from '../genomics/study.ts';
import { readBed } from './bed.ts';
import { openLines } from './bytes.ts';
import { inputChecksum } from './checksum.ts';
import { type ContigNames, resolveContigs } from './contigs.ts';
import { fault } from './fault.ts';
import { parseHeader } from './header.ts';
import { openJustifier, type ReferenceFindings, referenceCounts, referenceFindings } from './justify.ts';
import { type LoadedFile, openParts, type PartWriter, type StatedRegions } from './parts.ts';
import { type RecordReader, recordReader } from './records.ts';
import type { IngestInput, InputReport, Progress } from './request.ts';
import { type TakenSamples, takeSamples } from './samples.ts';

/** How one file is loaded. */
export interface LoadOptions {
  readonly assembly: Assembly;
  /** Index the input will have in its study. */
  readonly input: number;
  readonly blockQuality: number;
  /** Folder for everything being written. */
  readonly staging: string;
  readonly progress: (progress: Progress) => void;
  /** Reference bases to normalise with, as far as they are loaded. */
  readonly sequences: Sequences | undefined;
}

export interface LoadedInput {
  readonly input: StudyInput;
  readonly files: readonly LoadedFile[];
  /** Samples by subject id. */
  readonly owners: ReadonlyMap<string, StudySample>;
  readonly report: InputReport;
  /** Whether every insertion and deletion that could be compared with the reference was, or there was none. */
  readonly normalised: boolean;
}

/** A file whose header has been read and whose records are being read. */
interface Loading {
  readonly names: ContigNames;
  readonly taken: TakenSamples;
  readonly beds: readonly StatedRegions[];
  readonly records: RecordReader;
  readonly parts: PartWriter;
  readonly reference: ReferenceFindings;
  /** What annotated the file. */
  readonly annotations: readonly string[];
}

const LF = 10;
const HASH = 35;
/** No real header comes near; a binary file without line ends would. */
const LONGEST_HEADER_LINE = 16 * 1_048_576;

/**
 * Turns one VCF (and its BEDs) into Parquet files in the staging folder, in one pass. Scanning and DuckDB work side by
 * side; the scanner waits when DuckDB falls behind.
 *
 * @throws InvalidInputError naming file and line; nothing outside the staging folder was touched.
 */
export async function loadInput(request: IngestInput, options: LoadOptions): Promise<LoadedInput> {
  const file = basename(request.file);
  const reader = await openLines(request.file);
  const headerLines: string[] = [];
  let loading: Loading | undefined;
  let endedWithLine = true;
  try {
    for await (const { bytes, firstLine, bytesRead } of reader.blocks) {
      let line = firstLine;
      for (let start = 0; start < bytes.length; line++) {
        const next = bytes.indexOf(LF, start);
        const end = next < 0 ? bytes.length : next;
        if (loading === undefined && bytes[start] === HASH) {
          headerLines.push(headerLine(bytes, start, end, file, line));
        } else {
          loading ??= await begin(file, request, options, headerLines);
          loading.records.read(bytes, start, end, line);
        }
        start = end + 1;
      }
      endedWithLine = bytes[bytes.length - 1] === LF;
      await loading?.parts.settle();
      const { records = 0 } = loading?.records.findings ?? {};
      const rows = loading === undefined ? 0 : loading.parts.variantRows() + loading.parts.structuralRows();
      options.progress({ file, bytesRead, bytesTotal: reader.size, records, rows });
    }
    loading ??= await begin(file, request, options, headerLines);
    const files = await loading.parts.finish();
    return describe(file, request, options, loading, files, reader.sha256(), endedWithLine);
  } finally {
    await loading?.parts.close();
  }
}

function headerLine(bytes: Buffer, start: number, end: number, file: string, line: number): string {
  if (end - start > LONGEST_HEADER_LINE) throw fault({ file, line }, 'a header line of over 16 MB');
  return bytes.toString('utf8', start, end);
}

async function begin(
  file: string,
  request: IngestInput,
  options: LoadOptions,
  headerLines: readonly string[],
): Promise<Loading> {
  const { assembly, input, staging, blockQuality, sequences } = options;
  const header = parseHeader(file, headerLines);
  const names = resolveContigs(file, assembly, header.contigs);
  const taken = takeSamples(file, request, header.samples);
  const beds = await readBeds(request, names);
  const subjects = taken.samples.map(({ subject }) => subject);
  const { sourceClass } = request;
  const reference = referenceFindings();
  const parts = await openParts(
    staging,
    { input, sourceClass, subjects },
    beds,
    { sources: header.annotations, undecided: () => records.count('annotation-without-allele') },
    () => records.calls,
    (chromosome) => openJustifier(sequences, sequenceOf(assembly, chromosome)?.accession, reference),
  );
  const { wanted, sexes } = taken;
  const records = recordReader(
    { file, assembly, header, names, wanted, sexes, sourceClass, blockQuality },
    {
      variants: parts.variants,
      structural: parts.structural,
      regions: parts.regions,
      consequences: parts.consequences,
      enter({ name, chromosome }) {
        if (parts.enter(chromosome)) return;
        throw new InvalidInputError(`${file}: ${name} is chromosome ${chromosome}, which came before by another name`);
      },
    },
  );
  const annotations = header.annotations.map(({ name }) => name);
  return { names, taken, beds, records, parts, reference, annotations };
}

async function readBeds({ studied, uncallable }: IngestInput, names: ContigNames): Promise<readonly StatedRegions[]> {
  const beds: StatedRegions[] = [];
  if (studied !== undefined) beds.push({ kind: 'studied', bed: await readBed(studied, names) });
  if (uncallable !== undefined) beds.push({ kind: 'uncallable', bed: await readBed(uncallable, names) });
  return beds;
}

function describe(
  file: string,
  request: IngestInput,
  options: LoadOptions,
  { names, taken, beds, records, parts, reference, annotations }: Loading,
  files: readonly LoadedFile[],
  vcf: string,
  endedWithLine: boolean,
): LoadedInput {
  const { findings } = records;
  const digestOf = (kind: StatedRegions['kind']) => beds.find((stated) => stated.kind === kind)?.bed.sha256;
  const digests = { vcf, studied: digestOf('studied'), uncallable: digestOf('uncallable') };
  const found = CHANGE_TYPES.filter((type) => findings.changeTypes.has(type));
  const changeTypes = request.changeTypes ?? (found.length > 0 ? found : undefined);
  const outsideBeds = beds.reduce((sum, { bed }) => sum + bed.outside, 0);
  const counts = {
    ...findings.counts,
    ...(outsideBeds > 0 ? { 'bed-outside-primary-assembly': outsideBeds } : {}),
    ...referenceCounts(reference),
  };
  const warnings = [
    ...names.warnings,
    ...(endedWithLine ? [] : [`${file}: the last line has no line end; check that the file is whole`]),
    ...reference.examples.map((example) => `${file}, ${example}; stored as stated`),
  ];
  const owners = taken.samples.map(({ subject, sample, specimen, sex }): [string, StudySample] => [
    subject,
    {
      input: options.input,
      sample,
      ...(specimen === undefined ? {} : { specimen }),
      ...(sex === undefined ? {} : { sex }),
    },
  ]);
  return {
    input: {
      checksum: inputChecksum(request, digests, options.blockQuality),
      name: file,
      ...(request.sourceClass === undefined ? {} : { sourceClass: request.sourceClass }),
      ...(changeTypes === undefined ? {} : { changeTypes }),
      studiedRegions: request.studied !== undefined,
      uncallableRegions: request.uncallable !== undefined,
      referenceBlocks: findings.referenceBlocks,
      ...(annotations.length === 0 ? {} : { annotations }),
      counts,
    },
    files,
    owners: new Map(owners),
    report: {
      name: file,
      records: findings.records,
      variantRows: parts.variantRows(),
      structuralRows: parts.structuralRows(),
      counts,
      outside: findings.outside,
      warnings,
    },
    normalised: options.sequences !== undefined && reference.unnormalised === 0,
  };
}
