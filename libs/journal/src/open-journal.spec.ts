import { JournalUrlError } from './journal.errors.js';
import { openJournal } from './open-journal.js';

describe('the journal of a URL', () => {
  it.each(['mysql://u:secret@h/db', 'nonsense', ''])(
    'is refused when the scheme is not known: %j',
    async (url) => {
      const refusal = expect(openJournal(url)).rejects;
      await refusal.toThrow(JournalUrlError);
      await expect(openJournal(url)).rejects.not.toThrow(/secret/);
    },
  );

  it.each(['postgres://h/db', 'postgresql://h/db'])('is opened lazily by its scheme: %s', async (url) => {
    const journal = await openJournal(url);
    await journal.close();
  });
});
