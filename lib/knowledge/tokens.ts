import { KNOWLEDGE_SYSTEM } from './systems.ts';

/** A code with its system, or a word. */
export interface CodeToken {
  readonly system?: string;
  readonly code: string;
}

const icd10 = 'http://hl7.org/fhir/sid/icd-10-cm';
const { medGen, omim, mondo, orphanet, hpo, mesh, diseaseOntology, rxNorm, ncit, drugBank, pharmGkb } =
  KNOWLEDGE_SYSTEM;

/** What clients call the systems of knowledge beside the URIs used here, in lower case without a last slash. */
const CALLED: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.values(KNOWLEDGE_SYSTEM).map((uri) => [uri.toLowerCase(), uri])),
  'http://www.ncbi.nlm.nih.gov/medgen': medGen,
  'http://ncbi.nlm.nih.gov/medgen': medGen,
  'https://www.omim.org': omim,
  'https://omim.org': omim,
  'http://omim.org': omim,
  'http://purl.obolibrary.org/obo/mondo': mondo,
  'https://purl.obolibrary.org/obo/mondo.owl': mondo,
  'https://monarchinitiative.org': mondo,
  'https://www.orpha.net': orphanet,
  'http://www.orpha.net/ordo': orphanet,
  'http://purl.obolibrary.org/obo/hp.owl': hpo,
  'http://purl.obolibrary.org/obo/hp': hpo,
  'http://human-phenotype-ontology.github.io': hpo,
  'https://hpo.jax.org': hpo,
  'http://www.nlm.nih.gov/mesh': mesh,
  'https://meshb.nlm.nih.gov': mesh,
  'http://www.disease-ontology.org': diseaseOntology,
  'http://disease-ontology.org': diseaseOntology,
  'https://www.disease-ontology.org': diseaseOntology,
  'http://purl.obolibrary.org/obo/doid.owl': diseaseOntology,
  'https://www.nlm.nih.gov/research/umls/rxnorm': rxNorm,
  'urn:oid:2.16.840.1.113883.6.88': rxNorm,
  'http://hl7.org/fhir/sid/icd-10': icd10,
  'http://hl7.org/fhir/sid/icd-10-us': icd10,
  'https://ncithesaurus.nci.nih.gov': ncit,
  'http://ncit.nci.nih.gov': ncit,
  'http://ncimeta.nci.nih.gov': ncit,
  'https://ncit.nci.nih.gov': ncit,
  'http://purl.obolibrary.org/obo/ncit.owl': ncit,
  'https://www.drugbank.ca': drugBank,
  'http://www.drugbank.ca': drugBank,
  'http://www.pharmgkb.org': pharmGkb,
  'https://www.clinpgx.org': pharmGkb,
  'https://www.pharmvar.org': KNOWLEDGE_SYSTEM.pharmVar,
};

/** Codes that are written with and without their prefix. */
const PREFIX: Readonly<Record<string, string>> = {
  [mondo]: 'MONDO',
  [hpo]: 'HP',
  [diseaseOntology]: 'DOID',
};

/**
 * A token as stored terms are compared: its system by the URI used here, its code with the prefix that the system's
 * codes have, or with ICD-10's dot. Systems that are not known stay as they are.
 */
export function storedToken({ system, code }: CodeToken): CodeToken {
  if (system === undefined) return { code };
  const known = CALLED[system.toLowerCase().replace(/\/$/, '')] ?? system;
  return { system: known, code: storedCode(known, code) };
}

function storedCode(system: string, code: string): string {
  if (system === icd10)
    return code
      .toUpperCase()
      .replace('.', '')
      .replace(/^(.{3})(?=.)/, '$1.');
  if (system === orphanet) return code.replace(/^ORPHA:?/i, '');
  const prefix = PREFIX[system];
  if (prefix === undefined) return code;
  const bare = code.replace(new RegExp(`^${prefix}[:_]`, 'i'), '');
  return `${prefix}:${bare}`;
}
