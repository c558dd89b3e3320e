// Measures this archive on the machine it runs on and writes docs/benchmarks.md. `npm run bench -- auth cohort` measures
// only what is named; queries and many-ranges read what ingest has written.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { authBench } from '../test/bench/auth.ts';
import { cohortBench } from '../test/bench/cohort.ts';
import { SHAPES } from '../test/bench/cohort-generator.ts';
import { consequenceBench } from '../test/bench/consequences.ts';
import { functionsBench } from '../test/bench/functions.ts';
import { haplotypeBench } from '../test/bench/haplotypes.ts';
import { implicationBench } from '../test/bench/implications.ts';
import { ingestBench } from '../test/bench/ingest.ts';
import { knowledgeImportBench } from '../test/bench/knowledge-import.ts';
import { faultBench, loadBench } from '../test/bench/load.ts';
import { machine } from '../test/bench/measure.ts';
import { notationBench } from '../test/bench/notation.ts';
import { manyRangesBench, PANEL, queryBench } from '../test/bench/queries.ts';
import { hasBcftools } from '../test/support/bcftools.ts';
import { hasRealData } from '../test/support/real-data.ts';

const REPORT = 'docs/benchmarks.md';
const say = (line: string): void => console.log(line);
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    subjects: { type: 'string', default: '1000,10000,100000' },
    'per-study': { type: 'string', default: '100' },
    shape: { type: 'string', default: 'small-exome' },
    folder: { type: 'string', default: tmpdir() },
    seconds: { type: 'string', default: '60' },
  },
});
const named = new Set(positionals);
const wanted = (name: string): boolean => named.size === 0 || named.has(name);
/** What is measured without real files and bcftools. */
const MADE_UP = new Set(['auth', 'cohort', 'load', 'faults', 'functions', 'machine']);

const folder = mkdtempSync(join(values.folder, 'bench-'));
const data = join(folder, 'data');
try {
  say(machine());
  const measured = `Measured ${new Date().toISOString().slice(0, 10)} on ${machine()}`;
  const sections: Readonly<Record<string, () => Promise<string | undefined>>> = {
    ingest: () => ingestBench(folder, data, say),
    queries: () => queryBench(folder, data, say),
    'many-ranges': () => manyRangesBench(data, folder, say),
    haplotypes: () => haplotypeBench(data, say),
    notation: () => notationBench(folder, data, say),
    consequences: async () => `${await consequenceBench(folder, PANEL, say)}\n\n${measured}.`,
    'knowledge-import': async () => `${await knowledgeImportBench(folder, say)}\n\n${measured}.`,
    implications: () => implicationBench(data, say),
    auth: async () => `${await authBench(say)}\n\n${measured}.`,
    cohort: () => cohorts(measured),
    load: () => underLoad(measured, loadBench),
    faults: () => underLoad(measured, faultBench),
    functions: () => functions(measured),
    machine: async () => `${measured}.`,
  };
  const unknown = positionals.find((name) => sections[name] === undefined);
  if (unknown !== undefined) throw new Error(`there is no ${unknown}: ${Object.keys(sections).join(', ')}`);
  const needsData = Object.keys(sections).some((name) => wanted(name) && !MADE_UP.has(name));
  if (needsData && !(hasBcftools && hasRealData)) {
    throw new Error('the benchmark needs bcftools and the real files of ../shared/data');
  }
  for (const [name, measure] of Object.entries(sections)) {
    if (!wanted(name)) continue;
    const text = await measure();
    // Read anew: its prose may have been changed in all that time.
    if (text === undefined) continue;
    writeFileSync(REPORT, replaceSection(readFileSync(REPORT, 'utf8'), name, text));
    say(`${name} written to ${REPORT}`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Made-up cohorts: `npm run bench -- cohort [--subjects 1000,10000] [--per-study 100] [--shape exome|small-exome|genome]`. */
async function cohorts(measured: string): Promise<string> {
  const shape = SHAPES.find((one) => one === values.shape);
  if (shape === undefined) throw new Error(`--shape is one of ${SHAPES.join(', ')}`);
  const perStudy = Number(values['per-study']);
  const tables = await cohortBench(folder, values.subjects.split(',').map(Number), { shape, perStudy }, say);
  return `${measured}; ${shape} shape, ${perStudy} subjects a study.\n\n${tables}`;
}

/** Of the last minute: what else the machine has been doing. */
function load(): string {
  return (loadavg()[0] ?? 0).toFixed(1);
}

/** Clients that ask without a pause: `npm run bench -- load faults [--seconds 60]`. */
async function underLoad(measured: string, bench: typeof loadBench): Promise<string> {
  const seconds = Number(values.seconds);
  if (!(seconds > 0)) throw new Error('--seconds is a number above 0');
  return `${measured}; ${seconds} s a row, load ${load()} before.\n\n${await bench(folder, seconds, say)}`;
}

/** Undefined, and said so, where functions can't be run as Lambda does. */
async function functions(measured: string): Promise<string | undefined> {
  const before = load();
  const text = await functionsBench(join(folder, 'functions'), say);
  return text && `${text}\n\n${measured}, load ${before} before.`;
}

/** Puts `text` between the two comments that mark a section; the prose around it is written by people. */
function replaceSection(report: string, name: string, text: string): string {
  const [from, to] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`];
  const [start, end] = [report.indexOf(from), report.indexOf(to)];
  if (start < 0 || end < start) throw new Error(`${REPORT} has no section ${name}`);
  return `${report.slice(0, start + from.length)}\n\n${text}\n\n${report.slice(end)}`;
}
