import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, HIPAASecurityChecks } from 'cdk-nag';
import { endpointsOf, FACADE_FUNCTIONS } from '../lib/cognito/deployment.ts';
import { facadeConfiguration } from '../lib/cognito/discovery.ts';
import { addStacks } from '../lib/stacks/stacks.ts';

type FacadeFunction = keyof typeof FACADE_FUNCTIONS;

const app = new App();
Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new HIPAASecurityChecks(app));
const names = Object.keys(FACADE_FUNCTIONS) as readonly FacadeFunction[];
addStacks(app, {
  functions: Object.fromEntries(
    names.map((name) => [name, { ...FACADE_FUNCTIONS[name], endpoints: endpointsOf(name) }]),
  ),
  configuration: facadeConfiguration,
});
