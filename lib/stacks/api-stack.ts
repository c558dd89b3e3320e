import { join } from 'node:path';
import { Duration, FileSystem, Stack, type StackProps } from 'aws-cdk-lib';
import {
  AuthorizationType,
  EndpointType,
  type IAuthorizer,
  IdentitySource,
  type IResource,
  LambdaIntegration,
  type MethodOptions,
  RequestAuthorizer,
  ResponseTransferMode,
  RestApi,
} from 'aws-cdk-lib/aws-apigateway';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { Architecture, Code, type IFunction, LayerVersion, Runtime } from 'aws-cdk-lib/aws-lambda';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { buildDuckDbLayer, LAYER_FOLDER } from '../../layers/duckdb/build.ts';
import { routesOf } from '../operations/routes.ts';
import type { OperationRow } from '../operations/row.ts';
import { functionOf } from './functions.ts';
import { addGatewayResponses } from './gateway-responses.ts';

/** Path of the base URL: `https://HOST/fhir`. */
const STAGE = 'fhir';

/** 1,769 MB is one whole vCPU; DuckDB runs on it with one thread. */
const OPERATION_MEMORY_MB = 1769;
const OPERATION_TIMEOUT = Duration.minutes(2);
const SMALL_MEMORY_MB = 256;
const SMALL_TIMEOUT = Duration.seconds(10);

export interface ApiStackProps extends StackProps {
  readonly bucket: Bucket;
  readonly table: Table;
  /** One function with its routes is made of each. */
  readonly rows: readonly OperationRow[];
  readonly software: string;
  /** Where an operation's handler is, when not in `functions/<code>/handler.ts`. */
  readonly entryOf?: (code: string) => string;
}

/**
 * The REST API: one function per operation at literal `$...` resources, in all route forms, with streamed responses.
 *
 * A Lambda authorizer that lets nobody through guards every operation. IAM authorization would be less to write, but
 * it lets in whoever may invoke APIs in the account, and it is not the place where tokens will be verified.
 */
export class ApiStack extends Stack {
  readonly api: RestApi;

  constructor(scope: Construct, id: string, props: ApiStackProps) {
    super(scope, id, props);
    this.api = new RestApi(this, 'Api', {
      restApiName: 'genomics-archive',
      description: 'HL7 FHIR Genomics Operations',
      endpointTypes: [EndpointType.REGIONAL],
      cloudWatchRole: false,
      deployOptions: { stageName: STAGE, throttlingRateLimit: 100, throttlingBurstLimit: 200 },
    });
    addGatewayResponses(this.api);
    this.#addOperations(props);
    this.#addDiscovery(props);
  }

  #addOperations({ rows, bucket, table, software, entryOf }: ApiStackProps): void {
    buildDuckDbLayer();
    const duckDb = new LayerVersion(this, 'DuckDb', {
      description: 'DuckDB for Node.js',
      code: Code.fromAsset(LAYER_FOLDER),
      compatibleArchitectures: [Architecture.X86_64],
      compatibleRuntimes: [Runtime.NODEJS_24_X],
    });
    const environment = {
      GENOMICS_BUCKET: bucket.bucketName,
      GENOMICS_TABLE: table.tableName,
      GENOMICS_SOFTWARE: software,
    };
    const authorizer = this.#authorizer();
    for (const row of rows) {
      const entry = entryOf?.(row.code);
      const fn = functionOf(this, row.code, {
        memorySize: OPERATION_MEMORY_MB,
        timeout: OPERATION_TIMEOUT,
        layers: [duckDb],
        environment,
        ...(entry === undefined ? {} : { entry }),
      });
      bucket.grantRead(fn);
      table.grantReadData(fn);
      for (const route of routesOf(row)) {
        addMethods(this.api.root.resourceForPath(route), ['GET', 'POST'], fn, {
          authorizer,
          authorizationType: AuthorizationType.CUSTOM,
        });
      }
    }
  }

  /** The public part. */
  #addDiscovery({ software }: ApiStackProps): void {
    const fn = functionOf(this, 'metadata', {
      memorySize: SMALL_MEMORY_MB,
      timeout: SMALL_TIMEOUT,
      environment: { GENOMICS_SOFTWARE: software },
    });
    const routes = ['/metadata', '/OperationDefinition', '/OperationDefinition/{id}', '/openapi.json'];
    for (const route of [...routes, '/.well-known/smart-configuration']) {
      addMethods(this.api.root.resourceForPath(route), ['GET'], fn, { authorizationType: AuthorizationType.NONE });
    }
  }

  #authorizer(): IAuthorizer {
    return new RequestAuthorizer(this, 'Authorizer', {
      handler: functionOf(this, 'authorizer', { memorySize: SMALL_MEMORY_MB, timeout: SMALL_TIMEOUT }),
      // Without the header API Gateway answers 401 by itself.
      identitySources: [IdentitySource.header('Authorization')],
      // A decision is never kept: another route or a revoked token must not profit from it.
      resultsCacheTtl: Duration.seconds(0),
    });
  }
}

function addMethods(resource: IResource, methods: readonly string[], fn: IFunction, options: MethodOptions): void {
  const integration = new LambdaIntegration(fn, {
    responseTransferMode: ResponseTransferMode.STREAM,
    // One permission per function instead of four per route, of which 17 operations would make more than fit a stack.
    scopePermissionToMethod: false,
    timeout: fn.node.id === 'metadata' ? SMALL_TIMEOUT : OPERATION_TIMEOUT,
  });
  for (const method of methods) resource.addMethod(method, integration, options);
}

/** Version with a hash of the code the functions are bundled from, for ETags. */
export function softwareVersion(version: string): string {
  const lib = join(import.meta.dirname, '..');
  return `${version}+${FileSystem.fingerprint(lib).slice(0, 12)}`;
}
