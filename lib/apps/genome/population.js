// For an analyst: how many people have a variant, and of how many.
import { el } from '../shared/dom.js';
import { missing, panel, table } from './panel.js';
import { counts } from './reading.js';

/** @typedef {import('./server.js').GenomicsServer} GenomicsServer */

const CODE = 'find-population-specific-variants';
/** CYP2C19*2, rs4244285. */
const EXAMPLE = 'NC_000010.11:94781858:G:A';

/** @param {GenomicsServer} server */
export function showPopulation(server) {
  const { body } = panel('population', 'Count in the population', 'How many people of the archive have a variant.');
  const input = /** @type {HTMLInputElement} */ (
    el('input', { id: 'variant', autocomplete: 'off', required: true, value: EXAMPLE, size: '32' })
  );
  const answer = el('div', { 'aria-live': 'polite' });
  async function count() {
    answer.replaceChildren(el('p', { class: 'aside' }, 'Counting …'));
    const outcome = await server.ask(CODE, { variants: [input.value.trim()] });
    if (outcome.state !== 'answered') {
      answer.replaceChildren(missing(outcome));
      return;
    }
    const rows = counts(outcome.body).map(({ item, numerator, denominator, callable }) => [
      item,
      numerator === undefined ? 'not told' : String(numerator),
      denominator === undefined ? 'not told' : String(denominator),
      callable === undefined ? 'not told' : String(callable),
    ]);
    answer.replaceChildren(
      table(
        'People with the variant',
        ['Variant', 'People who have it', 'People in the archive', 'Of these, tested there'],
        rows,
      ),
    );
  }
  body.replaceChildren(
    el(
      'form',
      {
        class: 'ask',
        onsubmit: (/** @type {Event} */ event) => {
          event.preventDefault();
          return count();
        },
      },
      el('label', { for: 'variant' }, 'Variant, as SPDI or HGVS'),
      input,
      el('button', { class: 'main' }, 'Count'),
    ),
    answer,
  );
  body.setAttribute('aria-busy', 'false');
}
