// Where an EHR launches the app: with `iss`, the FHIR server, and `launch`, which stands for the record that is open.
import { byId } from '../shared/dom.js';
import { authorizeEhrLaunch } from './session.js';

try {
  await authorizeEhrLaunch(new URLSearchParams(location.search));
} catch (error) {
  byId('status').className = 'problem';
  byId('status').textContent = error instanceof Error ? error.message : String(error);
}
