import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { FACADE_ENVIRONMENT } from '../cognito/deployment.ts';
import type { Facade, Items } from '../cognito/ports.ts';
import { InvalidInputError } from '../genomics/errors.ts';
import { dynamoAuthItems } from './auth-items.ts';
import { cognitoPool } from './cognito-pool.ts';
import { registeredKeys } from './registered-keys.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * What the façade's functions answer with. The SDK reads regions, credentials and `AWS_ENDPOINT_URL*`.
 *
 * @throws InvalidInputError naming the variable at fault.
 */
export function awsFacade(env: Environment): Facade {
  const now = () => Math.floor(Date.now() / 1000);
  const domain = urlOf(env, 'GENOMICS_POOL_DOMAIN');
  const issuer = urlOf(env, 'GENOMICS_POOL_ISSUER');
  return {
    fhirBase: urlOf(env, 'GENOMICS_BASE_URL'),
    authBase: urlOf(env, 'GENOMICS_AUTH_URL'),
    poolDomain: domain,
    items: awsAuthItems(env),
    pool: cognitoPool({ client: new CognitoIdentityProviderClient({}), issuer, domain, now }),
    registeredKeys: registeredKeys(now),
    now,
  };
}

/** The table alone, and the clock: what the trigger needs. @throws InvalidInputError */
export function awsTickets(env: Environment): Pick<Facade, 'items' | 'now'> {
  return { items: awsAuthItems(env), now: () => Math.floor(Date.now() / 1000) };
}

/** @throws InvalidInputError */
export function awsAuthItems(env: Environment): Items {
  return dynamoAuthItems(DynamoDBDocumentClient.from(new DynamoDBClient({})), required(env, 'GENOMICS_AUTH_TABLE'));
}

/** Codes and tokens travel there: https, or this machine. */
function urlOf(env: Environment, name: keyof typeof FACADE_ENVIRONMENT): string {
  const text = required(env, name).replace(/\/$/, '');
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && url.hostname === '127.0.0.1');
  if (!isSafe) throw new InvalidInputError(`${name} is '${text}', which is no https URL`);
  return text;
}

function required(env: Environment, name: keyof typeof FACADE_ENVIRONMENT): string {
  const value = env[name];
  if (!value) throw new InvalidInputError(`${name} is not set`);
  return value;
}
