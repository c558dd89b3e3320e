import type { Extension, OperationDefinitionParameter, Parameters, ParametersParameter } from '@medplum/fhirtypes';
import { CALLABLE_SUBJECTS, RANGE_COVERAGE, STAR_ALLELE_CALL } from '../../lib/fhir/canonical.ts';
import type { Ports } from '../../lib/operations/ports.ts';
import type { Operation, Prepared } from '../../lib/operations/row.ts';
import { publishedOperation } from './guide.ts';
import { asList, isObject, profileProblems } from './profile.ts';

/** The whole text of an answer, and the pieces it came in. */
export async function answerOf(
  prepared: Prepared,
): Promise<{ readonly body: Parameters; readonly pieces: readonly string[] }> {
  const pieces: string[] = [];
  for await (const piece of prepared.run()) pieces.push(piece);
  return { body: JSON.parse(pieces.join('')) as Parameters, pieces };
}

/** What an operation answers to an input. */
export async function ask(
  operation: Operation,
  input: Readonly<Record<string, unknown>>,
  ports: Ports,
): Promise<Parameters> {
  return (await answerOf(await operation.prepare(input, ports))).body;
}

/**
 * Checks an answer against the published OperationDefinition: names, order, cardinalities and types of the parts, the
 * profile of every Observation, unique ids within a group and references that lead to an Observation of the group.
 */
export function responseProblems(code: string, body: Parameters): readonly string[] {
  const outputs = (publishedOperation(code).parameter ?? []).filter(({ use }) => use === 'out');
  const problems: string[] = [];
  if (body.resourceType !== 'Parameters') problems.push('is no Parameters');
  if (body.parameter?.length === 0) problems.push('has an empty list of parameters');
  checkParts(outputs, body.parameter ?? [], 'Parameters', problems);
  // An operation without groups is one.
  const grouped = outputs.some(({ part }) => part !== undefined);
  for (const group of grouped ? (body.parameter ?? []) : [{ name: code, part: body.parameter ?? [] }]) {
    checkGroup(group, problems);
  }
  return problems;
}

function checkParts(
  definitions: readonly OperationDefinitionParameter[],
  parts: readonly ParametersParameter[],
  path: string,
  problems: string[],
): void {
  let place = 0;
  for (const part of parts) {
    // Our own: which genes have no genotype.
    if (part.name === 'outcome' && part.resource?.resourceType === 'OperationOutcome') continue;
    const definition = definitions.findIndex(({ name }) => name === part.name);
    if (definition < 0) problems.push(`${path}.${part.name} is not defined`);
    // Consequences of a genome are many: each is followed by its variant at once.
    else if (definition < place && definitions[0]?.name !== 'consequence')
      problems.push(`${path}.${part.name} comes too late`);
    place = Math.max(place, definition);
  }
  for (const definition of definitions) {
    const { name = '', min = 0, max = '*', type } = definition;
    const own = parts.filter((part) => part.name === name);
    if (own.length < min || (max !== '*' && own.length > Number(max))) {
      problems.push(`${path}.${name} occurs ${own.length} times`);
    }
    for (const part of own) {
      if (definition.part !== undefined) checkParts(definition.part, part.part ?? [], `${path}.${name}`, problems);
      else checkValue(part, type, profileOf(definition), `${path}.${name}`, problems);
    }
  }
}

/** The profile that the guide gives a parameter. Of phase relations it names, in one operation, that of a variant. */
function profileOf({ name = '', extension = [] }: OperationDefinitionParameter): string {
  const stated = extension.find(({ url }) => url?.endsWith('/operationdefinition-profile'))?.valueUri;
  if (name === 'sequencePhaseRelationship') return 'sequence-phase-relationship';
  return stated?.split('/').at(-1) ?? name;
}

function checkValue(
  part: ParametersParameter,
  type: string | undefined,
  profile: string,
  path: string,
  problems: string[],
): void {
  const keys = Object.keys(part).filter((key) => key !== 'name');
  const wanted = type === 'Observation' ? 'resource' : `value${type?.charAt(0).toUpperCase()}${type?.slice(1)}`;
  if (keys.join() !== wanted) problems.push(`${path} has ${keys.join()} instead of ${wanted}`);
  if (type !== 'Observation') return;
  problems.push(...profileProblems(part.resource, profile).map((problem) => `${path}: ${problem}`));
}

function checkGroup({ name, part = [], extension = [] }: ParametersParameter, problems: string[]): void {
  const observations = part.flatMap(({ resource }) => (resource?.resourceType === 'Observation' ? [resource] : []));
  const ids = observations.map(({ id }) => id);
  if (new Set(ids).size !== ids.length) problems.push(`${name} holds an id twice`);
  for (const { derivedFrom } of observations) {
    for (const reference of asList(derivedFrom)) {
      const target = isObject(reference) ? String(reference['reference']) : '';
      if (!ids.some((id) => target === `Observation/${id}`)) problems.push(`${target} is not in its group`);
    }
  }
  if (part.some((one) => one.name === 'numerator')) {
    problems.push(...countProblems(name, part, extension));
    return;
  }
  if (name === 'haplotypes') {
    // A presence of false says that the subject has another genotype, as long as no extension says otherwise.
    const told = observations.length > 0 || extension.length > 0 || part.some((one) => one.name === 'presence');
    if (!told || extension.some(({ url }) => url !== STAR_ALLELE_CALL))
      problems.push('haplotypes has no reason for having none');
  }
  if (name !== 'variants') return;
  const [coverage, ...others] = extension;
  const values = ['covered', 'partly', 'not-covered', 'unknown'];
  if (others.length > 0 || coverage?.url !== RANGE_COVERAGE || !values.includes(coverage.valueCode ?? '')) {
    problems.push('variants does not say its coverage');
  }
}

/** Counts that contradict each other or the list of subjects. */
function countProblems(
  group: string,
  part: readonly ParametersParameter[],
  extension: readonly Extension[],
): readonly string[] {
  const value = (name: string): number => part.find((one) => one.name === name)?.valueQuantity?.value ?? Number.NaN;
  const subjects = part.flatMap(({ name, valueString }) => (name === 'subject' ? [valueString ?? ''] : []));
  const [callable, ...others] = extension;
  const problems: string[] = [];
  if (!(value('numerator') <= value('denominator'))) problems.push('counts more subjects than there are');
  if (subjects.length > 0 && subjects.length !== value('numerator'))
    problems.push('names other subjects than it counts');
  if (new Set(subjects).size !== subjects.length) problems.push('names a subject twice');
  if (subjects.join() !== [...subjects].sort().join()) problems.push('names subjects in no order');
  // What nobody can tell, such as who has no known variant of a condition, is not told.
  if (callable === undefined && group !== 'variants') return problems;
  if (others.length > 0 || callable?.url !== CALLABLE_SUBJECTS) problems.push('does not say for how many it is known');
  if (!((callable?.valueQuantity?.value ?? Number.NaN) <= value('denominator')))
    problems.push('saw more than there are');
  return problems;
}
