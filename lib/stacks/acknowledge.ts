import { type CfnElement, Stack, Validations } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/** Findings of cdk-nag that stay, each with its reason, by rule. They hold for the construct and what is in it. */
export function acknowledge(construct: Construct, reasons: Readonly<Record<string, string>>): void {
  for (const [id, reason] of Object.entries(reasons)) Validations.of(construct).acknowledge({ id, reason });
}

/** How cdk-nag writes a value of one stack that another one uses: by the name of its export. */
export function exportName(owner: Construct, value: string): string {
  const stack = Stack.of(owner);
  return (stack.resolve(stack.exportValue(value)) as { readonly 'Fn::ImportValue': string })['Fn::ImportValue'];
}

/** How cdk-nag writes a reference within a stack. */
export function reference(construct: Construct, attribute = ''): string {
  const id = Stack.of(construct).getLogicalId(construct.node.defaultChild as CfnElement);
  return `<${id}${attribute}>`;
}
