import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../../lib/http/local-server.ts';
import { API_PAGE_FILES, appFiles } from '../../lib/http/page-files.ts';
import { type ServerWithPeople, startWithDevelopmentServer } from '../support/development-server.ts';
import { noPorts } from './fake-operation.ts';

let server: ServerWithPeople;
let open: RunningServer;

beforeAll(async () => {
  server = await startWithDevelopmentServer(noPorts);
  open = await startServer({ port: 0, ports: noPorts, auth: 'off' });
});

afterAll(async () => {
  await server.close();
  await open.close();
});

describe('pages', () => {
  it.each([...API_PAGE_FILES.keys(), ...appFiles().keys()])(
    '%s may load and ask nothing from elsewhere',
    async (path) => {
      const response = await fetch(server.origin + path);
      expect(response.status).toBe(200);
      const policy = response.headers.get('content-security-policy') ?? '';
      expect(policy).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self'/);
      expect(policy).toContain("connect-src 'self'");
      expect(policy).toMatch(path.startsWith('/genome/') ? /frame-ancestors 'self'$/ : /frame-ancestors 'none'$/);
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
      const text = await response.text();
      if (response.headers.get('content-type')?.startsWith('text/html')) {
        expect(text).not.toMatch(/<script>|<script(?![^>]*\ssrc=)|\son\w+=|<style|style="/);
      }
    },
  );

  it.each([...appFiles().keys()])('%s is not there without the development authorization server', async (path) => {
    expect((await fetch(new URL(path, open.page))).status).toBe(404);
  });

  it('work under one name of this machine, and send people there', async () => {
    const { port } = new URL(server.origin);
    const sent = await new Promise((resolve, reject) => {
      request({ host: '127.0.0.1', port, path: '/ehr/', headers: { Host: `localhost:${port}` } }, (response) => {
        resolve([response.resume().statusCode, response.headers.location]);
      })
        .on('error', reject)
        .end();
    });
    expect(sent).toEqual([307, `${server.origin}/ehr/`]);
  });
});
