import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, HIPAASecurityChecks } from 'cdk-nag';
import { FACADE_DEPLOYMENT } from '../lib/cognito/deployment.ts';
import { addStacks } from '../lib/stacks/stacks.ts';

const app = new App();
Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new HIPAASecurityChecks(app));
addStacks(app, FACADE_DEPLOYMENT);
