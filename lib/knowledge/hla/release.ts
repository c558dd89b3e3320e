import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { InvalidInputError, NotFoundError } from '../../genomics/errors.ts';
import { readHlaName } from '../../genomics/hla/name.ts';
import { type HlaGroups, type HlaNomenclature, hlaNomenclature } from '../../genomics/hla/nomenclature.ts';
import { fault } from '../../ingest/fault.ts';

/** Name of the source among the archive's knowledge. */
export const HLA = 'hla';
/** Name of its payload. */
export const NOMENCLATURE = 'nomenclature';

/** What is stored of a release: the content of its files, as published. */
export interface NomenclaturePayload {
  readonly version: string;
  readonly alleles: readonly string[];
  readonly G: HlaGroups;
  readonly P: HlaGroups;
}

const VERSION = /^# version: (\S.*\S)\s*$/m;

/**
 * Reads `Allelelist.txt`, `hla_nom_g.txt` and `hla_nom_p.txt` of one release of IPD-IMGT/HLA, in any order: each says in
 * its first line which it is.
 *
 * @throws InvalidInputError when one is missing, none of them, or of another release
 * @see https://github.com/ANHIG/IMGTHLA
 */
export async function readHlaRelease(paths: readonly string[]): Promise<NomenclaturePayload> {
  const read = new Map<string, { readonly file: string; readonly text: string; readonly version: string }>();
  for (const path of paths) {
    const file = basename(path);
    const text = await textOf(path);
    const kind = /^# file: (\S+)/.exec(text)?.[1];
    const version = VERSION.exec(text)?.[1];
    if (kind === undefined || version === undefined || !KINDS.includes(kind)) {
      throw fault({ file, line: 1 }, `a file of IPD-IMGT/HLA begins with '# file: ' and one of ${KINDS.join(', ')}`);
    }
    read.set(kind, { file, text, version });
  }
  const missing = KINDS.filter((kind) => !read.has(kind));
  if (missing.length > 0) throw new InvalidInputError(`the release needs ${missing.join(', ')} too`);
  const versions = new Set([...read.values()].map(({ version }) => version));
  const [version = ''] = versions;
  if (versions.size > 1)
    throw new InvalidInputError(`the files are of different releases: ${[...versions].join(', ')}`);
  const of = (kind: string) => read.get(kind) ?? { file: kind, text: '' };
  return {
    version,
    alleles: readAlleles(of('Allelelist.txt')),
    G: readGroups(of('hla_nom_g.txt')),
    P: readGroups(of('hla_nom_p.txt')),
  };
}

const KINDS = ['Allelelist.txt', 'hla_nom_g.txt', 'hla_nom_p.txt'];

/** The stored form, ready to be asked. */
export function nomenclatureOf({ version, alleles, G, P }: NomenclaturePayload): HlaNomenclature {
  return hlaNomenclature(version, alleles, { G, P });
}

interface TextFile {
  readonly file: string;
  readonly text: string;
}

/** `HLA00001,A*01:01:01:01` after comments and a line of column names. */
function readAlleles({ file, text }: TextFile): readonly string[] {
  return linesOf(text).flatMap(([line, number]) => {
    if (line === 'AlleleID,Allele') return [];
    const allele = line.split(',')[1];
    if (allele === undefined) throw fault({ file, line: number }, 'not an id and an allele');
    return withPrefix(allele, file, number);
  });
}

/** `A*;01:01:01:01/01:01:01:03;01:01:01G` after comments; the name is empty for an allele that is alone. */
function readGroups({ file, text }: TextFile): HlaGroups {
  return linesOf(text).flatMap(([line, number]) => {
    const [locus, alleles, group] = line.split(';');
    if (locus === undefined || alleles === undefined || group === undefined) {
      throw fault({ file, line: number }, 'not a locus, alleles and a group');
    }
    if (group === '') return [];
    const [name = ''] = withPrefix(`${locus}${group}`, file, number);
    const members = alleles.split('/').flatMap((allele) => withPrefix(`${locus}${allele}`, file, number));
    return [[name, ...members] as const];
  });
}

function withPrefix(name: string, file: string, line: number): readonly string[] {
  // Genes beside HLA (MICA, TAP1) have names of the same form.
  if (readHlaName(name) === undefined) throw fault({ file, line }, `'${name}' is no name of an allele`);
  return [`HLA-${name}`];
}

function linesOf(text: string): readonly (readonly [line: string, number: number])[] {
  return text
    .split(/\r?\n/)
    .map((line, index) => [line, index + 1] as const)
    .filter(([line]) => line !== '' && !line.startsWith('#'));
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new NotFoundError(`${path} cannot be read; check the path`, undefined, { cause });
  }
}
