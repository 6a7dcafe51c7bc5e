import { execFile, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { issueToken } from '@perennial/service';
import { describeIf, serviceUnderTest } from '@perennial/testing';
import { CollectorModule } from '../collector.module.js';

const packages = [
  'segment-analytics-python==2.3.5',
  'rudder-sdk-python==2.1.4',
  'cloudevents==1.12.0',
  'requests',
];
const folder = fileURLToPath(new URL('../../../../node_modules/.cache/python-clients', import.meta.url));
const python = `${folder}/bin/python`;
const installed = `${folder}/installed`;

/** Installs the clients once, into a folder of their own; says why that is not possible here. */
function missing(): string | undefined {
  if (existsSync(installed)) return undefined;
  const run = (command: string, ...args: string[]) =>
    spawnSync(command, args, { encoding: 'utf8', timeout: 180_000 }).status === 0;
  if (!run('python3', '-m', 'venv', folder)) return 'needs python3 with venv and pip';
  if (!run(python, '-m', 'pip', 'install', '--quiet', '--retries=0', '--timeout=15', ...packages))
    return 'the Python clients can not be installed';
  run('touch', installed);
  return undefined;
}

const reason = missing();

const secret = 'a-secret-of-at-least-thirty-two-characters';

describeIf(reason === undefined, reason ?? '')('from Python', () => {
  const service = serviceUnderTest(CollectorModule, { TOKEN_SECRET: secret });

  let writeKey: string;
  beforeAll(async () => {
    const token = await issueToken(secret, { name: 'ann', roles: ['operator'] }, { expires: '1h' });
    const { body } = await service.post<{ writeKey: string }>(
      '/api/collector/sources',
      { name: 'python' },
      { authorization: `Bearer ${token}` },
    );
    ({ writeKey } = body);
  });

  const run = (script: string) => promisify(execFile)(python, ['-c', script, service.url, writeKey]);
  const typesOf = async (subject: string) =>
    (await service.platform.journal.readStream(service.subjectIdOf(subject))).map(({ type }) => type);
  const requests = () => service.logged.filter((line) => line.includes('"/v1/:call"')).length;

  it("Segment's library publishes", async () => {
    await run(`
import sys
import segment.analytics as analytics
analytics.host, analytics.write_key = sys.argv[1], sys.argv[2]
analytics.on_error = lambda error, items: sys.exit(str(error))
analytics.identify('segment-python', {'email': 'ann@example.org'})
analytics.track('segment-python', 'Product Viewed', {'product_id': 'lamp'})
analytics.page('segment-python', 'Shop', 'Home')
analytics.shutdown()
`);
    expect(await typesOf('user:segment-python')).toEqual([
      'profile.updated',
      'product.viewed',
      'page.viewed',
    ]);
  });

  it("RudderStack's library publishes, and once is enough for it", async () => {
    const before = requests();
    await run(`
import sys
import rudderstack.analytics as analytics
analytics.dataPlaneUrl, analytics.write_key = sys.argv[1], sys.argv[2]
analytics.on_error = lambda error, items: sys.exit(str(error))
analytics.identify('rudder-python', {'firstName': 'Ann'})
analytics.track('rudder-python', 'Cart Viewed', {'cart_id': 'C-1'})
analytics.shutdown()
`);
    expect(await typesOf('user:rudder-python')).toEqual(['profile.updated', 'cart.viewed']);
    // One batch, or two of one; not sent again.
    expect(requests() - before).toBeLessThanOrEqual(2);
  });

  it("CloudEvents' library publishes structured and binary", async () => {
    const { stdout } = await run(`
import sys, requests
from cloudevents.http import CloudEvent, to_structured, to_binary
answers = []
for n, convert in enumerate((to_structured, to_binary)):
    event = CloudEvent({'id': f'p-{n}', 'source': '/python', 'type': 'shipment.delivered', 'subject': 'user:python', 'time': '2026-03-01T12:00:00Z'},
                       {'shipmentId': f'S-{n}', 'orderId': 'O-1'})
    headers, body = convert(event)
    answers.append(requests.post(sys.argv[1] + '/events', data=body, headers={**headers, 'Authorization': 'Bearer ' + sys.argv[2]}).json()['accepted'])
print(answers)
`);
    expect(stdout.trim()).toBe('[1, 1]');
    expect(await typesOf('user:python')).toEqual(['shipment.delivered', 'shipment.delivered']);
  });
});
