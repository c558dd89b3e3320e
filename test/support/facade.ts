import { once } from 'node:events';
import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { CreateTableCommand, DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { APIGatewayProxyResult } from 'aws-lambda';
import dynalite from 'dynalite';
import { appClientOf } from '../../lib/cognito/deployment.ts';
import { type EndpointName, FUNCTION_ENDPOINTS } from '../../lib/cognito/endpoints.ts';
import type { Facade, RegisteredKeys } from '../../lib/cognito/ports.ts';
import { parseRegistration, register } from '../../lib/cognito/registration.ts';
import { hashOf } from '../../lib/cognito/vault.ts';
import { facadeLambda, preTokenLambda } from '../../lib/http/facade-lambda.ts';
import { dynamoAuthItems } from '../../lib/store/auth-items.ts';
import { cognitoPool } from '../../lib/store/cognito-pool.ts';
import type { CognitoServer } from './cognito-model.ts';
import { startCognito } from './cognito-server.ts';
import { gatewayEvent } from './gateway-event.ts';

export const FHIR_BASE = 'https://archive.example/fhir';
export const AUTH_BASE = `${FHIR_BASE}/auth`;

/** The façade's functions over a stand-in of Cognito and a real table in dynalite. */
export interface FacadeUnderTest {
  readonly facade: Facade;
  readonly cognito: CognitoServer;
  /** The table's endpoint. */
  readonly dynamoUrl: string;
  readonly keySets: Map<string, unknown>;
  /** Seconds that the façade's clock is ahead. */
  ahead: number;
  /** Calls an endpoint through its Lambda function. */
  call(endpoint: EndpointName, request: Call): Promise<APIGatewayProxyResult>;
  /** Registers a client, which becomes an app client of the pool too, and returns its id. */
  client(registration: object): Promise<string>;
  /** Everything in the table, as text. */
  atRest(): Promise<string>;
  close(): Promise<void>;
}

interface Call {
  readonly method?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly form?: Readonly<Record<string, string>> | string;
  readonly headers?: Readonly<Record<string, string>>;
}

export const TABLE = 'auth';

export async function startFacade(fhirBase = FHIR_BASE): Promise<FacadeUnderTest> {
  const cognito = await startCognito();
  const dynamo = dynalite({ createTableMs: 0 });
  dynamo.listen(0, '127.0.0.1');
  await once(dynamo, 'listening');
  const address = dynamo.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const local = { region: 'local', credentials: { accessKeyId: 'test', secretAccessKey: 'test' }, maxAttempts: 1 };
  const dynamoUrl = `http://127.0.0.1:${address.port}`;
  const client = new DynamoDBClient({ ...local, endpoint: dynamoUrl });
  await createAuthTable(client);
  const keySets = new Map<string, unknown>();
  const registeredKeys: RegisteredKeys = async (url) => keySets.get(url);
  const now = () => Math.floor(Date.now() / 1000) + under.ahead;
  const items = dynamoAuthItems(DynamoDBDocumentClient.from(client), TABLE);
  const facade: Facade = {
    fhirBase,
    authBase: `${fhirBase}/auth`,
    poolDomain: cognito.url,
    items,
    pool: cognitoPool({
      client: new CognitoIdentityProviderClient({ ...local, endpoint: cognito.url }),
      issuer: cognito.issuer,
      domain: cognito.url,
      now,
    }),
    registeredKeys,
    now,
  };
  const trigger = preTokenLambda({ items, now });
  cognito.trigger = { version: '3', run: (event) => trigger(event as Parameters<typeof trigger>[0]) };

  const under: FacadeUnderTest = {
    facade,
    cognito,
    dynamoUrl,
    keySets,
    ahead: 0,
    call: (endpoint, request) => call(facade, endpoint, request),
    async client(json) {
      const registration = parseRegistration(json);
      const id = hashOf(JSON.stringify(json) + Math.random())
        .replace(/[-_]/g, '')
        .slice(0, 26);
      const made = appClientOf(registration, `${fhirBase}/auth/callback`, {
        identityProviders: ['COGNITO'],
        mappedAttributes: [],
      });
      cognito.clients.set(id, { ...made, ClientId: id, ClientSecret: `secret of ${id}` });
      cognito.branded.add(id);
      await register(items, id, registration);
      return id;
    },
    async atRest() {
      return JSON.stringify((await client.send(new ScanCommand({ TableName: TABLE }))).Items);
    },
    async close() {
      client.destroy();
      await cognito.close();
      await new Promise((done) => dynamo.close(done));
    },
  };
  return under;
}

export async function createAuthTable(client: DynamoDBClient): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName: TABLE,
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
}

async function call(
  facade: Facade,
  endpoint: EndpointName,
  { method, query = {}, form, headers = {} }: Call,
): Promise<APIGatewayProxyResult> {
  const sent = form === undefined ? {} : { 'Content-Type': 'application/x-www-form-urlencoded' };
  const event = gatewayEvent('find-subject-variants-get', {
    path: `/auth/${endpoint}`,
    httpMethod: method ?? (form === undefined ? 'GET' : 'POST'),
    headers: { ...sent, ...headers },
    multiValueHeaders: Object.fromEntries(
      Object.entries({ ...sent, ...headers }).map(([one, value]) => [one, [value]]),
    ),
    queryStringParameters: query,
    multiValueQueryStringParameters: Object.fromEntries(Object.entries(query).map(([one, value]) => [one, [value]])),
    body: form === undefined ? null : typeof form === 'string' ? form : new URLSearchParams(form).toString(),
    isBase64Encoded: false,
  });
  return facadeLambda(functionOf(endpoint), facade)(event);
}

/** The Lambda function that serves an endpoint. */
export function functionOf(endpoint: EndpointName): keyof typeof FUNCTION_ENDPOINTS {
  const functions = Object.keys(FUNCTION_ENDPOINTS) as (keyof typeof FUNCTION_ENDPOINTS)[];
  return functions.find((one) => (FUNCTION_ENDPOINTS[one] as readonly string[]).includes(endpoint))!;
}
