import type { ElementDefinition } from '@medplum/fhirtypes';
import { ANSWER_LISTS } from './answer-lists.ts';
import { publishedProfile } from './guide.ts';

/**
 * A small FHIR validator: checks a resource against the snapshot of a profile of the Implementation Guide. It knows
 * cardinalities, allowed types, fixed values and patterns, slices told apart by value, type or URL, value sets that
 * can be listed, and the shape of the data types that this project sends. It does not resolve references.
 */
export function profileProblems(resource: unknown, profile: string): readonly string[] {
  const problems: string[] = [];
  const root = treeOf(profile);
  if (!isObject(resource)) return [`${profile}: not an object`];
  const { resourceType, ...content } = resource;
  if (resourceType !== root.element.path) problems.push(`resourceType is not ${root.element.path}`);
  const url = publishedProfile(profile).url;
  const meta = content['meta'];
  if (!isObject(meta) || !asList(meta['profile']).includes(url)) problems.push(`meta.profile does not name ${url}`);
  checkChildren(root, content, root.element.path, problems);
  checkInvariants(resource, problems);
  return problems;
}

/** An element of a snapshot with its children and slices. */
interface Node {
  readonly element: ElementDefinition & { readonly path: string };
  readonly children: Map<string, Node>;
  readonly slices: Map<string, Node>;
}

const TREES = new Map<string, Node>();

function treeOf(profile: string): Node {
  const known = TREES.get(profile);
  if (known !== undefined) return known;
  const nodes = new Map<string, Node>();
  let root: Node | undefined;
  for (const raw of publishedProfile(profile).snapshot?.element ?? []) {
    const element = raw as Node['element'];
    const id = element.id ?? element.path;
    const node: Node = { element, children: new Map(), slices: new Map() };
    nodes.set(id, node);
    const cut = Math.max(id.lastIndexOf('.'), id.lastIndexOf(':'));
    if (cut < 0) root = node;
    else if (id[cut] === ':') nodes.get(id.slice(0, cut))?.slices.set(id.slice(cut + 1), node);
    else nodes.get(id.slice(0, cut))?.children.set(id.slice(cut + 1), node);
  }
  if (root === undefined) throw new Error(`${profile} has no snapshot`);
  TREES.set(profile, root);
  return root;
}

interface Found {
  /** Property name, which for `value[x]` tells the type. */
  readonly key: string;
  readonly value: unknown;
}

function checkChildren(node: Node, content: Record<string, unknown>, path: string, problems: string[]): void {
  const known = new Set<string>();
  for (const [name, child] of node.children) {
    const found = instances(child, name, content, `${path}.${name}`, problems);
    for (const { key } of found) known.add(key);
    checkCount(child, found.length, `${path}.${name}`, problems);
    for (const one of found) checkInstance(child, one, `${path}.${one.key}`, problems);
    checkSlices(child, found, `${path}.${name}`, problems);
  }
  for (const key of Object.keys(content)) if (!known.has(key)) problems.push(`${path}.${key} is not an element`);
}

function instances(
  child: Node,
  name: string,
  content: Record<string, unknown>,
  path: string,
  problems: string[],
): readonly Found[] {
  const stem = name.endsWith('[x]') ? name.slice(0, -3) : undefined;
  const keys = Object.keys(content).filter((key) =>
    stem === undefined ? key === name : key.startsWith(stem) && /^[A-Z]/.test(key.slice(stem.length)),
  );
  return keys.flatMap((key) => {
    const value = content[key];
    const many = (child.element.base?.max ?? child.element.max) !== '1';
    if (Array.isArray(value) !== many) problems.push(`${path} ${many ? 'must' : 'must not'} be an array`);
    if (stem !== undefined) {
      const type = key.slice(stem.length).toLowerCase();
      if (!(child.element.type ?? []).some(({ code = '' }) => code.toLowerCase() === type)) {
        problems.push(`${path} must not be ${key}`);
      }
    }
    return asList(value).map((one) => ({ key, value: one }));
  });
}

function checkCount({ element }: Node, count: number, path: string, problems: string[]): void {
  const { min = 0, max = '*' } = element;
  if (count < min || (max !== '*' && count > Number(max))) {
    problems.push(`${path} occurs ${count} times, allowed are ${min}..${max}`);
  }
}

function checkInstance(node: Node, { key, value }: Found, path: string, problems: string[]): void {
  const { element, children } = node;
  for (const [name, wanted] of Object.entries(element)) {
    if (/^pattern[A-Z]/.test(name) && !fits(value, wanted))
      problems.push(`${path} does not fit ${JSON.stringify(wanted)}`);
    if (/^fixed[A-Z]/.test(name) && JSON.stringify(value) !== JSON.stringify(wanted)) {
      problems.push(`${path} is not ${JSON.stringify(wanted)}`);
    }
  }
  checkBinding(element, value, path, problems);
  if (children.size > 0 && isObject(value)) checkChildren(node, value, path, problems);
  else checkDatatype(typeOf(element, key), value, path, problems);
}

function typeOf(element: ElementDefinition, key: string): string | undefined {
  const types = (element.type ?? []).map(({ code = '' }) => code);
  return types.length === 1 ? types[0] : types.find((type) => key.toLowerCase().endsWith(type.toLowerCase()));
}

function checkSlices(child: Node, found: readonly Found[], path: string, problems: string[]): void {
  const discriminators = child.element.slicing?.discriminator ?? [];
  for (const [name, slice] of child.slices) {
    // Telling slices apart by the profile of a referenced resource would need that resource.
    if (discriminators.some(({ type }) => type === 'profile')) continue;
    const own = found.filter((one) =>
      discriminators.every(({ type, path: by = '$this' }) => isOf(slice, one, type, by)),
    );
    checkCount(slice, own.length, `${path}:${name}`, problems);
    for (const one of own) checkInstance(slice, one, `${path}:${name}`, problems);
  }
}

function isOf(slice: Node, { key, value }: Found, type: string | undefined, path: string): boolean {
  if (type === 'type') return key === slice.element.sliceName;
  if (!isObject(value)) return false;
  if (path === 'url') return value['url'] === slice.element.type?.[0]?.profile?.[0];
  const by = slice.children.get(path);
  if (type !== 'value' || by === undefined) throw new Error(`cannot tell slice ${slice.element.id} by ${type} ${path}`);
  const wanted = Object.entries(by.element).find(([name]) => /^(pattern|fixed)[A-Z]/.test(name))?.[1];
  if (wanted === undefined) throw new Error(`slice ${slice.element.id} has no pattern at ${path}`);
  return asList(value[path]).some((one) => fits(one, wanted));
}

/** Whether a value has at least what a pattern has; lists need one fitting member for each of the pattern's. */
function fits(value: unknown, pattern: unknown): boolean {
  if (Array.isArray(pattern)) return pattern.every((wanted) => asList(value).some((one) => fits(one, wanted)));
  if (!isObject(pattern)) return value === pattern;
  return isObject(value) && Object.entries(pattern).every(([key, wanted]) => fits(value[key], wanted));
}

/** Required bindings always, extensible ones for the codes of the list's own system. */
function checkBinding({ binding }: ElementDefinition, value: unknown, path: string, problems: string[]): void {
  if (binding?.valueSet === undefined || (binding.strength !== 'required' && binding.strength !== 'extensible')) return;
  const list = ANSWER_LISTS[binding.valueSet.replace(/\|.*$/, '')];
  if (list === undefined) {
    if (binding.strength === 'required') problems.push(`${path}: value set ${binding.valueSet} is not known here`);
    return;
  }
  if (typeof value === 'string') {
    if (!list.codes?.includes(value)) problems.push(`${path} '${value}' is not in ${binding.valueSet}`);
    return;
  }
  const codings = isObject(value) ? asList(value['coding']).filter(isObject) : [];
  const own = codings.filter(({ system }) => system === list.system);
  if (binding.strength === 'required' && own.length === 0) problems.push(`${path} has no coding of ${list.system}`);
  for (const { code } of own) {
    if (list.codes !== undefined && !list.codes.includes(String(code))) {
      problems.push(`${path} '${String(code)}' is not in ${binding.valueSet}`);
    }
  }
}

const QUANTITY = ['value', 'comparator', 'unit', 'system', 'code'];

/** Properties of the data types that occur; FHIR's own definitions of them are in no npm package. */
const DATATYPES: Readonly<Record<string, readonly string[]>> = {
  CodeableConcept: ['coding', 'text'],
  Coding: ['system', 'version', 'code', 'display'],
  Quantity: QUANTITY,
  Range: ['low', 'high'],
  Reference: ['reference', 'type', 'identifier', 'display'],
  Identifier: ['system', 'value'],
  Annotation: ['text', 'time', 'authorString'],
  Meta: ['profile'],
  Narrative: ['status', 'div'],
};

function checkDatatype(type: string | undefined, value: unknown, path: string, problems: string[]): void {
  if (value === null || value === '' || (isObject(value) && Object.keys(value).length === 0)) {
    problems.push(`${path} is empty`);
  }
  const properties = DATATYPES[type ?? ''];
  if (properties === undefined) {
    if (isObject(value)) problems.push(`${path}: data type ${type} is not known here`);
    return;
  }
  if (!isObject(value)) {
    problems.push(`${path} is not a ${type}`);
    return;
  }
  for (const key of Object.keys(value)) {
    if (!properties.includes(key)) problems.push(`${path}.${key} is not an element of ${type}`);
  }
  if (type === 'CodeableConcept') {
    for (const coding of asList(value['coding'])) checkDatatype('Coding', coding, `${path}.coding`, problems);
  }
  if (type === 'Coding' && (typeof value['system'] !== 'string' || typeof value['code'] !== 'string')) {
    problems.push(`${path} has no system and code`);
  }
  if (type === 'Quantity' && typeof value['value'] !== 'number') problems.push(`${path}.value is not a number`);
  if (type === 'Range') checkRange(value, path, problems);
  if (type === 'Reference' && value['reference'] === undefined && value['identifier'] === undefined) {
    problems.push(`${path} refers to nothing`);
  }
}

function checkRange({ low, high }: Record<string, unknown>, path: string, problems: string[]): void {
  for (const bound of [low, high]) if (bound !== undefined) checkDatatype('Quantity', bound, path, problems);
  if (isObject(low) && isObject(high) && Number(low['value']) > Number(high['value'])) {
    problems.push(`${path} ends before it starts`);
  }
}

/** R4 obs-7: with a value of its own, an Observation has no component of its own code. Ids are of FHIR's form. */
function checkInvariants(resource: Record<string, unknown>, problems: string[]): void {
  const { id, code, component } = resource;
  if (typeof id !== 'string' || !/^[A-Za-z0-9\-.]{1,64}$/.test(id))
    problems.push(`id '${String(id)}' is not a FHIR id`);
  const valued = Object.keys(resource).some((key) => /^value[A-Z]/.test(key));
  if (
    valued &&
    asList(component).some((one) => isObject(one) && JSON.stringify(one['code']) === JSON.stringify(code))
  ) {
    problems.push('a component has the code of the Observation (obs-7)');
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function asList(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}
