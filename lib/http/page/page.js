// Starts Swagger UI on this server's own document. Nothing here or there may ask another host.
import { signIn } from '/shared/sign-in.js';

document.getElementById('base').textContent = `${location.origin}/fhir`;
const notice = document.getElementById('notice');

/** Who the page asks as; undefined on a server that asks nobody, or asks people of another server. */
let session;
try {
  session = await signIn({ clientId: 'api-page', scope: 'openid fhirUser online_access user/*.rs', redirect: '/' });
  if (session !== undefined) {
    notice.textContent = `Signed in as ${session.name}, who is invented. For development: whoever reaches this machine's address can be anybody.`;
  }
} catch (error) {
  notice.textContent = `Not signed in: ${error.message}`;
}
if (session !== undefined) {
  document.body.classList.add('signed-in');
  for (const link of document.querySelectorAll('.apps')) link.hidden = false;
}

window.SwaggerUIBundle({
  url: '/fhir/openapi.json',
  dom_id: '#operations',
  presets: [window.SwaggerUIBundle.presets.apis],
  tryItOutEnabled: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: -1,
  defaultModelRendering: 'example',
  displayRequestDuration: true,
  validatorUrl: null,
  deepLinking: true,
  async requestInterceptor(request) {
    if (session !== undefined) request.headers.Authorization = `Bearer ${await session.token()}`;
    return request;
  },
});
