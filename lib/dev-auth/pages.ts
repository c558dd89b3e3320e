import type { KoaContextWithOIDC } from 'oidc-provider';
import { Html, html } from './html.ts';
import type { Chart, Person } from './people.ts';
import { inWords } from './scope-words.ts';

/**
 * Headers of every page here: no script, nothing from elsewhere, framed by this server's EHR page only. Without
 * form-action, because browsers hold the redirect back to an app of another port against it.
 */
export const PAGE_HEADERS = {
  'Content-Type': 'text/html; charset=utf-8',
  'Cache-Control': 'no-store',
  'Content-Security-Policy':
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'self'",
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
} as const;

/** Who are you? One button a person. */
export function signInPage(action: string, client: string, people: readonly Person[]): Html {
  return page(
    'Sign in',
    html`<p><b>${client}</b> wants to know who you are. These people are invented; nobody needs a password here.</p>
    <form method="post" action="${action}">
      <ul class="choices">${people.map(
        ({ id, name, role }) => html`
        <li><button name="person" value="${id}"><b>${name}</b><span>${role}</span></button></li>`,
      )}
      </ul>
    </form>`,
  );
}

export interface Consent {
  readonly action: string;
  readonly client: string;
  readonly person: Person;
  readonly scopes: readonly string[];
  /** Records to choose from; undefined when none is opened, empty when only the number is asked. */
  readonly charts: readonly Chart[] | undefined;
  /** The one record of a person who has just one. */
  readonly own: string | undefined;
  /** What was wrong with the last answer. No record is chosen beforehand: a wrong one would be opened too easily. */
  readonly problem?: string;
}

/** May the app have this, and of whom? */
export function consentPage({ action, client, person, scopes, charts, own, problem }: Consent): Html {
  const picker =
    charts === undefined
      ? html``
      : own === undefined
        ? html`<fieldset>
        <legend>Whose record?</legend>
        <ul class="records">${charts.map(
          ({ subject, note }) => html`
          <li><label><input type="radio" name="patient" value="${subject}">
            <span><b>${subject}</b> ${note}</span></label></li>`,
        )}
        </ul>
        <label class="field">Another subject id <input name="other" autocomplete="off" pattern="[A-Za-z0-9.\\-]{1,64}"></label>
      </fieldset>`
        : html`<p>Your own record: <b>${own}</b></p>`;
  return page(
    'Allow access',
    html`${problem === undefined ? html`` : html`<p class="problem" role="alert">${problem}</p>`}
    <p><b>${client}</b> asks you, <b>${person.name}</b>, whether it may:</p>
    <ul>${inWords(scopes).map((words) => html`<li>${words}</li>`)}</ul>
    <form method="post" action="${action}">
      ${picker}
      <p class="actions">
        <button name="decision" value="allow" class="main">Allow</button>
        <button name="decision" value="deny" formnovalidate>Deny</button>
      </p>
    </form>
    <p class="aside">Not ${person.name}? <a href="/auth/sign-out">Sign out</a>, then start the app again.</p>`,
  );
}

/** What an error says in OAuth 2.0. */
export interface ErrorOut {
  readonly error: string;
  readonly error_description?: string | undefined;
}

/** Says that something did not work, and where to start again. */
export function errorPage({ error, error_description: description }: ErrorOut): Html {
  return page(
    'This did not work',
    html`<p class="problem">${description ?? error}</p>
    <p>Start again from the <a href="/ehr/">EHR page</a> or the <a href="/genome/">app</a>. <span class="aside">${error}</span></p>`,
  );
}

/** Asks before signing out. `form` is the provider's, with its key against forgery. */
export function signOutPage(ctx: KoaContextWithOIDC, form: string): void {
  respond(
    ctx,
    page(
      'Sign out',
      html`<p>Sign out of everything on this server?</p>${new Html(form)}
      <p class="actions">
        <button type="submit" form="op.logoutForm" name="logout" value="yes" class="main">Sign out</button>
        <button type="submit" form="op.logoutForm">Stay</button>
      </p>`,
    ),
  );
}

export function signedOutPage(ctx: KoaContextWithOIDC): void {
  respond(ctx, page('Signed out', html`<p>You are signed out. On to the <a href="/ehr/">EHR page</a>.</p>`));
}

/** Answers with a page in the provider's way. */
export function respond(ctx: KoaContextWithOIDC, { text }: Html): void {
  ctx.set({ ...PAGE_HEADERS });
  ctx.body = text;
}

function page(title: string, content: Html): Html {
  return html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${title} · development authorization server</title>
    <link rel="icon" href="/page/icon.svg" type="image/svg+xml">
    <link rel="stylesheet" href="/shared/ground.css">
    <link rel="stylesheet" href="/shared/base.css">
  </head>
  <body class="narrow">
    <main>
      <h1>${title}</h1>
      ${content}
      <footer>Development authorization server. Whoever reaches this machine's address can sign in as anyone.</footer>
    </main>
  </body>
</html>
`;
}
