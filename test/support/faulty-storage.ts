import { randomBytes } from 'node:crypto';
import { copyFile, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { ObjectReference, ObjectStore } from '../../lib/store/objects.ts';
import type { Connection } from '../../lib/store/table.ts';
import { between, pick } from './random.ts';

const OBJECT_FAULTS = ['missing', 'of another size', 'cut while it is read', 'gone while it is read', 'slow'] as const;
const TABLE_FAULTS = ['refused', 'answer lost', 'slow table', 'left unprocessed', 'short page'] as const;

export type Fault = (typeof OBJECT_FAULTS)[number] | (typeof TABLE_FAULTS)[number];

/** Which faults happen, by seeded chance, and how many of each did. */
export interface Faults {
  readonly random: () => number;
  /** Share of the uses of table and objects that meet a fault, 0 to 1; set to 0, all is well. */
  rate: number;
  readonly happened: Map<Fault, number>;
}

export function faults(random: () => number, rate: number): Faults {
  return { random, rate, happened: new Map() };
}

export const ALL_FAULTS: readonly Fault[] = [...OBJECT_FAULTS, ...TABLE_FAULTS];

function draw<F extends Fault>({ random, rate, happened }: Faults, from: readonly F[]): F | undefined {
  if (random() >= rate) return undefined;
  const fault = pick(random, from);
  happened.set(fault, (happened.get(fault) ?? 0) + 1);
  return fault;
}

const SLOWEST_MS = 40;

/**
 * Objects that are sometimes missing, cut short or slow. Each fault is the real one: the store is asked for what is not
 * there, or DuckDB is given a file that lacks its end or was removed after its size was checked.
 *
 * @param scratch a folder that DuckDB may read, for the damaged copies
 */
export function faultyObjects(plain: ObjectStore, chance: Faults, scratch: string): ObjectStore {
  const asked = async (object: ObjectReference, fault: Fault | undefined): Promise<ObjectReference> => {
    if (fault === 'slow') await sleep(between(chance.random, 1, SLOWEST_MS));
    if (fault === 'missing') return { ...object, key: `${object.key}.gone` };
    return fault === 'of another size' ? { ...object, bytes: object.bytes + 1 } : object;
  };
  return {
    ...plain,
    async materialise(objects) {
      const drawn = objects.map(() => draw(chance, OBJECT_FAULTS));
      const copies = await plain.materialise(
        await Promise.all(objects.map((object, index) => asked(object, drawn[index]))),
      );
      const paths = copies.paths.map(async (path, index) => {
        const fault = drawn[index];
        if (fault !== 'cut while it is read' && fault !== 'gone while it is read') return path;
        const damaged = join(scratch, `${randomBytes(9).toString('hex')}.parquet`);
        if (fault === 'cut while it is read') {
          await copyFile(path, damaged);
          await truncate(damaged, between(chance.random, 0, (objects[index]?.bytes ?? 1) - 1));
        }
        return damaged;
      });
      return { ...copies, paths: await Promise.all(paths) };
    },
    // Read in one go, so that a file that changes meanwhile is one of another size.
    range: async (object, start, length) =>
      plain.range(await asked(object, draw(chance, ['missing', 'of another size', 'slow'])), start, length),
  };
}

/**
 * A table that sometimes refuses, loses an answer after the work was done, is slow, leaves a part of a batch for later
 * or cuts an answer into pages, as DynamoDB may.
 */
export function faultyConnection(connection: Connection, chance: Faults): Connection {
  return (work) =>
    connection((client) => {
      // The archive uses nothing of a client but `send`, whose many overloads can't be written here.
      const send = async (command: Sent): Promise<unknown> => {
        const fault = draw(chance, TABLE_FAULTS);
        if (fault === 'refused') throw refusal();
        if (fault === 'slow table') await sleep(between(chance.random, 1, SLOWEST_MS));
        const { input } = command;
        if (fault === 'left unprocessed' && input.RequestItems !== undefined) return half(client, command);
        if (fault === 'short page' && 'KeyConditionExpression' in input) input.Limit ??= 1;
        const answer = await client.send(command as never);
        if (fault === 'answer lost') throw refusal();
        return answer;
      };
      return work({ send } as unknown as DynamoDBDocumentClient);
    });
}

type Batch = Record<string, { Keys?: unknown[] }>;

interface Sent {
  readonly input: { RequestItems?: Batch; KeyConditionExpression?: string; Limit?: number };
}

const refusal = (): Error =>
  Object.assign(new Error('injected'), { name: 'ProvisionedThroughputExceededException', $fault: 'client' });

/** Reads the first half of a batch and hands the rest back. */
async function half(client: DynamoDBDocumentClient, command: Sent): Promise<unknown> {
  const [[table, { Keys = [], ...how }] = ['', {}]] = Object.entries(command.input.RequestItems ?? {});
  const now = Keys.slice(0, Keys.length >> 1);
  const later = { [table]: { ...how, Keys: Keys.slice(Keys.length >> 1) } };
  if (now.length === 0) return { Responses: {}, UnprocessedKeys: later };
  command.input.RequestItems = { [table]: { ...how, Keys: now } };
  const answer = (await client.send(command as never)) as object;
  return { ...answer, UnprocessedKeys: later };
}
