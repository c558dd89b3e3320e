import { randomBytes, randomUUID } from 'node:crypto';
import { type AppClient, type CognitoServer, newRefreshToken, type TokenOrder } from './cognito-model.ts';

interface ApiReply {
  readonly status: number;
  readonly value: object;
}

type Issue = (
  order: TokenOrder,
) => Promise<{ access_token: string; id_token?: string; expires_in: number; token_type: string }>;

/**
 * The operations of the user pools API that the façade uses.
 * @see https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/
 */
export async function cognitoApi(
  server: CognitoServer,
  operation: string,
  input: Readonly<Record<string, unknown>>,
  issue: Issue,
): Promise<ApiReply> {
  switch (operation) {
    case 'DescribeUserPoolClient': {
      const client = server.clients.get(String(input['ClientId']));
      return client === undefined
        ? refusal('ResourceNotFoundException')
        : { status: 200, value: { UserPoolClient: client } };
    }
    case 'CreateUserPoolClient':
      return createClient(server, input);
    case 'CreateManagedLoginBranding': {
      if (!server.clients.has(String(input['ClientId']))) return refusal('ResourceNotFoundException');
      server.branded.add(String(input['ClientId']));
      return { status: 200, value: {} };
    }
    case 'DeleteUserPoolClient':
      return server.clients.delete(String(input['ClientId']))
        ? { status: 200, value: {} }
        : refusal('ResourceNotFoundException');
    case 'GetTokensFromRefreshToken':
      return refresh(server, input, issue);
    case 'RevokeToken': {
      const session = server.refreshTokens.get(String(input['Token']));
      if (session?.clientId !== input['ClientId']) return refusal('UnsupportedTokenTypeException');
      if (!hasSecret(server, input)) return refusal('NotAuthorizedException');
      server.refreshTokens.delete(String(input['Token']));
      return { status: 200, value: {} };
    }
    default:
      return refusal('InvalidParameterException');
  }
}

function createClient({ clients }: CognitoServer, input: Readonly<Record<string, unknown>>): ApiReply {
  const flows = (input['AllowedOAuthFlows'] ?? []) as readonly string[];
  if (flows.includes('client_credentials') && (flows.length > 1 || input['GenerateSecret'] !== true)) {
    return refusal('InvalidOAuthFlowException');
  }
  const client: AppClient = {
    ...(input as unknown as AppClient),
    ClientId: randomBytes(13).toString('hex'),
    ClientSecret: input['GenerateSecret'] === true ? randomUUID() : undefined,
  };
  clients.set(client.ClientId, client);
  return { status: 200, value: { UserPoolClient: client } };
}

async function refresh(
  server: CognitoServer,
  input: Readonly<Record<string, unknown>>,
  issue: Issue,
): Promise<ApiReply> {
  const given = String(input['RefreshToken']);
  const session = server.refreshTokens.get(given);
  if (session === undefined || session.clientId !== input['ClientId'] || !hasSecret(server, input)) {
    return refusal('NotAuthorizedException');
  }
  if (!server.users.has(session.username)) return refusal('UserNotFoundException');
  const metadata = input['ClientMetadata'] as Readonly<Record<string, string>> | undefined;
  try {
    const tokens = await issue({ ...session, session, source: 'TokenGeneration_RefreshTokens', metadata });
    if (server.rotation) server.refreshTokens.delete(given);
    const next = server.rotation ? { RefreshToken: newRefreshToken(server, session) } : {};
    return {
      status: 200,
      value: {
        AuthenticationResult: {
          AccessToken: tokens.access_token,
          IdToken: tokens.id_token,
          ExpiresIn: tokens.expires_in,
          TokenType: 'Bearer',
          ...next,
        },
      },
    };
  } catch {
    return refusal('UserLambdaValidationException');
  }
}

function hasSecret({ clients }: CognitoServer, input: Readonly<Record<string, unknown>>): boolean {
  return clients.get(String(input['ClientId']))?.ClientSecret === input['ClientSecret'];
}

function refusal(name: string): ApiReply {
  return { status: 400, value: { __type: name, message: name } };
}
