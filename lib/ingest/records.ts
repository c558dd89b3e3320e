import type { ChangeType, SourceClass } from '../genomics/allele.ts';
import type { Assembly } from '../genomics/assembly.ts';
import type { Sex } from '../genomics/study.ts';
import { type CallRow, callDictionary, type KnownGenotype, plasmyRule, ruleOf } from './calls.ts';
import type { CallDetail, CarrierCollector } from './carriers.ts';
import type { ConsequenceCollector } from './consequences.ts';
import type { Contig, ContigNames } from './contigs.ts';
import { fault, type Place, quoted } from './fault.ts';
import { type FormatLayout, parseFormat, sampleFields } from './format.ts';
import type { VcfHeader } from './header.ts';
import { orderGuard } from './order.ts';
import {
  changeTypesOf,
  liesOnSexChromosome,
  placeStructural,
  type RecordAlleles,
  recordAlleles,
  writeSimple,
  writeStructural,
} from './record-alleles.ts';
import { EVERYONE, type RegionCollector } from './regions.ts';
import { emptyColumns, scanColumns, scanSamples } from './scanner.ts';
import { allelicCopies, type Info } from './structural.ts';

/** What the records of one file are read for. */
export interface RecordContext {
  readonly file: string;
  readonly assembly: Assembly;
  readonly header: VcfHeader;
  readonly names: ContigNames;
  /** Subject index by sample column; -1 for columns that are not taken. */
  readonly wanted: Int32Array;
  /** Sex by subject index. */
  readonly sexes: readonly (Sex | undefined)[];
  readonly sourceClass: SourceClass | undefined;
  /** Smallest GQ of a callable reference block. */
  readonly blockQuality: number;
}

/** Where the rows go. `enter` is called before the first record of each chromosome, so that the last can be closed. */
export interface RecordSink {
  readonly variants: CarrierCollector;
  readonly structural: CarrierCollector;
  readonly regions: RegionCollector;
  /** Absent when the file has no annotations. */
  readonly consequences: ConsequenceCollector | undefined;
  enter(contig: Contig): void;
}

/** What was found, besides rows. */
export interface Findings {
  records: number;
  readonly counts: Record<string, number>;
  readonly outside: Record<string, number>;
  readonly changeTypes: Set<ChangeType>;
  referenceBlocks: boolean;
}

export interface RecordReader {
  /** Reads the record `bytes[start, end)`. @throws InvalidInputError naming file and line. */
  read(bytes: Buffer, start: number, end: number, line: number): void;
  readonly calls: readonly CallRow[];
  readonly findings: Findings;
  /** Counts something that is left out, by reason. */
  count(reason: string): void;
}

/** Order of chromosomes in the structural file: as the VCF brings them. */
interface Standing {
  readonly contig: Contig | undefined;
  readonly ordinal: number;
}

const NO_INFO: Info = {};
const END = /(?:^|;)END=([^;]*)/;

export function recordReader(context: RecordContext, sink: RecordSink): RecordReader {
  const { file, header, wanted } = context;
  const fixed = header.hasFormat ? 9 : 8;
  const subjects = context.sexes.length;
  const sitesOnly = header.samples.length === 0;
  const record = emptyColumns();
  const inOrder = orderGuard();
  const calls = callDictionary();
  const fields = sampleFields();
  const layouts = new Map<string, FormatLayout>();
  const findings: Findings = { records: 0, counts: {}, outside: {}, changeTypes: new Set(), referenceBlocks: false };
  const sexNumbers = context.sexes.map((sex) => (sex === undefined ? 0 : sex === 'male' ? 1 : 2));
  const detail: CallDetail = {
    phaseSet: undefined,
    alleleDepth: undefined,
    depth: undefined,
    alleleFraction: undefined,
    filter: undefined,
    copyNumber: undefined,
  };

  let standing: Standing = { contig: undefined, ordinal: -1 };
  let place: Place = { file, line: 0 };
  let layout = parseFormat(place, '');
  let alleles: RecordAlleles;
  let contig: Contig;
  let info: Info | undefined;
  let end: number | undefined;
  let endRead = false;
  let rules: readonly [number, number, number] = [0, 0, 0];
  // Numbers of the record's ALTs in the parts being written, by ALT index; -1 until someone carries them.
  let simpleNumbers = new Int32Array(8);
  let structuralNumbers = new Int32Array(8);
  let carriers = 0;
  let uncalled: number[] = [];
  let failed: number[] = [];
  let blocks: { sample: number; end0: number }[] = [];

  const count = (reason: string): void => {
    findings.counts[reason] = (findings.counts[reason] ?? 0) + 1;
  };
  const infoOf = (): Info => {
    if (info !== undefined) return info;
    if (record.info === '.') return NO_INFO;
    info = header.parser.parseLine(`1\t1\t.\tN\t.\t.\t.\t${record.info}`).INFO;
    return info;
  };
  const rowsOf = (index: number, sample: number, call: number, detailed: boolean): void => {
    const alt = alleles.alts[index] as string;
    if (alleles.kinds[index] === 'none') return;
    carriers++;
    if (alleles.kinds[index] === 'sequence') {
      let number = simpleNumbers[index] as number;
      if (number < 0) {
        number = writeSimple(sink.variants, place, record, alt);
        simpleNumbers[index] = number;
        sink.consequences?.add(place.line, record, alleles.alts, index);
      }
      if (detailed) sink.variants.carryDetailed(sample, number, call, detail);
      else sink.variants.carry(sample, number, call);
    }
    if (!alleles.structural || !alleles.isStructural(index)) return;
    let number = structuralNumbers[index] as number;
    if (number < 0) {
      const shape = placeStructural(place, header.version, record, contig, alleles, index, infoOf());
      number = writeStructural(sink.structural, place, record, contig, standing.ordinal, shape, alt);
      structuralNumbers[index] = number;
    }
    if (detailed) sink.structural.carryDetailed(sample, number, call, detail);
    else sink.structural.carry(sample, number, call);
  };
  const clearDetail = (): void => {
    detail.phaseSet = undefined;
    detail.alleleDepth = undefined;
    detail.depth = undefined;
    detail.alleleFraction = undefined;
    detail.filter = undefined;
    detail.copyNumber = undefined;
  };
  const readDetail = (alt: number, phased: boolean): void => {
    const count = alleles.alts.length;
    detail.phaseSet = phased ? fields.text(layout.ps) : undefined;
    detail.depth = fields.number(layout.dp);
    detail.copyNumber = fields.number(layout.cn);
    detail.alleleDepth = undefined;
    detail.alleleFraction = undefined;
    const depths = fields.list(layout.ad, count + 1);
    if (depths !== undefined) {
      let total = 0;
      for (let allele = 0; allele <= count; allele++) total += depths[allele] as number;
      const own = depths[alt] as number;
      if (!Number.isNaN(own)) detail.alleleDepth = own;
      // A missing depth makes the total NaN, which is not greater than 0.
      if (total > 0) detail.alleleFraction = own / total;
    }
    if (detail.alleleFraction !== undefined) return;
    const stated = fields.list(layout.af, count)?.[alt - 1];
    if (stated !== undefined && stated <= 1) detail.alleleFraction = stated;
  };

  /** A `<CNV>` carried by its copy number, where GT does not say so: CN other than the copies a person has there. */
  const carriesCopies = (sample: number): boolean => {
    const copies = fields.number(layout.cn);
    if (copies === undefined || !alleles.alts.includes('<CNV>')) return false;
    return !expectedCopies(rules[0], sexNumbers[sample] as number).includes(copies);
  };
  const carryCopies = (sample: number, genotype: string | undefined): void => {
    clearDetail();
    detail.depth = fields.number(layout.dp);
    detail.copyNumber = fields.number(layout.cn);
    detail.filter = failingFilter();
    rowsOf(alleles.alts.indexOf('<CNV>'), sample, calls.bareCall(genotype), true);
  };
  const failingFilter = (): string | undefined => {
    const filter = fields.text(layout.ft);
    return filter === undefined || filter === 'PASS' ? undefined : filter;
  };

  const visitGenotype = (bytes: Buffer, sample: number, start: number, end: number): void => {
    if (layout.keys === 1) {
      visitKnown(knownOf(bytes, start, end), sample, false);
      return;
    }
    if (fields.at(bytes, start, end) > layout.keys) throw fault(place, 'a sample has more fields than FORMAT has keys');
    const known = knownOf(bytes, start, fields.firstEnd);
    if (layout.ft >= 0 && failingFilter() !== undefined) failed.push(sample);
    visitKnown(known, sample, layout.detailed);
  };
  const knownOf = (bytes: Buffer, start: number, end: number): KnownGenotype => {
    const known = calls.genotype(bytes, start, end);
    // What it says is told to nobody: a message goes to logs and queues.
    if (known === undefined) throw fault(place, "a sample's GT is no genotype; write 0/1, 0|1, ./. or the like");
    if (known.highest > alleles.alts.length) {
      throw fault(place, `a sample's GT names an allele beyond the ${alleles.alts.length} of ALT`);
    }
    return known;
  };
  const visitKnown = (known: KnownGenotype, sample: number, detailed: boolean): void => {
    if (!known.complete) {
      if (known.highest === 0 && layout.cn >= 0 && carriesCopies(sample)) {
        carryCopies(sample, known.genotype.text);
        return;
      }
      uncalled.push(sample);
    } else if (alleles.reference && known.highest === 0) {
      visitReference(sample);
    }
    for (const alt of known.carried) {
      const rule = rules[sexNumbers[sample] as number] as number;
      if (!detailed && copiesOf(known) === undefined) {
        rowsOf(alt - 1, sample, calls.call(known, alt, rule), false);
        continue;
      }
      clearDetail();
      if (detailed) readDetail(alt, known.genotype.phased);
      if (detailed) detail.filter = failingFilter();
      detail.copyNumber ??= copiesOf(known);
      rowsOf(alt - 1, sample, calls.call(known, alt, plasmyRule(rule, detail.alleleFraction)), true);
    }
  };
  /** Copies that `<CN0>`, `<CN2>` ... of all haplotypes add up to. */
  const copiesOf = ({ genotype }: KnownGenotype): number | undefined => {
    if (!alleles.structural) return undefined;
    let sum = 0;
    let stated = false;
    for (const allele of genotype.alleles) {
      const copies = allele === 0 ? 1 : allelicCopies(alleles.alts[(allele ?? 0) - 1] ?? '');
      if (copies === undefined) return undefined;
      stated ||= allele !== 0;
      sum += copies;
    }
    return stated ? sum : undefined;
  };
  /** A sample that is reference in a block: callable when it has reads and quality. */
  const visitReference = (sample: number): void => {
    if (!isBlock()) return;
    if (layout.keys <= 1) return;
    const depth = fields.number(layout.minDp) ?? fields.number(layout.dp);
    const quality = fields.number(layout.gq);
    if (depth === undefined || depth <= 0 || quality === undefined || quality < context.blockQuality) return;
    blocks.push({ sample, end0: blockEnd0(fields.number(layout.len)) });
  };
  const isBlock = (): boolean => alleles.reference && (alleles.unspecified || (record.alt === '.' && hasEnd()));
  const hasEnd = (): boolean => statedEnd() !== undefined;
  /** INFO/END, read without the rest of INFO: a gVCF has one on nearly every line. */
  const statedEnd = (): number | undefined => {
    if (endRead) return end;
    endRead = true;
    const [, stated] = END.exec(record.info) ?? [];
    end = stated === undefined || stated === '.' ? undefined : Number(stated);
    if (end !== undefined && !Number.isInteger(end))
      throw fault(place, `END ${quoted(stated ?? '')} is not a position`);
    return end;
  };
  const blockEnd0 = (length: number | undefined): number => {
    const end0 = statedEnd() ?? record.position - 1 + (length ?? record.ref.length);
    if (end0 > contig.length) throw fault(place, `END ${end0} lies beyond ${contig.name} (${contig.length} bases)`);
    if (end0 < record.position) throw fault(place, `END ${end0} lies before POS ${record.position}`);
    return end0;
  };

  const visitWithoutGenotype = (bytes: Buffer, sample: number, start: number, end: number): void => {
    if (fields.at(bytes, start, end) > layout.keys) throw fault(place, 'a sample has more fields than FORMAT has keys');
    if (layout.cn >= 0 && carriesCopies(sample)) {
      carryCopies(sample, undefined);
      return;
    }
    if (layout.cn >= 0 && alleles.alts.every((alt) => alt === '<CNV>') && fields.number(layout.cn) !== undefined)
      return;
    requireSomatic();
    if (end - start === 1 && bytes[start] === 46) {
      uncalled.push(sample);
      return;
    }
    clearDetail();
    const failing = failingFilter();
    if (failing !== undefined) failed.push(sample);
    for (const index of alleles.alts.keys()) {
      clearDetail();
      readDetail(index + 1, false);
      detail.filter = failing;
      rowsOf(index, sample, calls.bareCall(undefined), true);
    }
  };
  const requireSomatic = (): void => {
    if (context.sourceClass === 'somatic') return;
    const hint = 'only a somatic file may have records without genotypes (--source-class somatic)';
    throw fault(place, `no genotype (GT); ${hint}`);
  };

  const readSamples = (bytes: Buffer, end: number, outside: boolean): void => {
    if (sitesOnly) {
      if (record.samplesStart <= end) throw fault(place, 'more columns than the header names');
      if (outside) return;
      requireSomatic();
      for (const index of alleles.alts.keys()) rowsOf(index, 0, calls.bareCall(undefined), false);
      return;
    }
    const every = layout.ft >= 0 || (!outside && isBlock()) || (!outside && layout.cn >= 0 && !layout.gt);
    const visit = outside ? pass : layout.gt ? visitGenotype : visitWithoutGenotype;
    const found = scanSamples(bytes, record.samplesStart, end, wanted, every, (sample, from, to) =>
      visit(bytes, sample, from, to),
    );
    if (found !== header.samples.length) {
      throw fault(place, `${found} sample columns, but the header names ${header.samples.length}`);
    }
  };

  const writeRegions = (): void => {
    const { regions } = sink;
    const start0 = Math.max(0, record.position - 1);
    const siteEnd0 = Math.min(contig.length, start0 + record.ref.length);
    const block = isBlock();
    if (block) findings.referenceBlocks = true;
    const end0 = block ? blockEnd0(undefined) : siteEnd0;
    const filtered = record.filter !== 'PASS' && record.filter !== '.';
    if (filtered) regions.add(EVERYONE, 'filtered', start0, end0);
    else for (const sample of failed) regions.add(sample, 'filtered', start0, end0);
    if (uncalled.length === subjects) regions.add(EVERYONE, 'uncalled', start0, end0);
    else for (const sample of uncalled) regions.add(sample, 'uncalled', start0, end0);
    if (filtered) return;
    const [first] = blocks;
    if (first !== undefined && blocks.length === subjects && blocks.every((other) => other.end0 === first.end0)) {
      regions.add(EVERYONE, 'block', start0, first.end0);
    } else {
      for (const { sample, end0: to } of blocks) regions.add(sample, 'block', start0, to);
    }
    if (!block && !alleles.structural && uncalled.length < subjects) regions.add(EVERYONE, 'called', start0, end0);
  };

  return {
    calls: calls.rows,
    findings,
    count,
    read(bytes, start, lineEnd, line) {
      place = { file, line };
      scanColumns(record, bytes, start, lineEnd, fixed, place);
      findings.records++;
      if (inOrder(place, record.chrom, record.position)) {
        const entered = context.names.contig(record.chrom);
        if (entered !== undefined) sink.enter(entered);
        standing = { contig: entered, ordinal: standing.ordinal + 1 };
      }
      const known = layouts.get(record.format);
      layout = known ?? parseFormat(place, record.format);
      if (known === undefined) layouts.set(record.format, layout);
      if (standing.contig === undefined) {
        readSamples(bytes, lineEnd, true);
        findings.outside[record.chrom] = (findings.outside[record.chrom] ?? 0) + 1;
        count('outside-primary-assembly');
        return;
      }
      contig = standing.contig;
      alleles = recordAlleles(place, record, contig);
      info = undefined;
      endRead = false;
      carriers = 0;
      if (uncalled.length > 0) uncalled = [];
      if (failed.length > 0) failed = [];
      if (blocks.length > 0) blocks = [];
      if (simpleNumbers.length < alleles.alts.length) {
        simpleNumbers = new Int32Array(alleles.alts.length * 2);
        structuralNumbers = new Int32Array(alleles.alts.length * 2);
      }
      simpleNumbers.fill(-1);
      structuralNumbers.fill(-1);
      const sexLinked = liesOnSexChromosome(context.assembly, contig, record);
      rules = [
        ruleOf(contig.chromosome, sexLinked, undefined),
        ruleOf(contig.chromosome, sexLinked, 'male'),
        ruleOf(contig.chromosome, sexLinked, 'female'),
      ];
      if (alleles.simplest) findings.changeTypes.add('SNV');
      else for (const type of changeTypesOf(record, alleles)) findings.changeTypes.add(type);
      readSamples(bytes, lineEnd, false);
      writeRegions();
      if (isBlock()) count('reference-blocks');
      else if (uncalled.length === subjects && carriers === 0) count('uncalled');
      else if (carriers === 0) count('without-carrier');
    },
  };
}

const pass = (): void => undefined;

/** Copies of the chromosome that people have there: by the rule of an unknown sex and the sex's number. */
function expectedCopies(ruleOfUnknown: number, sex: number): readonly number[] {
  if (ruleOfUnknown === ruleOf('X', true, undefined)) return [[1, 2], [1], [2]][sex] as number[];
  if (ruleOfUnknown === ruleOf('Y', true, undefined)) return [[0, 1], [1], [0]][sex] as number[];
  return [2];
}
