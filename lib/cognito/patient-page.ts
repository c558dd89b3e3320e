import { createHash } from 'node:crypto';
import { type FacadeReply, NO_STORE } from './exchange.ts';
import type { PatientChoice } from './patient-choice.ts';

const STYLE = `body{font:1rem/1.5 system-ui,sans-serif;margin:2rem auto;max-width:32rem;padding:0 1rem;color:#1a1a1a}
label,button{display:block;margin:.75rem 0}input[type=text]{font:inherit;padding:.4rem;width:100%;box-sizing:border-box}
button{font:inherit;padding:.5rem 1.25rem}`;
const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

interface PatientPage {
  readonly clientName: string;
  readonly scopes: readonly string[];
  readonly choice: PatientChoice;
  /** Where the choice is posted. */
  readonly action: string;
  /** Secret of the choice. */
  readonly secret: string;
  /** Browsers apply `form-action` to the redirect that follows as well. */
  readonly redirectUri: string;
}

/** Asks which patient's record an app is to open. It has no script. */
export function patientPage({ clientName, scopes, choice, action, secret, redirectUri }: PatientPage): FacadeReply {
  const options = choice.patients.map(
    (id, index) =>
      `<label><input type="radio" name="patient" value="${escapeHtml(id)}" required${index === 0 ? ' autofocus' : ''}> ${escapeHtml(id)}</label>`,
  );
  const typed = choice.any
    ? '<label for="patient">Patient id<input type="text" id="patient" name="patient" required maxlength="64" autocomplete="off" autofocus></label>'
    : '';
  return page(
    200,
    'Choose a patient',
    `<p><strong>${escapeHtml(clientName)}</strong> asks to open one patient's record. It may include genetic findings.</p>
<p>Asked for: ${scopes.map((scope) => `<code>${escapeHtml(scope)}</code>`).join(', ')}</p>
<form method="post" action="${escapeHtml(action)}"><input type="hidden" name="choice" value="${escapeHtml(secret)}">
${choice.any ? typed : `<fieldset><legend>Patient</legend>${options.join('')}</fieldset>`}<button>Open</button></form>`,
    `form-action 'self' ${new URL(action).origin} ${originOf(redirectUri)}`,
  );
}

/** Tells a person what can't be told the app. */
export function refusalPage(status: number, message: string): FacadeReply {
  return page(status, 'This app can not be opened', `<p>${escapeHtml(message)}</p>`, "form-action 'none'");
}

function page(status: number, title: string, content: string, formAction: string): FacadeReply {
  return {
    status,
    headers: {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; frame-ancestors 'none'; ${formAction}`,
      'Referrer-Policy': 'no-referrer',
      'X-Content-Type-Options': 'nosniff',
      ...NO_STORE,
    },
    body: `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${title}</title><style>${STYLE}</style></head><body><main><h1>${title}</h1>${content}</main></body></html>`,
  };
}

/** A native app's scheme has no origin; the scheme itself stands for it. */
function originOf(uri: string): string {
  const { origin, protocol } = new URL(uri);
  return origin === 'null' ? protocol : origin;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
