import fc from 'fast-check';
import { channelOf } from './channel.js';

describe('the channel of an event', () => {
  it.each([
    [
      'what it says itself',
      { channel: ' Store ', campaign: { medium: 'cpc' }, referrer: 'www.google.com' },
      'store',
    ],
    ['the medium of its campaign', { campaign: { medium: 'Email', source: 'spring' } }, 'email'],
    ['the usual meaning of the medium', { campaign: { medium: 'CPC', source: 'google' } }, 'paid search'],
    [
      'the source of its campaign',
      { campaign: { source: 'Newsletter' }, referrer: 'www.google.com' },
      'newsletter',
    ],
    ['a search engine', { referrer: 'www.google.co.uk' }, 'search'],
    ['a social network', { referrer: 'm.facebook.com' }, 'social'],
    ['a social network by its short name', { referrer: 't.co' }, 'social'],
    ['another page', { referrer: 'blog.example.org' }, 'referral'],
    ['a page that only sounds like a search engine', { referrer: 'notgoogle.example' }, 'referral'],
    ['nothing at all', {}, 'direct'],
    ['a campaign that says nothing of the way', { campaign: { name: 'spring' } }, 'direct'],
    ['blank words', { channel: '  ', campaign: { medium: ' ', source: '' } }, 'direct'],
  ])('is %s', (_, touchpoint, channel) => expect(channelOf(touchpoint)).toBe(channel));

  it('is always a word in lower case', () =>
    fc.assert(
      fc.property(
        fc.record(
          {
            channel: fc.string(),
            campaign: fc.record({ medium: fc.string(), source: fc.string() }, { requiredKeys: [] }),
            referrer: fc.domain(),
          },
          { requiredKeys: [] },
        ),
        (touchpoint) => {
          const channel = channelOf(touchpoint);
          expect(channel).not.toBe('');
          expect(channel).toBe(channel.trim().toLowerCase());
        },
      ),
    ));
});
