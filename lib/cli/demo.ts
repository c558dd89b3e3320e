import { fileURLToPath } from 'node:url';
import { readGenotypeTable } from '../ingest/genotype-table.ts';
import { importGenotypes } from '../ingest/genotypes.ts';
import { ingest } from '../ingest/ingest.ts';
import { readManifest } from '../ingest/manifest.ts';
import { readSubjects } from '../ingest/subjects.ts';
import { readNeutral } from '../knowledge/neutral.ts';
import { PHARMCAT } from '../knowledge/pharmcat/payload.ts';
import { findPharmcatRelease } from '../knowledge/pharmcat/release.ts';
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

/** What is known of the demo's variants (docs/knowledge.md): any release of the same source comes first. */
const KNOWLEDGE = [
  { source: 'clinvar', files: [['clinvar', 'dx']] },
  { source: 'civic', files: [['civic', 'tx']] },
  {
    source: 'cpic',
    files: [
      ['cpic', 'tx'],
      ['cpic-functions', 'mc'],
    ],
  },
] as const;

/** Loads the demo cohort (docs/demo.md); what is there already is left as it is. */
export async function loadDemo(local: OpenArchive): Promise<void> {
  const { archive, admin, ports, genotypes } = local;
  const progress = progressOn();
  await loadDemoSources(local);
  const { sequences } = await ports.reference();
  const requests = await readManifest(demoFile('manifest.csv'));
  const registered = await readSubjects(demoFile('subjects.csv'));
  let loaded = 0;
  for (const [index, request] of requests.entries()) {
    progress.update(`demo cohort: study ${index + 1} of ${requests.length}`);
    if ((await ingest(request, archive, { sequences })).status === 'committed') loaded++;
  }
  for (const request of await readGenotypeTable(demoFile('genotypes.csv'))) await importGenotypes(request, genotypes);
  await admin.register(registered);
  progress.line(
    `demo cohort: ${count(requests.length)} studies, ${loaded === 0 ? 'all there already' : `${count(loaded)} loaded now`}`,
  );
}

/** Loads the reference data and knowledge that the demo cohort needs. */
export async function loadDemoSources({
  reference,
  knowledge,
}: Pick<OpenArchive, 'reference' | 'knowledge'>): Promise<void> {
  for (const addition of REFERENCE) {
    await reference.add({ ...addition, path: demoFile(addition.path), release: 'demo', fallback: true });
  }
  for (const { source, files } of KNOWLEDGE) {
    const paths = files.map(([name, kind]) => [demoFile(`knowledge/${name}.jsonl`), kind] as const);
    await knowledge.add({
      source,
      release: 'demo',
      fallback: true,
      inputs: paths.map(([path]) => path),
      async fill(sink) {
        for (const [path, kind] of paths) {
          for await (const rows of readNeutral(path, kind, sink.report)) await sink.rows(rows);
        }
      },
    });
  }
  await knowledge.add({
    source: PHARMCAT,
    release: 'demo',
    fallback: true,
    ...(await findPharmcatRelease(demoFile('star-alleles'))),
  });
}
