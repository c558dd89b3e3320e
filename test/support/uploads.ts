import { chmodSync, cpSync, mkdirSync, readdirSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { FACADE_DEPLOYMENT } from '../../lib/cognito/deployment.ts';
import { addStacks } from '../../lib/stacks/stacks.ts';

/** What a deployment would upload, unpacked as Lambda unpacks it. */
export interface Uploads {
  /** Names of all functions. */
  readonly functions: readonly string[];
  /** Folder with `task` and `opt` of a function. */
  machineOf(name: string): string;
  /** Bytes of a function's bundle, and of the layer. */
  readonly bytes: ReadonlyMap<string, number>;
  readonly layerBytes: number;
  readonly layerFolder: string;
}

interface Resource {
  readonly Metadata?: Readonly<Record<string, string>>;
  readonly Properties: { readonly Layers?: unknown };
}

/** Synthesises everything, bundles included, and unpacks it into `folder`. */
export function unpackUploads(folder: string): Uploads {
  const outdir = join(folder, 'cdk.out');
  const app = new App({
    outdir,
    context: { 'aws:cdk:enable-asset-metadata': true, 'aws:cdk:enable-path-metadata': true },
  });
  addStacks(app, FACADE_DEPLOYMENT);
  app.synth();
  const templates = app.node.children
    .filter((child) => child instanceof Stack)
    .map((stack) => Template.fromStack(stack));
  const resourcesOf = (type: string) =>
    templates.flatMap((template) => Object.values(template.findResources(type)) as unknown as Resource[]);
  const assetOf = ({ Metadata }: Resource) => join(outdir, String(Metadata?.['aws:asset:path']));

  const [layer] = resourcesOf('AWS::Lambda::LayerVersion') as [Resource];
  const opt = join(folder, 'opt');
  cpSync(assetOf(layer), opt, { recursive: true });
  const bare = join(folder, 'no-layer');
  mkdirSync(bare);
  // As in an upload: readable by whoever runs the function.
  for (const path of [folder, opt, bare]) chmodSync(path, 0o755);

  const bytes = new Map<string, number>();
  for (const resource of resourcesOf('AWS::Lambda::Function')) {
    const name = /\/([^/]+)\/Resource$/.exec(String(resource.Metadata?.['aws:cdk:path']))?.[1];
    if (name === undefined || resource.Metadata?.['aws:asset:path'] === undefined) continue;
    const machine = join(folder, name);
    mkdirSync(machine);
    cpSync(assetOf(resource), join(machine, 'task'), { recursive: true });
    for (const path of [machine, join(machine, 'task')]) chmodSync(path, 0o755);
    symlinkSync(resource.Properties.Layers === undefined ? bare : opt, join(machine, 'opt'));
    bytes.set(name, sizeOf(join(machine, 'task')));
  }
  return {
    functions: [...bytes.keys()],
    machineOf: (name) => join(folder, name),
    bytes,
    layerBytes: sizeOf(opt),
    layerFolder: opt,
  };
}

function sizeOf(folder: string): number {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => statSync(join(folder, name)))
    .reduce((sum, stat) => sum + (stat.isFile() ? stat.size : 0), 0);
}
