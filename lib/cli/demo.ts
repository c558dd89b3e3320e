import { fileURLToPath } from 'node:url';
import { readManifest } from '../ingest/manifest.ts';
import { readSubjects } from '../ingest/subjects.ts';
import type { LocalArchive } from '../store/local.ts';
import { ingestWithProgress } from './ingest.ts';

const demoFile = (name: string): string => fileURLToPath(new URL(`../../demo/${name}`, import.meta.url));

/** Loads the demo cohort (docs/demo.md); what is there already is left as it is. */
export async function loadDemo({ archive, admin }: LocalArchive): Promise<void> {
  for (const request of await readManifest(demoFile('manifest.csv'))) await ingestWithProgress(request, archive);
  await admin.register(await readSubjects(demoFile('subjects.csv')));
}
