// Imports one ClinVar VCF in a process of its own, so that processor time and peak memory are the import's own; prints
// a JSON summary.
import { readClinvar } from '../../lib/knowledge/sources/clinvar.ts';
import { openLocalArchive } from '../../lib/store/local.ts';
import { addChains } from '../support/chains.ts';

export interface ImportFigures {
  readonly rows: number;
  readonly milliseconds: number;
  /** Of all threads, in milliseconds. */
  readonly processor: number;
  /** Of the thread that reads and places, until all rows are read; the others work meanwhile. */
  readonly reading: number;
  readonly peakBytes: number;
}

const [data, path] = process.argv.slice(2);
if (data === undefined || path === undefined) throw new Error('usage: knowledge-import-process.ts DATA VCF');
const archive = await openLocalArchive(data);
await addChains(archive);
const milliseconds = ({ user, system }: NodeJS.CpuUsage): number => (user + system) / 1000;
const [started, before, thread] = [performance.now(), process.cpuUsage(), process.threadCpuUsage()];
let reading = 0;
const { read } = await archive.knowledge.add(
  {
    source: 'clinvar',
    release: 'bench',
    inputs: [path],
    fill: (sink) => readClinvar([path], sink, { statements: 'all' }),
  },
  {
    progress({ step }) {
      if (step === 'sorted') reading = milliseconds(process.threadCpuUsage(thread));
    },
  },
);
const figures: ImportFigures = {
  rows: read,
  milliseconds: performance.now() - started,
  processor: milliseconds(process.cpuUsage(before)),
  reading,
  peakBytes: process.resourceUsage().maxRSS * 1024,
};
await archive.close();
process.stdout.write(JSON.stringify(figures));
