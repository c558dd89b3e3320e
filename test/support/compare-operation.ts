import type { OperationDefinition, OperationDefinitionParameter } from '@medplum/fhirtypes';
import { profileUrl } from '../../lib/fhir/canonical.ts';
import type { OperationRow, OutputRow, ParameterRow } from '../../lib/operations/row.ts';

const PROFILE = 'http://hl7.org/fhir/StructureDefinition/operationdefinition-profile';

/**
 * The guide names the wrong profile here: its own documentation of the parameter demands a sequence phase
 * relationship, which can't conform to the variant profile.
 */
const PUBLISHED_SLIPS: Readonly<Record<string, string>> = {
  'find-subject-variants out variants.sequencePhaseRelationship': profileUrl('sequence-phase-relationship'),
};

/** What a definition says of one parameter, apart from its words. */
interface Facts {
  readonly min: number | undefined;
  readonly max: string | undefined;
  readonly type: string | undefined;
  readonly searchType: string | undefined;
  readonly profile: string | undefined;
}

/** Where an operation row and a published OperationDefinition differ: names, order, cardinality, types and profiles. */
export function differences(row: OperationRow, published: OperationDefinition): readonly string[] {
  const ours = new Map([...rowFacts('in', row.in), ...rowFacts('out', row.out)]);
  const theirs = new Map(publishedFacts(row.code, published.parameter ?? []));
  const problems: string[] = [];
  if (row.code !== published.id) problems.push(`code is ${row.code}, published id ${published.id}`);
  if (row.name !== published.name) problems.push(`name is ${row.name}, published ${published.name}`);
  if (row.title !== published.title) problems.push(`title is ${row.title}, published ${published.title}`);
  for (const name of theirs.keys()) if (!ours.has(name)) problems.push(`${name} is missing`);
  for (const [name, facts] of ours) {
    const wanted = theirs.get(name);
    if (wanted === undefined) problems.push(`${name} is not published`);
    else if (JSON.stringify(facts) !== JSON.stringify(wanted)) {
      problems.push(`${name} is ${JSON.stringify(facts)}, published ${JSON.stringify(wanted)}`);
    }
  }
  if (problems.length === 0 && [...ours.keys()].join() !== [...theirs.keys()].join())
    problems.push('the order differs');
  return problems;
}

function rowFacts(
  prefix: string,
  parameters: Readonly<Record<string, ParameterRow | OutputRow>>,
): readonly (readonly [string, Facts])[] {
  return Object.entries(parameters).flatMap(([name, one]) => {
    const path = prefix === 'in' || prefix === 'out' ? `${prefix} ${name}` : `${prefix}.${name}`;
    const { min, max, type } = one;
    const profile = 'profile' in one && one.profile !== undefined ? profileUrl(one.profile) : undefined;
    const searchType = 'searchType' in one ? one.searchType : undefined;
    const parts = 'part' in one && one.part !== undefined ? rowFacts(path, one.part) : [];
    return [[path, { min, max, type, searchType, profile }] as const, ...parts];
  });
}

function publishedFacts(
  code: string,
  parameters: readonly OperationDefinitionParameter[],
  prefix?: string,
): readonly (readonly [string, Facts])[] {
  return parameters.flatMap((one) => {
    const path = prefix === undefined ? `${one.use} ${one.name}` : `${prefix}.${one.name}`;
    const { min, max, type, searchType } = one;
    const stated = one.extension?.find(({ url }) => url === PROFILE)?.valueUri;
    const profile = PUBLISHED_SLIPS[`${code} ${path}`] ?? stated;
    return [[path, { min, max, type, searchType, profile }] as const, ...publishedFacts(code, one.part ?? [], path)];
  });
}
