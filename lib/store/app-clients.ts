import {
  CognitoIdentityProviderClient,
  CreateManagedLoginBrandingCommand,
  CreateUserPoolClientCommand,
  DeleteUserPoolClientCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-cognito-identity-provider';
import { appClientOf, type SignInWays } from '../cognito/deployment.ts';
import { ServiceUnavailableError } from '../cognito/errors.ts';
import type { Items } from '../cognito/ports.ts';
import { findClient, parseRegistration, type Registration, register, unregister } from '../cognito/registration.ts';
import { ConflictError, InvalidInputError, NotFoundError, UnavailableError } from '../genomics/errors.ts';
import { awsAuthItems } from './facade.ts';

/** Which façade a client is registered with. */
export interface FacadeAddress {
  readonly table: string;
  readonly issuer: string;
  readonly authUrl: string;
}

export interface Registered {
  readonly clientId: string;
  /** Told once, to a client that authenticates with it. */
  readonly secret?: string;
}

/**
 * Registers a client: an app client of the user pool with its sign-in pages, then the registration. The SDK reads region and credentials.
 *
 * @throws InvalidInputError naming the member at fault; UnavailableError
 */
export async function createClient(
  { table, issuer, authUrl }: FacadeAddress,
  json: unknown,
  ways: SignInWays,
): Promise<Registered> {
  const registration = parseRegistration(json);
  const callbackUrl = `${authUrl.replace(/\/$/, '')}/callback`;
  const made = await asked((pool) =>
    pool.send(
      new CreateUserPoolClientCommand({
        UserPoolId: poolIdOf(issuer),
        ...appClientOf(registration, callbackUrl, ways),
      }),
    ),
  );
  const { ClientId, ClientSecret } = made.UserPoolClient ?? {};
  if (!ClientId || !ClientSecret) throw new UnavailableError('Cognito made no app client');
  try {
    if (registration.grant_type === 'authorization_code') await addLoginPages(issuer, ClientId);
    await stored(table, (items) => register(items, ClientId, registration));
  } catch (error) {
    await deleteAppClient(issuer, ClientId);
    throw error;
  }
  const isSymmetric = registration.token_endpoint_auth_method === 'client_secret_basic';
  return { clientId: ClientId, ...(isSymmetric ? { secret: ClientSecret } : {}) };
}

/** Puts another registration in place of a client's. @throws NotFoundError, ConflictError, InvalidInputError */
export async function replaceClient({ table }: FacadeAddress, clientId: string, json: unknown): Promise<void> {
  const registration: Registration = parseRegistration(json);
  const known = await stored(table, (items) => findClient(items, clientId));
  if (known === undefined) throw new NotFoundError(`no client '${clientId}' is registered`);
  if (known.grant_type !== registration.grant_type) {
    throw new ConflictError(`client '${clientId}' is one of ${known.grant_type}, which Cognito can't change`);
  }
  await stored(table, (items) => register(items, clientId, registration));
}

/** Removes a client; from the first step on none of its tokens is active and none is made. @throws UnavailableError */
export async function deleteClient({ table, issuer }: FacadeAddress, clientId: string): Promise<void> {
  await stored(table, (items) => unregister(items, clientId));
  try {
    await deleteAppClient(issuer, clientId);
  } catch (error) {
    if (!(error instanceof UnavailableError && error.cause instanceof ResourceNotFoundException)) throw error;
    throw new NotFoundError(`the user pool has no app client '${clientId}'`);
  }
}

async function deleteAppClient(issuer: string, clientId: string): Promise<void> {
  await asked((pool) =>
    pool.send(new DeleteUserPoolClientCommand({ UserPoolId: poolIdOf(issuer), ClientId: clientId })),
  );
}

/** Managed login has no pages for an app client without a style. */
async function addLoginPages(issuer: string, clientId: string): Promise<void> {
  await asked((pool) =>
    pool.send(
      new CreateManagedLoginBrandingCommand({
        UserPoolId: poolIdOf(issuer),
        ClientId: clientId,
        UseCognitoProvidedValues: true,
      }),
    ),
  );
}

async function stored<T>(table: string, work: (items: Items) => Promise<T>): Promise<T> {
  try {
    return await work(awsAuthItems({ GENOMICS_AUTH_TABLE: table }));
  } catch (cause) {
    if (!(cause instanceof ServiceUnavailableError)) throw cause;
    throw new UnavailableError(cause.message, undefined, { cause });
  }
}

function poolIdOf(issuer: string): string {
  const id = issuer.slice(issuer.lastIndexOf('/') + 1);
  if (!/^[\w-]+_[0-9A-Za-z]+$/.test(id)) throw new InvalidInputError(`'${issuer}' is no issuer of a user pool`);
  return id;
}

async function asked<T>(ask: (pool: CognitoIdentityProviderClient) => Promise<T>): Promise<T> {
  const pool = new CognitoIdentityProviderClient({});
  try {
    return await ask(pool);
  } catch (cause) {
    const name = cause instanceof Error ? cause.name : 'an error';
    throw new UnavailableError(`the user pool answers ${name}`, undefined, { cause });
  } finally {
    pool.destroy();
  }
}
