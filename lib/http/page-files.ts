import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** A file of a page, as it is served. */
export interface PageFile {
  readonly path: string;
  readonly type: string;
  readonly policy: string;
}

const require = createRequire(import.meta.url);
const SWAGGER = dirname(require.resolve('swagger-ui-dist/package.json'));
const PAGE = join(import.meta.dirname, 'page');
const APPS = join(import.meta.dirname, '..', 'apps');

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
};

interface Policy {
  /** Swagger UI sets styles from script. */
  readonly styles?: string;
  readonly frames?: string;
  readonly framedBy?: string;
}

/** Pages may load and ask nothing but this server. */
function policyOf({ styles = "'self'", frames = "'none'", framedBy = "'none'" }: Policy): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src ${styles}`,
    "img-src 'self' data:",
    "connect-src 'self'",
    `frame-src ${frames}`,
    "base-uri 'none'",
    "form-action 'none'",
    `frame-ancestors ${framedBy}`,
  ].join('; ');
}

/** Some files of one folder, by the path they are served at. */
function files(at: string, folder: string, names: readonly string[], policy: Policy): readonly [string, PageFile][] {
  return names.map((name) => {
    const type = TYPES[name.split('.').at(-1) ?? ''];
    if (type === undefined) throw new Error(`${name} is of no type that pages are made of`);
    return [`${at}${name === 'index.html' ? '' : name}`, { path: join(folder, name), type, policy: policyOf(policy) }];
  });
}

const API_PAGE: Policy = { styles: "'self' 'unsafe-inline'" };

/** The API page, by path. */
export const API_PAGE_FILES: ReadonlyMap<string, PageFile> = new Map([
  ...files('/', PAGE, ['index.html'], API_PAGE),
  ...files('/page/', PAGE, ['page.css', 'page.js', 'icon.svg'], API_PAGE),
  ...files('/page/', SWAGGER, ['swagger-ui.css', 'swagger-ui-bundle.js'], API_PAGE),
  ...files('/shared/', join(APPS, 'shared'), ['ground.css', 'base.css', 'dom.js', 'sign-in.js'], {}),
]);

/** The EHR page frames apps of this machine; the app lets itself be framed by the EHR page. */
const EHR: Policy = { frames: "'self' http://127.0.0.1:* http://localhost:*" };
const APP: Policy = { framedBy: "'self'" };

/**
 * The pages that need the development authorization server: the EHR page and the app. fhirclient is looked up only when
 * they are served: an installation without what development needs has neither.
 */
export const appFiles = (): ReadonlyMap<string, PageFile> =>
  new Map([
    ...files('/ehr/', join(APPS, 'ehr'), ['index.html', 'ehr.css', 'ehr.js'], EHR),
    ...files('/genome/', join(APPS, 'genome'), ['index.html', 'launch.html', 'genome.css'], APP),
    ...files(
      '/genome/',
      join(APPS, 'genome'),
      [
        'main.js',
        'launch.js',
        'session.js',
        'server.js',
        'panel.js',
        'records.js',
        'genes.js',
        'gene-models.js',
        'gene-results.js',
        'reading.js',
        'track.js',
        'population.js',
        'words.js',
      ],
      APP,
    ),
    // fhirclient as it is published, without the parts that old browsers lack.
    [
      '/shared/fhir-client.js',
      {
        path: join(dirname(require.resolve('fhirclient/package.json')), 'build', 'fhir-client.pure.min.js'),
        type: String(TYPES['js']),
        policy: policyOf({}),
      },
    ],
  ]);
