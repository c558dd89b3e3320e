// Starts Swagger UI on this server's own document. Nothing here or there may ask another host.
document.getElementById('base').textContent = `${location.origin}/fhir`;

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
});
