import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { InvalidInputError } from '../genomics/errors.ts';
import { ingest } from '../ingest/ingest.ts';
import type { IngestReport } from '../ingest/request.ts';
import { withManifest } from './manifest.ts';
import { claimed, isSuperseded, Superseded } from './order.ts';
import type { Job } from './plan.ts';
import type { Pipeline } from './ports.ts';

/** What became of a job; `superseded`: a manifest uploaded later has had its say, or this one had it before. */
export type JobReport =
  | Pick<IngestReport, 'study' | 'version' | 'status' | 'subjects'>
  | { readonly study: string; readonly status: 'superseded' };

/**
 * Ingests one study of a manifest. The same job any number of times, at any time and beside others, leaves what the
 * manifest uploaded last says.
 *
 * @throws InvalidInputError, NotFoundError for files that can't be ingested; ConflictError, UnavailableError to be tried
 * again.
 */
export async function runJob(pipeline: Pipeline, job: Job): Promise<JobReport> {
  const source = `${job.manifest.key}#${job.manifest.versionId ?? ''}#${job.index}`;
  const claim = { study: job.study, source, modified: job.manifest.modified };
  if (await isSuperseded(pipeline.marks, claim)) return { study: job.study, status: 'superseded' };
  return withManifest(pipeline, job.manifest, async ({ requests, pathOf, keysOf }) => {
    const request = requests[job.index];
    if (request === undefined) throw new InvalidInputError(`${job.manifest.key} has no study ${job.index + 1}`);
    const versions = new Map(job.files.map((file) => [file.key, file]));
    for (const key of new Set(request.inputs.flatMap(keysOf))) {
      const file = versions.get(key);
      if (file === undefined) throw new InvalidInputError(`${job.manifest.key}: ${key} was not there when it was read`);
      const path = pathOf(key);
      await mkdir(dirname(path), { recursive: true });
      await pipeline.incoming.download(file, path);
    }
    try {
      const archive = claimed(pipeline, claim, request.mode);
      const { study, version, status, subjects } = await ingest(request, archive, {
        sequences: await pipeline.sequences(),
      });
      await pipeline.marks.finish(source);
      return { study, version, status, subjects };
    } catch (error) {
      if (error instanceof Superseded) return { study: job.study, status: 'superseded' };
      throw error;
    }
  });
}
