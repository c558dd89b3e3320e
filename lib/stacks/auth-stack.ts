import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import {
  AccountRecovery,
  CfnManagedLoginBranding,
  FeaturePlan,
  ManagedLoginVersion,
  Mfa,
  OAuthScope,
  ResourceServerScope,
  StandardThreatProtectionMode,
  StringAttribute,
  UserPool,
  type UserPoolClient,
  type UserPoolResourceServer,
} from 'aws-cdk-lib/aws-cognito';
import type { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';

/**
 * SMART scopes as Cognito has them: `<resource server>/<scope>`, so that a token carries `patient/Observation.rs`
 * itself. A client may have at most 50 scopes, so these are the ones that an operation asks for.
 */
export const SMART_SCOPES = {
  patient: ['Observation.rs', 'Observation.read', '*.rs', '*.read'],
  user: ['Observation.rs', 'Observation.read', 'Patient.rs', '*.rs', '*.read'],
  system: ['Observation.rs', 'Observation.read', 'Patient.rs', '*.rs', '*.read'],
  launch: ['patient'],
} as const;

/** Who may ask, when no other authorization server is named: a Cognito user pool with SMART scopes. */
export class AuthStack extends Stack {
  readonly pool: UserPool;
  /** `GENOMICS_ISSUERS`: this pool, and the client made here. */
  readonly issuers: string;

  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);
    this.pool = new UserPool(this, 'Users', {
      // Pre Token Generation of version 3, which puts `patient` and `fhirUser` into tokens, is of this plan.
      featurePlan: FeaturePlan.PLUS,
      standardThreatProtectionMode: StandardThreatProtectionMode.FULL_FUNCTION,
      selfSignUpEnabled: false,
      signInAliases: { email: true },
      mfa: Mfa.REQUIRED,
      mfaSecondFactor: { otp: true, sms: false },
      accountRecovery: AccountRecovery.EMAIL_ONLY,
      passwordPolicy: {
        minLength: 14,
        requireDigits: true,
        requireLowercase: true,
        requireUppercase: true,
        requireSymbols: true,
        tempPasswordValidity: Duration.days(3),
      },
      customAttributes: {
        fhirUser: new StringAttribute({ mutable: true, maxLen: 256 }),
        patient: new StringAttribute({ mutable: true, maxLen: 64 }),
      },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    const domain = this.pool.addDomain('Login', {
      cognitoDomain: { domainPrefix: `genomics-archive-${this.account}` },
      managedLoginVersion: ManagedLoginVersion.NEWER_MANAGED_LOGIN,
    });
    const servers = Object.entries(SMART_SCOPES).map(([identifier, names]) => this.#resourceServer(identifier, names));
    const client = this.#backendClient(servers);
    new CfnManagedLoginBranding(this, 'Branding', {
      userPoolId: this.pool.userPoolId,
      clientId: client.userPoolClientId,
      useCognitoProvidedValues: true,
    });
    this.issuers = this.toJsonString([
      {
        issuer: this.pool.userPoolProviderUrl,
        jwksUri: `${this.pool.userPoolProviderUrl}/.well-known/jwks.json`,
        clientIds: [client.userPoolClientId],
      },
    ]);
    new CfnOutput(this, 'TokenEndpoint', { value: `${domain.baseUrl()}/oauth2/token` });
    new CfnOutput(this, 'BackendClientId', { value: client.userPoolClientId });
    acknowledge(this, {
      'AwsSolutions-COG7': 'Threat protection is on with full function.',
    });
  }

  #resourceServer(identifier: string, names: readonly string[]): Served {
    const scopes = names.map(
      (scopeName) => new ResourceServerScope({ scopeName, scopeDescription: `SMART scope ${identifier}/${scopeName}` }),
    );
    const server = this.pool.addResourceServer(identifier, { identifier, scopes });
    return { identifier, server, scopes };
  }

  /** A service that asks for itself, without a user: `system/` scopes. */
  #backendClient(servers: readonly Served[]): UserPoolClient {
    const system = servers.filter(({ identifier }) => identifier === 'system');
    return this.pool.addClient('Backend', {
      generateSecret: true,
      oAuth: {
        flows: { clientCredentials: true },
        scopes: system.flatMap(({ server, scopes }) => scopes.map((scope) => OAuthScope.resourceServer(server, scope))),
      },
      accessTokenValidity: Duration.minutes(5),
      enableTokenRevocation: true,
      preventUserExistenceErrors: true,
    });
  }
}

interface Served {
  readonly identifier: string;
  readonly server: UserPoolResourceServer;
  readonly scopes: readonly ResourceServerScope[];
}
