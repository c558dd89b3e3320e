import type { HlaNomenclature } from '../genomics/hla/nomenclature.ts';
import { HLA, NOMENCLATURE, type NomenclaturePayload, nomenclatureOf } from '../knowledge/hla/release.ts';
import type { Knowledge } from './ports.ts';

// 40,000 names are sorted once for each release, not for each request.
const read = new WeakMap<object, HlaNomenclature>();

/** The active release of IPD-IMGT/HLA; undefined when none is loaded. @throws UnavailableError */
export async function hlaOf(knowledge: Pick<Knowledge, 'payload'>): Promise<HlaNomenclature | undefined> {
  const payload = (await knowledge.payload(HLA, NOMENCLATURE)) as NomenclaturePayload | undefined;
  if (payload === undefined) return undefined;
  const before = read.get(payload);
  if (before !== undefined) return before;
  const nomenclature = nomenclatureOf(payload);
  read.set(payload, nomenclature);
  return nomenclature;
}
