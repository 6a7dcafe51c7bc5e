import { catalogue, type AnyEvent } from '@perennial/events';
import { hash32, Random } from '../chance/random.js';
import { arrivals } from '../company/arrivals.js';
import { keepBooks } from '../company/books.js';
import { identity } from '../company/company.parameters.js';
import { Shelf } from '../company/shelf.js';
import { customerOf, strangersPerBuyer, type Customer, type Kind } from '../customers/customer.js';
import { linkWrongly } from '../customers/identity.js';
import { maybeJoinClub } from '../shopping/club.js';
import { live, passBy, type Company } from '../shopping/life.js';
import { maybeAnswerSurvey } from '../shopping/survey.js';
import { Story } from './story.js';

export const SIMULATED_SOURCES = '/simulated/';
export const COMPANY = 'fernwood';

export interface SimulationOptions {
  /** Any whole number or word. Absent: 1. */
  seed?: number | string;
  /** How many buy at least once; about as many more only look. Absent: 2,000. */
  customers?: number;
  /** Absent: two years before `to`. */
  from?: Date;
  /** Events happen before this moment. */
  to: Date;
}

type WithoutVersion<Event> = Event extends unknown ? Omit<Event, 'dataVersion'> : never;

/** A CloudEvents 1.0 event, ready for `POST /events`. */
export type SimulatedEvent = WithoutVersion<AnyEvent> & {
  specversion: '1.0';
  datacontenttype: 'application/json';
  dataversion: number;
};

/**
 * The events of the sample company, in the sequence of time. The same options give the same events with the
 * same ids, so that what is played twice is recorded once; other options give other customers and orders (of
 * the same products). What is in memory grows with the number of customers, not with that of events.
 * Throws RangeError if the options make no sense.
 */
export function* simulate(options: SimulationOptions): Generator<SimulatedEvent, void, undefined> {
  const { seed, customers, from, to } = complete(options);
  const label = hash32(`${seed}/${customers}/${from}/${to}`).toString(36).padStart(7, '0').slice(-5);
  const story = new Story(label, from, to, new Random(`${seed}/company`));
  const company = found(story, seed);
  invite(company, seed, 'buyer', customers);
  invite(company, seed, 'stranger', Math.round(customers * strangersPerBuyer));
  let number = 0;
  for (const { time, type, subject, data } of story.events()) {
    yield {
      specversion: '1.0',
      id: `${label}-${++number}`,
      source: `${SIMULATED_SOURCES}${COMPANY}`,
      type,
      subject,
      time: new Date(time).toISOString(),
      datacontenttype: 'application/json',
      dataversion: catalogue[type].version,
      data,
      // The pair of type and data was checked where it was told.
    } as SimulatedEvent;
  }
}

/** Cuts events into arrays of `size`, the last one shorter. */
export function* batches<Event>(events: Iterable<Event>, size: number): Generator<Event[], void, undefined> {
  if (!Number.isInteger(size) || size < 1) throw new RangeError('size must be a whole number from 1.');
  let batch: Event[] = [];
  for (const event of events) {
    batch.push(event);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

function complete({ seed = 1, customers = 2000, from, to }: SimulationOptions) {
  const begin = from ?? new Date(to);
  if (!from) begin.setUTCFullYear(to.getUTCFullYear() - 2);
  if (!(begin.getTime() < to.getTime())) throw new RangeError('from must be a date before to.');
  if (!Number.isInteger(customers) || customers < 0) {
    throw new RangeError('customers must be a whole number from 0.');
  }
  return { seed: String(seed), customers, from: begin.getTime(), to: to.getTime() };
}

/** How many of those who opened an account last are remembered, for links that go wrong. */
const REMEMBERED = 40;

function found(story: Story, seed: string): Company {
  const recent: Customer[] = [];
  const shelf = new Shelf(story);
  keepBooks(story, new Random(`${seed}/books`));
  for (let index = 0; index < identity.wrongLinks; index++) {
    story.at(story.part((index + 2) / (identity.wrongLinks + 2)), (time) => {
      const [one, other] = [recent.at(0), recent.at(-1)];
      if (one && other && one !== other) linkWrongly(story, one, other, time);
    });
  }
  const opened = (customer: Customer) => {
    maybeJoinClub(story, customer);
    maybeAnswerSurvey(story, customer);
    if (!customer.devices[0]!.linkedTo) return;
    recent.push(customer);
    if (recent.length > REMEMBERED) recent.shift();
  };
  return { story, shelf, opened };
}

/** Has people come, one after the other; the next one is made when the one before has come. */
function invite(company: Company, seed: string, kind: Kind, count: number): void {
  const { story } = company;
  const times = arrivals(count, story.from, story.to, new Random(`${seed}/${kind}s`));
  let number = 0;
  const next = () => {
    const arrival = times.next();
    if (arrival.done) return;
    const time = arrival.value;
    story.at(time, () => {
      const customer = customerOf(seed, story.label, kind, ++number);
      if (kind === 'buyer') live(company, customer, time);
      else passBy(company, customer, time);
      next();
    });
  };
  next();
}
