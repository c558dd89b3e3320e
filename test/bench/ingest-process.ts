// Ingests one file in a process of its own, so that the peak memory is the ingest's own; prints a JSON summary.
import { ingest } from '../../lib/ingest/ingest.ts';
import type { IngestRequest } from '../../lib/ingest/request.ts';
import { openLocalArchive } from '../../lib/store/local.ts';

export interface IngestFigures {
  readonly milliseconds: number;
  readonly records: number;
  readonly rows: number;
  readonly peakBytes: number;
}

const [data, request] = process.argv.slice(2);
if (data === undefined || request === undefined) throw new Error('usage: ingest-process.ts DATA REQUEST');
const archive = await openLocalArchive(data);
const started = performance.now();
const report = await ingest(JSON.parse(request) as IngestRequest, archive.archive);
const milliseconds = performance.now() - started;
await archive.close();
const figures: IngestFigures = {
  milliseconds,
  records: report.inputs.reduce((sum, input) => sum + input.records, 0),
  rows: report.inputs.reduce((sum, input) => sum + input.variantRows + input.structuralRows, 0),
  peakBytes: process.resourceUsage().maxRSS * 1024,
};
process.stdout.write(JSON.stringify(figures));
