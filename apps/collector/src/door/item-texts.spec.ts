import fc from 'fast-check';
import { itemTexts } from './item-texts.js';

describe('the texts of the items of a list', () => {
  it('are those that each item has by itself, however it is written', () =>
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), fc.constantFrom(undefined, 1, '\t'), (items, indent) => {
        const texts = itemTexts(` ${JSON.stringify(items, undefined, indent)}\n`);
        expect(texts.map((text) => JSON.parse(text) as unknown)).toEqual(
          items.map((item) => JSON.parse(JSON.stringify(item)) as unknown),
        );
      }),
    ));

  it.each([
    ['[]', []],
    ['[ ]', []],
    ['{"a":[1,2]}', ['{"a":[1,2]}']],
    ['[1e400,{"a":1,"a":2}]', ['1e400', '{"a":1,"a":2}']],
    [String.raw`["\\",",","\"]"]`, [String.raw`"\\"`, '","', String.raw`"\"]"`]],
  ])('of %s are %j', (json, texts) => expect(itemTexts(json)).toEqual(texts));

  it('are found in nesting without end', () => {
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    expect(itemTexts(`[${deep},1]`)).toEqual([deep, '1']);
  });
});
