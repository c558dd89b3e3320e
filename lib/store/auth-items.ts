import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { ServiceUnavailableError } from '../cognito/errors.ts';
import type { Items, StoredItem } from '../cognito/ports.ts';

/**
 * The façade's own table: partition key `id` (text), time to live in `expires`. DynamoDB removes what is over within
 * days, so that readers look at `expires` themselves.
 */
export function dynamoAuthItems(client: DynamoDBDocumentClient, table: string): Items {
  return {
    async get(id) {
      const got = await reached(() =>
        client.send(new GetCommand({ TableName: table, Key: { id }, ConsistentRead: true })),
      );
      return got.Item as StoredItem | undefined;
    },

    add: (item, now) =>
      holds(() =>
        client.send(
          new PutCommand({
            TableName: table,
            Item: item,
            ConditionExpression: 'attribute_not_exists(id) OR #expires <= :now',
            ExpressionAttributeNames: { '#expires': 'expires' },
            ExpressionAttributeValues: { ':now': now },
          }),
        ),
      ),

    async put(item) {
      await reached(() => client.send(new PutCommand({ TableName: table, Item: item })));
    },

    use: (id) =>
      holds(() =>
        client.send(
          new UpdateCommand({
            TableName: table,
            Key: { id },
            UpdateExpression: 'SET #used = :true',
            ConditionExpression: 'attribute_exists(id) AND attribute_not_exists(#used)',
            ExpressionAttributeNames: { '#used': 'used' },
            ExpressionAttributeValues: { ':true': true },
          }),
        ),
      ),

    async remove(id) {
      await reached(() => client.send(new DeleteCommand({ TableName: table, Key: { id } })));
    },
  };
}

/** Whether the condition of a write held. */
async function holds(write: () => Promise<unknown>): Promise<boolean> {
  try {
    await reached(write);
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

async function reached<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof ConditionalCheckFailedException) throw cause;
    throw new ServiceUnavailableError('The table of the authorization server', { cause });
  }
}
