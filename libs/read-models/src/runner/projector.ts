import { setImmediate } from 'node:timers/promises';
import { catalogue, upcast, type EventName, type JsonObject } from '@perennial/events';
import type { RecordedEvent } from '@perennial/journal';
import { Stamp, type ProjectedEvent } from '../event.js';
import { Fold } from '../facts/fold.js';
import type { Facts } from '../facts/facts.js';
import type { Policy } from '../policies/policy.js';

/** Opens the sealed personal fields of events: answers their data, parsed; where a key was erased, fields are absent. */
export type Opener = (events: readonly RecordedEvent[]) => Promise<Map<string, JsonObject>>;

/** An event that could not be applied; it stays in the journal and is tried again. */
export interface Unapplied {
  event: RecordedEvent;
  reason: 'unknown-type' | 'newer-version' | 'projection-failed' | 'refused-by-database';
  message: string;
}

export interface Projected {
  folds: Map<Facts, Fold>;
  /** Events that policies react to. */
  forPolicies: ProjectedEvent[];
  unapplied: Unapplied[];
}

/** Parses its data only when a projection looks at them. */
class LazyEvent implements ProjectedEvent {
  readonly type: EventName;
  readonly namespace: string;
  private parsed?: JsonObject;
  private stamped?: Stamp;

  constructor(
    private readonly recorded: RecordedEvent,
    opened?: JsonObject,
  ) {
    this.type = recorded.type as EventName;
    const colon = recorded.subject.indexOf(':');
    this.namespace = colon < 0 ? recorded.subject : recorded.subject.slice(0, colon);
    this.parsed = opened;
  }

  get data() {
    this.parsed ??= upcast(
      this.type,
      this.recorded.dataVersion,
      JSON.parse(this.recorded.data) as JsonObject,
    );
    return this.parsed as ProjectedEvent['data'];
  }
  get stamp() {
    return (this.stamped ??= new Stamp(this.recorded.time, this.recorded.eventId));
  }
  get time() {
    return this.recorded.time;
  }
  get eventId() {
    return this.recorded.eventId;
  }
  get subjectId() {
    return this.recorded.streamId;
  }
  get source() {
    return this.recorded.source;
  }
  get id() {
    return this.recorded.id;
  }
  get shard() {
    return this.recorded.shard;
  }
  get position() {
    return this.recorded.position;
  }
}

/** After so many, less than a millisecond, the database that writes the batch before may want its next statement. */
const EVENTS_IN_A_ROW = 50;

const NOTHING: ReturnType<Fold['project']> = [];

/** From recorded events to folded rows: the pure part of applying a batch. */
export class Projector {
  private readonly opened: Set<string>;
  private readonly policyTypes: Set<string>;

  constructor(
    private readonly facts: readonly Facts[],
    policies: readonly Policy[],
    /** Types that the service has no use for; a stream may give them all the same. */
    private readonly without: ReadonlySet<string>,
    private readonly opener?: Opener,
  ) {
    this.opened = new Set(facts.filter(({ opens }) => opens).flatMap(({ on }) => [...on.keys()]));
    this.policyTypes = new Set(policies.flatMap(({ on }) => on));
    if (this.opened.size > 0 && !opener)
      throw new Error('A projection opens personal data, but no vault was given to open them with.');
  }

  async project(events: readonly RecordedEvent[], into?: Map<Facts, Fold>): Promise<Projected> {
    const folds = into ?? new Map(this.facts.map((facts) => [facts, new Fold(facts)]));
    const projected: Projected = { folds, forPolicies: [], unapplied: [] };
    const toOpen = events.filter(({ type }) => this.opened.has(type));
    const opened = toOpen.length > 0 ? await this.opener?.(toOpen) : undefined;
    for (let index = 0; index < events.length; index++) {
      const event = events[index]!;
      if (!this.without.has(event.type)) this.projectOne(event, opened, projected);
      if (index % EVENTS_IN_A_ROW === EVENTS_IN_A_ROW - 1) await setImmediate();
    }
    // Others go on folding into theirs.
    if (!into)
      for (const fold of folds.values()) {
        fold.prepare();
        await setImmediate();
      }
    return projected;
  }

  private projectOne(
    recorded: RecordedEvent,
    opened: Map<string, JsonObject> | undefined,
    { folds, forPolicies, unapplied }: Projected,
  ) {
    const known = (catalogue as Record<string, { version: number } | undefined>)[recorded.type];
    if (!known || recorded.dataVersion > known.version) {
      const [reason, message] = known
        ? ([
            'newer-version',
            `version ${recorded.dataVersion} of ${recorded.type} is newer than the ${known.version} known here`,
          ] as const)
        : (['unknown-type', `${recorded.type} is not a type known here`] as const);
      unapplied.push({ event: recorded, reason, message });
      return;
    }
    const event = new LazyEvent(recorded, opened?.get(recorded.eventId));
    try {
      // All projections first, so that one that fails leaves no half of the event behind.
      const contributions: { fold: Fold; rows: ReturnType<Fold['project']> }[] = [];
      for (const fold of folds.values()) {
        const rows = fold.wants(event.type) ? fold.project(event) : NOTHING;
        if (rows.length > 0) contributions.push({ fold, rows });
      }
      for (const { fold, rows } of contributions) fold.merge(event, rows);
      if (this.policyTypes.has(event.type)) forPolicies.push(event);
    } catch (error) {
      unapplied.push({
        event: recorded,
        reason: 'projection-failed',
        message: error instanceof Error ? error.message : String(error),
      });
    }
  }
}
