import {
  inputsBySpecimen,
  type Study,
  type StudyInput,
  type StudySample,
  statesConsequences,
} from '../../genomics/study.ts';
import type { CohortFile, InputFacts, Manifest, StudyProfile } from './generation.ts';
import { SCHEMA_VERSION } from './generation.ts';
import type { CompactionPlan } from './plan.ts';
import type { RunMember } from './runs.ts';

/** A panel of regions by its number; `isNew` for the one input whose rows become it. */
export interface PanelNumber {
  readonly panel: number;
  readonly isNew: boolean;
}

/** Numbers the studies, members and panels of a generation. */
export interface Roster {
  nextStudy(): number;
  /** Numbers of panels by `study/input`, from their digests. */
  panels(digests: ReadonlyMap<string, string>): ReadonlyMap<string, PanelNumber>;
  /** Takes a study in. @returns its members; erased subjects have no number */
  add(
    study: Study,
    number: number,
    subjects: readonly (readonly [string, readonly StudySample[]])[],
    erased: ReadonlySet<string>,
    panels: ReadonlyMap<string, PanelNumber>,
  ): readonly RunMember[];
  manifest(files: readonly CohortFile[]): Manifest;
  counts(): { readonly studies: number; readonly subjects: number };
}

interface Member {
  readonly number: number;
  readonly subject: string;
  readonly study: number;
  readonly inputs: number;
}

/** Starts with what the last generation holds and the new one keeps. */
export function openRoster({ before, gone, removed, generation }: CompactionPlan): Roster {
  const next = { ...(before?.next ?? { member: 0, study: 0, panel: 0 }) };
  const profiles = interning<StudyProfile>(before?.profiles ?? []);
  const inputSets = interning<readonly (readonly number[])[]>(before?.inputSets ?? []);
  const left = new Set(removed.panels);
  const panelNumbers = new Map(
    Object.entries(before?.panels ?? {}).flatMap(([number, digest]) =>
      left.has(Number(number)) ? [] : [[digest, Number(number)] as const],
    ),
  );
  const studies: { number: number; id: string; version: number; profile: number }[] = [];
  const members: Member[] = [];
  if (before !== undefined) keep(before);

  function keep(from: Manifest): void {
    const [goneStudies, removedMembers] = [new Set(gone), new Set(removed.members)];
    const places = new Map<number, number>();
    from.studies.id.forEach((id, place) => {
      if (goneStudies.has(place)) return;
      places.set(place, studies.length);
      const { number, version, profile } = from.studies;
      studies.push({
        number: number[place] as number,
        id,
        version: version[place] as number,
        profile: profile[place] as number,
      });
    });
    from.members.number.forEach((number, i) => {
      const study = places.get(from.members.study[i] as number);
      if (study === undefined || removedMembers.has(number)) return;
      members.push({
        number,
        subject: from.members.subject[i] as string,
        study,
        inputs: from.members.inputs[i] as number,
      });
    });
  }

  return {
    nextStudy: () => next.study++,

    panels(digests) {
      return new Map(
        [...digests].map(([name, digest]): [string, PanelNumber] => {
          const known = panelNumbers.get(digest);
          if (known !== undefined) return [name, { panel: known, isNew: false }];
          const panel = next.panel++;
          panelNumbers.set(digest, panel);
          return [name, { panel, isNew: true }];
        }),
      );
    },

    add(study, number, subjects, erased, panels) {
      const inputs = study.inputs.map((input, place) => factsOf(input, panels.get(`${number}/${place}`)?.panel));
      const place = studies.length;
      const profile = profiles.numberOf({ assembly: study.assembly, inputs });
      studies.push({ number, id: study.id, version: study.version, profile });
      return subjects.map(([subject, samples]) => {
        if (erased.has(subject)) return { study: number, subject, member: undefined };
        const set = inputSets.numberOf(inputsBySpecimen(samples));
        const member = next.member++;
        members.push({ number: member, subject, study: place, inputs: set });
        return { study: number, subject, member };
      });
    },

    manifest(files) {
      members.sort((a, b) => (a.subject < b.subject ? -1 : a.subject > b.subject ? 1 : a.number - b.number));
      return {
        schemaVersion: SCHEMA_VERSION,
        generation,
        next,
        profiles: profiles.values,
        panels: Object.fromEntries([...panelNumbers].map(([digest, panel]) => [panel, digest])),
        studies: {
          number: studies.map((one) => one.number),
          id: studies.map((one) => one.id),
          version: studies.map((one) => one.version),
          profile: studies.map((one) => one.profile),
        },
        inputSets: inputSets.values,
        members: {
          number: members.map((one) => one.number),
          subject: members.map((one) => one.subject),
          study: members.map((one) => one.study),
          inputs: members.map((one) => one.inputs),
        },
        files,
      };
    },

    counts: () => ({ studies: studies.length, subjects: new Set(members.map(({ subject }) => subject)).size }),
  };
}

/** What decides which questions an input answers and what it could have seen. */
export function factsOf(input: StudyInput, panel?: number): InputFacts {
  const { sourceClass, changeTypes, studiedRegions, referenceBlocks } = input;
  return {
    ...(sourceClass === undefined ? {} : { sourceClass }),
    ...(changeTypes === undefined ? {} : { changeTypes }),
    stated: studiedRegions || referenceBlocks,
    annotated: statesConsequences(input),
    ...(panel === undefined ? {} : { panel }),
  };
}

/** Numbers equal values once. */
function interning<T>(from: readonly T[]): { readonly values: readonly T[]; numberOf(value: T): number } {
  const values = [...from];
  const numbers = new Map(values.map((value, number) => [JSON.stringify(value), number]));
  return {
    values,
    numberOf(value) {
      const name = JSON.stringify(value);
      const known = numbers.get(name);
      if (known !== undefined) return known;
      numbers.set(name, values.length);
      return values.push(value) - 1;
    },
  };
}
