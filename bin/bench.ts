// Measures this archive on the machine it runs on and writes docs/benchmarks.md. Needs ../shared/data and bcftools;
// `cohort` measures made-up cohorts only, and needs neither.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { cohortBench } from '../test/bench/cohort.ts';
import { ingestBench } from '../test/bench/ingest.ts';
import { machine } from '../test/bench/measure.ts';
import { notationBench } from '../test/bench/notation.ts';
import { manyRangesBench, queryBench } from '../test/bench/queries.ts';
import { hasBcftools } from '../test/support/bcftools.ts';
import { hasRealData } from '../test/support/real-data.ts';

const REPORT = 'docs/benchmarks.md';
const say = (line: string): void => console.log(line);
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    subjects: { type: 'string', default: '1000,10000,100000' },
    'per-study': { type: 'string', default: '100' },
    shape: { type: 'string', default: 'exome' },
    folder: { type: 'string', default: tmpdir() },
  },
});
const folder = mkdtempSync(join(values.folder, 'bench-'));
try {
  say(machine());
  const tables = positionals[0] === 'cohort' ? await cohorts() : await realFiles();
  let report = readFileSync(REPORT, 'utf8');
  for (const [name, text] of Object.entries(tables)) report = replaceSection(report, name, text);
  writeFileSync(REPORT, report);
  say(`written to ${REPORT}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Made-up cohorts: `npm run bench -- cohort [--subjects 1000,10000] [--per-study 100] [--shape exome|genome]`. */
async function cohorts(): Promise<Record<string, string>> {
  const shape = values.shape === 'genome' ? 'genome' : 'exome';
  const sizes = values.subjects.split(',').map(Number);
  const perStudy = Number(values['per-study']);
  const tables = await cohortBench(folder, sizes, { shape, perStudy }, say);
  const measured = `Measured ${new Date().toISOString().slice(0, 10)} on ${machine()}; ${shape} shape, ${perStudy} subjects a study.`;
  return { cohort: `${measured}\n\n${tables}` };
}

async function realFiles(): Promise<Record<string, string>> {
  if (!hasBcftools || !hasRealData)
    throw new Error('the benchmark needs bcftools and the real files of ../shared/data');
  const data = join(folder, 'data');
  return {
    ingest: await ingestBench(folder, data, say),
    queries: await queryBench(folder, data, say),
    'many-ranges': await manyRangesBench(data, folder, say),
    notation: await notationBench(folder, data, say),
    machine: `Measured ${new Date().toISOString().slice(0, 10)} on ${machine()}.`,
  };
}

/** Puts `text` between the two comments that mark a section; the prose around it is written by people. */
function replaceSection(report: string, name: string, text: string): string {
  const [from, to] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`];
  const [start, end] = [report.indexOf(from), report.indexOf(to)];
  if (start < 0 || end < start) throw new Error(`${REPORT} has no section ${name}`);
  return `${report.slice(0, start + from.length)}\n\n${text}\n\n${report.slice(end)}`;
}
