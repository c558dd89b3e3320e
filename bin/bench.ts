// Measures this archive on the machine it runs on and writes docs/benchmarks.md. Needs ../shared/data and bcftools.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { consequenceBench } from '../test/bench/consequences.ts';
import { ingestBench } from '../test/bench/ingest.ts';
import { machine } from '../test/bench/measure.ts';
import { notationBench } from '../test/bench/notation.ts';
import { manyRangesBench, PANEL, queryBench } from '../test/bench/queries.ts';
import { hasBcftools } from '../test/support/bcftools.ts';
import { hasRealData } from '../test/support/real-data.ts';

if (!hasBcftools || !hasRealData) throw new Error('the benchmark needs bcftools and the real files of ../shared/data');

const REPORT = 'docs/benchmarks.md';
const say = (line: string): void => console.log(line);
const folder = mkdtempSync(join(tmpdir(), 'bench-'));
const data = join(folder, 'data');
try {
  say(machine());
  const tables = {
    ingest: await ingestBench(folder, data, say),
    queries: await queryBench(folder, data, say),
    'many-ranges': await manyRangesBench(data, folder, say),
    notation: await notationBench(folder, data, say),
    // After notation, which loads the transcripts.
    consequences: await consequenceBench(data, PANEL, say),
    machine: `Measured ${new Date().toISOString().slice(0, 10)} on ${machine()}.`,
  };
  let report = readFileSync(REPORT, 'utf8');
  for (const [name, text] of Object.entries(tables)) report = replaceSection(report, name, text);
  writeFileSync(REPORT, report);
  say(`written to ${REPORT}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Puts `text` between the two comments that mark a section; the prose around it is written by people. */
function replaceSection(report: string, name: string, text: string): string {
  const [from, to] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`];
  const [start, end] = [report.indexOf(from), report.indexOf(to)];
  if (start < 0 || end < start) throw new Error(`${REPORT} has no section ${name}`);
  return `${report.slice(0, start + from.length)}\n\n${text}\n\n${report.slice(end)}`;
}
