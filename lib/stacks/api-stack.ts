import { join } from 'node:path';
import { Annotations, Duration, FileSystem, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import {
  AccessLogFormat,
  AuthorizationType,
  EndpointType,
  type IAuthorizer,
  IdentitySource,
  type IResource,
  LambdaIntegration,
  LogGroupLogDestination,
  type MethodOptions,
  RequestAuthorizer,
  ResponseTransferMode,
  RestApi,
} from 'aws-cdk-lib/aws-apigateway';
import type { IVpc } from 'aws-cdk-lib/aws-ec2';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import type { Construct } from 'constructs';
import { hasHttpfs } from '../../layers/duckdb/build.ts';
import { HTTPFS_PATH } from '../../layers/duckdb/httpfs.ts';
import { JOB_METHODS, jobPath, routesOf } from '../operations/routes.ts';
import type { OperationRow } from '../operations/row.ts';
import { type UtilityRow, utilityRoute } from '../operations/utilities/utility.ts';
import { acknowledge } from './acknowledge.ts';
import { type Analytics, athenaEnvironment, grantAsking } from './analytics-stack.ts';
import { type DisclosureSettings, disclosureVariables } from './disclosure.ts';
import { duckDbLayer } from './duckdb-layer.ts';
import { encryptedLog, functionOf, INLINE_POLICIES } from './functions.ts';
import { addGatewayResponses } from './gateway-responses.ts';
import { type Archive, grantAnswering, grantCounting, grantJobs, grantSubmitting } from './permissions.ts';
import { addPreflight } from './preflight.ts';

/** Path of the base URL: `https://HOST/fhir`. */
const STAGE = 'fhir';

/** 1,769 MB is one whole vCPU; DuckDB runs on it with one thread. */
const OPERATION_MEMORY_MB = 1769;
const OPERATION_TIMEOUT = Duration.minutes(2);
const SMALL_MEMORY_MB = 256;
const SMALL_TIMEOUT = Duration.seconds(10);

const DISCOVERY_ROUTES = [
  '/metadata',
  '/OperationDefinition',
  '/OperationDefinition/{id}',
  '/openapi.json',
  '/.well-known/smart-configuration',
];

export interface ApiStackProps extends StackProps {
  readonly archive: Archive;
  /** Where questions about everyone go that are too large for a function. */
  readonly analytics: Analytics;
  /** One function with its routes is made of each. */
  readonly rows: readonly OperationRow[];
  /** One function for all of them. */
  readonly utilities: readonly UtilityRow[];
  readonly software: string;
  /** `GENOMICS_ISSUERS`, whose tokens are accepted: as text, or made with the FHIR base. */
  readonly issuers: string | ((base: string) => readonly object[]);
  /** Public address of the API, where it has a name of its own. */
  readonly baseUrl?: string | undefined;
  readonly disclosure?: DisclosureSettings;
  /** Functions are put into it when there is one. */
  readonly vpc?: IVpc | undefined;
  /** Where an operation's handler is, when not in `functions/<code>/handler.ts`. */
  readonly entryOf?: (code: string) => string;
}

/**
 * The REST API: one function per operation at literal `$...` resources, in all route forms, with streamed responses. A
 * Lambda authorizer guards every operation.
 */
export class ApiStack extends Stack {
  readonly api: RestApi;
  /** The FHIR base. */
  readonly base: string;
  /** Every function of the stack, by name. */
  readonly functions: ReadonlyMap<string, IFunction>;
  readonly #issuers: string;
  readonly #functions = new Map<string, NodejsFunction>();

  constructor(scope: Construct, id: string, props: ApiStackProps) {
    super(scope, id, props);
    this.functions = this.#functions;
    this.api = new RestApi(this, 'Api', {
      restApiName: 'genomics-archive',
      description: 'HL7 FHIR Genomics Operations',
      endpointTypes: [EndpointType.REGIONAL],
      // Without an account-wide role API Gateway can't write access logs. It is shared by all APIs of the account.
      cloudWatchRole: true,
      cloudWatchRoleRemovalPolicy: RemovalPolicy.RETAIN,
      deployOptions: {
        stageName: STAGE,
        throttlingRateLimit: 100,
        throttlingBurstLimit: 200,
        tracingEnabled: true,
        metricsEnabled: true,
        accessLogDestination: new LogGroupLogDestination(encryptedLog(this, 'access-log', props.archive.key)),
        accessLogFormat: ACCESS_LOG,
      },
    });
    // Not the API's own `url`, which knows the deployment and thereby every function that is to know the base.
    this.base = props.baseUrl ?? `https://${this.api.restApiId}.execute-api.${this.region}.${this.urlSuffix}/${STAGE}`;
    this.#issuers = typeof props.issuers === 'string' ? props.issuers : this.toJsonString(props.issuers(this.base));
    addGatewayResponses(this.api);
    this.#addGuarded(props);
    this.#addDiscovery(props);
    acknowledge(this, API_REASONS);
  }

  #addGuarded({ rows, utilities, archive, analytics, entryOf, ...props }: ApiStackProps): void {
    if (!hasHttpfs()) {
      Annotations.of(this).addWarningV2(
        'genomics:httpfs',
        "The DuckDB layer has no httpfs: every object is copied whole. 'npm run layer' fetches it.",
      );
    }
    const duckDb = duckDbLayer(this);
    const authorizer = this.#authorizer({ archive, ...props });
    const { disclosure = {} } = props;
    const guarded = (fn: IFunction, routes: readonly string[], methods?: string): void => {
      for (const route of routes) {
        const resource = this.api.root.resourceForPath(route);
        // Every method, so that the function itself says which it takes.
        addMethod(resource, 'ANY', fn, { authorizer, authorizationType: AuthorizationType.CUSTOM });
        addPreflight(resource, methods);
      }
    };
    const answering = (name: string, routes: readonly string[], ofPopulations = false): NodejsFunction => {
      const entry = entryOf?.(name);
      const fn = this.#function(
        name,
        { archive, ...props },
        { layers: [duckDb], ...(entry === undefined ? {} : { entry }) },
      );
      grantAnswering(fn, archive);
      if (ofPopulations) {
        const variables = { ...athenaEnvironment(analytics), ...disclosureVariables(disclosure) };
        for (const [variable, value] of Object.entries(variables)) fn.addEnvironment(variable, value);
        grantAsking(fn, analytics, archive);
        if (disclosure.populationBudget !== undefined) grantCounting(fn, archive);
      }
      guarded(fn, routes);
      return fn;
    };
    for (const row of rows) {
      const fn = answering(row.code, routesOf(row), row.family.startsWith('population-operations/'));
      grantSubmitting(fn, archive);
    }
    if (utilities.length > 0) answering('utilities', utilities.map(utilityRoute));
    const jobs = this.#function('async', { archive, ...props }, { environment: whereabouts(archive) });
    grantJobs(jobs, archive);
    guarded(jobs, [jobPath('{id}')], JOB_METHODS);
  }

  /** The public part. */
  #addDiscovery(props: ApiStackProps): void {
    const fn = this.#function('metadata', props, { memorySize: SMALL_MEMORY_MB, timeout: SMALL_TIMEOUT });
    for (const route of DISCOVERY_ROUTES) {
      const resource = this.api.root.resourceForPath(route);
      for (const method of ['GET', 'HEAD'])
        addMethod(resource, method, fn, { authorizationType: AuthorizationType.NONE });
      addPreflight(resource);
    }
  }

  #authorizer(props: Omit<ApiStackProps, 'rows' | 'utilities' | 'analytics'>): IAuthorizer {
    return new RequestAuthorizer(this, 'Authorizer', {
      handler: this.#function('authorizer', props, {
        memorySize: SMALL_MEMORY_MB,
        timeout: SMALL_TIMEOUT,
        vpc: undefined,
      }),
      // Without the header API Gateway answers 401 by itself.
      identitySources: [IdentitySource.header('Authorization')],
      // A decision is never kept: another route or a revoked token must not profit from it.
      resultsCacheTtl: Duration.seconds(0),
    });
  }

  #function(
    name: string,
    { archive, software, vpc }: Omit<ApiStackProps, 'rows' | 'utilities' | 'analytics'>,
    options: Partial<Parameters<typeof functionOf>[2]>,
  ): NodejsFunction {
    const { environment, ...others } = options;
    const reading = options.layers !== undefined;
    const fn = functionOf(this, name, {
      memorySize: OPERATION_MEMORY_MB,
      timeout: OPERATION_TIMEOUT,
      key: archive.key,
      vpc,
      environment: {
        GENOMICS_SOFTWARE: software,
        GENOMICS_ISSUERS: this.#issuers,
        GENOMICS_BASE_URL: this.base,
        ...(reading ? whereabouts(archive) : {}),
        ...(reading && hasHttpfs() ? { GENOMICS_HTTPFS: HTTPFS_PATH } : {}),
        ...environment,
      },
      ...others,
    });
    this.#functions.set(name, fn);
    return fn;
  }
}

const whereabouts = ({ bucket, table }: Archive) => ({
  GENOMICS_BUCKET: bucket.bucketName,
  GENOMICS_TABLE: table.tableName,
});

/** What happened, without the query (which names the subject) and without headers (which hold the token). */
const ACCESS_LOG = AccessLogFormat.custom(
  JSON.stringify({
    time: '$context.requestTime',
    requestId: '$context.requestId',
    source: '$context.identity.sourceIp',
    method: '$context.httpMethod',
    resource: '$context.resourcePath',
    status: '$context.status',
    principal: '$context.authorizer.principalId',
    error: '$context.error.responseType',
    latency: '$context.responseLatency',
    integrationLatency: '$context.integrationLatency',
    bytes: '$context.responseLength',
  }),
);

const API_REASONS = {
  'AwsSolutions-APIG2':
    'The operations check every parameter themselves and name the one at fault in an OperationOutcome.',
  'AwsSolutions-APIG3': 'A firewall costs money while nobody asks; -c waf=true adds one.',
  'AwsSolutions-APIG4': 'What needs no token: discovery, which SMART App Launch wants public, and CORS preflights.',
  'AwsSolutions-APIG6': 'The access log has every request; execution logs would hold headers and queries.',
  'AwsSolutions-COG4': 'A Lambda authorizer verifies tokens of any OIDC issuer, of which Cognito is one.',
  'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]':
    "API Gateway's own role for access logs, as AWS documents it.",
  'HIPAA.Security-APIGWCacheEnabledAndEncrypted': 'There is no cache: answers are private to who asks.',
  'HIPAA.Security-APIGWExecutionLoggingEnabled':
    'Execution logs would hold headers and queries; the access log does not.',
  'HIPAA.Security-APIGWSSLEnabled':
    'Integrations are Lambda functions, invoked through IAM; there is no backend to show a certificate to.',
  'HIPAA.Security-IAMNoInlinePolicy': INLINE_POLICIES,
} as const;

function addMethod(resource: IResource, method: string, fn: IFunction, options: MethodOptions): void {
  const integration = new LambdaIntegration(fn, {
    responseTransferMode: ResponseTransferMode.STREAM,
    // One permission per function instead of four per route, of which 17 operations would make more than fit a stack.
    scopePermissionToMethod: false,
    timeout: fn.node.id === 'metadata' ? SMALL_TIMEOUT : OPERATION_TIMEOUT,
  });
  resource.addMethod(method, integration, options);
}

/** Version with a hash of the code the functions are bundled from, for ETags. */
export function softwareVersion(version: string): string {
  const lib = join(import.meta.dirname, '..');
  return `${version}+${FileSystem.fingerprint(lib).slice(0, 12)}`;
}
