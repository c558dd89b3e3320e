import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';

interface Statement {
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

/** What every role may do, by the construct it belongs to: `action on resource`, resources written shortly. */
export function rightsIn(stack: Stack): Map<string, string[]> {
  const template = Template.fromStack(stack);
  const roles = template.findResources('AWS::IAM::Policy') as Record<
    string,
    { Properties: { Roles: { Ref: string }[]; PolicyDocument: { Statement: Statement[] } } }
  >;
  const rights = new Map<string, string[]>();
  for (const { Properties } of Object.values(roles)) {
    const lines = Properties.PolicyDocument.Statement.flatMap(({ Effect, Action, Resource }) =>
      [Resource].flat().flatMap((one) => [Action].flat().map((action) => `${Effect} ${action} ${shortly(one)}`)),
    );
    for (const { Ref } of Properties.Roles) {
      const name = Ref.replace(/(ServiceRole|TaskRole|ExecutionRole|EventsRole|Role).*$/, '-$1');
      rights.set(name, [...(rights.get(name) ?? []), ...lines].toSorted());
    }
  }
  return rights;
}

function shortly(resource: unknown): string {
  if (resource === '*') return '*';
  const text = JSON.stringify(resource);
  const below = /"(\/[^"]*)"\]\]/.exec(text)?.[1] ?? '';
  if (/Studies\w+StreamArn/.test(text)) return 'stream';
  if (/Studies/.test(text)) return 'table';
  if (/DeadLetters/.test(text)) return 'dead letters';
  if (/ExportsOutputFnGetAttFiles/.test(text)) return `bucket${below}`;
  if (/FnGetAttKey/.test(text)) return 'key';
  return text;
}

/** Every statement of a role's policies. */
export function statementsOf(stack: Stack, role: string): Statement[] {
  const policies = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy'));
  return policies
    .filter(({ Properties }) => Properties.Roles.some(({ Ref }: { Ref: string }) => Ref.startsWith(role)))
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
}
