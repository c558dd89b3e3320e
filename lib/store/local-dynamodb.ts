import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { ClassicLevel } from 'classic-level';
import { UnavailableError } from '../genomics/errors.ts';
import { type LoopbackServer, startLoopbackServer } from './loopback-dynalite.ts';
import { type Connection, ensureTable } from './table.ts';

/**
 * The DynamoDB of a data folder. One process owns the folder: it runs dynalite over `<folder>/dynamodb` and publishes
 * its loopback address in `<folder>/dynamodb.json`. The others speak to it, and one of them takes over when it is dead.
 */
export interface LocalDynamo {
  readonly connection: Connection;
  /** Whether this process runs the database at the moment. */
  owns(): boolean;
  close(): Promise<void>;
}

export const LOCAL_TABLE = 'genomics';

/** What the owner publishes, readable by the same user only. */
interface Address {
  readonly port: number;
  /** Access key of the server, which other users of the machine do not know. */
  readonly key: string;
}

/** One's place beside the folder: the owner's, or a client's of the owner. */
interface Member {
  readonly client: DynamoDBDocumentClient;
  readonly owner: boolean;
  leave(): Promise<void>;
}

/** How long to wait for an owner to answer or for the folder to become free. */
const PATIENCE_MS = 20_000;
const RETRY_MS = 50;
const PING_MS = 2_000;

/** @throws UnavailableError when the folder is held by a process that does not answer. */
export async function openLocalDynamo(folder: string): Promise<LocalDynamo> {
  let closed = false;
  let owner = false;
  let current: Promise<Member> | undefined;

  const member = async (): Promise<Member> => {
    if (closed) throw new UnavailableError('the archive is closed');
    current ??= joinFolder(folder);
    const joining = current;
    try {
      const joined = await joining;
      owner = joined.owner;
      return joined;
    } catch (error) {
      if (current === joining) current = undefined;
      throw error;
    }
  };
  /** Several requests may lose one connection at once; only the first of them gives it up. */
  const giveUp = async (lost: Member): Promise<void> => {
    const giving = current;
    if (giving === undefined || (await giving) !== lost || current !== giving) return;
    current = undefined;
    await lost.leave();
  };

  await member();
  return {
    async connection(work) {
      const deadline = Date.now() + PATIENCE_MS;
      for (;;) {
        const used = await member();
        try {
          return await work(used.client);
        } catch (error) {
          if (!isLostConnection(error) || Date.now() > deadline) throw error;
          await giveUp(used);
        }
      }
    },
    owns: () => owner && !closed,
    async close() {
      closed = true;
      const last = current;
      current = undefined;
      await (await last)?.leave();
    },
  };
}

/** Whether nobody, or somebody who is no DynamoDB, answered. */
function isLostConnection(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('code' in error && typeof error.code === 'string' && /^E[A-Z]+$/.test(error.code)) return true;
  return '$metadata' in error && (error.$metadata as { requestId?: string }).requestId === undefined;
}

async function joinFolder(folder: string): Promise<Member> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const address = await readAddress(folder);
    if (address !== undefined && (await answers(address))) return asClient(address);
    const lock = await takeLock(folder);
    if (lock !== undefined) return asOwner(folder, lock);
    if (Date.now() > deadline) {
      throw new UnavailableError(
        `the data folder '${folder}' is held by another process that does not answer; stop it and try again`,
      );
    }
    // Somebody else is starting or stopping; not all who wait should ask again at once.
    await sleep(RETRY_MS * (1 + Math.random()));
  }
}

/**
 * Mutual exclusion: the LOCK file of a small LevelDB of its own, which the operating system releases when the holder
 * dies. dynalite's store can't be asked, as a second dynalite on it says that it listens and fails at its first request.
 */
async function takeLock(folder: string): Promise<ClassicLevel | undefined> {
  const lock = new ClassicLevel(join(folder, 'owner'));
  try {
    await lock.open();
    return lock;
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    if (cause instanceof Error && 'code' in cause && cause.code === 'LEVEL_LOCKED') return undefined;
    throw new UnavailableError(`the data folder '${folder}' can't be used`, undefined, { cause: error });
  }
}

async function asOwner(folder: string, lock: ClassicLevel): Promise<Member> {
  const key = randomBytes(15).toString('hex');
  let server: LoopbackServer | undefined;
  try {
    server = await startLoopbackServer(join(folder, 'dynamodb'), key);
    const { port } = server;
    const client = clientOf({ port, key });
    await ensureTable((work) => work(client), LOCAL_TABLE);
    await publishAddress(folder, { port, key });
    const stop = server.stop;
    return {
      client,
      owner: true,
      async leave() {
        client.destroy();
        if ((await readAddress(folder))?.key === key) await rm(join(folder, 'dynamodb.json'), { force: true });
        await stop();
        await lock.close();
      },
    };
  } catch (error) {
    await server?.stop();
    await lock.close();
    throw error;
  }
}

function asClient(address: Address): Member {
  const client = clientOf(address);
  return {
    client,
    owner: false,
    async leave() {
      client.destroy();
    },
  };
}

function clientOf({ port, key }: Address): DynamoDBDocumentClient {
  const client = new DynamoDBClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'local',
    credentials: { accessKeyId: key, secretAccessKey: key },
    // A dead owner should be noticed at once; the archive looks for another one by itself.
    maxAttempts: 2,
  });
  return DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
}

async function readAddress(folder: string): Promise<Address | undefined> {
  try {
    const address: unknown = JSON.parse(await readFile(join(folder, 'dynamodb.json'), 'utf8'));
    return isAddress(address) ? address : undefined;
  } catch (error) {
    // Absent, or not JSON: nobody can be reached by it, which the lock will confirm or deny.
    if (error instanceof SyntaxError || (error instanceof Error && 'code' in error && error.code === 'ENOENT')) {
      return undefined;
    }
    throw new UnavailableError(`the data folder '${folder}' can't be read`, undefined, { cause: error });
  }
}

function isAddress(value: unknown): value is Address {
  if (typeof value !== 'object' || value === null) return false;
  return 'port' in value && typeof value.port === 'number' && 'key' in value && typeof value.key === 'string';
}

async function publishAddress(folder: string, address: Address): Promise<void> {
  const unfinished = join(folder, `dynamodb.json.${randomBytes(6).toString('hex')}`);
  await writeFile(unfinished, `${JSON.stringify({ ...address, pid: process.pid })}\n`, { mode: 0o600 });
  await rename(unfinished, join(folder, 'dynamodb.json'));
}

/** Whether the owner itself listens there: only it can sign the challenge. */
async function answers({ port, key }: Address): Promise<boolean> {
  const challenge = randomBytes(15).toString('hex');
  try {
    const response = await fetch(`http://127.0.0.1:${port}/`, {
      headers: { 'x-challenge': challenge },
      signal: AbortSignal.timeout(PING_MS),
    });
    return isSignature(await response.text(), challenge, key);
  } catch {
    // Nobody there: the lock decides what happens next.
    return false;
  }
}

function isSignature(text: string, challenge: string, key: string): boolean {
  const expected = createHmac('sha256', key).update(challenge).digest('hex');
  return text.length === expected.length && timingSafeEqual(Buffer.from(text), Buffer.from(expected));
}
