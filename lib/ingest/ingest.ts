import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { ConflictError, InvalidInputError } from '../genomics/errors.ts';
import type { Sequences } from '../genomics/ports.ts';
import type { Study, StudyFile, StudyInput, StudySample } from '../genomics/study.ts';
import { inputChecksum, inputDigests } from './checksum.ts';
import { type LoadedInput, loadInput } from './load.ts';
import type { Archive, CommittedStudy } from './ports.ts';
import type { IngestInput, IngestReport, IngestRequest, Progress } from './request.ts';
import { checkSubject } from './samples.ts';
import { studyIdOf } from './study-id.ts';

export interface IngestOptions {
  readonly progress?: (progress: Progress) => void;
  /** Reference bases, as far as they are loaded: REF is compared with them, insertions and deletions are normalised. */
  readonly sequences?: Sequences;
}

/** GQ from which a reference block counts as callable. */
const BLOCK_QUALITY = 20;

/**
 * Makes files a study, or part of one, visible all at once or not at all. The same inputs again are a no-op.
 *
 * @throws InvalidInputError for bad input, naming file and line; NotFoundError for a missing file or sample;
 * ConflictError when the study exists with other inputs and the mode is `create`. The store is then as it was.
 */
export async function ingest(
  request: IngestRequest,
  archive: Archive,
  { progress = () => undefined, sequences }: IngestOptions = {},
): Promise<IngestReport> {
  checkRequest(request);
  const id = studyIdOf(request);
  const version = await archive.nextVersion(id);
  const existing = await archive.study(id);
  const inputs = existing === undefined ? request.inputs : await newInputs(request, existing);
  if (existing !== undefined && inputs.length === 0) return unchanged(existing);
  const kept = request.mode === 'add' ? existing : undefined;
  const staging = await archive.stage();
  try {
    const loaded: LoadedInput[] = [];
    for (const [index, input] of inputs.entries()) {
      const options = {
        assembly: request.assembly,
        input: (kept?.study.inputs.length ?? 0) + index,
        blockQuality: request.blockQuality ?? BLOCK_QUALITY,
        staging,
        progress,
        sequences,
      };
      loaded.push(await loadInput(input, options));
    }
    const next = assemble(request, id, loaded, version, kept, sequences);
    await archive.admit([...next.committed.subjects.keys()], request.readmit ?? false);
    for (const { path, key } of published(next.prefix, loaded)) await archive.publish(path, key);
    await archive.commit(next.committed);
    return {
      study: id,
      version: next.committed.study.version,
      status: 'committed',
      subjects: next.committed.study.subjects,
      inputs: loaded.map(({ report }) => report),
    };
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

function checkRequest(request: IngestRequest): void {
  if (request.inputs.length === 0) throw new InvalidInputError('no file to ingest');
  checkTest(request);
  for (const { subject } of request.inputs) if (subject !== undefined) checkSubject(subject, '--subject');
}

/** @throws InvalidInputError when a test has no id, or its date is none. */
export function checkTest({ testId, testDate }: Pick<IngestRequest, 'testId' | 'testDate'>): void {
  if (testId.trim() === '') throw new InvalidInputError('the test id is empty');
  const parsed = /^\d{4}-\d{2}-\d{2}$/.test(testDate) ? new Date(`${testDate}T00:00:00Z`) : undefined;
  if (parsed === undefined || Number.isNaN(parsed.getTime()) || parsed.toISOString().slice(0, 10) !== testDate) {
    throw new InvalidInputError(`test date '${testDate}' is not a date; write YYYY-MM-DD`);
  }
}

/**
 * The inputs that the study does not hold yet; none when it holds exactly what is asked for.
 *
 * @throws ConflictError when the study is another test, or has other inputs and the mode does not say what to do.
 */
async function newInputs(request: IngestRequest, { study }: CommittedStudy): Promise<readonly IngestInput[]> {
  const quality = request.blockQuality ?? BLOCK_QUALITY;
  const checksums: string[] = [];
  for (const input of request.inputs) checksums.push(inputChecksum(input, await inputDigests(input), quality));
  const held = new Set(study.inputs.map(({ checksum }) => checksum));
  const same = checksums.every((checksum) => held.has(checksum)) && new Set(checksums).size === held.size;
  const { assembly, testId, testDate, mode } = request;
  const sameTest = study.assembly === assembly && study.testId === testId && study.testDate === testDate;
  if (same && sameTest) return [];
  if (mode === 'create') {
    const what = same ? `as test ${study.testId} of ${study.testDate}` : 'with other inputs';
    throw new ConflictError(`study ${study.id} exists ${what}; add files with --add, or amend it with --replace`);
  }
  if (mode === 'replace') return request.inputs;
  if (!sameTest) {
    const { testId: test, testDate: date, assembly: build } = study;
    throw new ConflictError(
      `study ${study.id} is test ${test} of ${date} on ${build}; files of another test can't be added`,
    );
  }
  return request.inputs.filter((_, index) => !held.has(checksums[index] as string));
}

function unchanged({ study }: CommittedStudy): IngestReport {
  return { study: study.id, version: study.version, status: 'unchanged', subjects: study.subjects, inputs: [] };
}

interface NextVersion {
  /** Folder of the version's keys. */
  readonly prefix: string;
  readonly committed: CommittedStudy;
}

function assemble(
  request: IngestRequest,
  id: string,
  loaded: readonly LoadedInput[],
  version: number,
  kept: CommittedStudy | undefined,
  sequences: Sequences | undefined,
): NextVersion {
  const prefix = `studies/${id}/v=${version}-${randomBytes(4).toString('hex')}`;
  const inputs: readonly StudyInput[] = [...(kept?.study.inputs ?? []), ...loaded.map(({ input }) => input)];
  if (new Set(inputs.map(({ checksum }) => checksum)).size < inputs.length) {
    throw new InvalidInputError(`study ${id}: one file is listed twice`);
  }
  const subjects = new Map<string, readonly StudySample[]>(kept?.subjects ?? []);
  for (const { owners } of loaded) {
    for (const [subject, sample] of owners) subjects.set(subject, [...(subjects.get(subject) ?? []), sample]);
  }
  const files = loaded.flatMap(({ files: made, input }) =>
    made.map(
      ({ path: _path, key, ...file }): StudyFile => ({
        ...file,
        key: `${prefix}/${key}`,
        input: inputs.indexOf(input),
      }),
    ),
  );
  const { assembly, testId, testDate } = request;
  const release = releaseOf(loaded, kept, sequences);
  const study: Study = {
    id,
    version,
    assembly,
    testId,
    testDate,
    inputs,
    subjects: subjects.size,
    ...(release === undefined ? {} : { referenceRelease: release }),
    committed: new Date().toISOString(),
  };
  return { prefix, committed: { study, files: [...(kept?.files ?? []), ...files], subjects } };
}

/** The release that every insertion and deletion of the study was normalised with, files it held before included. */
function releaseOf(
  loaded: readonly LoadedInput[],
  kept: CommittedStudy | undefined,
  sequences: Sequences | undefined,
): string | undefined {
  const release = sequences?.release || undefined;
  if (kept !== undefined && kept.study.referenceRelease !== release) return undefined;
  return loaded.every(({ normalised }) => normalised) ? release : undefined;
}

function published(prefix: string, loaded: readonly LoadedInput[]): readonly { path: string; key: string }[] {
  return loaded.flatMap(({ files }) => files.map(({ path, key }) => ({ path, key: `${prefix}/${key}` })));
}
