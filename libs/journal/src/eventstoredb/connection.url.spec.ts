import { JournalUrlError } from '../journal.errors.js';
import { EventStoreConnection } from './connection.js';
import { eventStoreAddress } from './connection.url.js';

describe('a JOURNAL_URL of EventStoreDB', () => {
  it.each([
    ['esdb://localhost', 'esdb://localhost', 'perennial', 'localhost'],
    [
      'esdb://a:b%40c@one:2113,two:2114?tls=false',
      'esdb://a:b%40c@one:2113,two:2114?tls=false',
      'perennial',
      'one:2113,two:2114',
    ],
    ['esdb://one:2113?prefix=staging', 'esdb://one:2113', 'staging', 'one:2113'],
    ['esdb+discover://x.y/?prefix=staging&tls=true', 'esdb+discover://x.y?tls=true', 'staging', 'x.y'],
  ])('is taken apart: %s', (url, connectionString, prefix, servers) => {
    expect(eventStoreAddress(url)).toEqual({ connectionString, prefix, servers });
  });

  it.each([
    ['esdb://', 'must look like'],
    ['esdb://secret@host', 'without a password'],
    ['esdb://a:secret@host?prefix=my-shop', 'The prefix'],
    ['esdb://a:secret@host?tls', 'a setting without a value: "tls"'],
    ['esdb://a:secret@host?colour=red', 'not known: "colour"'],
    ['esdb://a:secret@host?tlsVerifyCert=false', 'tlsCAFile'],
    ['esdb://a:secret@host:port', "can't be used"],
    ['esdb://a:secret@host?tls=perhaps', "can't be used"],
    ['esdb://a:secret@host?nodePreference=nearest', "can't be used"],
    ['esdb://a:secret@host?tlsCaFile=/nowhere.crt', "can't be used"],
  ])('is refused without showing it: %s', (url, message) => {
    const open = () => new EventStoreConnection(url);
    expect(open).toThrow(JournalUrlError);
    expect(open).toThrow(message);
    expect(open).not.toThrow(/secret/);
  });
});
