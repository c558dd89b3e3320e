import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { ClassicLevel } from 'classic-level';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openLocalArchive } from '../../lib/store/local.ts';

interface Other {
  readonly child: ChildProcess;
  /** What it said when it had opened the folder. */
  readonly role: string;
  say(line: string): Promise<string>;
}

let folder: string;
let children: ChildProcess[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'genomics-test-'));
  children = [];
});
afterEach(async () => {
  for (const child of children) if (child.exitCode === null && child.signalCode === null) await kill(child);
  await rm(folder, { recursive: true, force: true });
});

async function startOther(): Promise<Other> {
  const script = new URL('../support/owner-process.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [script, folder], { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  const lines = createInterface({ input: child.stdout });
  const role = await nextLine(lines);
  return {
    child,
    role,
    async say(line) {
      child.stdin.write(`${line}\n`);
      return nextLine(lines);
    },
  };
}

async function nextLine(lines: Interface): Promise<string> {
  const [line] = await once(lines, 'line');
  return String(line);
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

const addressIn = async (): Promise<{ port: number; key: string }> =>
  JSON.parse(await readFile(join(folder, 'dynamodb.json'), 'utf8'));

describe('a data folder', () => {
  it('keeps what was stored when it is closed and opened again', async () => {
    const first = await openLocalArchive(folder);
    await first.admin.register(['A']);
    await first.close();
    const second = await openLocalArchive(folder);
    expect(await second.ports.studies.subject('A')).toEqual({ subject: 'A', studies: [] });
    await second.close();
  });

  it('is shared with another process, both ways and at once', async () => {
    const other = await startOther();
    const local = await openLocalArchive(folder);
    expect([other.role, local.owns()]).toEqual(['owner', false]);
    expect(await other.say('A')).toBe('done owner');
    expect(await local.ports.studies.subject('A')).toEqual({ subject: 'A', studies: [] });
    await local.close();
  });

  it('is taken over when its owner is killed, by a process that has it open', async () => {
    const other = await startOther();
    const local = await openLocalArchive(folder);
    expect(await other.say('A')).toBe('done owner');
    await kill(other.child);
    expect(await local.ports.studies.subject('A')).toEqual({ subject: 'A', studies: [] });
    expect(local.owns()).toBe(true);
    await local.close();
  });

  it('is opened after its owner was killed, although the address is still there', async () => {
    const other = await startOther();
    await kill(other.child);
    const stale = await addressIn();
    const local = await openLocalArchive(folder);
    expect(local.owns()).toBe(true);
    expect((await addressIn()).key).not.toBe(stale.key);
    await local.close();
  });

  it('is not confused by another server at the port of a dead owner', async () => {
    const alien = createServer((_, response) => response.end('healthy: dynamodb'));
    alien.listen(0, '127.0.0.1');
    await once(alien, 'listening');
    const { port } = alien.address() as AddressInfo;
    await writeFile(join(folder, 'dynamodb.json'), JSON.stringify({ port, key: 'guess', pid: 1 }));
    const local = await openLocalArchive(folder);
    expect(local.owns()).toBe(true);
    await local.close();
    alien.close();
  });

  it('has exactly one owner when several processes race for it, again after it is killed', async () => {
    const others = await Promise.all([startOther(), startOther(), startOther(), startOther()]);
    const owners = others.filter(({ role }) => role === 'owner');
    expect(owners).toHaveLength(1);
    await kill(owners[0]!.child);
    const left = others.filter((other) => other !== owners[0]);
    const answers = await Promise.all(left.map((other, number) => other.say(`S${number}`)));
    expect(answers.toSorted()).toEqual(['done client', 'done client', 'done owner']);

    const local = await openLocalArchive(folder);
    expect(local.owns()).toBe(false);
    for (const number of left.keys()) expect(await local.ports.studies.subject(`S${number}`)).toBeDefined();
    await local.close();
  });

  it('is given up by an owner that closes', async () => {
    const other = await startOther();
    const local = await openLocalArchive(folder);
    await local.admin.register(['A']);
    const exit = once(other.child, 'exit');
    other.child.stdin?.write('close\n');
    expect((await exit)[0]).toBe(0);
    expect(await local.ports.studies.subject('A')).toBeDefined();
    expect(local.owns()).toBe(true);
    await local.close();
  });

  it('is opened twice in one process', async () => {
    const [one, two] = await Promise.all([openLocalArchive(folder), openLocalArchive(folder)]);
    expect([one.owns(), two.owns()].toSorted()).toEqual([false, true]);
    await one.admin.register(['A']);
    await (one.owns() ? one : two).close();
    const left = one.owns() ? one : two;
    await Promise.all([one.close(), two.close()]);
    expect(left.owns()).toBe(false);
  });
});

describe('the loopback database', () => {
  it('closes what it opened for each query', async () => {
    const values = vi.spyOn(ClassicLevel.prototype, 'values');
    const local = await openLocalArchive(folder);
    await local.admin.register(['A', 'B', 'C']);
    for (const subject of ['A', 'B', 'nobody']) await local.ports.studies.subject(subject);
    await local.admin.list(1);
    const iterators = values.mock.results.map(({ value }) => value as ReturnType<typeof ClassicLevel.prototype.values>);
    values.mockRestore();
    expect(iterators.length).toBeGreaterThan(3);
    for (const iterator of iterators) {
      await expect(iterator.next()).rejects.toMatchObject({ code: 'LEVEL_ITERATOR_NOT_OPEN' });
    }
    await local.close();
  });

  it('answers nobody who does not know its key, which only the user can read', async () => {
    const local = await openLocalArchive(folder);
    const { port, key } = await addressIn();
    const ask = (credential: string) =>
      fetch(`http://127.0.0.1:${port}/`, {
        method: 'POST',
        headers: {
          'content-type': 'application/x-amz-json-1.0',
          'x-amz-target': 'DynamoDB_20120810.ListTables',
          'x-amz-date': '20260101T000000Z',
          authorization: `AWS4-HMAC-SHA256 Credential=${credential}/20260101/local/dynamodb/aws4_request, SignedHeaders=host, Signature=0`,
        },
        body: '{}',
      });
    expect((await ask('other')).status).toBe(403);
    expect((await fetch(`http://127.0.0.1:${port}/`, { method: 'OPTIONS' })).status).toBe(403);
    expect(await (await ask(key)).json()).toEqual({ TableNames: ['genomics'] });
    expect((await stat(join(folder, 'dynamodb.json'))).mode & 0o077).toBe(0);
    await local.close();
  });
});
