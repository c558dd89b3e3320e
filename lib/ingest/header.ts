import VCFParser from '@gmod/vcf';
import { type AnnotationKey, annotationKeys } from '../genomics/consequence/annotations.ts';
import { fault, type Place, quoted } from './fault.ts';

/** What the `##` lines and the column line of a VCF say. */
export interface VcfHeader {
  /** `4.1` to `4.5`. */
  readonly version: string;
  readonly samples: readonly string[];
  /** Whether the column line has FORMAT (it may without any sample). */
  readonly hasFormat: boolean;
  /** Lengths of the `##contig` lines, in bases; undefined where a line states none (or 0). */
  readonly contigs: ReadonlyMap<string, number | undefined>;
  /** Reads INFO by the header's own declarations. */
  readonly parser: VCFParser;
  /** INFO keys that hold molecular consequences, with what wrote them. */
  readonly annotations: readonly AnnotationSource[];
}

/** An INFO key that holds molecular consequences. */
export interface AnnotationSource extends AnnotationKey {
  /** `VEP 105`, `SnpEff 4.3t`, `bcftools csq 1.10.2`; without a version where the header names none. */
  readonly name: string;
}

const VERSION = /^##fileformat=VCFv(4\.[1-5])$/;
const COLUMNS = ['#CHROM', 'POS', 'ID', 'REF', 'ALT', 'QUAL', 'FILTER', 'INFO'];
const STRUCTURED = /^##(INFO|FORMAT|FILTER|ALT|contig)=/;

/**
 * Reads a VCF header.
 *
 * @param lines every line that starts with `#`, the column line last
 * @throws InvalidInputError naming file and line.
 */
export function parseHeader(file: string, lines: readonly string[]): VcfHeader {
  const version = checkVersion({ file, line: 1 }, lines[0]);
  for (const [index, text] of lines.slice(1, -1).entries()) checkMetaLine({ file, line: index + 2 }, text);
  const place = { file, line: lines.length };
  const names = columnNames(place, lines.at(-1) ?? '');
  const samples = names.slice(COLUMNS.length + 1);
  const twice = samples.find((sample, index) => samples.indexOf(sample) !== index);
  if (twice !== undefined) throw fault(place, `two columns are named ${quoted(twice)}; rename one of the samples`);
  const parser = parserOf(place, lines);
  return {
    version,
    samples,
    hasFormat: names.length > COLUMNS.length,
    contigs: contigLengths(place, parser),
    parser,
    annotations: annotationKeys(infoDescriptions(parser)).map((key) => ({ ...key, name: annotatorOf(key, lines) })),
  };
}

function infoDescriptions(parser: VCFParser): ReadonlyMap<string, string> {
  const declared = parser.getMetadata('INFO');
  const entries = typeof declared === 'object' ? Object.entries(declared) : [];
  return new Map(
    entries.map(([id, fields]) => [id, String((fields as Readonly<Record<string, unknown>>)['Description'] ?? '')]),
  );
}

/** What the header says of the tool that wrote a key. */
const ANNOTATORS: Readonly<Record<AnnotationKey['tool'], readonly [name: string, version: RegExp]>> = {
  VEP: ['VEP', /^##VEP="?v?([\w.]+)/],
  ANN: ['SnpEff', /^##SnpEffVersion="?([\w.]+)/],
  EFF: ['SnpEff', /^##SnpEffVersion="?([\w.]+)/],
  BCSQ: ['bcftools csq', /^##bcftools[_/]csqVersion=([\w.]+)/],
};

function annotatorOf({ key, tool }: AnnotationKey, lines: readonly string[]): string {
  const [name, pattern] = ANNOTATORS[tool];
  const version = lines.map((line) => pattern.exec(line)?.[1]).find((found) => found !== undefined);
  // Other tools write ANN too.
  if (version === undefined) return tool === 'ANN' ? `INFO/${key}` : name;
  return `${name} ${version}`;
}

function checkVersion(place: Place, first: string | undefined): string {
  const [, version] = VERSION.exec(first ?? '') ?? [];
  if (version !== undefined) return version;
  if (first?.startsWith('##fileformat=') !== true) {
    throw fault(place, 'no VCF header: the first line must be ##fileformat=VCFv4.1 (to 4.5)');
  }
  const stated = quoted(first.slice('##fileformat='.length));
  throw fault(
    place,
    `version ${stated} is not read, only VCFv4.1 to VCFv4.5; convert it, for example with bcftools view`,
  );
}

function checkMetaLine(place: Place, text: string): void {
  if (!/^##[^=]+=./.test(text)) throw fault(place, 'a header line that is not ##key=value');
  const [, key] = STRUCTURED.exec(text) ?? [];
  if (key === undefined) return;
  if (!/^##\w+=<ID=[^,>]+(,.*)?>$/.test(text)) throw fault(place, `a ##${key} line that is not <ID=…>`);
}

function columnNames(place: Place, text: string): readonly string[] {
  const names = text.split('\t');
  const wrong = COLUMNS.findIndex((column, index) => names[index] !== column);
  if (wrong >= 0) {
    throw fault(place, `the column line must be ${COLUMNS.join(' ')}, separated by tabs; ${COLUMNS[wrong]} is missing`);
  }
  const format = names[COLUMNS.length];
  if (format !== undefined && format !== 'FORMAT') throw fault(place, 'the ninth column must be FORMAT');
  if (names.slice(COLUMNS.length).includes('')) throw fault(place, 'a column without a name');
  return names;
}

function parserOf(place: Place, lines: readonly string[]): VCFParser {
  try {
    return new VCFParser({ header: lines.join('\n'), strict: false });
  } catch (error) {
    throw fault(place, `the header cannot be read: ${(error as Error).message.split('\n')[0]}`);
  }
}

function contigLengths(place: Place, parser: VCFParser): ReadonlyMap<string, number | undefined> {
  const lengths = new Map<string, number | undefined>();
  const contigs = parser.getMetadata('contig');
  if (typeof contigs !== 'object') return lengths;
  for (const [id, fields] of Object.entries(contigs)) {
    const stated = (fields as Readonly<Record<string, unknown>>)['length'];
    const length = stated === undefined ? undefined : Number(stated);
    if (length !== undefined && !(Number.isInteger(length) && length >= 0)) {
      throw fault(place, `##contig ${quoted(id)} has a length that is no number`);
    }
    lengths.set(id, length === 0 ? undefined : length);
  }
  return lengths;
}
