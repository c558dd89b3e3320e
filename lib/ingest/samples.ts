import { InvalidInputError, NotFoundError } from '../genomics/errors.ts';
import type { Sex } from '../genomics/study.ts';
import { quoted } from './fault.ts';
import type { IngestInput, SampleOwner } from './request.ts';

/** A sample column that is taken, and whose it is. */
export interface TakenSample extends SampleOwner {
  readonly sample: string;
  /** 0-based place among the sample columns; undefined for a file without samples. */
  readonly column: number | undefined;
}

/** Samples taken from a file, in ascending order of subject id: a sample's place is its subject's index. */
export interface TakenSamples {
  readonly samples: readonly TakenSample[];
  /** Subject index by sample column, -1 for columns that are not taken. */
  readonly wanted: Int32Array;
  readonly sexes: readonly (Sex | undefined)[];
}

/** FHIR's id. */
const SUBJECT = /^[A-Za-z0-9\-.]{1,64}$/;

/** @throws InvalidInputError unless the text may be a subject's id. */
export function checkSubject(subject: string, where: string): void {
  if (SUBJECT.test(subject)) return;
  const hint = 'an id has 1 to 64 of A-Z, a-z, 0-9, - and . ; give other names with --sample-map';
  throw new InvalidInputError(`${where}: ${quoted(subject)} cannot be a subject id: ${hint}`);
}

/**
 * Chooses the sample columns of a file.
 *
 * @throws NotFoundError when a wanted sample is not there; InvalidInputError when the choice is not clear, an id is no
 * id, or two samples would be one subject.
 */
export function takeSamples(file: string, input: IngestInput, columns: readonly string[]): TakenSamples {
  const taken = input.allSamples === true ? everySample(file, input, columns) : [oneSample(file, input, columns)];
  for (const { subject } of taken) checkSubject(subject, file);
  const samples = taken.sort((a, b) => (a.subject < b.subject ? -1 : a.subject > b.subject ? 1 : 0));
  const twice = samples.find(({ subject }, index) => samples[index - 1]?.subject === subject);
  if (twice !== undefined) {
    throw new InvalidInputError(
      `${file}: two samples belong to subject ${quoted(twice.subject)}; ingest them one by one`,
    );
  }
  const wanted = new Int32Array(columns.length).fill(-1);
  for (const [index, { column }] of samples.entries()) if (column !== undefined) wanted[column] = index;
  return { samples, wanted, sexes: samples.map(({ sex }) => sex) };
}

function oneSample(file: string, input: IngestInput, columns: readonly string[]): TakenSample {
  const { subject, sample, sex, specimen } = input;
  if (subject === undefined) throw new InvalidInputError(`${file}: name a --subject, or take --all-samples`);
  const owner = { subject, ...(sex === undefined ? {} : { sex }), ...(specimen === undefined ? {} : { specimen }) };
  if (sample !== undefined) {
    const column = columns.indexOf(sample);
    if (column < 0) throw new NotFoundError(`${file}: no sample ${quoted(sample)}; it has ${listed(columns)}`);
    return { ...owner, sample, column };
  }
  if (columns.length > 1) {
    throw new InvalidInputError(
      `${file}: ${columns.length} samples; choose one with --sample (${listed(columns)}), or take --all-samples`,
    );
  }
  const [only] = columns;
  return only === undefined ? { ...owner, sample: '', column: undefined } : { ...owner, sample: only, column: 0 };
}

function everySample(file: string, input: IngestInput, columns: readonly string[]): TakenSample[] {
  if (input.subject !== undefined || input.sample !== undefined) {
    throw new InvalidInputError(`${file}: --all-samples goes with neither --subject nor --sample`);
  }
  if (columns.length === 0) throw new InvalidInputError(`${file}: --all-samples, but the file has no sample columns`);
  return columns.map((sample, column) => {
    const owner = input.sampleMap === undefined ? { subject: sample } : input.sampleMap.get(sample);
    if (owner === undefined) throw new NotFoundError(`${file}: sample ${quoted(sample)} is not in the sample map`);
    return { ...owner, sample, column };
  });
}

function listed(columns: readonly string[]): string {
  if (columns.length === 0) return 'none';
  const shown = columns.slice(0, 5).join(', ');
  return columns.length > 5 ? `${shown} and ${columns.length - 5} more` : shown;
}
