import type { AccessContext } from '../operations/access.ts';

/** Someone who can sign in to the development authorization server. Nobody is described: the people are invented. */
export interface Person {
  readonly id: string;
  readonly name: string;
  /** In words, for the sign-in page. */
  readonly role: string;
  /** FHIR reference without its base, such as `Practitioner/dev-clinician`. */
  readonly fhirUser: string;
  /** Scopes of which contexts this person may be granted. */
  readonly contexts: readonly Exclude<AccessContext, 'system'>[];
  /** Subject id of the person's own record; a person with one opens no other. */
  readonly patient?: string;
}

/** A record that the EHR page and the patient picker offer. */
export interface Chart {
  /** Subject id. */
  readonly subject: string;
  /** What it is there to show. */
  readonly note: string;
}

const STAFF: readonly Person[] = [
  {
    id: 'dev-clinician',
    name: 'Dr. Robin Example',
    role: 'clinician: opens any record, one at a time',
    fhirUser: 'Practitioner/dev-clinician',
    contexts: ['patient', 'user'],
  },
  {
    id: 'dev-analyst',
    name: 'Kim Example',
    role: 'analyst: counts in the population, opens no record',
    fhirUser: 'Practitioner/dev-analyst',
    contexts: ['user'],
  },
];

const DEMO_PATIENTS: readonly Person[] = [
  {
    id: 'demo-cyp2c19',
    name: 'Cleo Demo',
    role: 'patient: opens her own record, demo-cyp2c19',
    fhirUser: 'Patient/demo-cyp2c19',
    contexts: ['patient'],
    patient: 'demo-cyp2c19',
  },
  {
    id: 'demo-hereditary-cancer',
    name: 'Hana Demo',
    role: 'patient: opens her own record, demo-hereditary-cancer',
    fhirUser: 'Patient/demo-hereditary-cancer',
    contexts: ['patient'],
    patient: 'demo-hereditary-cancer',
  },
];

/** The demo cohort as docs/demo.md describes it, a few words each. */
const DEMO_CHARTS: readonly Chart[] = [
  { subject: 'demo-cyp2c19', note: 'Pharmacogene panel: CYP2C19 *2 and *17, TPMT *3A, NUDT15, UGT1A1' },
  { subject: 'demo-hereditary-cancer', note: 'Hereditary cancer panel: BRCA1 without exon 3; PMS2 partly uncallable' },
  { subject: 'demo-carrier', note: 'Carrier screen in two assemblies, 2015 and 2024' },
  { subject: 'demo-xlinked', note: 'G6PD and a DMD duplication of a male' },
  { subject: 'demo-mito', note: 'Mitochondrial genome, heteroplasmic and homoplasmic' },
  { subject: 'demo-lung', note: 'Lung tumour: EGFR T790M, C797S and L858R' },
  { subject: 'demo-melanoma', note: 'Melanoma, tumour and blood: BRAF V600E' },
  { subject: 'demo-cml', note: 'Leukaemia: BCR-ABL1 and ABL1 T315I' },
  { subject: 'demo-alk', note: 'EML4-ALK fusion and ALK L1196M' },
  { subject: 'demo-structural', note: 'Structural variants of GRCh37' },
  { subject: 'demo-gvcf', note: 'gVCF of CYP2C19 with stretches that cannot be called' },
  { subject: 'demo-negative', note: 'A test that found nothing: CFTR and HBB' },
  { subject: 'demo-registered', note: 'Registered, without any test' },
];

/** Who can sign in, and which records are offered by name. */
export interface Directory {
  readonly people: readonly Person[];
  readonly charts: readonly Chart[];
}

/** The directory of a server with or without the demo cohort. */
export function directoryOf(demo: boolean): Directory {
  return demo ? { people: [...STAFF, ...DEMO_PATIENTS], charts: DEMO_CHARTS } : { people: STAFF, charts: [] };
}

/** The person of an id; undefined when nobody has it. */
export function personOf({ people }: Directory, id: string | undefined): Person | undefined {
  return people.find((person) => person.id === id);
}
