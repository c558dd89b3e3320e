import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { InvalidInputError } from '../../genomics/errors.ts';
import { lineBlocks } from '../table.ts';

/** What tells a published file from others: a column that only its line of names has. Asked in this order. */
const BY_COLUMN = [
  ['submissions', 'SCV'],
  ['summary', 'PhenotypeIDS'],
  ['civic-assertions', 'assertion_type'],
  ['civic-evidence', 'evidence_type'],
  ['civic-variants', 'variant_bases'],
  ['civic-drugs', 'drug_id'],
  ['pharmgkb-drugs', 'PharmGKB Accession Id'],
  ['pharmgkb-alleles', 'Annotation Text'],
  ['pharmgkb-annotations', 'Level of Evidence'],
  ['pharmgkb-variants', 'level of evidence'],
] as const;

export type PublishedKind = (typeof BY_COLUMN)[number][0] | 'vcf' | 'guideline' | 'cpic-sql';

/** The published files of an import by what they are. */
export type PublishedFiles = ReadonlyMap<PublishedKind, readonly string[]>;

/**
 * Sorts files by what they are, which their first lines tell.
 *
 * @param used what the source can use
 * @throws InvalidInputError naming a file that is none of them, or NotFoundError
 */
export async function recognise(
  paths: readonly string[],
  source: string,
  used: readonly PublishedKind[],
): Promise<PublishedFiles> {
  const files = new Map<PublishedKind, string[]>();
  for (const path of paths) {
    const kind = await kindOf(path);
    if (kind === undefined || !used.includes(kind)) {
      const what = kind === undefined ? 'it is not a file that is known' : `it is '${kind}'`;
      throw new InvalidInputError(
        `${basename(path)} can't be used for ${source}: ${what}; used are ${used.join(', ')} (docs/knowledge.md)`,
      );
    }
    const known = files.get(kind);
    if (known === undefined) files.set(kind, [path]);
    else known.push(path);
  }
  return files;
}

/** Lines before which a file has said what it is: ClinVar's submissions begin with some twenty lines of comment. */
const FIRST_LINES = 100;

/** What a file is; undefined when it is none of those that are known. @throws NotFoundError, InvalidInputError */
export async function kindOf(path: string): Promise<PublishedKind | undefined> {
  for await (const { lines } of lineBlocks(path)) {
    const first = lines.slice(0, FIRST_LINES);
    if (first[0]?.startsWith('##fileformat=VCF')) return 'vcf';
    if (first[0]?.trimStart().startsWith('{')) return 'guideline';
    if (lines.some((line) => /^COPY\s/i.test(line)) || /\.sql(\.gz)?$/i.test(path)) return 'cpic-sql';
    for (const line of first) {
      const columns = new Set(
        line
          .replace(/^\uFEFF?#?/, '')
          .split('\t')
          .map((name) => name.trim()),
      );
      const found = BY_COLUMN.find(([, column]) => columns.has(column));
      if (found !== undefined) return found[0];
    }
    return undefined;
  }
  return undefined;
}

/** Files of the given paths; a folder stands for the JSON files in it, in order of name. @throws InvalidInputError */
export async function filesOf(paths: readonly string[]): Promise<readonly string[]> {
  const files: string[] = [];
  for (const path of paths) {
    const found = await stat(path).catch((cause: NodeJS.ErrnoException) => {
      const why = cause.code === 'ENOENT' ? 'there is no file' : 'there is no reading';
      throw new InvalidInputError(`${why} '${path}'`, undefined, { cause });
    });
    if (!found.isDirectory()) {
      files.push(path);
      continue;
    }
    const inside = await readdir(path, { withFileTypes: true });
    const names = inside
      .filter((one) => one.isFile())
      .map(({ name }) => name)
      .filter((name) => /\.json(\.gz)?$/i.test(name));
    files.push(...names.toSorted().map((name) => join(path, name)));
  }
  return files;
}
