import type { Extension, ParametersParameter } from '@medplum/fhirtypes';
import { RANGE_COVERAGE } from './canonical.ts';

/** A parameter with parts, whose parts come in batches and are never all in memory. */
export interface StreamedGroup {
  readonly name: string;
  readonly part: AsyncIterable<readonly ParametersParameter[]> | Iterable<readonly ParametersParameter[]>;
  readonly extension?: readonly Extension[];
}

/** Characters after which a piece is handed on: large enough to be cheap, small enough to leave soon. */
const PIECE = 16_384;

/**
 * The JSON text of a Parameters resource, in pieces. Nothing is yielded before a piece is full or all is said, so a
 * failure of the first read comes before the first piece. A later failure is thrown on, leaving JSON that can't parse.
 */
export async function* parametersText(
  groups: AsyncIterable<StreamedGroup> | Iterable<StreamedGroup>,
): AsyncGenerator<string> {
  let text = '{"resourceType":"Parameters"';
  let empty = true;
  for await (const { name, part, extension = [] } of groups) {
    // FHIR has no empty arrays: without a group there is no `parameter`.
    text += `${empty ? ',"parameter":[' : ','}{"name":${JSON.stringify(name)}`;
    empty = false;
    let first = true;
    for await (const batch of part) {
      for (const one of batch) {
        text += `${first ? ',"part":[' : ','}${JSON.stringify(one)}`;
        first = false;
        if (text.length >= PIECE) {
          yield text;
          text = '';
        }
      }
    }
    if (!first) text += ']';
    if (extension.length > 0) text += `,"extension":${JSON.stringify(extension)}`;
    text += '}';
  }
  yield `${text}${empty ? '' : ']'}}`;
}

/**
 * The JSON text of a Parameters resource without groups, in pieces: as {@link parametersText}, but the parameters stand
 * by themselves.
 */
export async function* flatParametersText(
  batches: AsyncIterable<readonly ParametersParameter[]>,
): AsyncGenerator<string> {
  let text = '{"resourceType":"Parameters"';
  let empty = true;
  for await (const batch of batches) {
    for (const one of batch) {
      text += `${empty ? ',"parameter":[' : ','}${JSON.stringify(one)}`;
      empty = false;
      if (text.length >= PIECE) {
        yield text;
        text = '';
      }
    }
  }
  yield `${text}${empty ? '' : ']'}}`;
}

/** The extension that says how much of a range the subject's tests could have seen. */
export function rangeCoverage(value: string): Extension {
  return { url: RANGE_COVERAGE, valueCode: value };
}
