import { InvalidInputError } from '../genomics/errors.ts';
import { studyIdOf } from '../ingest/study-id.ts';
import { withManifest } from './manifest.ts';
import type { Pipeline, Upload, UploadedFile } from './ports.ts';

/** One study of a manifest, to be ingested by itself. Small, because all jobs travel in one state of the pipeline. */
export interface Job {
  readonly manifest: UploadedFile & { readonly modified: number };
  /** Place of the study in the manifest. */
  readonly index: number;
  readonly study: string;
  /** Sum of its files, as uploaded. */
  readonly bytes: number;
  /** Versions that were there when the manifest was: what is uploaded later belongs to another manifest. */
  readonly files: readonly UploadedFile[];
}

/** Step Functions hands at most 256 KiB from state to state; a job with a few files is about 500 bytes. */
const MOST_BYTES = 240_000;

/**
 * The jobs of a manifest.
 *
 * @throws InvalidInputError naming the file and line, or the file that is not there.
 */
export async function planManifest(pipeline: Pipeline, manifest: UploadedFile): Promise<readonly Job[]> {
  const uploaded = await present(pipeline, manifest, manifest.key);
  const named = { ...versionOf(uploaded), modified: uploaded.modified };
  const jobs = await withManifest(pipeline, named, async ({ requests, keysOf }) => {
    const planned: Job[] = [];
    for (const [index, request] of requests.entries()) {
      const files: Upload[] = [];
      for (const key of new Set(request.inputs.flatMap(keysOf))) {
        files.push(await present(pipeline, { key }, manifest.key));
      }
      const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
      planned.push({ manifest: named, index, study: studyIdOf(request), bytes, files: files.map(versionOf) });
    }
    return planned;
  });
  if (jobs.length === 0) throw new InvalidInputError(`${manifest.key} names no file`);
  if (Buffer.byteLength(JSON.stringify(jobs)) > MOST_BYTES) {
    throw new InvalidInputError(`${manifest.key} names too many studies at once (${jobs.length}); cut it into several`);
  }
  return jobs;
}

async function present({ incoming }: Pipeline, file: UploadedFile, manifest: string): Promise<Upload> {
  const found = await incoming.look(file);
  if (found !== undefined) return found;
  throw new InvalidInputError(`${manifest}: ${file.key} is not in the bucket; upload it, then the manifest again`);
}

function versionOf({ key, versionId }: Upload): UploadedFile {
  return { key, ...(versionId === undefined ? {} : { versionId }) };
}
