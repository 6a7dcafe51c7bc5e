/**
 * The protections that the promises of docs rest on, each with the way to remove it and the tests that must
 * then fail. `npm run mutants` removes one after the other.
 */
export const mutants = [
  {
    name: 'no epoch in the fence',
    file: 'libs/read-models/src/runner/cursor.ts',
    from: 'and c.epoch = w.epoch ',
    to: '',
    noticedBy: [
      'libs/read-models/src/runner/runner.spec.ts',
      'writes nothing once another has claimed its shards',
    ],
  },
  {
    name: 'no old position in the fence',
    file: 'libs/read-models/src/runner/cursor.ts',
    from: 'and c.position = w.old',
    to: '',
    noticedBy: [
      'libs/read-models/src/runner/runner.spec.ts',
      'writes nothing from a position that is not the committed one',
    ],
  },
  {
    name: 'no tie-breaker in latest',
    file: 'libs/read-models/src/event.ts',
    from: "return milliseconds + eventId.replaceAll('-', '');",
    to: 'return milliseconds;',
    noticedBy: ['libs/read-models/src/any-order.spec.ts', 'holds for every history'],
  },
  {
    name: 'latest by arrival',
    file: 'libs/read-models/src/facts/fact-table.sql.ts',
    from: 'case when ${oldStamp} is null or ${freshStamp} > ${oldStamp} then ${fresh} else ${old} end',
    to: '${fresh}',
    noticedBy: ['libs/read-models/src/any-order.spec.ts', 'holds for every history'],
  },
  {
    name: 'no lock of the customers before a derived table',
    file: 'libs/read-models/src/runner/writer.ts',
    from: 'pg_advisory_xact_lock(hashtext($1), bucket)',
    to: 'hashtext($1), bucket',
    noticedBy: ['libs/read-models/src/runner/concurrency.spec.ts', 'waits for the other'],
  },
  {
    name: 'two retries of one parked event apply it twice',
    file: 'libs/read-models/src/runner/runner.ts',
    from: 'if (rowCount === 0) return 0;',
    to: '',
    noticedBy: ['libs/read-models/src/runner/runner.spec.ts', 'applies it once it knows it'],
  },
  {
    name: 'a rebuild keeps cursors beyond the end of the journal',
    file: 'libs/read-models/src/runner/rebuild.ts',
    from: ', heads.get(shard) ?? 0)',
    to: ')',
    noticedBy: ['libs/read-models/src/runner/runner.spec.ts', 'goes on after a rebuild of everything'],
  },
  {
    name: 'no lock of the subjects that are moved',
    file: 'libs/read-models/src/runner/writer.ts',
    from: 'await this.lockMoves(movedSubjects);',
    to: '',
    noticedBy: ['libs/read-models/src/runner/concurrency.spec.ts', 'no customer keeps what has left it'],
  },
  {
    name: 'a build beside live facts is not filled again',
    file: 'libs/read-models/src/runner/build.ts',
    from: 'if (this.facts.length < this.source.models.facts.length) await this.refill(client);',
    to: '',
    noticedBy: ['libs/read-models/src/runner/rebuild.spec.ts', 'beside facts that go on changing'],
  },
  {
    name: 'what rows added before is not taken away',
    file: 'libs/read-models/src/aggregates/aggregate-table.sql.ts',
    from: '`-${total}`',
    to: '`0 * ${total}`',
    noticedBy: ['libs/read-models/src/any-order.spec.ts', 'holds for every history'],
  },
  {
    name: 'the customer left behind by a move is not computed again',
    file: 'libs/read-models/src/runner/writer.ts',
    from: 'const customers = new Set(leftCustomers);',
    to: 'const customers = new Set<string>();',
    noticedBy: ['libs/read-models/src/any-order.spec.ts', 'holds for every history'],
  },
  {
    name: 'a shard that goes on from another past is not noticed',
    file: 'libs/read-models/src/runner/runner.ts',
    from: 'event.previousId !== this.heads.get(event.shard)?.lastEventId',
    to: 'false',
    noticedBy: ['libs/read-models/src/runner/runner.spec.ts', 'restored from an older backup'],
  },
  {
    name: 'rows and cursor do not commit together',
    file: 'libs/read-models/src/runner/batch.ts',
    from: 'await advance(client, target.layout.service, target.consumer, moves);',
    to: "await advance(client, target.layout.service, target.consumer, moves); await client.query('commit; begin');",
    noticedBy: ['libs/read-models/src/runner/concurrency.spec.ts', 'leaves the cursor where it was'],
  },
  {
    name: 'a process that stands still keeps its shards',
    file: 'libs/read-models/src/runner/batch.ts',
    from: "set local idle_in_transaction_session_timeout to '${layout.beside ? STILL.beside : STILL.live}s'; ",
    to: '',
    noticedBy: ['libs/read-models/src/runner/concurrency.spec.ts', 'stands still'],
  },
];
