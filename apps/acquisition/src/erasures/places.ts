import type { ErasedPlace } from './erasures.answers.js';

/** What was looked up before a certificate is written. */
export interface Findings {
  /** Whether the keys of all identifiers are destroyed. */
  keysAreDestroyed: boolean;
  /** Whether acquisition still tells anything of the person. */
  profilesAreEmpty: boolean;
  /** Whether events also travel over Kafka. */
  hasKafka: boolean;
}

/** Every place where something of a person can be. Whoever adds one that is not listed here makes certificates lie. */
export function placesOf({ keysAreDestroyed, profilesAreEmpty, hasKafka }: Findings): ErasedPlace[] {
  const sealed = keysAreDestroyed ? 'unreadable' : 'pending';
  return [
    {
      place: 'vault',
      holds: 'the key of each identifier, and the identifier itself',
      state: keysAreDestroyed ? 'erased' : 'pending',
      how: 'Both are destroyed. A tombstone keeps the identifier from ever getting another key: what is personal in later events is not kept at all.',
    },
    {
      place: 'journal',
      holds: 'all events',
      state: sealed,
      how: 'Personal fields and identifiers are sealed with the keys that are destroyed.',
    },
    {
      place: 'acquisition.profile',
      holds: 'what was stated of the person last',
      state: profilesAreEmpty ? 'erased' : 'pending',
      how: 'Its columns are empty, and stay so whatever is replayed or rebuilt. Former versions of the rows are vacuumed.',
    },
    {
      place: 'interactions, retention, recommendations; the rest of acquisition',
      holds: 'what happened, by keyed hashes of identifiers',
      state: 'nothing personal',
      how: 'No service but acquisition opens personal fields, and there only "profile" keeps them.',
    },
    {
      place: 'collector.rejected',
      holds: 'what could not be accepted',
      state: sealed,
      how: 'Where the identifier could be read, the body is sealed with its key. What could not be read at all is sealed with a key of no person: look through "perennial rejected list" for it.',
    },
    {
      place: 'logs',
      holds: 'ids and counts',
      state: 'nothing personal',
      how: 'No identifier and no field of an event is logged.',
    },
    ...(hasKafka ? ofKafka(sealed) : []),
    {
      place: 'backups and archived logs of databases',
      holds: 'what the places above held when they were made',
      state: 'not ours',
      how: 'A backup of the vault from before holds the keys: delete it when its time is over. If it is restored, acquisition destroys them again within the hour.',
    },
    {
      place: 'systems that publish events, files that were imported',
      holds: 'the originals',
      state: 'not ours',
      how: 'Erase the person there too.',
    },
  ];
}

const ofKafka = (sealed: ErasedPlace['state']): ErasedPlace[] => [
  {
    place: 'topics events and decisions',
    holds: 'copies of the journal',
    state: sealed,
    how: 'They are sealed as they are in the journal.',
  },
  {
    place: 'topic rejected',
    holds: 'why something could not be accepted, and where it stands',
    state: 'nothing personal',
    how: 'The body is not repeated there.',
  },
  {
    place: 'topic inbound',
    holds: 'events as other systems published them',
    state: 'not ours',
    how: 'They are gone when the time is over for which Kafka keeps them (retention.ms of the topic).',
  },
];
