import type { Annotation, CodeableConcept, Observation, ObservationComponent } from '@medplum/fhirtypes';
import { type ChangeType, changeTypeOf, type SourceClass, trim } from '../genomics/allele.ts';
import { type Assembly, type Chromosome, sequenceOf } from '../genomics/assembly.ts';
import { formatGenomicHgvs } from '../genomics/hgvs/genomic.ts';
import type { Interval } from '../genomics/interval.ts';
import { formatSpdi } from '../genomics/spdi.ts';
import type { StudyInput } from '../genomics/study.ts';
import type { Call, Provenance, StoredStructuralVariant, StoredVariant } from '../genomics/variant.ts';
import {
  ALLELIC_STATE,
  ASSEMBLY,
  CHANGE_TYPE,
  COMPONENT,
  chromosomeCode,
  concept,
  INTERVAL_COUNTING,
  identifierCodings,
  PRESENT,
  SOURCE_CLASS,
  SYSTEM,
} from './codes.ts';
import { contentId } from './content-id.ts';
import { finding } from './finding.ts';

/**
 * One allele of one subject as the Variant profile has it. Positions are those of the record as reported: `low` is
 * VCF POS - 1 and `high - low` the length of REF.
 *
 * @param specimen the specimen that was sequenced, when exactly one comes into question
 * @see http://hl7.org/fhir/uv/genomics-reporting/StructureDefinition/variant
 */
export function simpleVariant(row: StoredVariant, specimen: string | undefined): Observation {
  const { reportedStart0: low, ref, alt } = row;
  const allele = trim(low, ref.toUpperCase(), alt.toUpperCase());
  const components = [
    coded('codingChangeType', concept(SYSTEM.sequenceOntology, CHANGE_TYPE[changeTypeOf(allele)])),
    ...place(row),
    text('refAllele', ref),
    text('altAllele', alt),
    range('exactStartEnd', low, low + ref.length),
    ...call(row, row.allelicState),
    ...names(row, allele),
  ];
  return variant(row, specimen, identity(row, specimen), components);
}

/** Changes whose allelic state the Implementation Guide reports. */
const WITH_STATE: ReadonlySet<ChangeType> = new Set(['DEL', 'DUP', 'INS', 'INV', 'DELINS']);

/**
 * One structural variant of one subject as the Variant profile has it. Its place is always stated as outer and inner
 * bounds, equal where the record is precise; the exact start and end belong to the simple operations.
 *
 * @param specimen the specimen that was sequenced, when exactly one comes into question
 */
export function structuralVariant(row: StoredStructuralVariant, specimen: string | undefined): Observation {
  const { reportedStart0, ref, alt, outer, inner, changeType, copyNumber } = row;
  const stated = SEQUENCE.test(alt) && SEQUENCE.test(ref);
  const germline = inputOf(row).sourceClass !== 'somatic';
  const components = [
    coded('codingChangeType', concept(SYSTEM.sequenceOntology, CHANGE_TYPE[changeType])),
    ...place(row),
    ...(stated ? [text('refAllele', ref), text('altAllele', alt)] : []),
    range('outerStartEnd', outer.start0, outer.end0),
    ...(inner === undefined ? [] : [range('innerStartEnd', inner.start0, inner.end0)]),
    ...call(row, germline && WITH_STATE.has(changeType) ? row.allelicState : undefined),
    ...(copyNumber === undefined ? [] : [quantity('copyNumber', copyNumber)]),
    ...names(row, stated ? trim(reportedStart0, ref.toUpperCase(), alt.toUpperCase()) : undefined),
  ];
  const { svLength, mate, imprecise } = row;
  const content = [outer, inner, imprecise, changeType, copyNumber, svLength, mate];
  return {
    ...variant(row, specimen, [...identity(row, specimen), row.start0, row.end0, ...content], components),
    ...(stated ? {} : { note: [asReported(row)] }),
  };
}

const SEQUENCE = /^[ACGTN]+$/i;

/** What no component of the profile holds: the symbolic allele, its length and the other breakpoint. */
function asReported({ alt, svLength, mate, imprecise }: StoredStructuralVariant): Annotation {
  const facts = [
    `ALT ${alt}`,
    ...(svLength === undefined ? [] : [`SVLEN ${svLength}`]),
    ...(mate === undefined ? [] : [`other breakpoint ${mate.contig}:${mate.start0} (0-based)`]),
    ...(imprecise ? ['bounds imprecise'] : []),
  ];
  return { text: `As reported in the VCF: ${facts.join('; ')}` };
}

type Located = Provenance & Interval & { readonly chromosome: Chromosome };

function variant(
  row: Located,
  specimen: string | undefined,
  identity: readonly unknown[],
  component: ObservationComponent[],
): Observation {
  return {
    ...finding('variant', contentId('v', identity), row, specimen),
    valueCodeableConcept: concept(SYSTEM.loinc, PRESENT),
    component,
  };
}

/** Everything that makes a row itself, so that equal data has equal ids in every answer and after re-ingest. */
function identity(row: StoredVariant | StoredStructuralVariant, specimen: string | undefined): readonly unknown[] {
  const { genotype, allelicState, phaseSet, haplotypes, alleleDepth, depth, alleleFraction } = row;
  return [
    row.kind,
    row.study.id,
    row.subject,
    accessionOf(row),
    row.reportedStart0,
    row.ref,
    row.alt,
    row.ids,
    inputOf(row).sourceClass,
    specimen,
    ...[genotype, allelicState, phaseSet, haplotypes, alleleDepth, depth, alleleFraction],
  ];
}

function place(row: Located): readonly ObservationComponent[] {
  const chromosome = chromosomeCode(row.chromosome);
  return [
    coded('genomicRefSeq', concept(SYSTEM.refSeq, { code: accessionOf(row) })),
    coded('referenceSequenceAssembly', concept(SYSTEM.loinc, ASSEMBLY[row.study.assembly])),
    ...(chromosome === undefined ? [] : [coded('chromosomeIdentifier', concept(SYSTEM.loinc, chromosome))]),
    coded('coordinateSystem', concept(SYSTEM.loinc, INTERVAL_COUNTING)),
  ];
}

function call(row: Call & Provenance, state: Call['allelicState']): readonly ObservationComponent[] {
  const sourceClass: SourceClass | undefined = inputOf(row).sourceClass;
  const { alleleFraction, alleleDepth } = row;
  return [
    ...(sourceClass === undefined
      ? []
      : [coded('genomicSourceClass', concept(SYSTEM.loinc, SOURCE_CLASS[sourceClass]))]),
    ...(state === undefined ? [] : [coded('allelicState', concept(SYSTEM.loinc, ALLELIC_STATE[state]))]),
    ...(alleleFraction === undefined ? [] : [quantity('sampleAllelicFrequency', alleleFraction)]),
    ...(alleleDepth === undefined ? [] : [quantity('allelicReadDepth', alleleDepth)]),
  ];
}

/** Genomic HGVS, SPDI and the identifiers of the ID column. */
function names(
  row: Located & { readonly ids?: string },
  allele: ReturnType<typeof trim> | undefined,
): readonly ObservationComponent[] {
  const identifiers = identifierCodings(row.ids).map((coding) => coded('variationCode', { coding: [coding] }));
  if (allele === undefined) return identifiers;
  const accession = accessionOf(row);
  const hgvs = formatGenomicHgvs(accession, row.chromosome.startsWith('MT') ? 'm' : 'g', allele);
  const spdi = formatSpdi(accession, allele);
  return [
    ...(hgvs === undefined ? [] : [coded('genomicHgvs', concept(SYSTEM.hgvs, { code: hgvs, display: hgvs }))]),
    coded('variationCode', concept(SYSTEM.spdi, { code: spdi, display: spdi })),
    ...identifiers,
  ];
}

function inputOf({ study, input }: Provenance): StudyInput {
  const found = study.inputs[input];
  if (found === undefined) throw new Error(`study ${study.id} has no input ${input}`);
  return found;
}

function accessionOf({ study, chromosome }: { study: { assembly: Assembly }; chromosome: Chromosome }): string {
  const sequence = sequenceOf(study.assembly, chromosome);
  if (sequence === undefined) throw new Error(`${study.assembly} has no chromosome ${chromosome}`);
  return sequence.accession;
}

type ComponentName = keyof typeof COMPONENT;

/** Made once: a whole chromosome's answer holds millions of components. */
const CODE = Object.fromEntries(
  Object.entries(COMPONENT).map(([name, code]) => [name, concept(SYSTEM.loinc, code)]),
) as Readonly<Record<ComponentName, CodeableConcept>>;

function coded(name: ComponentName, value: CodeableConcept): ObservationComponent {
  return { code: CODE[name], valueCodeableConcept: value };
}

function text(name: ComponentName, value: string): ObservationComponent {
  return { code: CODE[name], valueString: value };
}

function range(name: ComponentName, low: number, high: number): ObservationComponent {
  return { code: CODE[name], valueRange: { low: { value: low }, high: { value: high } } };
}

/** A dimensionless number. Stored as 32-bit floats, fractions have seven digits; more would be noise. */
function quantity(name: ComponentName, value: number): ObservationComponent {
  const rounded = Number.isInteger(value) ? value : Number(value.toPrecision(6));
  return {
    code: CODE[name],
    valueQuantity: { value: rounded, system: SYSTEM.ucum, code: '1' },
  };
}
