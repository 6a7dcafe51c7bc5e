import type { Status } from '@perennial/read-models';
import { serviceUnderTest } from '@perennial/testing';
import { CollectorModule } from '../collector.module.js';

const service = serviceUnderTest(CollectorModule);

const visit = (id: string, source: string, type = 'page.viewed') => ({
  ...{ id, source, type, subject: 'anonymous:1', time: '2026-03-01T12:00:00Z', data: { path: '/' } },
});
const sources = async () => (await service.get<Status>('/api/operations/status')).body.sources;

describe('the sources in the status', () => {
  it('are those of all recorded events', async () => {
    expect(await sources()).toEqual([]);
    await service.post('/events', [
      visit('1', '/simulated/fernwood'),
      visit('2', '/shop'),
      visit('3', '/shop'),
      visit('4', '/refused', 'no.such.type'),
    ]);
    expect(await sources()).toEqual(['/shop', '/simulated/fernwood']);
  });

  it('name nobody', async () => {
    await service.post('/events', visit('5', 'mailto:ann@example.org'));
    expect(await sources()).not.toContainEqual(expect.stringContaining('ann'));
  });

  it('are at most a thousand, and events of others are taken all the same', async () => {
    const devices = Array.from({ length: 1_100 }, (_, n) => visit(`d-${n}`, `/device/${n}`));
    const { body } = await service.post('/events', devices);
    expect(body).toMatchObject({ accepted: 1_100 });
    await service.post('/events', visit('6', '/another'));
    expect(await sources()).toHaveLength(1_000);
  });
});
