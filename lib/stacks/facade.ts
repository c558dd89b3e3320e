import { Duration } from 'aws-cdk-lib';
import { AuthorizationType, LambdaIntegration } from 'aws-cdk-lib/aws-apigateway';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import type { ApiStack } from './api-stack.ts';
import type { AuthStack } from './auth-stack.ts';
import { functionOf } from './functions.ts';

/** What a function of the façade needs. */
interface FacadeFunction {
  /** Names of its environment variables. */
  readonly environment: readonly string[];
  /** On the table of sign-ins. */
  readonly tableActions: readonly string[];
  /** On the user pool. */
  readonly poolActions: readonly string[];
  /** Methods by path below the façade's; none for the trigger. The endpoints authenticate by themselves. */
  readonly endpoints: Readonly<Record<string, readonly string[]>>;
}

/** By name; each has its handler in `functions/<name>/handler.ts`. */
export type FacadeFunctions = Readonly<Record<string, FacadeFunction>>;

/** The function that Cognito calls before it makes a token. */
export const TRIGGER = 'pre-token-generation';
/** Path of the façade, below the FHIR base. */
export const AUTH_PATH = '/auth';

export interface FacadeProps {
  readonly functions: FacadeFunctions;
  readonly auth: AuthStack;
  readonly key: Key;
  readonly entryOf?: ((name: string) => string) | undefined;
}

/** Puts the façade of the user pool beside the operations, at `[base]/auth`. */
export function addFacade(stack: ApiStack, { functions, auth, key, entryOf }: FacadeProps): void {
  const values: Readonly<Record<string, string>> = {
    GENOMICS_AUTH_TABLE: auth.table.tableName,
    GENOMICS_BASE_URL: stack.base,
    GENOMICS_AUTH_URL: `${stack.base}${AUTH_PATH}`,
    GENOMICS_POOL_ISSUER: auth.pool.userPoolProviderUrl,
    GENOMICS_POOL_DOMAIN: auth.domain,
  };
  for (const [name, needs] of Object.entries(functions)) {
    if (name === TRIGGER) continue;
    const environment = needs.environment.map((variable) => {
      const value = values[variable];
      if (value === undefined) throw new Error(`${name} needs ${variable}, which is not known`);
      return [variable, value] as const;
    });
    const entry = entryOf?.(name);
    const fn = functionOf(stack, name, {
      key,
      memorySize: 512,
      timeout: Duration.seconds(15),
      environment: Object.fromEntries(environment),
      ...(entry === undefined ? {} : { entry }),
    });
    grantFacade(fn, name, functions, auth, key);
    for (const [path, methods] of Object.entries(needs.endpoints)) {
      const resource = stack.api.root.resourceForPath(`${AUTH_PATH}/${path}`);
      const integration = new LambdaIntegration(fn, { scopePermissionToMethod: false });
      for (const method of methods) {
        resource.addMethod(method, integration, { authorizationType: AuthorizationType.NONE });
      }
    }
  }
}

/** Exactly what the function's row says, on the table of sign-ins and the user pool. */
export function grantFacade(
  fn: Construct & IGrantable,
  name: string,
  functions: FacadeFunctions,
  { table, pool }: Pick<AuthStack, 'table' | 'pool'>,
  key: Key,
): void {
  const { tableActions = [], poolActions = [] } = functions[name] ?? {};
  const allow = (actions: readonly string[], resource: string): void => {
    if (actions.length === 0) return;
    fn.grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions: [...actions], resources: [resource] }));
  };
  allow(tableActions, table.tableArn);
  allow(poolActions, pool.userPoolArn);
  allow(['kms:Decrypt'], key.keyArn);
}
