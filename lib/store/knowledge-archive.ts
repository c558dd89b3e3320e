import { createHash, randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { ConflictError, InvalidInputError, NotFoundError, UnavailableError } from '../genomics/errors.ts';
import { type BuiltFile, openBuild } from '../knowledge/release/build-release.ts';
import { allelePlacer, type PlacingReference } from '../knowledge/release/place-alleles.ts';
import { type ReleaseSink, stageRelease } from '../knowledge/release/stage-rows.ts';
import { createReport, type UnusableRow } from '../knowledge/report.ts';
import {
  changeKnowledge,
  type KnowledgeFile,
  type KnowledgeRelease,
  readKnowledge,
  withActive,
  withRelease,
  writeKnowledgeFiles,
} from './knowledge-catalogue.ts';
import type { ObjectStore } from './objects.ts';
import { sha256Of } from './sha256.ts';
import type { Table } from './table.ts';

/** A release to import. */
export interface KnowledgeAddition {
  readonly source: string;
  readonly release: string;
  /** Files that the release is made of. */
  readonly inputs: readonly string[];
  /** What else decides its content, such as options: the same inputs with other options are another release. */
  readonly options?: readonly string[];
  /** Serve only where the source has no other active release. */
  readonly fallback?: boolean;
  /** Unless false, the release answers from now on. */
  readonly activate?: boolean;
  /** Reads the inputs. */
  fill(sink: ReleaseSink): Promise<void>;
}

export interface AddedKnowledge {
  readonly status: 'added' | 'replaced' | 'unchanged';
  readonly release: KnowledgeRelease;
  /** Rows that were read, usable or not. */
  readonly read: number;
}

/** Who wants to know how an import goes. */
export interface KnowledgeWatch {
  /** Gets every row that can't be used. */
  readonly unusable?: (row: UnusableRow) => void;
  readonly progress?: (at: { readonly step: 'read' | 'sorted'; readonly rows: number }) => void;
}

/** Imports and chooses knowledge. Every method may throw UnavailableError, and ConflictError when others change it too. */
export interface KnowledgeArchive {
  /** All releases, newest first. */
  list(): Promise<readonly KnowledgeRelease[]>;
  /**
   * Imports a release and makes it visible by one conditional write; the same content again is a no-op that activates.
   *
   * @throws InvalidInputError naming file and line of bad input; the archive is as it was
   * @throws ConflictError when another release has this name
   */
  add(addition: KnowledgeAddition, watch?: KnowledgeWatch): Promise<AddedKnowledge>;
  /** Lets a release answer in place of the one that did. @throws NotFoundError */
  activate(source: string, release: string): Promise<void>;
  /** @throws NotFoundError, or ConflictError for the release that answers while its source has others */
  remove(source: string, release: string): Promise<void>;
}

export interface KnowledgeArchiveParts {
  readonly table: Table;
  readonly objects: ObjectStore;
  /** A new, empty folder on the local disk. */
  readonly stage: () => Promise<string>;
  readonly reference: () => Promise<PlacingReference & { readonly release: string }>;
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._+-]{0,99}$/;
/** Form of what an import writes: a newer one imports the same files anew. */
const FORM = '1';

export function knowledgeArchive({ table, objects, stage, reference }: KnowledgeArchiveParts): KnowledgeArchive {
  return {
    list: async () => (await readKnowledge(table)).releases,

    async add(addition, watch = {}) {
      const { source, release, fallback = false, activate = true } = addition;
      checkName('source', source);
      checkName('release', release);
      const checksum = await checksumOf(addition);
      const known = await reference();
      const found = find((await readKnowledge(table)).releases, source, release);
      if (found !== undefined && found.checksum !== checksum) {
        throw new ConflictError(
          `${source} ${release} is loaded already, from other files or with other options; choose another --release name, or remove it with 'genomics knowledge delete ${source} ${release}'`,
        );
      }
      if (found !== undefined && found.reference === known.release) {
        const done = !activate || found.active;
        if (!done) await changeKnowledge(table, (releases) => withActive(releases, source, release));
        return { status: 'unchanged', release: { ...found, active: found.active || activate }, read: 0 };
      }
      const folder = await stage();
      try {
        const built = await build(folder, addition, known, watch);
        const token = randomBytes(9).toString('base64url');
        const files = await publish(`knowledge/${source}/${release}/${token}`, built.files);
        const added: KnowledgeRelease = {
          source,
          release,
          token,
          chunks: await writeKnowledgeFiles(table, token, files),
          checksum,
          reference: known.release,
          added: new Date().toISOString(),
          active: activate,
          ...(fallback ? { fallback: true as const } : {}),
          inputs: addition.inputs.map((path) => basename(path)),
          ...built.facts,
        };
        await changeKnowledge(table, (releases) => withRelease(releases, added));
        return { status: found === undefined ? 'added' : 'replaced', release: added, read: built.read };
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },

    async activate(source, release) {
      await changeKnowledge(table, (releases) => {
        if (find(releases, source, release) === undefined) throw unknown(source, release);
        return withActive(releases, source, release);
      });
    },

    async remove(source, release) {
      await changeKnowledge(table, (releases) => {
        const found = find(releases, source, release);
        if (found === undefined) throw unknown(source, release);
        const others = releases.filter((one) => one !== found);
        if (found.active && others.some((one) => one.source === source && !one.fallback)) {
          throw new ConflictError(
            `${source} ${release} answers at the moment; choose another with 'genomics knowledge activate ${source} RELEASE' first`,
          );
        }
        return others;
      });
    },
  };

  /** Moves the files of a release to where its list will say they are. */
  async function publish(folder: string, built: readonly BuiltFile[]): Promise<readonly KnowledgeFile[]> {
    const files: KnowledgeFile[] = [];
    for (const { path, as, file } of built) {
      const key = `${folder}/${as}`;
      await objects.publish(path, key);
      const found = await objects.head(key);
      if (found?.bytes !== file.bytes) {
        throw new UnavailableError('a knowledge file did not arrive in the archive', undefined, {
          cause: new Error(`${key}: ${found?.bytes ?? 'no'} bytes, not ${file.bytes}`),
        });
      }
      files.push({ ...file, key });
    }
    return files;
  }
}

async function build(
  folder: string,
  { fill, inputs }: KnowledgeAddition,
  known: PlacingReference,
  { unusable = () => undefined, progress = () => undefined }: KnowledgeWatch,
) {
  const report = createReport(unusable);
  const building = await openBuild(folder);
  try {
    const { sink, staged, finish, abandon } = stageRelease(folder, report, allelePlacer(known), building.load);
    const watched: ReleaseSink = {
      ...sink,
      async rows(rows) {
        await sink.rows(rows);
        progress({ step: 'read', rows: report.read });
      },
    };
    try {
      await fill(watched);
    } catch (error) {
      await abandon();
      throw error;
    }
    await finish();
    const { statements, uncarried, unjoined, payloads } = staged;
    if (statements.dx + statements.tx + statements.mc + payloads.size === 0) {
      const names = inputs.map((path) => basename(path)).join(', ');
      throw new InvalidInputError(`${names}: nothing in it can be used${reasons(report.unusable)}`);
    }
    progress({ step: 'sorted', rows: report.read });
    const { files, unplaced } = await building.build(staged);
    const counts = Object.fromEntries(report.unusable);
    if (unplaced > 0) counts['variant is in none of the files'] = unplaced;
    return { files, read: report.read, facts: { statements, uncarried, unjoined: unjoined.size, unusable: counts } };
  } finally {
    building.close();
  }
}

function reasons(unusable: ReadonlyMap<string, number>): string {
  const [first] = [...unusable].toSorted(([, a], [, b]) => b - a);
  return first === undefined ? '' : `; most often: ${first[0]}`;
}

async function checksumOf({ inputs, options = [] }: KnowledgeAddition): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([FORM, ...options]));
  for (const path of inputs) {
    const digest = await sha256Of(path).catch((cause: unknown) => {
      throw new InvalidInputError(`there is no file '${path}'`, undefined, { cause });
    });
    hash.update(digest);
  }
  return hash.digest('hex');
}

function checkName(what: string, name: string): void {
  if (NAME.test(name)) return;
  throw new InvalidInputError(`'${name}' is not a ${what} name: up to 100 letters, digits and . _ + -`);
}

function find(releases: readonly KnowledgeRelease[], source: string, release: string): KnowledgeRelease | undefined {
  return releases.find((one) => one.source === source && one.release === release);
}

function unknown(source: string, release: string): NotFoundError {
  return new NotFoundError(`there is no release ${source} ${release}; 'genomics knowledge list' shows all`);
}
