import { fileURLToPath } from 'node:url';
import { ingest } from '../ingest/ingest.ts';
import { readManifest } from '../ingest/manifest.ts';
import { readSubjects } from '../ingest/subjects.ts';
import type { LocalArchive } from '../store/local.ts';
import { count, progressOn } from './progress.ts';

const demoFile = (name: string): string => fileURLToPath(new URL(`../../demo/${name}`, import.meta.url));

/** Loads the demo cohort (docs/demo.md); what is there already is left as it is. */
export async function loadDemo({ archive, admin }: LocalArchive): Promise<void> {
  const progress = progressOn();
  const requests = await readManifest(demoFile('manifest.csv'));
  const registered = await readSubjects(demoFile('subjects.csv'));
  let loaded = 0;
  for (const [index, request] of requests.entries()) {
    progress.update(`demo cohort: study ${index + 1} of ${requests.length}`);
    if ((await ingest(request, archive)).status === 'committed') loaded++;
  }
  await admin.register(registered);
  progress.line(
    `demo cohort: ${count(requests.length)} studies, ${loaded === 0 ? 'all there already' : `${count(loaded)} loaded now`}`,
  );
}
