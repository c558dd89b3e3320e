import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { ASSEMBLIES, type Assembly, chromosomeNamed, sequenceOf, sequencesOf } from '../../genomics/assembly.ts';
import { InvalidInputError, NotFoundError } from '../../genomics/errors.ts';
import { fault, type Place, quoted } from '../../ingest/fault.ts';
import { field, integerIn, listIn, optional, parsedJson, textIn } from '../pharmcat/json.ts';
import { lineBlocks, listOf, readTable } from '../table.ts';
import type { SiteCollector } from './site.ts';

const DEFINITION = /_translation\.json(\.gz)?$/;

/**
 * Files of the given paths that say where rs numbers lie: VCFs (dbSNP, ClinVar or any other), PharmGKB's `variants.tsv`
 * and PharmCAT's `GENE_translation.json`; a folder stands for the definitions in it or in its `definition/alleles`.
 *
 * @throws NotFoundError, or InvalidInputError for a folder without definitions
 */
export async function siteFilesOf(paths: readonly string[]): Promise<readonly string[]> {
  const files: string[] = [];
  for (const path of paths) {
    if (!(await entry(path)).isDirectory()) {
      files.push(path);
      continue;
    }
    const inside = join(path, 'definition', 'alleles');
    const within = await stat(inside).then(
      () => inside,
      () => path,
    );
    const names = (await readdir(within)).filter((name) => DEFINITION.test(name)).toSorted();
    if (names.length === 0) throw new InvalidInputError(`${path} has no GENE_translation.json of PharmCAT`);
    files.push(...names.map((name) => join(within, name)));
  }
  return files;
}

async function entry(path: string) {
  return stat(path).catch((cause: unknown) => {
    throw new NotFoundError(`${path} cannot be read; check the path`, undefined, { cause });
  });
}

/**
 * Reads where the wanted rs numbers lie.
 *
 * @param files as {@link siteFilesOf}
 * @throws InvalidInputError naming file and line of what is no site file, states no assembly, or is malformed
 */
export async function readSites(files: readonly string[], to: SiteCollector): Promise<void> {
  for (const path of files) {
    if (DEFINITION.test(path)) await readDefinitionSites(path, to);
    else if (await isVcf(path)) await readVcfSites(path, to);
    else await readPharmGkbSites(path, to);
  }
}

async function isVcf(path: string): Promise<boolean> {
  for await (const { lines } of lineBlocks(path)) return lines[0]?.startsWith('##fileformat=VCF') === true;
  return false;
}

/** PharmCAT's positions are VCF's: 1-based, anchored. */
async function readDefinitionSites(path: string, to: SiteCollector): Promise<void> {
  const name = basename(path);
  const bytes = await readFile(path);
  const file = parsedJson((name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8'), name);
  const accession = textIn(field(file, 'refSeqChromosomeId'));
  for (const variant of listIn(field(file, 'variants'))) {
    const rsid = optional(field(variant, 'rsid'), textIn);
    if (rsid === undefined || !to.wants(rsid)) continue;
    const alternatives = listIn(field(variant, 'alts')).map(textIn);
    to.add(rsid, accession, integerIn(field(variant, 'position')) - 1, textIn(field(variant, 'ref')), alternatives);
  }
}

const HGVS = /^(NC_\d{6}\.\d+):g\.(\d+)([ACGT])>([ACGT])$/;
const HGVS_OTHER = /^NC_\d{6}\.\d+:g\.\S*(?:del|dup|ins|\[)/;

/** PharmGKB's `variants.tsv` names variants in HGVS among their synonyms: `NC_000012.12:g.21178615T>C`. */
async function readPharmGkbSites(path: string, to: SiteCollector): Promise<void> {
  for await (const row of readTable(path, ['Variant Name', 'Synonyms'])) {
    const rsid = row.get('Variant Name');
    if (!to.wants(rsid)) continue;
    for (const synonym of listOf(row.get('Synonyms'), ',')) {
      const [, accession, position, deleted, inserted] = HGVS.exec(synonym) ?? [];
      if (accession !== undefined && deleted !== undefined && inserted !== undefined) {
        to.add(rsid, accession, Number(position) - 1, deleted, [inserted]);
      } else if (HGVS_OTHER.test(synonym)) to.addIndel(rsid);
    }
  }
}

/**
 * A VCF whose records have rs numbers, as the ID (dbSNP, PharmCAT's positions) or in INFO as `RS=` (dbSNP, ClinVar).
 * Whole releases of dbSNP are read line by line; only what is wanted is kept.
 */
async function readVcfSites(path: string, to: SiteCollector): Promise<void> {
  const file = basename(path);
  let assembly: Assembly | undefined;
  for await (const { lines, firstLine } of lineBlocks(path)) {
    for (const [i, line] of lines.entries()) {
      if (line.startsWith('#')) assembly ??= statedAssembly(line);
      else if (line !== '') readRecord({ file, line: firstLine + i }, line, assembly, to);
    }
  }
}

function statedAssembly(line: string): Assembly | undefined {
  if (!/^##(reference|contig|assembly)=/.test(line)) return undefined;
  const named = ASSEMBLIES.find((one) => line.includes(one));
  if (named !== undefined) return named;
  const [, name = '', length] = /^##contig=<ID=([^,>]+),(?:.*,)?length=(\d+)/.exec(line) ?? [];
  return ASSEMBLIES.find((one) => {
    const chromosome = chromosomeNamed(one, name);
    return chromosome !== undefined && chromosome !== 'MT' && sequenceOf(one, chromosome)?.length === Number(length);
  });
}

function readRecord(place: Place, line: string, assembly: Assembly | undefined, to: SiteCollector): void {
  // Nine of ten records of dbSNP are of no interest: they are not cut into columns.
  const rsids = rsNumbersIn(line).filter(to.wants);
  if (rsids.length === 0) return;
  const [chromosome = '', position = '', , reference = '', alternatives = ''] = line.split('\t', 5);
  if (!/^[1-9]\d*$/.test(position)) throw fault(place, `not a VCF record; POS is ${quoted(position)}`);
  const accession = accessionOf(place, chromosome, assembly);
  if (accession === undefined) return;
  const stated = alternatives.split(',').filter((one) => /^[ACGTN]+$/i.test(one));
  for (const rsid of rsids) to.add(rsid, accession, Number(position) - 1, reference, stated);
}

/** Of the ID and of INFO/RS; a record of several ALTs may have several. */
function rsNumbersIn(line: string): readonly string[] {
  const id = line.split('\t', 3)[2] ?? '';
  const [, numbers] = /[\t;]RS=([\d,|]+)/.exec(line) ?? [];
  const named = id.split(';').filter((one) => /^rs\d+$/.test(one));
  return [...new Set([...named, ...(numbers ?? '').split(/[,|]/).flatMap((one) => (one === '' ? [] : [`rs${one}`]))])];
}

function accessionOf(place: Place, name: string, assembly: Assembly | undefined): string | undefined {
  const [own] = sequencesOf(name);
  if (own !== undefined) return own.accession;
  if (assembly === undefined) {
    throw fault(place, 'the header does not say GRCh37 or GRCh38 (##reference or ##contig lines)');
  }
  const chromosome = chromosomeNamed(assembly, name);
  return chromosome === undefined ? undefined : sequenceOf(assembly, chromosome)?.accession;
}
