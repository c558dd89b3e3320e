import { join } from 'node:path';
import { type Duration, RemovalPolicy, type Size, Stack } from 'aws-cdk-lib';
import { type IVpc, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Architecture, type ILayerVersion, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { type BundlingOptions, NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** What stays out of the bundles: the SDK is in the runtime, DuckDB in the layer. */
const EXTERNAL_MODULES = ['@aws-sdk/*', '@duckdb/*'];

/** How every function is bundled. */
export const BUNDLING = {
  format: OutputFormat.ESM,
  target: 'node24',
  externalModules: EXTERNAL_MODULES,
  mainFields: ['module', 'main'],
  minify: true,
  // Error names are looked at, and minified ones would say nothing.
  keepNames: true,
  // Powertools' tracer depends on packages that still call require.
  banner: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
} as const satisfies BundlingOptions;

export interface FunctionOptions {
  readonly memorySize: number;
  readonly timeout: Duration;
  /** Encrypts the function's log and environment. */
  readonly key: IKey;
  readonly environment?: Readonly<Record<string, string>>;
  readonly layers?: ILayerVersion[];
  readonly ephemeralStorageSize?: Size;
  readonly vpc?: IVpc | undefined;
  /** Default: `functions/<id>/handler.ts`. */
  readonly entry?: string;
}

/** One Lambda function from `functions/<id>/handler.ts`, with its log and a role that may write only that. */
export function functionOf(scope: Construct, id: string, options: FunctionOptions): NodejsFunction {
  const { entry = join(ROOT, 'functions', id, 'handler.ts'), environment = {}, key, vpc, ...rest } = options;
  const fn = new NodejsFunction(scope, id, {
    ...rest,
    entry,
    environment: { POWERTOOLS_SERVICE_NAME: id, POWERTOOLS_METRICS_NAMESPACE: 'GenomicsArchive', ...environment },
    environmentEncryption: key,
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.X86_64,
    bundling: BUNDLING,
    projectRoot: ROOT,
    depsLockFilePath: join(ROOT, 'package-lock.json'),
    // The SDK reuses connections by itself nowadays; the variable would only be noise.
    awsSdkConnectionReuse: false,
    tracing: Tracing.ACTIVE,
    logGroup: encryptedLog(scope, `${id}-log`, key),
    ...(vpc === undefined ? {} : { vpc, securityGroups: [securityGroupOf(scope, vpc)] }),
  });
  acknowledge(fn, {
    'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]':
      'Lets the function write its own log.',
    'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole]':
      'Lets the function have an address in the VPC.',
    'AwsSolutions-IAM5[Resource::*]': 'X-Ray takes traces of no particular resource.',
    'HIPAA.Security-LambdaConcurrency': 'Concurrency is bounded by the throttling of the API and of the pipeline.',
    'HIPAA.Security-LambdaDLQ': 'Invoked synchronously; whoever invokes it learns of a failure.',
    ...(vpc === undefined
      ? { 'HIPAA.Security-LambdaInsideVPC': 'Speaks to AWS through TLS only; -c vpc=true puts it into a closed VPC.' }
      : {}),
  });
  acknowledge(fn, { 'HIPAA.Security-IAMNoInlinePolicy': INLINE_POLICIES });
  return fn;
}

export const INLINE_POLICIES = 'Each role has one policy that nobody else may use.';

/** A log of three months that only who may use the key can read. */
export function encryptedLog(scope: Construct, id: string, key: IKey, logGroupName?: string): LogGroup {
  return new LogGroup(scope, id, {
    ...(logGroupName === undefined ? {} : { logGroupName }),
    retention: RetentionDays.THREE_MONTHS,
    encryptionKey: key,
    removalPolicy: RemovalPolicy.DESTROY,
  });
}

/** All functions of a stack share one group: nothing may come in. */
function securityGroupOf(scope: Construct, vpc: IVpc): SecurityGroup {
  const existing = Stack.of(scope).node.tryFindChild('FunctionGroup');
  if (existing instanceof SecurityGroup) return existing;
  return new SecurityGroup(Stack.of(scope), 'FunctionGroup', { vpc, description: 'Functions of the genomics archive' });
}
