// A part of the page, and how it says that something is not available or has failed.
import { byId, el } from '../shared/dom.js';

/** @typedef {{ readonly body: HTMLElement }} Panel */

/**
 * Adds a part to the page.
 *
 * @param {string} id
 * @param {string} title
 * @param {string} [about]
 * @returns {Panel}
 */
export function panel(id, title, about) {
  const body = el('div', { 'aria-live': 'polite', 'aria-busy': 'true' }, el('p', { class: 'aside' }, 'Loading …'));
  byId('panels').append(
    el(
      'section',
      { id, class: 'card', 'aria-labelledby': `${id}-title`, tabindex: '-1' },
      el('h2', { id: `${id}-title` }, title),
      about === undefined ? undefined : el('p', { class: 'aside' }, about),
      body,
    ),
  );
  const jump = byId('jump');
  jump.append(el('a', { href: `#${id}` }, title));
  jump.hidden = false;
  return { body };
}

/**
 * Fills a part. What is thrown on the way is shown as a failure: an empty part would read as "nothing there".
 *
 * @param {Panel} panel
 * @param {() => Promise<readonly (Node | string)[]>} content
 */
export async function fill({ body }, content) {
  try {
    body.replaceChildren(...(await content()));
  } catch (error) {
    body.replaceChildren(failed(error instanceof Error ? error.message : String(error)));
  } finally {
    body.setAttribute('aria-busy', 'false');
  }
}

/** @param {import('./server.js').Unavailable | import('./server.js').Failed} outcome */
export function missing({ state, why }) {
  return state === 'failed' ? failed(why) : unavailable(why);
}

/** @param {string} why */
function unavailable(why) {
  return el(
    'p',
    { class: 'unavailable' },
    el('b', {}, 'Not available. '),
    `${sentence(why)} This says nothing about the person.`,
  );
}

/** @param {string} why */
function failed(why) {
  return el(
    'p',
    { class: 'problem' },
    el('b', {}, 'This could not be read. '),
    `${sentence(why)} Nothing can be concluded.`,
  );
}

/** @param {string} text */
function sentence(text) {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** @param {string} kind @param {string} words */
export function badge(kind, words) {
  return el('span', { class: `badge ${kind}` }, words);
}

/**
 * A table that scrolls by itself on a narrow screen. Columns that hold nothing are left out.
 *
 * @param {string} caption
 * @param {readonly string[]} headings
 * @param {readonly (readonly (Node | string)[])[]} rows
 */
export function table(caption, headings, rows) {
  const filled = headings.map((_, column) => rows.some((cells) => cells[column] !== ''));
  const shown = headings.filter((_, column) => filled[column]);
  // Roles are stated, because a table that is laid out as lines on a phone would lose them.
  return el(
    'div',
    { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': caption },
    el(
      'table',
      { role: 'table', class: shown.length > 5 ? 'wide' : 'lines' },
      el('caption', {}, caption),
      el(
        'thead',
        { role: 'rowgroup' },
        el('tr', { role: 'row' }, ...shown.map((heading) => el('th', { scope: 'col', role: 'columnheader' }, heading))),
      ),
      el(
        'tbody',
        { role: 'rowgroup' },
        ...rows.map((cells) => {
          const kept = cells.filter((_, column) => filled[column]);
          return el('tr', { role: 'row' }, ...kept.map((cell, index) => cellOf(cell, shown[index] ?? '', index === 0)));
        }),
      ),
    ),
  );
}

/** @param {Node | string} content @param {string} heading @param {boolean} first */
function cellOf(content, heading, first) {
  return first
    ? el('th', { scope: 'row', role: 'rowheader' }, content)
    : el('td', { role: 'cell', 'data-heading': heading }, content);
}
