import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { NotFoundError } from '../genomics/errors.ts';
import type { IngestInput } from './request.ts';

/** SHA-256, as hex, of the files an input consists of. */
export interface InputDigests {
  readonly vcf: string;
  readonly studied?: string | undefined;
  readonly uncallable?: string | undefined;
}

/** SHA-256 of a file's bytes, as hex. @throws NotFoundError when it can't be read. */
export async function fileDigest(path: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  } catch (cause) {
    throw new NotFoundError(`${path} cannot be read; check the path`, undefined, { cause });
  }
  return hash.digest('hex');
}

/** Reads an input's files for their digests alone. */
export async function inputDigests({ file, studied, uncallable }: IngestInput): Promise<InputDigests> {
  return {
    vcf: await fileDigest(file),
    studied: studied === undefined ? undefined : await fileDigest(studied),
    uncallable: uncallable === undefined ? undefined : await fileDigest(uncallable),
  };
}

/** One checksum of the files' bytes and of everything said about them: equal ones give equal rows. */
export function inputChecksum(input: IngestInput, digests: InputDigests, blockQuality: number): string {
  const owners = [...(input.sampleMap ?? [])].sort(([a], [b]) => (a < b ? -1 : 1));
  const said = [
    digests.vcf,
    digests.studied ?? null,
    digests.uncallable ?? null,
    input.subject ?? null,
    input.sample ?? null,
    input.allSamples ?? false,
    owners.map(([sample, { subject, specimen, sex }]) => [sample, subject, specimen ?? null, sex ?? null]),
    input.sourceClass ?? null,
    input.sex ?? null,
    input.specimen ?? null,
    input.changeTypes === undefined ? null : [...input.changeTypes].sort(),
    blockQuality,
  ];
  return createHash('sha256').update(JSON.stringify(said)).digest('hex');
}
