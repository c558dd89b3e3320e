import type { LocalArchive } from '../../lib/store/local.ts';
import { realFile } from './real-data.ts';

const CHAINS = [
  ['GRCh37', 'GRCh38', 'hg19ToHg38'],
  ['GRCh38', 'GRCh37', 'hg38ToHg19'],
] as const;

/** Loads UCSC's chains in both directions. */
export async function addChains({ reference }: Pick<LocalArchive, 'reference'>): Promise<void> {
  for (const [from, to, name] of CHAINS) {
    const path = realFile(`10_liftover_reference/${name}.over.chain.gz`);
    await reference.add({ kind: 'chains', path, from, to });
  }
}
