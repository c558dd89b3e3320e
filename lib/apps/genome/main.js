// The app: a record's genome for a person with `patient/` scopes, a count for one with `user/` scopes.
import { byId, el } from '../shared/dom.js';
import { showGenes } from './genes.js';
import { showPopulation } from './population.js';
import { showFindings, showMedicines, showTests } from './records.js';
import { maySearch, serverOf } from './server.js';
import { authorizePatient, authorizePopulation, forgetSession, openedSession } from './session.js';

const status = byId('status');

try {
  const session = await openedSession();
  if (session === undefined) offer();
  else await show(session);
} catch (error) {
  forgetSession();
  history.replaceState(null, '', '/genome/');
  offer();
  status.className = 'problem';
  status.textContent = error instanceof Error ? error.message : String(error);
}

/** Nothing is open yet. */
function offer() {
  status.textContent = '';
  byId('start').hidden = false;
  byId('open-patient').addEventListener('click', authorizePatient);
  byId('open-population').addEventListener('click', authorizePopulation);
}

/** @param {import('./session.js').Session} session */
async function show(session) {
  const server = await serverOf(session);
  const { patient, scopes } = session;
  if (session.banner) {
    const whose = byId('whose');
    whose.replaceChildren(
      patient === undefined ? 'Population' : el('span', {}, 'Record of ', el('b', {}, patient)),
      el('button', { type: 'button', onclick: close }, 'Close'),
    );
    whose.hidden = false;
  }
  if (patient !== undefined) {
    document.title = `Genome of ${patient}`;
    status.textContent = `Reading the record of ${patient} …`;
    const build = await showTests(server, patient);
    /** @type {(genes: readonly import('./gene-results.js').GeneResult[]) => void} */
    let tell = () => {};
    /** @type {Promise<readonly import('./gene-results.js').GeneResult[]>} */
    const genes = new Promise((resolve) => {
      tell = resolve;
    });
    // In the order of the page; the first two wait for what the last one finds.
    const parts = [showMedicines(server, patient, genes), showFindings(server, patient, genes)];
    tell(await showGenes({ server, subject: patient, build }));
    await Promise.all(parts);
    const failed = document.querySelectorAll('#panels .problem').length > 0;
    status.textContent = failed
      ? `Parts of the record of ${patient} could not be read; they are marked.`
      : `The record of ${patient} is read.`;
  } else if (maySearch(scopes, 'user')) {
    document.title = 'Genome: population';
    showPopulation(server);
    status.textContent = '';
  } else {
    throw new Error('The app was granted neither a record nor the population, so there is nothing it can show.');
  }
}

function close() {
  forgetSession();
  location.assign('/genome/');
}
