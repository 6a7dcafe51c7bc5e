import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeIf } from '../conditional.js';

export interface TestCertificate {
  /** PEM. */
  key: string;
  certificate: string;
  /** Where the certificate is; it is its own authority. */
  file: string;
}

const hasOpenssl = (): boolean => spawnSync('openssl', ['version']).status === 0;

/** Tests that need a certificate: a new key and a certificate for 127.0.0.1, for a day. */
export const describeWithCertificate = (name: string, tests: (certificate: () => TestCertificate) => void) =>
  describeIf(hasOpenssl(), 'needs openssl')(name, () => {
    const folder = mkdtempSync(join(tmpdir(), 'perennial-certificate-'));
    let certificate: TestCertificate;
    beforeAll(() => {
      certificate = testCertificate(folder);
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));
    tests(() => certificate);
  });

function testCertificate(folder: string): TestCertificate {
  const [key, file] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost'];
  const form = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1'];
  const { status, stderr } = spawnSync('openssl', [
    'req',
    '-x509',
    ...form,
    ...names,
    '-keyout',
    key,
    '-out',
    file,
  ]);
  if (status !== 0) throw new Error(`openssl: ${stderr.toString()}`);
  return { key: readFileSync(key, 'utf8'), certificate: readFileSync(file, 'utf8'), file };
}
