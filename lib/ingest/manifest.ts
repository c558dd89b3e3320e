import { dirname, resolve } from 'node:path';
import { CHANGE_TYPES, type ChangeType, type SourceClass } from '../genomics/allele.ts';
import { ASSEMBLIES, type Assembly } from '../genomics/assembly.ts';
import { type CsvRow, readCsv } from './csv.ts';
import { fault, type Place, quoted } from './fault.ts';
import type { IngestInput, IngestRequest } from './request.ts';
import { sexOf } from './sample-map.ts';
import { checkSubject } from './samples.ts';

const COLUMNS = [
  'file',
  'subject',
  'sample',
  'assembly',
  'test_id',
  'test_date',
  'specimen_id',
  'source_class',
  'studied',
  'uncallable',
  'change_types',
  'sex',
];

/**
 * Reads a manifest into one request per study: rows with equal subject, test and assembly (for `sample` = `*`: equal
 * test and assembly) are files of one study. Paths are relative to the manifest.
 *
 * @throws InvalidInputError naming file and line.
 */
export async function readManifest(
  path: string,
  mode: IngestRequest['mode'] = 'create',
): Promise<readonly IngestRequest[]> {
  const studies = new Map<string, { readonly place: Place; readonly request: IngestRequest }>();
  for (const row of await readCsv(path, COLUMNS)) {
    const request = requestOf(row, dirname(path), mode);
    const [input] = request.inputs;
    const key = JSON.stringify([input?.subject ?? null, request.testId, request.assembly]);
    const earlier = studies.get(key);
    if (earlier === undefined) {
      studies.set(key, { place: row.place, request });
      continue;
    }
    if (earlier.request.testDate !== request.testDate) {
      const date = earlier.request.testDate;
      throw fault(
        row.place,
        `test_date ${request.testDate}, but line ${earlier.place.line} says ${date} of the same test`,
      );
    }
    const inputs = [...earlier.request.inputs, ...request.inputs];
    studies.set(key, { place: earlier.place, request: { ...earlier.request, inputs } });
  }
  return [...studies.values()].map(({ request }) => request);
}

function requestOf({ place, values }: CsvRow, folder: string, mode: IngestRequest['mode']): IngestRequest {
  const required = (column: string): string => {
    const value = values[column];
    if (value === undefined) throw fault(place, `${column} is missing`);
    return value;
  };
  const optional = <Name extends string, Value>(name: Name, value: Value | undefined) =>
    (value === undefined ? {} : { [name]: value }) as { readonly [K in Name]?: Value };
  const pathOf = (column: string): string | undefined => {
    const value = values[column];
    return value === undefined ? undefined : resolve(folder, value);
  };
  const all = values['sample'] === '*';
  if (all && values['subject'] !== undefined) throw fault(place, 'sample * takes every sample: leave subject empty');
  const subject = all ? undefined : required('subject');
  if (subject !== undefined) checkSubject(subject, `${place.file}, line ${place.line}`);
  const input: IngestInput = {
    file: resolve(folder, required('file')),
    ...(all ? { allSamples: true } : optional('sample', values['sample'])),
    ...optional('subject', subject),
    ...optional('specimen', values['specimen_id']),
    ...optional('sourceClass', sourceClassOf(place, values['source_class'])),
    ...optional('studied', pathOf('studied')),
    ...optional('uncallable', pathOf('uncallable')),
    ...optional('changeTypes', changeTypesOf(place, values['change_types'])),
    ...optional('sex', sexOf(place, values['sex'])),
  };
  return {
    assembly: assemblyOf(place, required('assembly')),
    testId: required('test_id'),
    testDate: required('test_date'),
    mode,
    inputs: [input],
  };
}

function assemblyOf(place: Place, text: string): Assembly {
  const assembly = ASSEMBLIES.find((known) => known === text);
  if (assembly === undefined) throw fault(place, `assembly ${quoted(text)} is neither ${ASSEMBLIES.join(' nor ')}`);
  return assembly;
}

/** @throws InvalidInputError naming file and line. */
export function sourceClassOf(place: Place, text: string | undefined): SourceClass | undefined {
  if (text === undefined || text === 'germline' || text === 'somatic') return text;
  throw fault(place, `source_class ${quoted(text)} is neither germline nor somatic; leave it empty when unknown`);
}

/** `SNV,DEL` (the value quoted) or `SNV;DEL`. */
function changeTypesOf(place: Place, text: string | undefined): readonly ChangeType[] | undefined {
  return text?.split(/[,;\s]+/).map((name) => {
    const type = CHANGE_TYPES.find((known) => known === name);
    if (type === undefined) throw fault(place, `change type ${quoted(name)} is none of ${CHANGE_TYPES.join(', ')}`);
    return type;
  });
}
