import { writeFile } from 'node:fs/promises';
import { join, posix, relative, sep } from 'node:path';
import { InvalidInputError } from '../genomics/errors.ts';
import { readManifest } from '../ingest/manifest.ts';
import { INCOMING } from './manifest.ts';
import type { Uploads, UploadVersion } from './ports.ts';
import { vcfSamples } from './vcf-samples.ts';

/** What was uploaded of a subject. */
export interface SubjectUploads {
  /** Keys of files that hold or name the subject in any of their versions. */
  readonly keys: ReadonlySet<string>;
  /** Keys of VCFs without a readable header, of which nobody says whose they are. */
  readonly unread: readonly string[];
}

/** A row of a manifest. */
interface Row {
  /** Undefined: every sample of the file is the subject of its name. */
  readonly subject: string | undefined;
  readonly vcfs: readonly string[];
  /** Regions, which rows of several subjects may share. */
  readonly beds: readonly string[];
}

/** Manifests, and what was meant to be one. */
const CSV = /\.csv$/i;
const VCF = /\.vcf(\.b?gz)?$/i;

/**
 * Looks through every version of every upload for a subject:
 *
 * - manifests with a row of the subject, whole: written anew without it they would start an ingest again;
 * - VCFs that such rows name, also when others' samples are in them too, and what lies beside them (`.tbi`, `.md5`);
 * - BED files that such rows name and no row of somebody else;
 * - VCFs taken whole (`sample` = `*`), or named by no manifest, that have a sample of the subject's name; and files
 *   called after the subject that no manifest names.
 *
 * @param folder empty, for manifests while they are read
 * @throws UnavailableError
 */
export async function subjectUploads<V extends UploadVersion>(
  uploads: Uploads<V>,
  subject: string,
  folder: string,
): Promise<SubjectUploads> {
  const files = new Map<string, V[]>();
  for await (const version of uploads.versions(INCOMING)) {
    const versions = files.get(version.key) ?? [];
    files.set(version.key, version.bytes === undefined ? versions : [...versions, version]);
  }
  const keys = new Set<string>();
  const rows: Row[] = [];
  for (const [key, versions] of files) {
    if (!CSV.test(key)) continue;
    for (const version of versions) {
      const found = await rowsOf(key, Buffer.concat(await pieces(uploads.read(version))), folder, files);
      if (found.some((row) => row.subject === subject)) keys.add(key);
      rows.push(...found);
    }
  }
  const unread: string[] = [];
  /** Whether a version of the VCF has a sample of the subject's name. */
  const samples = async (key: string): Promise<boolean> => {
    for (const version of files.get(key) ?? []) {
      const names = await vcfSamples(uploads.read(version));
      if (names === undefined) unread.push(key);
      else if (names.includes(subject)) return true;
    }
    return false;
  };
  const others = new Set<string>();
  const beds = new Set<string>();
  for (const row of rows) {
    const theirs = row.subject === subject || (row.subject === undefined && (await some(row.vcfs, samples)));
    for (const bed of row.beds) (theirs ? beds : others).add(bed);
    if (theirs) for (const vcf of row.vcfs) keys.add(vcf);
  }
  for (const bed of beds) if (!others.has(bed)) keys.add(bed);
  const named = new Set(rows.flatMap((row) => [...row.vcfs, ...row.beds]));
  for (const key of files.keys()) {
    if (named.has(key) || CSV.test(key)) continue;
    if (isCalledAfter(key, subject) || (VCF.test(key) && (await samples(key)))) keys.add(key);
  }
  const vcfs = [...keys].filter((key) => VCF.test(key));
  for (const key of files.keys()) if (vcfs.some((vcf) => key.startsWith(`${vcf}.`))) keys.add(key);
  return {
    keys: new Set([...keys].filter((key) => files.has(key))),
    unread: [...new Set(unread)].filter((key) => !keys.has(key)),
  };
}

/** The rows of a manifest; of one that can't be read as such, its lines as far as they say anything. */
async function rowsOf(
  key: string,
  bytes: Buffer,
  folder: string,
  files: ReadonlyMap<string, unknown>,
): Promise<readonly Row[]> {
  // Flat: a key may be no path at all.
  const path = join(folder, 'manifest.csv');
  const keyOf = (file: string): string => posix.join(posix.dirname(key), relative(folder, file).split(sep).join('/'));
  await writeFile(path, bytes);
  try {
    const requests = await readManifest(path);
    return requests.flatMap(({ inputs }) =>
      inputs.map(({ subject, file, studied, uncallable }) => ({
        subject,
        vcfs: [keyOf(file)],
        beds: [studied, uncallable].filter((one) => one !== undefined).map(keyOf),
      })),
    );
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    return textRows(key, bytes, files);
  }
}

/** Each word of a line may be its subject, and each that is the path of an upload one of its files. */
function textRows(key: string, bytes: Buffer, files: ReadonlyMap<string, unknown>): readonly Row[] {
  // Whatever its encoding: ids and most paths are ASCII.
  const lines = bytes
    .toString('latin1')
    .replaceAll('\0', '')
    .split(/[\r\n]+/);
  return lines.flatMap((line) => {
    const words = line.split(/[,;|\t"']/).map((word) => word.trim());
    const paths = words.map((word) => posix.join(posix.dirname(key), word)).filter((path) => files.has(path));
    const vcfs = paths.filter((path) => VCF.test(path));
    const beds = paths.filter((path) => !VCF.test(path));
    return words.filter((word) => word !== '').map((subject) => ({ subject, vcfs, beds }));
  });
}

function isCalledAfter(key: string, subject: string): boolean {
  const name = posix.basename(key);
  return name === subject || name.startsWith(`${subject}.`);
}

async function some<T>(all: readonly T[], test: (one: T) => Promise<boolean>): Promise<boolean> {
  for (const one of all) if (await test(one)) return true;
  return false;
}

async function pieces(bytes: AsyncIterable<Uint8Array>): Promise<readonly Uint8Array[]> {
  const all: Uint8Array[] = [];
  for await (const piece of bytes) all.push(piece);
  return all;
}
