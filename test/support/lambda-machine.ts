import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

const ROOT = join(import.meta.dirname, '..', '..');
/** Where `.ci/runtime-interface` puts AWS's runtime interface client and its emulator of the Lambda service. */
const REAL = join(ROOT, 'node_modules', '.lambda');
const CLIENT = 'node_modules/aws-lambda-ric';

export const RUNTIME =
  existsSync(join(REAL, 'aws-lambda-rie')) && existsSync(join(REAL, CLIENT, 'rapid-client.node'))
    ? 'aws-lambda-ric with the AWS runtime interface emulator'
    : 'a stub (.ci/runtime-interface installs the real runtime interface)';
/** Options of `unshare` for a mount namespace that nothing outside sees. */
const NAMESPACE = ['--mount', '--propagation', 'private'] as const;

export const IS_REAL = !RUNTIME.startsWith('a stub');

/** Whether functions can be run here, tried: a mount namespace of one's own takes root on Linux, and not every container has it. */
export function canRunFunctions(): boolean {
  if (process.getuid?.() === 0 && spawnSync('unshare', [...NAMESPACE, 'true']).status === 0) return true;
  const why = "running the packaged functions as Lambda does takes root on Linux, for util-linux' unshare";
  if (process.env['CI'] === 'true') throw new Error(why);
  console.warn(`SKIPPED: ${why}`);
  return false;
}

/** What a function got of its events. */
export interface Invoked {
  /** Of each event, as the Lambda service receives it. */
  readonly outputs: readonly string[];
  /** From the start of the process to the first answer. */
  readonly coldMs: number;
  readonly warmMs: readonly number[];
  /** Most memory the function's process had, in MB; 0 with the stub. */
  readonly peakMb: number;
  /** What the process wrote: the function's log. */
  readonly log: string;
}

/**
 * Runs `index.handler` of an unpacked upload. As root, in a mount namespace in which the upload is at /var/task, its layer
 * at /opt, and only /tmp can be written to; as nobody, with nothing of this process's environment.
 *
 * @param machine folder with `task` and `opt`
 */
export async function invokeFunction(
  machine: string,
  environment: Readonly<Record<string, string>>,
  events: readonly unknown[],
): Promise<Invoked> {
  const env = {
    PATH: process.env['PATH'] ?? '',
    LAMBDA_TASK_ROOT: '/var/task',
    LAMBDA_RUNTIME_DIR: '/var/runtime',
    _HANDLER: 'index.handler',
    NODE_PATH: '/opt/nodejs/node_modules:/var/runtime/node_modules',
    AWS_LAMBDA_FUNCTION_NAME: 'packaged',
    AWS_LAMBDA_FUNCTION_VERSION: '1',
    AWS_LAMBDA_FUNCTION_TIMEOUT: '60',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '1769',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    TZ: ':UTC',
    ...environment,
  };
  const command = (arguments_: readonly string[]) =>
    spawn(
      'unshare',
      [...NAMESPACE, 'sh', join(import.meta.dirname, 'lambda-machine.sh'), machine, ROOT, ...arguments_],
      { env, stdio: ['pipe', 'pipe', 'pipe'], detached: true },
    );
  return IS_REAL ? withEmulator(command, events) : withStub(command, events);
}

type Start = (command: readonly string[]) => ChildProcess & { stdin: NonNullable<ChildProcess['stdin']> };
const NODE = '/mnt/repo/node_modules/node/bin/node';
const HOOKS = '/mnt/repo/test/support/node-path-hooks.mjs';

async function withEmulator(start: Start, events: readonly unknown[]): Promise<Invoked> {
  const [api, service] = [await freePort(), await freePort()];
  const began = performance.now();
  const child = start([
    '/mnt/repo/node_modules/.lambda/aws-lambda-rie',
    '--runtime-api-address',
    `127.0.0.1:${api}`,
    '--runtime-interface-emulator-address',
    `127.0.0.1:${service}`,
    NODE,
    '--import',
    HOOKS,
    `/mnt/repo/node_modules/.lambda/${CLIENT}/index.mjs`,
    'index.handler',
  ]);
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (piece) => (log += piece));
  try {
    const url = `http://127.0.0.1:${service}/2015-03-31/functions/function/invocations`;
    const outputs: string[] = [];
    const times: number[] = [];
    for (const event of events) {
      const before = performance.now();
      const response = await untilListening(() => fetch(url, { method: 'POST', body: JSON.stringify(event) }), child);
      outputs.push(await response.text());
      times.push(performance.now() - (times.length === 0 ? began : before));
    }
    return { outputs, coldMs: times[0] ?? 0, warmMs: times.slice(1), peakMb: peakOf(child.pid), log };
  } catch (error) {
    throw new Error(`the emulator did not answer: ${log}`, { cause: error });
  } finally {
    await end(child);
  }
}

async function withStub(start: Start, events: readonly unknown[]): Promise<Invoked> {
  const began = performance.now();
  const child = start([NODE, '/mnt/repo/test/support/lambda-runtime.mjs', '/var/task/index.mjs']);
  if (child.stdout === null || child.stderr === null) throw new Error('no pipes');
  child.stdin.end(JSON.stringify(events));
  const [output, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  const last = output.lastIndexOf('\n');
  const log = output.slice(0, last) + errors;
  if (code !== 0) throw new Error(`the function ended with ${code}: ${log}`);
  return {
    outputs: JSON.parse(output.slice(last + 1)) as string[],
    coldMs: performance.now() - began,
    warmMs: [],
    peakMb: 0,
    log,
  };
}

/** The emulator listens a moment after it was started. */
async function untilListening(ask: () => Promise<Response>, child: ChildProcess): Promise<Response> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask();
    } catch (error) {
      if (attempt === 100 || child.exitCode !== null) throw error;
      await sleep(50);
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Greatest resident set of any process that `ancestor` started, in MB. */
function peakOf(ancestor: number | undefined): number {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    // Fields after the command, which may hold spaces: state, parent.
    const stat = textOf(`/proc/${name}/stat`);
    parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
  }
  const isBelow = (pid: number | undefined): boolean =>
    pid !== undefined && pid > 1 && (pid === ancestor || isBelow(parents.get(pid)));
  const kilobytes = [...parents.keys()]
    .filter(isBelow)
    .map((pid) => Number(/VmHWM:\s+(\d+)/.exec(textOf(`/proc/${pid}/status`))?.[1] ?? 0));
  return Math.max(0, ...kilobytes) / 1024;
}

/** Empty for a process that has ended meanwhile. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** Ends the process group that `start` made: the emulator and the function. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.pid === undefined) return;
  process.kill(-child.pid, 'SIGKILL');
  await once(child, 'close');
}
