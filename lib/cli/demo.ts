import { fileURLToPath } from 'node:url';
import { ingest } from '../ingest/ingest.ts';
import { readManifest } from '../ingest/manifest.ts';
import { readSubjects } from '../ingest/subjects.ts';
import type { OpenArchive } from '../store/open-archive.ts';
import type { ReferenceAddition } from '../store/reference-archive.ts';
import { count, progressOn } from './progress.ts';

const demoFile = (name: string): string => fileURLToPath(new URL(`../../demo/${name}`, import.meta.url));

/** Reference data of the demo cohort's genes and variants (docs/reference.md): whatever else is loaded comes first. */
const REFERENCE: readonly ReferenceAddition[] = [
  { kind: 'sequences', path: 'reference/windows.grch37.fa', assembly: 'GRCh37', format: 'fasta' },
  { kind: 'sequences', path: 'reference/windows.grch38.fa', assembly: 'GRCh38', format: 'fasta' },
  { kind: 'chains', path: 'reference/grch37-to-grch38.chain', from: 'GRCh37', to: 'GRCh38' },
  { kind: 'chains', path: 'reference/grch38-to-grch37.chain', from: 'GRCh38', to: 'GRCh37' },
  { kind: 'transcripts', path: 'reference/transcripts.json' },
];

/** Loads the demo cohort (docs/demo.md); what is there already is left as it is. */
export async function loadDemo({ archive, admin, ports, reference }: OpenArchive): Promise<void> {
  const progress = progressOn();
  for (const addition of REFERENCE) {
    await reference.add({ ...addition, path: demoFile(addition.path), release: 'demo', fallback: true });
  }
  const { sequences } = await ports.reference();
  const requests = await readManifest(demoFile('manifest.csv'));
  const registered = await readSubjects(demoFile('subjects.csv'));
  let loaded = 0;
  for (const [index, request] of requests.entries()) {
    progress.update(`demo cohort: study ${index + 1} of ${requests.length}`);
    if ((await ingest(request, archive, { sequences })).status === 'committed') loaded++;
  }
  await admin.register(registered);
  progress.line(
    `demo cohort: ${count(requests.length)} studies, ${loaded === 0 ? 'all there already' : `${count(loaded)} loaded now`}`,
  );
}
