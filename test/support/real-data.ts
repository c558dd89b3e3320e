import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = new URL('../../../shared/data/', import.meta.url);

/** The folder of real genomic files beside the project; the project runs without it, some of its tests don't. */
export const hasRealData: boolean = (() => {
  if (existsSync(ROOT)) return true;
  console.warn('SKIPPED: ../shared/data is not here, so nothing is run on the real genomic files');
  return false;
})();

/** Path of a real file, such as `03_mito/1kg_2020_chrM.grch38.vcf.gz`. */
export function realFile(path: string): string {
  return fileURLToPath(new URL(path, ROOT));
}
