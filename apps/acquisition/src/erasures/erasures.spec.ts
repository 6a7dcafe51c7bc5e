import { openEvents } from '@perennial/privacy';
import { rebuild, RunnerRegistry } from '@perennial/read-models';
import { event, givenReadModels, serviceUnderTest, subjectIdOf } from '@perennial/testing';
import { expectSameState, statedWith, twoPlayings } from '@perennial/testing/any-order';
import fc from 'fast-check';
import { AcquisitionModule } from '../acquisition.module.js';
import { acquisition } from '../acquisition.read-models.js';
import type { ErasureCertificate } from './erasures.answers.js';
import { Erasures } from './erasures.js';

const [ann, phone, bob] = ['user:ann', 'anonymous:9f', 'user:bob'];
const stated = (subject: string, day: string, email: string) =>
  event('profile.updated', subject, { email }, { time: `2026-03-${day}T12:00:00.000Z` });

describe('a customer who is erased', () => {
  const service = serviceUnderTest(AcquisitionModule);
  const path = (subject: string, action: string) =>
    `/api/acquisition/customers/${service.subjectIdOf(subject)}${action && `/${action}`}`;
  const erase = async (subject: string, key = 'e-1') => {
    const answer = await service.post<{ eventIds: string[] }>(
      path(subject, 'erase'),
      { reason: 'asked for' },
      { 'idempotency-key': key },
    );
    await service.given();
    return answer;
  };
  const certificate = (subject: string) => service.get<ErasureCertificate>(path(subject, 'erasure'));
  const mailAddresses = async () => {
    const { rows } = await service.pool.query<{ subject_id: string; email: string | null }>(
      'select subject_id, email from acquisition_tables.profile where email is not null order by email',
    );
    return rows.map(({ email }) => email);
  };
  /** What anybody with the keys that are left can read in the journal. */
  const readable = async () => {
    const { rows } = await service.pool.query<{ stream_id: string }>(
      'select distinct stream_id from journal.event',
    );
    const events = await Promise.all(
      rows.map(({ stream_id }) => service.platform.journal.readStream(stream_id, 0, 1_000)),
    );
    return JSON.stringify(await openEvents(service.platform.vault, events.flat()));
  };

  beforeAll(async () => {
    await service.given(
      stated(ann, '01', 'ann@example.org'),
      stated(phone, '02', 'ann@private.example'),
      stated(bob, '02', 'bob@example.org'),
      event('identity.linked', phone, { other: ann, evidence: 'login' }),
    );
  });

  it('has no certificate before', async () => {
    expect(await certificate(ann)).toMatchObject({ status: 404, body: { code: 'not-erased' } });
    expect(await readable()).toContain('ann@private.example');
  });

  it('is nowhere, under none of its identifiers, and the neighbours stay', async () => {
    const { status, body } = await erase(phone);
    expect({ status, events: body.eventIds.length }).toEqual({ status: 202, events: 1 });
    expect(await mailAddresses()).toEqual(['bob@example.org']);
    const left = await readable();
    expect(left).not.toContain('ann@');
    expect(left).toContain('bob@example.org');
    expect(service.logged.join('\n')).not.toContain('@example.org');
  });

  it('is told to be erased, with what happened', async () => {
    const { body } = await service.get<{ identifiers: { erasedAt: string | null }[]; profiles: unknown[] }>(
      path(ann, ''),
    );
    expect(body.identifiers.map(({ erasedAt }) => typeof erasedAt)).toEqual(['string', 'string']);
    expect(body.profiles).toEqual([]);
  });

  it('has a certificate that lists every place', async () => {
    const { body } = await certificate(ann);
    expect(body.complete).toBe(true);
    expect(body.identifiers.map(({ subjectId }) => subjectId).sort()).toEqual(
      [ann, phone].map((subject) => service.subjectIdOf(subject)).sort(),
    );
    expect(body.identifiers.every(({ keyDestroyedAt }) => keyDestroyedAt !== null)).toBe(true);
    expect(Object.fromEntries(body.places.map(({ place, state }) => [place, state]))).toMatchObject({
      vault: 'erased',
      journal: 'unreadable',
      'acquisition.profile': 'erased',
      'collector.rejected': 'unreadable',
      logs: 'nothing personal',
    });
  });

  it('is not erased twice, and the same command says the same', async () => {
    expect((await erase(ann)).body).toEqual({ eventIds: [] });
    expect((await erase(ann, 'e-2')).body).toEqual({ eventIds: [] });
  });

  it('does not come back by what is told later', async () => {
    await service.given(stated(ann, '09', 'ann@later.example'));
    expect(await mailAddresses()).toEqual(['bob@example.org']);
    expect(await readable()).not.toContain('later.example');
  });

  it('does not come back by a replay, nor by a backup of the vault', async () => {
    const { pool, platform, app } = service;
    const [runner] = app.get(RunnerRegistry).all;
    await rebuild(runner!.options, ['profile']);
    expect(await mailAddresses()).toEqual(['bob@example.org']);

    await service.given(stated('user:eve', '01', 'eve@example.org'));
    const { rows } = await pool.query('select * from vault.subject_key where subject_id = $1', [
      service.subjectIdOf('user:eve'),
    ]);
    const restore = () =>
      pool.query(
        `update vault.subject_key set erased_at = null, wrapped_key = $2, sealed_identifier = $3 where subject_id = $1`,
        [rows[0].subject_id, rows[0].wrapped_key, rows[0].sealed_identifier],
      );
    await erase('user:eve', 'e-3');
    await restore();
    expect((await certificate('user:eve')).body).toMatchObject({ complete: false });
    await rebuild(runner!.options, ['profile']);
    expect(await mailAddresses()).toEqual(['bob@example.org']);
    expect((await certificate('user:eve')).body).toMatchObject({ complete: true });

    await restore();
    await app.get(Erasures).eraseAgain();
    expect(await platform.vault.openKeys([service.subjectIdOf('user:eve')])).toEqual(new Map());
  });

  it('is not erased under an identifier that became theirs since, until that is decided', async () => {
    await service.given(
      stated('card:7', '11', 'ann@card.example'),
      event('identity.linked', 'card:7', { other: 'user:eve', evidence: 'receipt' }),
    );
    expect((await certificate('user:eve')).body).toMatchObject({ complete: false });
    await erase('user:eve', 'e-4');
    expect((await certificate('user:eve')).body).toMatchObject({ complete: true });
    expect(await mailAddresses()).toEqual(['bob@example.org']);
  });

  it('must be somebody', async () => {
    const nobody = '7c9e6679-7425-40de-944b-e07fc1f90ae7';
    expect(await service.post(`/api/acquisition/customers/${nobody}/erase`, {})).toMatchObject({
      status: 404,
    });
    expect(await service.post('/api/acquisition/customers/ann/erase', {})).toMatchObject({ status: 400 });
  });
});

describe('profiles', () => {
  const { subject } = givenReadModels(acquisition);

  it('are the same in whatever sequence statements and erasures come, and of the erased empty', async () => {
    const people = [ann, bob];
    const stating = statedWith(
      fc.record({
        time: fc.integer({ min: 1, max: 28 }).map((day) => new Date(Date.UTC(2026, 1, day)).toISOString()),
      }),
    );
    const history = fc
      .tuple(
        fc.array(
          stating(
            'profile.updated',
            fc.constantFrom(...people),
            fc.record({ email: fc.constantFrom('a@example.org', 'b@example.org') }),
          ),
          { minLength: 1, maxLength: 12 },
        ),
        fc.array(
          stating(
            'customer.erased',
            fc.constant(`customer:${subjectIdOf(ann)}`),
            fc.constant({ customerId: subjectIdOf(ann), subjectIds: [subjectIdOf(ann)] }),
          ),
          { minLength: 1, maxLength: 2 },
        ),
      )
      .map(([statements, erasures]) => [...statements, ...erasures]);
    await fc.assert(
      fc.asyncProperty(twoPlayings(history), async (playings) => {
        await expectSameState(subject, playings, () => subject.dump());
        const rows = (await subject.rows('profile')) as { subject_id: string; email: string | null }[];
        expect(rows.filter(({ subject_id }) => subject_id === subjectIdOf(ann))).toEqual([
          expect.objectContaining({ email: null }),
        ]);
      }),
      { numRuns: 15 },
    );
  });
});
