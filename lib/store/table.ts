import { setTimeout as sleep } from 'node:timers/promises';
import {
  ConditionalCheckFailedException,
  CreateTableCommand,
  DescribeTableCommand,
  ResourceInUseException,
  ResourceNotFoundException,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  BatchWriteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  ScanCommand,
  UpdateCommand,
  type UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { UnavailableError } from '../genomics/errors.ts';

export interface Key {
  readonly pk: string;
  readonly sk: string;
}

/** An item of the single table. */
export type Item = Key & Readonly<Record<string, string | number>>;

/** Runs some work with a client; a local archive may run it again with another after its owner has died. */
export type Connection = <T>(work: (client: DynamoDBDocumentClient) => Promise<T>) => Promise<T>;

/** A `put` that happens only when the stored item's `version` is as expected; undefined = there is no item. */
interface ExpectedVersion {
  readonly version: number | undefined;
  /** Also required of the stored item, when given. */
  readonly status?: string;
}

/** The few things the archive does with DynamoDB. Every read is strongly consistent. @throws UnavailableError */
export interface Table {
  get(key: Key): Promise<Item | undefined>;
  /** Items in no particular order; what is not there is left out. */
  getAll(keys: readonly Key[]): Promise<Item[]>;
  /** All items of a partition whose sort key starts with `prefix`, in order. */
  query(pk: string, prefix?: string): Promise<Item[]>;
  /** One page of a partition, at most `limit` items after the sort key `after`. */
  page(pk: string, limit: number, after?: string): Promise<Item[]>;
  /** False when the stored item is not as expected. */
  putIf(item: Item, expected: ExpectedVersion): Promise<boolean>;
  putAll(items: readonly Item[]): Promise<void>;
  /**
   * Counts one more in an item, if fewer than `limit` (1 or more) were counted in this period; a later period begins anew.
   *
   * @param period number that grows with time
   */
  count(key: Key, period: number, limit: number): Promise<boolean>;
  removeAll(keys: readonly Key[]): Promise<void>;
  /** Every item of the table, for housekeeping. */
  scan(): AsyncIterable<Item>;
}

/** Requests of 25 writes or 100 reads under way at a time. */
const PARALLEL = 4;
/** Retries of items that DynamoDB hands back unprocessed, from 25 ms doubling: about 12 s in all. */
const RETRIES = 9;

export function dynamoTable(connection: Connection, name: string): Table {
  const run: Connection = async (work) => {
    try {
      return await connection(work);
    } catch (cause) {
      if (cause instanceof ConditionalCheckFailedException || cause instanceof UnavailableError) throw cause;
      throw new UnavailableError('the table of studies could not be reached', undefined, { cause });
    }
  };

  const table: Table = {
    async get({ pk, sk }) {
      const got = await run((client) =>
        client.send(new GetCommand({ TableName: name, Key: { pk, sk }, ConsistentRead: true })),
      );
      return got.Item as Item | undefined;
    },

    async getAll(keys) {
      const found: Item[] = [];
      await inBatches(keys, 100, (batch) => getBatch(batch, found));
      return found;
    },

    async query(pk, prefix = '') {
      const items: Item[] = [];
      let from: Record<string, unknown> | undefined;
      do {
        const start = from;
        const got = await run((client) => client.send(new QueryCommand(queryOf(pk, prefix, start))));
        items.push(...((got.Items ?? []) as Item[]));
        from = got.LastEvaluatedKey;
      } while (from !== undefined);
      return items;
    },

    async page(pk, limit, after) {
      const start = after === undefined ? undefined : { pk, sk: after };
      const got = await run((client) => client.send(new QueryCommand({ ...queryOf(pk, '', start), Limit: limit })));
      return (got.Items ?? []) as Item[];
    },

    async putIf(item, { version, status }) {
      const condition =
        version === undefined
          ? { ConditionExpression: 'attribute_not_exists(pk)' }
          : {
              ConditionExpression: `version = :version${status === undefined ? '' : ' AND #status = :status'}`,
              ExpressionAttributeValues: {
                ':version': version,
                ...(status === undefined ? {} : { ':status': status }),
              },
              ...(status === undefined ? {} : { ExpressionAttributeNames: { '#status': 'status' } }),
            };
      try {
        await run((client) => client.send(new PutCommand({ TableName: name, Item: item, ...condition })));
        return true;
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return false;
        throw error;
      }
    },

    async count({ pk, sk }, period, limit) {
      const update = async (
        expressions: Pick<UpdateCommandInput, 'UpdateExpression' | 'ConditionExpression'>,
        values: object,
      ) => {
        try {
          await run((client) =>
            client.send(
              new UpdateCommand({
                TableName: name,
                Key: { pk, sk },
                ...expressions,
                ExpressionAttributeNames: { '#period': 'period', '#used': 'used' },
                ExpressionAttributeValues: { ':period': period, ':one': 1, ...values },
              }),
            ),
          );
          return true;
        } catch (error) {
          if (error instanceof ConditionalCheckFailedException) return false;
          throw error;
        }
      };
      const more = () =>
        update(
          {
            UpdateExpression: 'SET #used = #used + :one',
            ConditionExpression: '#period = :period AND #used < :limit',
          },
          { ':limit': limit },
        );
      const first = () =>
        update(
          {
            UpdateExpression: 'SET #period = :period, #used = :one',
            ConditionExpression: 'attribute_not_exists(#period) OR #period < :period',
          },
          {},
        );
      // Who did not begin the period finds it begun.
      return (await more()) || (await first()) || (await more());
    },

    putAll: (items) => inBatches(items, 25, (batch) => write(batch.map((item) => ({ PutRequest: { Item: item } })))),

    removeAll: (keys) =>
      inBatches(keys, 25, (batch) => write(batch.map(({ pk, sk }) => ({ DeleteRequest: { Key: { pk, sk } } })))),

    async *scan() {
      let from: Record<string, unknown> | undefined;
      do {
        const start = from;
        const got = await run((client) =>
          client.send(
            new ScanCommand({
              TableName: name,
              ConsistentRead: true,
              ...(start === undefined ? {} : { ExclusiveStartKey: start }),
            }),
          ),
        );
        yield* (got.Items ?? []) as Item[];
        from = got.LastEvaluatedKey;
      } while (from !== undefined);
    },
  };
  return table;

  function queryOf(pk: string, prefix: string, start: Record<string, unknown> | undefined) {
    const within = prefix === '' ? '' : ' AND begins_with(sk, :prefix)';
    return {
      TableName: name,
      ConsistentRead: true,
      KeyConditionExpression: `pk = :pk${within}`,
      ExpressionAttributeValues: { ':pk': pk, ...(prefix === '' ? {} : { ':prefix': prefix }) },
      ...(start === undefined ? {} : { ExclusiveStartKey: start }),
    };
  }

  async function getBatch(keys: readonly Key[], found: Item[]): Promise<void> {
    let left: Record<string, unknown>[] = keys.map(({ pk, sk }) => ({ pk, sk }));
    await untilProcessed(async () => {
      const got = await run((client) =>
        client.send(new BatchGetCommand({ RequestItems: { [name]: { Keys: left, ConsistentRead: true } } })),
      );
      found.push(...((got.Responses?.[name] ?? []) as Item[]));
      left = got.UnprocessedKeys?.[name]?.Keys ?? [];
      return left.length === 0;
    });
  }

  async function write(requests: NonNullable<BatchWriteCommand['input']['RequestItems']>[string]): Promise<void> {
    let left = requests;
    await untilProcessed(async () => {
      const wrote = await run((client) => client.send(new BatchWriteCommand({ RequestItems: { [name]: left } })));
      left = wrote.UnprocessedItems?.[name] ?? [];
      return left.length === 0;
    });
  }
}

async function untilProcessed(attempt: () => Promise<boolean>): Promise<void> {
  for (let retry = 0; ; retry++) {
    if (await attempt()) return;
    if (retry === RETRIES) throw new UnavailableError('the table of studies is too busy');
    await sleep(25 * 2 ** retry);
  }
}

/** Cuts `all` into batches and works on a few of them at a time. */
async function inBatches<T>(
  all: readonly T[],
  size: number,
  work: (batch: readonly T[]) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < all.length) {
      const from = next;
      next += size;
      await work(all.slice(from, from + size));
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
}

/** Makes the table unless it is there. @throws UnavailableError */
export async function ensureTable(connection: Connection, name: string): Promise<void> {
  try {
    await connection(async (client) => {
      if (await isActive(client, name)) return;
      await client.send(new CreateTableCommand(definitionOf(name))).catch((error: unknown) => {
        if (!(error instanceof ResourceInUseException)) throw error;
      });
      await waitUntilTableExists({ client, maxWaitTime: 60, minDelay: 0.05, maxDelay: 2 }, { TableName: name });
    });
  } catch (cause) {
    throw new UnavailableError('the table of studies could not be made', undefined, { cause });
  }
}

async function isActive(client: DynamoDBDocumentClient, name: string): Promise<boolean> {
  try {
    const described = await client.send(new DescribeTableCommand({ TableName: name }));
    return described.Table?.TableStatus === 'ACTIVE';
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return false;
    throw error;
  }
}

function definitionOf(name: string): CreateTableCommand['input'] {
  return {
    TableName: name,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [
      { AttributeName: 'pk', AttributeType: 'S' },
      { AttributeName: 'sk', AttributeType: 'S' },
    ],
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
  };
}
