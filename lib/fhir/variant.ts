import type { Annotation, CodeableConcept, Observation, ObservationComponent } from '@medplum/fhirtypes';
import { type Allele, type ChangeType, changeTypeOf, type SourceClass, trim } from '../genomics/allele.ts';
import { type Assembly, type Chromosome, sequenceOf } from '../genomics/assembly.ts';
import { describeGenomicWithin } from '../genomics/hgvs/describe.ts';
import { formatHgvs } from '../genomics/hgvs/format.ts';
import type { TranscriptChange } from '../genomics/hgvs/representative.ts';
import type { Interval } from '../genomics/interval.ts';
import { justifiedWithin } from '../genomics/same-event.ts';
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

/** What reference data tells of an allele. */
export interface KnownNames {
  /** Fully-justified interval of an insertion or deletion: gives the canonical SPDI and g. at the 3' end. */
  readonly context?: Interval | undefined;
  /** On the transcript that represents the place. */
  readonly change?: TranscriptChange | undefined;
  /** The same allele on GRCh38, of a record of GRCh37. */
  readonly canonical?: CanonicalAllele | undefined;
}

/** An allele in its canonical form: fully justified on a chromosome of GRCh38. */
export interface CanonicalAllele {
  readonly accession: string;
  readonly allele: Allele;
}

/**
 * One allele of one subject as the Variant profile has it. Positions are those of the record as reported: `low` is
 * VCF POS - 1 and `high - low` the length of REF.
 *
 * @param specimen the specimen that was sequenced, when exactly one comes into question
 * @param known without it, the names are those of the allele as stated
 * @see http://hl7.org/fhir/uv/genomics-reporting/StructureDefinition/variant
 */
export function simpleVariant(row: StoredVariant, specimen: string | undefined, known: KnownNames = {}): Observation {
  const { reportedStart0: low, ref, alt } = row;
  const allele = trim(low, ref.toUpperCase(), alt.toUpperCase());
  const components = [
    coded('codingChangeType', concept(SYSTEM.sequenceOntology, CHANGE_TYPE[changeTypeOf(allele)])),
    ...place(row),
    text('refAllele', ref),
    text('altAllele', alt),
    range('exactStartEnd', low, low + ref.length),
    ...call(row, row.allelicState),
    ...names(row, allele, known.context ?? row.normalised),
    ...canonicalName(known.canonical),
    ...onTranscript(known.change),
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

type Located = Pick<StoredVariant, 'study' | 'input' | 'subject' | 'chromosome' | keyof Interval>;

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
  allele: Allele | undefined,
  context?: Interval,
): readonly ObservationComponent[] {
  const identifiers = identifierCodings(row.ids).map((coding) => coded('variationCode', { coding: [coding] }));
  if (allele === undefined) return identifiers;
  const accession = accessionOf(row);
  const hgvs = describeGenomicWithin(accession, allele, context);
  const spdi = formatSpdi(accession, (context && justifiedWithin(allele, context)) ?? allele);
  return [
    ...(hgvs === undefined ? [] : [coded('genomicHgvs', named(SYSTEM.hgvs, formatHgvs(hgvs)))]),
    coded('variationCode', named(SYSTEM.spdi, spdi)),
    ...identifiers,
  ];
}

function canonicalName(canonical: CanonicalAllele | undefined): readonly ObservationComponent[] {
  if (canonical === undefined) return [];
  return [coded('variationCode', named(SYSTEM.spdi, formatSpdi(canonical.accession, canonical.allele)))];
}

/** The change of the representative transcript and its protein. */
function onTranscript(change: TranscriptChange | undefined): readonly ObservationComponent[] {
  if (change === undefined) return [];
  const { transcript, coding, protein, change: proteinChange } = change;
  const system = transcript.startsWith('ENS') ? SYSTEM.ensembl : SYSTEM.refSeq;
  return [
    coded('representativeCodingHgvs', named(SYSTEM.hgvs, coding)),
    coded('representativeTranscriptRefSeq', concept(system, { code: transcript })),
    ...(proteinChange === undefined ? [] : [coded('representativeProteinHgvs', named(SYSTEM.hgvs, proteinChange))]),
    ...(protein === undefined ? [] : [coded('representativeProteinRefSeq', concept(system, { code: protein }))]),
  ];
}

/** A notation is its own display; clients show it. */
function named(system: string, text: string): CodeableConcept {
  return concept(system, { code: text, display: text });
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
  Object.entries(COMPONENT).map(([name, code]) => [name, concept('system' in code ? code.system : SYSTEM.loinc, code)]),
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
