import { join } from 'node:path';
import { type Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Architecture, type ILayerVersion, Runtime } from 'aws-cdk-lib/aws-lambda';
import { type BundlingOptions, NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';

const ROOT = join(import.meta.dirname, '..', '..');

/** What stays out of the bundles: the SDK is in the runtime, DuckDB in the layer. */
export const EXTERNAL_MODULES = ['@aws-sdk/*', '@duckdb/*'];

/** How every function is bundled. */
export const BUNDLING = {
  format: OutputFormat.ESM,
  target: 'node24',
  externalModules: EXTERNAL_MODULES,
  mainFields: ['module', 'main'],
  minify: true,
  // Error names are looked at, and minified ones would say nothing.
  keepNames: true,
} as const satisfies BundlingOptions;

export interface FunctionOptions {
  readonly memorySize: number;
  readonly timeout: Duration;
  readonly environment?: Readonly<Record<string, string>>;
  readonly layers?: ILayerVersion[];
  /** Default: `functions/<id>/handler.ts`. */
  readonly entry?: string;
}

/** One Lambda function from `functions/<id>/handler.ts`, with its log. */
export function functionOf(scope: Construct, id: string, options: FunctionOptions): NodejsFunction {
  const { entry = join(ROOT, 'functions', id, 'handler.ts'), environment = {}, ...rest } = options;
  return new NodejsFunction(scope, id, {
    ...rest,
    entry,
    environment: { ...environment },
    runtime: Runtime.NODEJS_24_X,
    // The arm64 binding of this DuckDB version is not on npm.
    architecture: Architecture.X86_64,
    bundling: BUNDLING,
    projectRoot: ROOT,
    depsLockFilePath: join(ROOT, 'package-lock.json'),
    // The SDK reuses connections by itself nowadays; the variable would only be noise.
    awsSdkConnectionReuse: false,
    logGroup: new LogGroup(scope, `${id}-log`, {
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    }),
  });
}
