import type { Assembly } from './assembly.ts';
import type { ChainIndex } from './chain.ts';
import type { GenomicInterval, Interval } from './interval.ts';
import type { TranscriptModel } from './transcript.ts';

/** Reference bases, whatever file they come from. */
export interface Sequences {
  /** Names the loaded files, so that an answer can say what it rests on. */
  readonly release: string;
  /**
   * Whether bases of this accession can be read, without reading them: any of them, or all of the interval. Only
   * windows of a sequence may be loaded.
   */
  has(accession: string, interval?: Interval): boolean;
  /**
   * Bases of the whole sequence, read or not.
   *
   * @throws CannotAnswerError naming the file to add when the accession is not loaded.
   */
  length(accession: string): Promise<number>;
  /**
   * Upper-case bases of a half-open interval; its length is `end0 - start0`.
   *
   * @throws CannotAnswerError naming the file to add when the accession, or this part of it, is not loaded.
   * @throws InvalidInputError when the interval reaches beyond the sequence.
   * @throws UnavailableError when the file can't be read.
   */
  sequence(accession: string, interval: Interval): Promise<string>;
}

/** Transcript models: one per transcript version and genomic sequence it is aligned to. */
export interface Transcripts {
  /** Names of the loaded releases. */
  readonly release: string;
  /** Assemblies of which any model is loaded. */
  readonly assemblies: readonly Assembly[];
  /** Models of exactly this accession and version; empty when there is none. @throws UnavailableError */
  models(accession: string): Promise<readonly TranscriptModel[]>;
  /** Versioned accessions that are loaded of an accession, whose version is ignored; sorted. @throws UnavailableError */
  versions(accession: string): Promise<readonly string[]>;
  /** Models of a gene: HGNC symbol (case does not matter) or `HGNC:1100`. @throws UnavailableError */
  ofGene(gene: string): Promise<readonly TranscriptModel[]>;
  /** Models that are translated to a protein: exactly this version or, without one, any. @throws UnavailableError */
  ofProtein(protein: string): Promise<readonly TranscriptModel[]>;
  /** Models whose exons or introns share a base with the interval, on that very accession. @throws UnavailableError */
  overlapping(interval: GenomicInterval): Promise<readonly TranscriptModel[]>;
}

/** Liftover chains. */
export interface Chains {
  readonly release: string;
  /**
   * @throws CannotAnswerError naming the file to add when these assemblies have no chain file.
   * @throws UnavailableError when the file can't be read.
   */
  between(from: Assembly, to: Assembly): Promise<ChainIndex>;
}
