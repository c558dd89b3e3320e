import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';

/** Of Amazon's States Language, what the pipeline uses. */
export interface State {
  readonly Retry?: readonly { readonly ErrorEquals: readonly string[]; readonly MaxAttempts: number }[];
  readonly Catch?: readonly {
    readonly ErrorEquals: readonly string[];
    readonly Next: string;
    readonly ResultPath: string;
  }[];
  readonly Parameters?: { readonly MessageBody: Readonly<Record<string, string>> };
  readonly [name: string]: unknown;
}

/** The states of the ingest pipeline by name, those of the inner loop too; references to resources are `REF`. */
export function statesOf(stack: Stack): Readonly<Record<string, State>> {
  const [machine] = Object.values(Template.fromStack(stack).findResources('AWS::StepFunctions::StateMachine'));
  const joined = machine?.['Properties'].DefinitionString['Fn::Join'][1] as unknown[];
  const definition = JSON.parse(joined.map((part) => (typeof part === 'string' ? part : 'REF')).join(''));
  return { ...definition.States, ...definition.States.EachStudy.ItemProcessor.States };
}

/**
 * What becomes of a task that fails: how often it is tried, and the message that the dead-letter queue gets, as Step
 * Functions makes it of what Lambda says of the error.
 *
 * @param attempt the function, which fails
 */
export async function deadLetterOf(
  states: Readonly<Record<string, State>>,
  name: string,
  input: object,
  attempt: () => Promise<unknown>,
): Promise<{ readonly attempts: number; readonly message: Readonly<Record<string, string>> }> {
  const { Retry = [], Catch = [] } = states[name] ?? {};
  for (let attempts = 1; ; attempts++) {
    try {
      await attempt();
    } catch (thrown) {
      const error = thrown as Error;
      const again = Retry.find(
        ({ ErrorEquals }) => ErrorEquals.includes(error.name) || ErrorEquals.includes('States.ALL'),
      );
      if (again !== undefined && attempts <= again.MaxAttempts) continue;
      const caught = Catch.find(
        ({ ErrorEquals }) => ErrorEquals.includes(error.name) || ErrorEquals.includes('States.ALL'),
      );
      if (caught === undefined) throw new Error(`${name} does not catch ${error.name}`, { cause: error });
      // As Lambda's runtime for Node writes an error.
      const Cause = JSON.stringify({
        errorType: error.name,
        errorMessage: error.message,
        trace: error.stack?.split('\n'),
      });
      const state = { ...input, [caught.ResultPath.slice(2)]: { Error: error.name, Cause } };
      const body = states[caught.Next]?.Parameters?.MessageBody ?? {};
      return {
        attempts,
        message: Object.fromEntries(
          Object.entries(body).map(([key, path]) => [key.replace(/\.\$$/, ''), valueAt(state, path)]),
        ),
      };
    }
    throw new Error(`${name} did not fail`);
  }
}

/** A JSON path of member names, as Step Functions reads it. @throws Error when there is nothing, as it does */
function valueAt(state: object, path: string): string {
  const names = [...path.matchAll(/\.(\w+)|\['([^']+)'\]/g)].map(([, plain, bracketed]) => plain ?? bracketed ?? '');
  const value = names.reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], state);
  if (typeof value !== 'string') throw new Error(`${path} is nothing: the execution would fail`);
  return value;
}
