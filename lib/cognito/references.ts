/** FHIR's `id`. @see https://hl7.org/fhir/R4/datatypes.html#id */
const ID = /^[A-Za-z0-9\-.]{1,64}$/;

/** Who a person is in FHIR; `fhirUser` of SMART allows these types. */
const PERSON_TYPES = ['Patient', 'Practitioner', 'PractitionerRole', 'RelatedPerson', 'Person'] as const;

export interface PersonReference {
  readonly type: (typeof PERSON_TYPES)[number];
  readonly id: string;
  /** Base of the server that holds the person, ending in `/`; empty for this server. */
  readonly base: string;
}

export function isFhirId(text: string): boolean {
  return ID.test(text);
}

/** Reads `Practitioner/dr1` or its absolute form; undefined when it is no reference to a person. */
export function personOf(text: string, fhirBase: string): PersonReference | undefined {
  const [, base = '', type, id] = /^(https?:\/\/\S+\/)?([A-Za-z]+)\/([^/\s]+)$/.exec(text) ?? [];
  const known = PERSON_TYPES.find((one) => one === type);
  if (known === undefined || id === undefined || !isFhirId(id)) return undefined;
  return { type: known, id, base: base === `${fhirBase}/` ? '' : base };
}

export function isSamePerson(one: PersonReference, other: PersonReference): boolean {
  return one.type === other.type && one.id === other.id && one.base === other.base;
}
