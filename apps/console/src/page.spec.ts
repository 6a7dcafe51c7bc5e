import { serviceUnderTest } from '@perennial/testing';
import { ConsoleModule } from './console.module.js';

describe('the web page', () => {
  const service = serviceUnderTest(ConsoleModule);

  it('is served to anyone at the root, with nothing but its own files', async () => {
    const { status, headers, body } = await service.get<string>('/');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    expect(body.match(/(?:src|href)="(?!\/console\/|#)/g)).toBeNull();
  });

  it('comes with every file that it names', async () => {
    const { body } = await service.get<string>('/');
    const open = [...body.matchAll(/(?:src|href)="(\/console\/[^"]+)"/g)].map(([, path]) => path!);
    const seen = new Set<string>();
    for (let path = open.pop(); path; path = open.pop()) {
      if (seen.has(path)) continue;
      seen.add(path);
      const { status, headers, body: text } = await service.get<string>(path);
      expect([path, status]).toEqual([path, 200]);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      open.push(...[...text.matchAll(/from '\.\/([^']+)'/g)].map(([, name]) => `/console/${name!}`));
    }
    expect(seen.size).toBeGreaterThan(10);
  });

  it('is not sent again to who has it', async () => {
    const { headers } = await service.get('/console/console.mjs');
    expect(headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    const again = await service.get('/console/console.mjs', { 'if-none-match': headers.get('etag')! });
    expect(again.status).toBe(304);
  });

  it.each(['/console/nothing.mjs', '/console/..%2Fpackage.json', '/console/%2e%2e%2fsrc%2findex.ts'])(
    'gives nothing else: %s',
    async (path) => expect((await service.get(path)).status).toBe(404),
  );
});
