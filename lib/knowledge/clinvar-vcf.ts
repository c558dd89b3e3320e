import { basename } from 'node:path';
import { ASSEMBLIES, type Assembly } from '../genomics/assembly.ts';
import { InvalidInputError } from '../genomics/errors.ts';
import { fault, type Place, quoted } from '../ingest/fault.ts';
import { codedCondition, codedConditions } from './conditions.ts';
import type { ImportReport } from './report.ts';
import type { Coded, DxRow, Identifier, Statement } from './rows.ts';
import { clinvarEvidence, clinvarSignificance } from './significance.ts';
import { spdiOf } from './spdi-of.ts';
import { KNOWLEDGE_SYSTEM } from './systems.ts';
import { lineBlocks } from './table.ts';

/** The INFO keys of ClinVar's three kinds of classification. */
const CLASSIFICATIONS = [
  { value: 'CLNSIG', review: 'CLNREVSTAT', names: 'CLNDN', ids: 'CLNDISDB', submissions: 'CLNSIGSCV' },
  { value: 'ONC', review: 'ONCREVSTAT', names: 'ONCDN', ids: 'ONCDISDB', submissions: 'ONCSCV' },
  { value: 'SCI', review: 'SCIREVSTAT', names: 'SCIDN', ids: 'SCIDISDB', submissions: 'SCISCV' },
] as const;

/** Databases of CLNVI that name the variant itself, and their systems. */
const VARIANT_DATABASES = new Map<string, string>(
  Object.entries({
    ClinGen: KNOWLEDGE_SYSTEM.clinGenAllele,
    OMIM: KNOWLEDGE_SYSTEM.omim,
    UniProtKB: KNOWLEDGE_SYSTEM.uniProt,
    PharmGKB: KNOWLEDGE_SYSTEM.pharmGkb,
  }),
);

/** Conditions repeat from row to row: texts kept, at most, so that memory stays flat. */
const REMEMBERED = 20_000;

/**
 * Reads ClinVar's VCF: one row for each aggregate classification of a variation (germline, oncogenicity, somatic
 * clinical impact), in batches. Counted and listed are rows without a classification of the variant itself, without
 * sequence alleles, or outside the primary assembly.
 *
 * @param declared assembly for a file whose header has no `##reference=GRCh..` line
 * @throws InvalidInputError naming file and line when it is no VCF, states no or another assembly, or is malformed.
 * @see https://ftp.ncbi.nlm.nih.gov/pub/clinvar/vcf_GRCh38/README.txt
 */
export async function* readClinvarVcf(
  path: string,
  report: ImportReport,
  declared?: Assembly,
): AsyncGenerator<readonly DxRow[]> {
  const file = basename(path);
  const conditionsOf = rememberedConditions();
  const info = createInfo();
  let assembly: Assembly | undefined;
  let started = false;
  for await (const { lines, firstLine } of lineBlocks(path)) {
    if (firstLine === 1 && !lines[0]?.startsWith('##fileformat=VCF')) throw fault({ file, line: 1 }, 'not a VCF');
    const rows: DxRow[] = [];
    for (let i = 0; i < lines.length; i++) {
      const line = lines[i] as string;
      if (line.startsWith('#')) {
        assembly ??= statedAssembly({ file, line: firstLine + i }, line, declared);
        started ||= line.startsWith('#CHROM\tPOS\tID\tREF\tALT');
        continue;
      }
      const place = { file, line: firstLine + i };
      if (!started) throw fault(place, 'a record before the line of column names (#CHROM ...)');
      assembly ??= declared;
      if (assembly === undefined) {
        throw fault(place, 'the header does not say ##reference=GRCh37 or GRCh38; declare the assembly');
      }
      report.row();
      addRows(rows, place, line, assembly, report, conditionsOf, info);
    }
    if (rows.length > 0) yield rows;
  }
  if (!started) throw new InvalidInputError(`${file} has no line of column names (#CHROM ...); is it cut?`);
}

function statedAssembly(place: Place, line: string, declared: Assembly | undefined): Assembly | undefined {
  if (!line.startsWith('##reference=')) return undefined;
  const stated = ASSEMBLIES.find((one) => line.includes(one));
  if (stated !== undefined && declared !== undefined && stated !== declared) {
    throw fault(place, `the file says ${stated}, but ${declared} was declared`);
  }
  return stated;
}

type ConditionsOf = (names: string, ids: string) => readonly Coded[];

function addRows(
  rows: DxRow[],
  place: Place,
  line: string,
  assembly: Assembly,
  report: ImportReport,
  conditionsOf: ConditionsOf,
  info: Info,
): void {
  const columns = columnsOf(line);
  const position = columns?.[1] ?? '';
  if (columns === undefined || !/^[1-9]\d*$/.test(position)) {
    throw fault(place, `not a VCF record; POS is ${quoted(position)}`);
  }
  const [chromosome, , id, ref, alt, text] = columns;
  info.read(text);
  if (CLASSIFICATIONS.every(({ value }) => info.get(value) === undefined)) {
    report.refuse(place, 'no classification of the variant itself', id);
    return;
  }
  const placed = spdiOf(assembly, chromosome, Number(position) - 1, ref, alt);
  if ('reason' in placed) {
    report.refuse(place, placed.reason, id);
    return;
  }
  const variantIdentifiers = identifiersOfVariant(info);
  for (const { value, review, names, ids, submissions } of CLASSIFICATIONS) {
    const classification = info.get(value);
    if (classification === undefined) continue;
    const identifiers: Identifier[] = [{ system: KNOWLEDGE_SYSTEM.clinVar, value: id }];
    for (const scv of splitValues(info.get(submissions))) {
      identifiers.push({ system: KNOWLEDGE_SYSTEM.clinVarSubmission, value: scv });
    }
    rows.push({
      kind: 'dx',
      variants: [placed.spdi],
      significance: remembered(SIGNIFICANCES, classification, (one) => clinvarSignificance(one.replaceAll('|', ', '))),
      ...remembered(REVIEWS, info.get(review) ?? '', reviewOf),
      conditions: conditionsOf(info.get(names) ?? '', info.get(ids) ?? ''),
      identifiers,
      variantIdentifiers,
      source: 'ClinVar',
    });
  }
}

/** CHROM, POS, ID, REF, ALT and INFO; undefined for a line of fewer columns. */
function columnsOf(line: string): readonly [string, string, string, string, string, string] | undefined {
  const pos = line.indexOf('\t') + 1;
  const id = line.indexOf('\t', pos) + 1;
  const ref = line.indexOf('\t', id) + 1;
  const alt = line.indexOf('\t', ref) + 1;
  const qual = line.indexOf('\t', alt) + 1;
  const filter = line.indexOf('\t', qual) + 1;
  const info = line.indexOf('\t', filter) + 1;
  // Past the last tab the search starts again: places then no longer rise.
  if (!(0 < pos && pos < id && id < ref && ref < alt && alt < qual && qual < filter && filter < info)) return undefined;
  const end = line.indexOf('\t', info);
  return [
    line.slice(0, pos - 1),
    line.slice(pos, id - 1),
    line.slice(id, ref - 1),
    line.slice(ref, alt - 1),
    line.slice(alt, qual - 1),
    line.slice(info, end < 0 ? undefined : end),
  ];
}

/** The INFO keys that are read; the others are passed over without a look at their values. */
const READ_KEYS: readonly string[] = [
  ...CLASSIFICATIONS.flatMap((one) => Object.values(one)),
  'RS',
  'ALLELEID',
  'CLNVI',
];
const SLOTS = new Map(READ_KEYS.map((key, slot) => [key, slot]));
/** The keys of each length: most keys of a record have no counterpart, and are passed over without being cut out. */
const BY_LENGTH: readonly (readonly string[] | undefined)[] = Array.from(
  { length: 1 + Math.max(...READ_KEYS.map((key) => key.length)) },
  (_, length) => READ_KEYS.filter((key) => key.length === length),
);

/** Values of the read keys of one record. One is used for all records: a map for each took a tenth of the time. */
interface Info {
  get(key: string): string | undefined;
  read(text: string): void;
}

function createInfo(): Info {
  const values: (string | undefined)[] = READ_KEYS.map(() => undefined);
  return {
    get: (key) => values[SLOTS.get(key) as number],
    read(text) {
      values.fill(undefined);
      for (let start = 0; start < text.length; ) {
        const next = text.indexOf(';', start);
        const end = next < 0 ? text.length : next;
        const at = text.indexOf('=', start);
        const key = at < end ? BY_LENGTH[at - start]?.find((one) => text.startsWith(one, start)) : undefined;
        if (key !== undefined) values[SLOTS.get(key) as number] = text.slice(at + 1, end);
        start = end + 1;
      }
    },
  };
}

const SIGNIFICANCES = new Map<string, Statement>();
const REVIEWS = new Map<string, Pick<DxRow, 'reviewStatus' | 'evidence'>>();

function reviewOf(text: string): Pick<DxRow, 'reviewStatus' | 'evidence'> {
  const reviewStatus = text.replaceAll('_', ' ');
  return reviewStatus === '' ? {} : { reviewStatus, evidence: clinvarEvidence(reviewStatus) };
}

/** ClinVar has few words for these; a file that had many would be something else. */
function remembered<Value>(known: Map<string, Value>, text: string, make: (text: string) => Value): Value {
  const found = known.get(text);
  if (found !== undefined) return found;
  const made = make(text);
  if (known.size < 1000) known.set(text, made);
  return made;
}

function splitValues(text: string | undefined): readonly string[] {
  if (text === undefined || text === '' || text === '.') return [];
  return text.includes('|') ? text.split('|') : [text];
}

function identifiersOfVariant(info: Info): readonly Identifier[] {
  const found: Identifier[] = splitValues(info.get('RS')).map((rs) => ({
    system: KNOWLEDGE_SYSTEM.dbSnp,
    value: `rs${rs}`,
  }));
  const allele = info.get('ALLELEID');
  if (allele !== undefined) found.push({ system: KNOWLEDGE_SYSTEM.clinVarAllele, value: allele });
  for (const reference of info.get('CLNVI')?.split(/[|,]/) ?? []) {
    const at = reference.indexOf(':');
    const system = VARIANT_DATABASES.get(reference.slice(0, Math.max(0, at)));
    if (system !== undefined) found.push({ system, value: reference.slice(at + 1) });
  }
  return found;
}

/**
 * Conditions are separated by `|`, the cross-references of one by commas. What is remembered is cut from the key, not
 * from the line, which would keep the whole block of lines in memory.
 */
function rememberedConditions(): ConditionsOf {
  const lists = new Map<string, readonly Coded[]>();
  const single = new Map<string, readonly Coded[]>();
  const oneCondition = (name: string, ids: string): readonly Coded[] =>
    recall(single, `${name}\t${ids}`, (ownName, ownIds) => codedCondition(ownName, ownIds.split(',')));
  const listOf = (names: string, ids: string): readonly Coded[] =>
    recall(lists, `${names}\t${ids}`, (ownNames, ownIds) => {
      const nameList = ownNames === '' ? [] : ownNames.split('|');
      const idLists = ownIds === '' ? [] : ownIds.split('|');
      return nameList.length === idLists.length
        ? nameList.flatMap((name, i) => oneCondition(name, idLists[i] as string))
        : codedConditions(
            nameList,
            idLists.map((list) => list.split(',')),
          );
    });
  // Neighbours in a gene mostly have the same conditions.
  let last = { names: '', ids: '', list: listOf('', '') };
  return (names, ids) => {
    if (names !== last.names || ids !== last.ids) last = { names, ids, list: listOf(names, ids) };
    return last.list;
  };
}

function recall(
  known: Map<string, readonly Coded[]>,
  key: string,
  make: (names: string, ids: string) => readonly Coded[],
): readonly Coded[] {
  const found = known.get(key);
  if (found !== undefined) return found;
  const at = key.indexOf('\t');
  const made = make(key.slice(0, at), key.slice(at + 1));
  if (known.size >= REMEMBERED) known.clear();
  known.set(key, made);
  return made;
}
