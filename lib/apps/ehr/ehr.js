// A stand-in for a hospital's record system: who is signed in, which records there are, and the launch of SMART apps.
import { byId, el } from '../shared/dom.js';
import { signIn } from '../shared/sign-in.js';

const status = byId('status');

/** @typedef {{ id: string, name: string, launchUrl?: string }} App */

try {
  const session = await signIn({ clientId: 'ehr', scope: 'openid fhirUser online_access __ehr', redirect: '/ehr/' });
  if (session === undefined) status.textContent = 'This server has no development authorization server.';
  else await start(session);
} catch (error) {
  byId('person').textContent = 'Not signed in';
  byId('sign-out').hidden = false;
  fail(error);
}

/** @param {import('../shared/sign-in.js').SignedIn} session */
async function start(session) {
  byId('person').textContent = `Signed in as ${session.name}`;
  const signOut = /** @type {HTMLAnchorElement} */ (byId('sign-out'));
  const back = encodeURIComponent(`${location.origin}/ehr/`);
  signOut.href = `/auth/sign-out?client_id=ehr&post_logout_redirect_uri=${back}`;
  signOut.hidden = false;

  const directory = await api(session, 'GET', '/auth/ehr/directory');
  const apps = /** @type {readonly App[]} */ (directory.apps);
  const select = /** @type {HTMLSelectElement} */ (byId('app'));
  select.append(...apps.map(({ id, name }) => el('option', { value: id }, name)));
  const address = /** @type {HTMLInputElement} */ (byId('address'));
  const chosen = () => apps.find(({ id }) => id === select.value);
  select.addEventListener('change', () => {
    const elsewhere = chosen()?.launchUrl === undefined;
    byId('address-field').hidden = !elsewhere;
    address.required = elsewhere;
  });

  /**
   * @param {string} subject
   * @param {boolean} inTab
   */
  async function open(subject, inTab) {
    const app = chosen();
    const launchUrl = app?.launchUrl ?? address.value;
    if (app === undefined || !URL.canParse(launchUrl)) {
      status.textContent = 'Write the launch address of your app first.';
      address.focus();
      return;
    }
    // Opened before anything is waited for: later, browsers take it for a pop-up.
    const tab = inTab ? window.open('', '_blank') : null;
    try {
      const { launch } = await api(session, 'POST', '/auth/ehr/launch', {
        client: app.id,
        patient: subject,
        banner: inTab,
      });
      const url = new URL(launchUrl);
      url.searchParams.set('iss', `${location.origin}/fhir`);
      url.searchParams.set('launch', String(launch));
      status.textContent = '';
      if (tab !== null) tab.location.href = url.href;
      else show(subject, app.name, url.href);
    } catch (error) {
      tab?.close();
      fail(error);
    }
  }

  byId('list').append(
    ...directory.charts.map(
      /** @param {{ subject: string, note: string }} chart */ ({ subject, note }) =>
        el(
          'li',
          {},
          el('h3', {}, subject),
          el('p', {}, note),
          el(
            'div',
            { class: 'actions' },
            el(
              'button',
              {
                type: 'button',
                class: 'main',
                'aria-label': `Open ${subject} here`,
                onclick: () => open(subject, false),
              },
              'Open here',
            ),
            el(
              'button',
              { type: 'button', 'aria-label': `Open ${subject} in a new tab`, onclick: () => open(subject, true) },
              'In a new tab',
            ),
          ),
        ),
    ),
  );
  byId('other').addEventListener('submit', (event) => {
    event.preventDefault();
    return open(/** @type {HTMLInputElement} */ (byId('subject')).value, false);
  });
  byId('close').addEventListener('click', () => {
    byId('opened').hidden = true;
    byId('records').hidden = false;
    /** @type {HTMLIFrameElement} */ (byId('frame')).src = 'about:blank';
    byId('records').focus();
  });
  byId('records').hidden = false;
}

/**
 * @param {string} subject
 * @param {string} app
 * @param {string} url
 */
function show(subject, app, url) {
  byId('patient').textContent = subject;
  const frame = /** @type {HTMLIFrameElement} */ (byId('frame'));
  frame.title = `${app}, ${subject}`;
  frame.src = url;
  byId('records').hidden = true;
  byId('opened').hidden = false;
  byId('opened-title').focus();
}

/**
 * @param {import('../shared/sign-in.js').SignedIn} session
 * @param {string} method
 * @param {string} path
 * @param {object} [body]
 */
async function api(session, method, path, body) {
  const headers = { Authorization: `Bearer ${await session.token()}`, 'Content-Type': 'application/json' };
  const response = await fetch(path, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error_description ?? answer.error);
  return answer;
}

/** @param {unknown} error */
function fail(error) {
  status.replaceChildren(el('span', { class: 'problem' }, error instanceof Error ? error.message : String(error)));
}
