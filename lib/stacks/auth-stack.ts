import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import {
  AccountRecovery,
  FeaturePlan,
  LambdaVersion,
  ManagedLoginVersion,
  Mfa,
  ResourceServerScope,
  StandardThreatProtectionMode,
  StringAttribute,
  UserPool,
  UserPoolOperation,
} from 'aws-cdk-lib/aws-cognito';
import { AttributeType, BillingMode, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import type { Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import { type FacadeFunctions, grantFacade, TRIGGER } from './facade.ts';
import { functionOf } from './functions.ts';

export interface AuthStackProps extends StackProps {
  readonly key: Key;
  /** The functions that make a SMART authorization server of the pool; without them it only signs people in. */
  readonly facade?: FacadeFunctions | undefined;
  /** Where a function's handler is, when not in `functions/<name>/handler.ts`. */
  readonly entryOf?: (name: string) => string;
}

/**
 * Who may ask, when no other authorization server is named: a Cognito user pool. What tokens allow is the trigger's to
 * say: SMART has scopes that Cognito can't have, and more of them than a Cognito client may.
 */
export class AuthStack extends Stack {
  readonly pool: UserPool;
  /** Sign-ins, launches and codes of the façade. */
  readonly table: Table;
  /** Base of the pool's own sign-in pages. */
  readonly domain: string;

  constructor(scope: Construct, id: string, { key, facade, entryOf, ...props }: AuthStackProps) {
    super(scope, id, props);
    this.pool = new UserPool(this, 'Users', {
      // Access tokens can be changed by a trigger from Essentials on; threat protection is of Plus.
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
      // Written by administrators only: no client may.
      customAttributes: {
        fhirUser: new StringAttribute({ mutable: true, maxLen: 2048 }),
        patients: new StringAttribute({ mutable: true, maxLen: 2048 }),
      },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.domain = this.pool
      .addDomain('Login', {
        cognitoDomain: { domainPrefix: `genomics-archive-${this.account}` },
        managedLoginVersion: ManagedLoginVersion.NEWER_MANAGED_LOGIN,
      })
      .baseUrl();
    // Cognito gives no token to a client without a custom scope.
    const backend = new ResourceServerScope({ scopeName: 'backend', scopeDescription: 'A service, by itself' });
    this.pool.addResourceServer('Smart', { identifier: 'smart', scopes: [backend] });
    this.table = new Table(this, 'SignIns', {
      partitionKey: { name: 'id', type: AttributeType.STRING },
      timeToLiveAttribute: 'expires',
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.CUSTOMER_MANAGED,
      encryptionKey: key,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      removalPolicy: RemovalPolicy.RETAIN,
    });
    acknowledge(this.table, {
      'HIPAA.Security-DynamoDBInBackupPlan': 'Sign-ins of minutes; clients are registered again.',
    });
    if (facade?.[TRIGGER] !== undefined) this.#addTrigger(facade, key, entryOf?.(TRIGGER));
    new CfnOutput(this, 'UserPoolId', { value: this.pool.userPoolId });
    new CfnOutput(this, 'SignInTable', { value: this.table.tableName });
  }

  #addTrigger(facade: FacadeFunctions, key: Key, entry: string | undefined): void {
    const fn = functionOf(this, TRIGGER, {
      key,
      memorySize: 512,
      // Cognito waits no longer.
      timeout: Duration.seconds(5),
      environment: { GENOMICS_AUTH_TABLE: this.table.tableName },
      ...(entry === undefined ? {} : { entry }),
    });
    grantFacade(fn, TRIGGER, facade, this, key);
    this.pool.addTrigger(UserPoolOperation.PRE_TOKEN_GENERATION_CONFIG, fn, LambdaVersion.V3_0);
  }
}
