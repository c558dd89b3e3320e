// Measures this archive on the machine it runs on and writes docs/benchmarks.md. Needs ../shared/data and bcftools.
// `npm run bench -- auth` measures only what is named; queries and many-ranges read what ingest has written.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { authBench } from '../test/bench/auth.ts';
import { ingestBench } from '../test/bench/ingest.ts';
import { machine } from '../test/bench/measure.ts';
import { notationBench } from '../test/bench/notation.ts';
import { manyRangesBench, queryBench } from '../test/bench/queries.ts';
import { hasBcftools } from '../test/support/bcftools.ts';
import { hasRealData } from '../test/support/real-data.ts';

const named = process.argv.slice(2);
const needsData = named.length === 0 || named.some((name) => name !== 'auth');
if (needsData && !(hasBcftools && hasRealData)) {
  throw new Error('the benchmark needs bcftools and the real files of ../shared/data');
}

const REPORT = 'docs/benchmarks.md';
const say = (line: string): void => console.log(line);
const folder = mkdtempSync(join(tmpdir(), 'bench-'));
const data = join(folder, 'data');
try {
  say(machine());
  const measured = async () => `Measured ${new Date().toISOString().slice(0, 10)} on ${machine()}.`;
  const sections: Readonly<Record<string, () => Promise<string>>> = {
    ingest: () => ingestBench(folder, data, say),
    queries: () => queryBench(folder, data, say),
    'many-ranges': () => manyRangesBench(data, folder, say),
    notation: () => notationBench(folder, data, say),
    auth: async () => `${await authBench(say)}\n\n${await measured()}`,
    machine: measured,
  };
  let report = readFileSync(REPORT, 'utf8');
  for (const [name, measure] of Object.entries(sections)) {
    if (named.length === 0 || named.includes(name)) report = replaceSection(report, name, await measure());
  }
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
