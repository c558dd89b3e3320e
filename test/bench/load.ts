import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadDemo } from '../../lib/cli/demo.ts';
import { openLocalArchive } from '../../lib/store/local.ts';
import { startFaultyServer } from '../support/faulty-server.ts';
import { faults } from '../support/faulty-storage.ts';
import { allRight, judge, type RightAnswers, rightAnswers, type Target, type Verdict } from '../support/judge.ts';
import { cohortQuestions, exampleQuestions, type Question } from '../support/questions.ts';
import { pick, seeded } from '../support/random.ts';
import { AUDIENCE, claims, ISSUER, inSeconds, sign, signingKey } from '../support/tokens.ts';
import { generateCohort } from './cohort-generator.ts';
import { median, ms, percentile, table, timed } from './measure.ts';

const SEED = 11;
const SUBJECTS = 200;
/** Questions about the made-up cohort, for each operation that asks for places. */
const PLACES = 20;
const CLIENTS = [1, 8, 64];
/** Shares of the uses of table and objects that fail. */
const FAULT_RATES = [0.003, 0.01, 0.03, 0.1, 0.3];
const FAULT_CLIENTS = 16;

type Say = (line: string) => void;

/** How long many clients wait who ask everything at once, and what it leaves in the server's memory. */
export async function loadBench(folder: string, seconds: number, say: Say): Promise<string> {
  const data = join(folder, 'load');
  const questions = await loadArchive(data, say);
  await using server = await servedWithTokens(data);
  const right = await rightAnswers(server.target, questions);
  // As hard as the hardest round: caches, connections and the allocator's pools grow to their size.
  await round(server.target, questions, right, { clients: Math.max(...CLIENTS), seconds, seed: SEED });
  const before = await server.memory();
  const rounds: [number, readonly Asked[]][] = [];
  for (const clients of CLIENTS) {
    const asked = await round(server.target, questions, right, { clients, seconds, seed: SEED + clients });
    rounds.push([clients, asked]);
    say(`${clients} clients: ${asked.length} answers, p50 ${ms(median(asked.map(taken)))} ms`);
  }
  const gaveUp = await impatient(server.target, questions, right, seconds);
  const after = await server.memory();
  return [
    table([
      ['clients', 'answers', 'errors', 'answers/s', 'p50, ms', 'p95', 'p99', 'longest'],
      ...rounds.map(([clients, asked]) => roundRow(clients, asked, seconds)),
    ]),
    table([
      ['clients that give up', 'after, s', 'questions', 'answered in time', 'afterwards one answer takes, ms'],
      [String(Math.max(...CLIENTS)), String(PATIENCE_MS / 1000), ...gaveUp],
    ]),
    table([['memory of the server', 'before, MB', 'after, MB', 'after / before'], ...memoryRows(before, after)]),
    table([
      ['operation', ...CLIENTS.map((clients) => `p50 of ${clients}, ms`)],
      ...[...new Set(questions.map(({ operation }) => operation))].map((operation) => [
        `\`$${operation}\``,
        ...rounds.map(([, asked]) => ms(median(asked.filter((one) => one.operation === operation).map(taken)))),
      ]),
    ]),
  ].join('\n\n');
}

/** The same questions to a store that fails more and more. @throws Error at the first wrong answer */
export async function faultBench(folder: string, seconds: number, say: Say): Promise<string> {
  const data = join(folder, 'faults');
  const questions = await loadArchive(data, say);
  let right: RightAnswers;
  {
    await using server = await startFaultyServer(data, faults(seeded(SEED), 0));
    right = await rightAnswers({ base: server.url }, questions);
  }
  const rows: string[][] = [];
  for (const rate of FAULT_RATES) {
    const chance = faults(seeded(SEED), rate);
    await using server = await startFaultyServer(data, chance);
    const target = { base: server.url };
    const asked = await round(target, questions, right, { clients: FAULT_CLIENTS, seconds, seed: SEED });
    const faulted = [...chance.happened.values()].reduce((sum, times) => sum + times, 0);
    chance.rate = 0;
    await allRight(target, right);
    const number = (verdict: Verdict) => String(asked.filter((one) => one.verdict === verdict).length);
    rows.push([`${rate * 100} %`, String(faulted), number('right'), number('refused'), number('broken'), '0']);
    say(rows.at(-1)?.join('  ') ?? '');
  }
  return table([['fails', 'faults', 'right answers', '5xx', 'broken off', 'wrong or empty'], ...rows]);
}

/** The demo and a made-up cohort in one archive, compacted, and questions about both. */
async function loadArchive(data: string, say: Say): Promise<readonly Question[]> {
  await using archive = await openLocalArchive(data);
  await loadDemo(archive);
  await generateCohort(archive, { shape: 'exome', subjects: SUBJECTS, perStudy: 100, seed: SEED }, say);
  await archive.admin.compact();
  const { sequences } = await archive.ports.reference();
  return [...exampleQuestions(), ...(await cohortQuestions(data, sequences, PLACES, seeded(SEED)))];
}

interface Asked {
  readonly operation: string;
  readonly verdict: Verdict;
  readonly milliseconds: number;
}

const taken = ({ milliseconds }: Asked): number => milliseconds;

/** Clients that ask one question after the other, each operation as often as any other, until the time is over. */
async function round(
  target: Target,
  questions: readonly Question[],
  right: RightAnswers,
  { clients, seconds, seed }: { readonly clients: number; readonly seconds: number; readonly seed: number },
): Promise<readonly Asked[]> {
  const byOperation = [...Map.groupBy(questions, ({ operation }) => operation).values()];
  const random = seeded(seed);
  const asked: Asked[] = [];
  const end = performance.now() + seconds * 1000;
  const client = async (): Promise<void> => {
    for (let start = performance.now(); start < end; start = performance.now()) {
      const question = pick(random, pick(random, byOperation));
      const verdict = await judge(target, question, right);
      asked.push({ operation: question.operation, verdict, milliseconds: performance.now() - start });
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return asked;
}

/** How long the clients that give up wait: less than the server can manage for so many. */
const PATIENCE_MS = 200;

/**
 * Clients that leave when they are not answered at once, and ask again. What they left must not keep the server busy.
 *
 * @returns how many questions they asked, how many were answered, and how long the first who waits then has to
 */
async function impatient(
  target: Target,
  questions: readonly Question[],
  right: RightAnswers,
  seconds: number,
): Promise<string[]> {
  const random = seeded(SEED);
  const end = performance.now() + seconds * 1000;
  const times = { asked: 0, answered: 0 };
  const client = async (): Promise<void> => {
    while (performance.now() < end) {
      times.asked++;
      const verdict = await judge(target, pick(random, questions), right, AbortSignal.timeout(PATIENCE_MS));
      if (verdict === 'right') times.answered++;
    }
  };
  await Promise.all(Array.from({ length: Math.max(...CLIENTS) }, client));
  const afterwards = await timed(() => allRight(target, new Map([...right].slice(0, 1))));
  return [times.asked, times.answered].map((count) => count.toLocaleString('en-GB')).concat(ms(afterwards));
}

/** @throws Error unless all were answered */
function roundRow(clients: number, asked: readonly Asked[], seconds: number): string[] {
  const errors = asked.filter(({ verdict }) => verdict !== 'right');
  if (errors.length > 0) throw new Error(`${errors.length} of ${asked.length} questions of ${clients} clients failed`);
  const times = asked.map(taken);
  return [
    ...[String(clients), asked.length.toLocaleString('en-GB'), '0', (asked.length / seconds).toFixed(0)],
    ...[0.5, 0.95, 0.99, 1].map((share) => ms(percentile(times, share))),
  ];
}

interface Memory {
  readonly rss: number;
  readonly heapUsed: number;
  readonly external: number;
  readonly peak: number;
}

function memoryRows(before: Memory, after: Memory): string[][] {
  const kinds = [
    ['resident set', 'rss'],
    ['JavaScript heap in use', 'heapUsed'],
    ['memory bound to JavaScript objects', 'external'],
  ] as const;
  return [
    ...kinds.map(([what, kind]) => [
      what,
      ...[before, after].map((memory) => (memory[kind] / 1e6).toFixed(1)),
      (after[kind] / before[kind]).toFixed(2),
    ]),
    ['greatest resident set so far', ...[before, after].map(({ peak }) => (peak / 1e6).toFixed(1)), '–'],
  ];
}

interface ServedWithTokens extends AsyncDisposable {
  readonly target: Target;
  /** Of the server's process, once nothing is asked any more. */
  memory(): Promise<Memory>;
}

/** Before memory is measured, connections of a round have to be closed. */
const SETTLE_MS = 6_000;

/** A server in a process of its own that accepts the tokens of one key. */
async function servedWithTokens(data: string): Promise<ServedWithTokens> {
  const key = await signingKey('load');
  const issuers = [{ issuer: ISSUER, audience: AUDIENCE, jwks: { keys: [key.publicJwk] } }];
  const token = await sign(
    key,
    claims({ exp: inSeconds(3_500), scope: 'user/Observation.rs user/Patient.rs', fhirUser: 'Practitioner/load' }),
  );
  const child: ChildProcess = spawn(process.execPath, ['--expose-gc', 'test/bench/load-process.ts', data], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, GENOMICS_ISSUERS: JSON.stringify(issuers) },
  });
  const ended = once(child, 'close');
  const heard = async (): Promise<unknown> => {
    const [message] = await Promise.race([once(child, 'message'), ended.then(() => Promise.reject(lost(child)))]);
    return message;
  };
  const base = String(await heard());
  return {
    target: { base, token },
    async memory() {
      await sleep(SETTLE_MS);
      const answer = heard();
      child.send('memory');
      return (await answer) as Memory;
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

const lost = ({ exitCode }: ChildProcess): Error => new Error(`the server ended with ${exitCode}`);
