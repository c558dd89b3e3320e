import type Client from 'fhirclient';

/** What fhirclient's script puts on the page. */
declare global {
  var FHIR: typeof Client;
}
