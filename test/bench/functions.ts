import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { FUNCTION_ENDPOINTS } from '../../lib/cognito/endpoints.ts';
import { findSubjectVariants } from '../../lib/operations/find-subject-variants.ts';
import { operations } from '../../lib/operations/table.ts';
import { asPost } from '../support/gateway-event.ts';
import { canRunFunctions, type Invoked, IS_REAL, RUNTIME } from '../support/lambda-machine.ts';
import { hasLinuxBinding } from '../support/linux-binding.ts';
import {
  answered,
  getEvent,
  jobEvent,
  jobOf,
  jobRecord,
  type Packaged,
  packagedDemo,
  preferringAsync,
} from '../support/packaged.ts';
import { AUDIENCE, claims, ISSUER, sign, signingKey } from '../support/tokens.ts';
import { vcf } from '../support/vcf-builder.ts';
import { zip } from '../support/zip.ts';
import { median, ms, table } from './measure.ts';

/** Each function is started so often; the median counts. */
const STARTS = 5;

/** What is put to a function, at least twice in each start. */
interface Asked {
  readonly events: (start: number) => readonly unknown[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly isAnswer: (output: string) => boolean;
}

/**
 * Size of every function and of the layer as they would be uploaded, and what starting them takes. Undefined, with the
 * reason printed, where functions can't be run as in Lambda.
 */
export async function functionsBench(folder: string, say: (line: string) => void): Promise<string | undefined> {
  if (!(hasLinuxBinding('the bench of functions') && canRunFunctions())) return undefined;
  await using packaged = await packagedDemo(folder);
  const { uploads } = packaged;
  const asked = await questions(packaged);
  const layer = sizesOf(uploads.layerFolder);
  const rows = [
    [
      'function',
      'zipped, kB',
      'unzipped, kB',
      'start to first answer, ms',
      'slowest of 5',
      'next answer, ms',
      'peak, MB',
    ],
    ['the DuckDB layer', ...layer.map(kilobytes), ...NOT_RUN],
  ];
  for (const name of uploads.functions.toSorted()) {
    const sizes = sizesOf(join(uploads.machineOf(name), 'task'));
    const question = asked.get(name);
    const figures = question === undefined ? NOT_RUN : figuresOf(await starts(packaged, name, question));
    rows.push([`\`${name}\``, ...sizes.map(kilobytes), ...figures]);
    say(rows.at(-1)?.join('  ') ?? '');
  }
  return `Run through ${RUNTIME}.\n\n${table(rows)}`;
}

const NOT_RUN = ['–', '–', '–', '–'] as const;
const kilobytes = (bytes: number): string => Math.round(bytes / 1000).toLocaleString('en-GB');

/** @throws Error when something else than an answer comes back: a refusal would be measured as one */
async function starts({ run }: Packaged, name: string, { events, environment, isAnswer }: Asked): Promise<Invoked[]> {
  const all: Invoked[] = [];
  for (let start = 0; start < STARTS; start++) {
    const invoked = await run(name, events(start), environment);
    const other = invoked.outputs.find((output) => !isAnswer(output));
    if (other !== undefined) throw new Error(`${name} answers ${other.slice(0, 1_000)}`);
    all.push(invoked);
  }
  return all;
}

/** The stub tells neither memory nor the time of a single answer. */
function figuresOf(all: readonly Invoked[]): readonly string[] {
  const cold = all.map(({ coldMs }) => coldMs);
  const warm = all.flatMap(({ warmMs }) => warmMs);
  const peak = Math.max(...all.map(({ peakMb }) => peakMb));
  const [next, memory] = IS_REAL ? [ms(median(warm)), peak.toFixed(0)] : ['–', '–'];
  return [ms(median(cold)), ms(Math.max(...cold)), next, memory];
}

/** Bytes of a folder as a ZIP file and as it is. */
function sizesOf(folder: string): [zipped: number, unzipped: number] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const files = names.filter((name) => statSync(join(folder, name)).isFile());
  const members = files.map((name) => [name, readFileSync(join(folder, name))] as const);
  const unzipped = members.reduce((sum, [, content]) => sum + content.length, 0);
  return [zip(Object.fromEntries(members)).length, unzipped];
}

const isStatus = (statusCode: number) => (output: string) => answered(output).statusCode === statusCode;

/** Of every function that needs nothing but a bucket, a table and keys. */
async function questions(packaged: Packaged): Promise<ReadonlyMap<string, Asked>> {
  const twice = (event: unknown) => () => [event, event];
  const key = await signingKey('k1');
  const token = `Bearer ${await sign(key, claims())}`;
  const issuers = [{ issuer: ISSUER, audience: AUDIENCE, jwks: { keys: [key.publicJwk] } }];
  const request = readFileSync(join(import.meta.dirname, '../support/events/authorizer.json'), 'utf8');
  const uploaded = { detail: { object: { key: await upload(packaged, 2 * STARTS) } } };
  const { outputs } = await packaged.run('ingest-plan', [uploaded]);
  const studies = JSON.parse(outputs[0] ?? '') as readonly unknown[];
  const jobs = await submitted(packaged, 2 * STARTS);
  return new Map<string, Asked>([
    ...operations.map(({ row }): [string, Asked] => {
      const event = getEvent(`/$${row.code}`, row.example);
      return [row.code, { events: () => [event, asPost(event)], isAnswer: isStatus(200) }];
    }),
    ['metadata', { events: twice(getEvent('/metadata')), isAnswer: isStatus(200) }],
    [
      'utilities',
      { events: twice(getEvent('/utilities/get-feature-coordinates', { gene: 'CYP2C19' })), isAnswer: isStatus(200) },
    ],
    [
      'authorizer',
      {
        events: twice({
          ...JSON.parse(request),
          headers: { Authorization: token },
          multiValueHeaders: { Authorization: [token] },
        }),
        environment: { GENOMICS_ISSUERS: JSON.stringify(issuers) },
        isAnswer: (output) => output.includes('"Effect":"Allow"'),
      },
    ],
    ['async', { events: twice(jobEvent(jobs[0] ?? '')), isAnswer: isStatus(202) }],
    [
      'async-worker',
      {
        events: (start) => jobs.slice(2 * start, 2 * start + 2).map(jobRecord),
        isAnswer: (output) => output === 'null',
      },
    ],
    ['ingest-plan', { events: twice(uploaded), isAnswer: (output) => output === outputs[0] }],
    [
      'ingest',
      {
        events: (start) => studies.slice(2 * start, 2 * start + 2),
        isAnswer: (output) => output.includes('"status":"committed"'),
      },
    ],
    ...Object.entries(FUNCTION_ENDPOINTS).map(([name, [endpoint]]): [string, Asked] => [
      name,
      {
        events: twice(getEvent(`/auth/${endpoint}`)),
        environment: FACADE,
        // Nobody has registered: a refusal is all they can answer.
        isAnswer: (output) => [400, 405].includes((JSON.parse(output) as { statusCode: number }).statusCode),
      },
    ]),
  ]);
}

/** Nothing is behind these: what is asked is refused before. */
const FACADE = {
  GENOMICS_AUTH_TABLE: 'auth',
  GENOMICS_BASE_URL: 'https://archive.example/fhir',
  GENOMICS_AUTH_URL: 'https://archive.example/fhir/auth',
  GENOMICS_POOL_ISSUER: 'https://pool.example',
  GENOMICS_POOL_DOMAIN: 'https://pool.example',
};

/** Questions to be answered later. @returns ids of their jobs */
async function submitted({ run }: Packaged, count: number): Promise<readonly string[]> {
  const { row } = findSubjectVariants;
  const event = preferringAsync(getEvent(`/$${row.code}`, row.example));
  const { outputs } = await run(row.code, Array(count).fill(event));
  return outputs.map((output) => jobOf(answered(output)));
}

/** Small studies, each of its own subject. @returns key of their manifest */
async function upload({ put }: Packaged, studies: number): Promise<string> {
  const key = 'incoming/bench/manifest.csv';
  const lines = ['file,subject,assembly,test_id,test_date'];
  for (let study = 0; study < studies; study++) {
    await put(`incoming/bench/${study}.vcf`, vcf([{ pos: 100 + study }, { pos: 200 }]));
    lines.push(`${study}.vcf,bench-${study},GRCh38,T1,2026-01-31`);
  }
  await put(key, `${lines.join('\n')}\n`);
  return key;
}
