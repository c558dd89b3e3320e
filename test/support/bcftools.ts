import { execFile, execFileSync } from 'node:child_process';
import { copyFileSync, existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Whether the judge is on this machine. `.ci/run` installs it; elsewhere its tests say why they are skipped. */
export const hasBcftools: boolean = (() => {
  try {
    execFileSync('bcftools', ['--version'], { stdio: 'ignore' });
    execFileSync('tabix', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    if (process.env['CI'] === 'true') throw new Error('bcftools and tabix must be installed in CI: see .ci/run');
    console.warn(
      'SKIPPED: bcftools or tabix is not installed, so nothing is compared with it (Debian: apt-get install bcftools tabix)',
    );
    return false;
  }
})();

/** Tab-separated output of a bcftools command, a list of fields a line. @throws when bcftools fails. */
export async function bcftools(...args: readonly string[]): Promise<string[][]> {
  const { stdout } = await run('bcftools', [...args], { maxBuffer: 2 ** 30 });
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t'));
}

/** A copy of a VCF in `folder`, BGZF-compressed and indexed, so that `bcftools -r` can read regions of it. */
export function indexedCopy(vcf: string, folder: string): string {
  const copy = join(folder, basename(vcf).replace(/(\.vcf)?(\.gz)?$/, '.vcf.gz'));
  if (existsSync(`${copy}.tbi`)) return copy;
  if (vcf.endsWith('.gz')) copyFileSync(vcf, copy);
  else execFileSync('bcftools', ['view', '--no-version', '-Oz', '-o', copy, vcf]);
  execFileSync('bcftools', ['index', '-f', '-t', copy]);
  return copy;
}

/** A copy of a VCF in `folder` in order of position, as ingest wants it. */
export function sortedCopy(vcf: string, folder: string): string {
  const copy = join(folder, `sorted-${basename(vcf).replace(/\.gz$/, '')}.gz`);
  execFileSync('bcftools', ['sort', '-Oz', '-o', copy, vcf], { stdio: 'ignore' });
  return copy;
}
