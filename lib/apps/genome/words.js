// What the app says. A missing answer has to read as missing.

/** @typedef {import('./reading.js').Coverage} Coverage */

/** Of a range: a word for the badge, and what it means. */
export const COVERAGE = {
  covered: { badge: 'tested', meaning: 'All of it was tested.' },
  partly: { badge: 'partly tested', meaning: 'Only a part was tested: in the rest a variant would not show.' },
  'not-covered': { badge: 'not tested', meaning: 'It was not tested: nothing can be said about it.' },
  unknown: { badge: 'unknown whether tested', meaning: 'The test does not state what it looked at.' },
};

/**
 * What was found of a kind of variants. None found says so only as far as the test looked.
 *
 * @param {number} found
 * @param {Coverage} coverage
 * @param {'small' | 'large'} kind
 */
export function verdict(found, coverage, kind) {
  if (found > 0) return `${found} ${kind} ${found === 1 ? 'variant' : 'variants'}`;
  switch (coverage) {
    case 'covered':
      return `No ${kind} variant found`;
    case 'partly':
      return `No ${kind} variant in the part that was tested`;
    case 'not-covered':
      return 'Nothing can be said';
    default:
      return `No ${kind} variant reported`;
  }
}

/**
 * Bases with thousands separators, 1-based as people count.
 *
 * @param {number} start0
 */
export function position(start0) {
  return (start0 + 1).toLocaleString('en-US');
}

/** @param {readonly string[]} names */
export function listed(names) {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

/** Of positions that were not called, so many are named. */
const MOST_NAMED = 4;

/** Why there is no genotype, by what the server calls it. */
const ABSENT = /** @type {Readonly<Record<string, string>>} */ ({
  undetermined: 'Undetermined: positions that decide were not called',
  unmatched: 'No two named alleles explain what was called',
  'not-tested': 'Not tested',
  'not-defined': 'Not called: this server has no definitions of its alleles',
  'not-called': 'Not called: this server does not call the gene, and no result was imported',
});

/** @param {import('./reading.js').Absence} absence */
export function absenceInWords({ outcome, missing }) {
  const why = ABSENT[outcome] ?? 'Not determined';
  if (missing.length === 0) return `${why}.`;
  // A number of dbSNP says more than a place, where there is one.
  const names = missing.map((place) => place.split(' ')[1] ?? place);
  const shown =
    names.length > MOST_NAMED ? [...names.slice(0, MOST_NAMED), `${names.length - MOST_NAMED} more`] : names;
  return `${why} (${listed(shown)}).`;
}
