import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { createGzip } from 'node:zlib';
import { lineBlocks } from '../../lib/knowledge/table.ts';
import { realFile } from '../support/real-data.ts';
import type { ImportFigures } from './knowledge-import-process.ts';
import { inOwnProcess, seconds, table } from './measure.ts';

const CLINVAR = '07_knowledge/clinvar/clinvar_astone0411.vcf.gz';
/** Copies of each record, at places next to each other: one, and a third of what ClinVar has, in millions of rows. */
const COPIES = [1, 14] as const;

/** Import of a ClinVar VCF as it is, and made longer. */
export async function knowledgeImportBench(folder: string, say: (line: string) => void): Promise<string> {
  const rows = [
    ['rows', 's', 'rows/s', 'processor time, µs a row', 'of it reading, µs a row', 'peak memory, MB', 'load'],
  ];
  for (const copies of COPIES) {
    const path = join(folder, `clinvar-${copies}.vcf.gz`);
    await lengthen(path, copies);
    const module = join(import.meta.dirname, 'knowledge-import-process.ts');
    const data = join(folder, `clinvar-${copies}`);
    const figures = await inOwnProcess<ImportFigures>(module, data, path);
    const { rows: read, milliseconds, processor, reading, peakBytes } = figures;
    const aRow = (time: number): string => ((time * 1000) / read).toFixed(1);
    const count = (value: number): string => Math.round(value).toLocaleString('en-GB');
    const rate = count(read / (milliseconds / 1000));
    const memory = count(peakBytes / 1e6);
    const load = (loadavg()[0] ?? 0).toFixed(1);
    rows.push([count(read), seconds(milliseconds), rate, aRow(processor), aRow(reading), memory, load]);
    say(rows.at(-1)?.join('  ') ?? '');
  }
  return table(rows);
}

/** Every record again at the following positions, each copy with a number of its own. */
async function lengthen(path: string, copies: number): Promise<void> {
  const zipped = createGzip({ level: 1 });
  const file = zipped.pipe(createWriteStream(path));
  for await (const { lines } of lineBlocks(realFile(CLINVAR))) {
    const longer = lines.flatMap((line) => (line.startsWith('#') ? [line] : copiesOf(line, copies)));
    if (!zipped.write(`${longer.join('\n')}\n`)) await once(zipped, 'drain');
  }
  zipped.end();
  await once(file, 'close');
}

function copiesOf(line: string, copies: number): readonly string[] {
  const [chromosome, position, id, ...rest] = line.split('\t');
  const end = rest.join('\t');
  return Array.from(
    { length: copies },
    (_, copy) => `${chromosome}\t${Number(position) + copy}\t${Number(id) * copies + copy}\t${end}`,
  );
}
