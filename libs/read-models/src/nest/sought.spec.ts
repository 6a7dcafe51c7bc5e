import { sought } from './sought.js';

const known = ['retention.purchases', 'retention.subject', 'interactions.subject'];

describe('a read model that is asked for', () => {
  it('is named in full, by its own name, or with all of its service', () => {
    expect(sought('retention.subject', known)).toEqual(['retention.subject']);
    expect(sought('purchases', known)).toEqual(['retention.purchases']);
    expect(sought('retention', known)).toEqual(['retention.purchases', 'retention.subject']);
  });

  it('has to be the only one of its name', () => {
    expect(() => sought('subject', known)).toThrow('say retention.subject or interactions.subject');
  });

  it('is not found without saying which there are', () => {
    expect(() => sought('nonsense', known)).toThrow(
      'There are: interactions.subject, retention.purchases, retention.subject.',
    );
  });

  it('is not said to be missing, nor the only one of its name, while somebody can not be asked', () => {
    const away = ['http://there does not answer.'];
    for (const text of ['nonsense', 'purchases'])
      expect(() => sought(text, known, away)).toThrow(
        expect.objectContaining({ status: 503, message: expect.stringContaining(away[0]!) as unknown }),
      );
    expect(sought('retention.purchases', known, away)).toEqual(['retention.purchases']);
  });
});
