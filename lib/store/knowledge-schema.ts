import type { Column } from './schema.ts';

/** By number of a list, so that statements can be chosen by what they are about before they are read. */
const LISTS: readonly Column[] = [
  { name: 'conditions', type: 'INTEGER', doc: 'list of conditions of the statement; NULL when it has none' },
  { name: 'treatments', type: 'INTEGER', doc: 'list of treatments of the statement; NULL when it has none' },
];

/**
 * Where statements apply: one row for each allele, assembly and statement, sorted by assembly, chromosome and `at0`. An
 * insertion or deletion is the same wherever it may be stated within its context; an equal `at0` finds it at once.
 */
export const ALLELE_COLUMNS: readonly Column[] = [
  { name: 'assembly', type: 'VARCHAR', doc: 'GRCh37 or GRCh38' },
  { name: 'chromosome', type: 'VARCHAR', doc: '1..22, X, Y or MT' },
  { name: 'at0', type: 'INTEGER', doc: 'start of the justified interval, else start0' },
  { name: 'start0', type: 'INTEGER', doc: 'start of the trimmed allele, interbase' },
  { name: 'end0', type: 'INTEGER', doc: 'end of the trimmed allele, exclusive; start0 for an insertion' },
  { name: 'deleted', type: 'VARCHAR', doc: 'deleted bases, trimmed' },
  { name: 'inserted', type: 'VARCHAR', doc: 'inserted bases, trimmed' },
  { name: 'context_start0', type: 'INTEGER', doc: 'start of the justified interval; NULL when it is not known' },
  { name: 'context_end0', type: 'INTEGER', doc: 'its end, exclusive' },
  { name: 'kind', type: 'VARCHAR', doc: 'dx, tx or mc' },
  ...LISTS,
  { name: 'number', type: 'INTEGER', doc: 'the statement' },
];

/** The statements, sorted by number; neighbours in the genome have neighbouring numbers. */
export const STATEMENT_COLUMNS: readonly Column[] = [
  { name: 'number', type: 'INTEGER', doc: 'of the statement within its release, from 0' },
  { name: 'kind', type: 'VARCHAR', doc: 'dx, tx or mc' },
  ...LISTS,
  {
    name: 'json',
    type: 'VARCHAR',
    doc: 'the rest of the statement as JSON; `[list, value, ...]` is that list, a form, filled with values',
  },
];

/** Lists of conditions or treatments and forms of statements (knowledge/statement-form.ts), each once, sorted by number. */
export const LIST_COLUMNS: readonly Column[] = [
  { name: 'list', type: 'INTEGER', doc: 'number of the list within its release, from 0' },
  { name: 'json', type: 'VARCHAR', doc: 'the list, or the form, as JSON' },
];

/** Codes and words of the lists, sorted by code. */
export const TERM_COLUMNS: readonly Column[] = [
  { name: 'kind', type: 'VARCHAR', doc: 'condition or treatment' },
  { name: 'system', type: 'VARCHAR', doc: 'NULL for a word without a code' },
  { name: 'code', type: 'VARCHAR', doc: 'NULL for a word without a code' },
  { name: 'display', type: 'VARCHAR', doc: 'NULL when there is none' },
  { name: 'list', type: 'INTEGER', doc: 'the list that holds it' },
  { name: 'item', type: 'INTEGER', doc: 'place of the condition or treatment in the list; its codes share it' },
];

/**
 * What statements that name no variant are about, sorted by scope and code; and statements about the genotype of a dbSNP
 * variant that has no place in an assembly (`unjoined`).
 */
export const LINK_COLUMNS: readonly Column[] = [
  { name: 'kind', type: 'VARCHAR', doc: 'genotype, function or unjoined' },
  { name: 'scope', type: 'VARCHAR', doc: 'system of a genotype code, gene of a function, assembly' },
  {
    name: 'code',
    type: 'VARCHAR',
    doc: 'code of a genotype, the word a function is looked up by, or what the source calls the item',
  },
  { name: 'display', type: 'VARCHAR', doc: 'of a genotype, or level of an unjoined item; NULL when there is none' },
  ...LISTS,
  { name: 'number', type: 'INTEGER', doc: 'the statement' },
];
