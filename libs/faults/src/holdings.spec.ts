import { grown, type Holding } from './holdings.js';

const lived = (faults: number, holding: (fault: number) => Partial<Holding>): Holding[] =>
  Array.from({ length: faults }, (_, fault) => ({ megabytes: 80, descriptors: 40, ...holding(fault) }));

describe('What a process holds', () => {
  it('may go up and down', () =>
    expect(
      grown(lived(12, (fault) => ({ megabytes: 80 + 60 * (fault % 2), descriptors: 40 + 30 * (fault % 2) }))),
    ).toEqual([]));

  it.each([6, 9, 12])('may be more once in %i looks', (faults) =>
    expect(grown(lived(faults, (fault) => ({ descriptors: fault === faults - 1 ? 400 : 40 })))).toEqual([]),
  );

  it('is told when every fault leaves connections behind', () =>
    expect(grown(lived(12, (fault) => ({ descriptors: 40 + 2 * fault })))).toEqual([
      'holds 58 descriptors, it was 42 12 faults ago',
    ]));

  it('is told when memory is never given back', () =>
    expect(grown(lived(12, (fault) => ({ megabytes: 80 + 4 * fault })))).toEqual([
      'holds 116 megabytes, it was 84 12 faults ago',
    ]));

  it('is not judged before it was looked at often enough', () =>
    expect(grown(lived(5, (fault) => ({ megabytes: 80 * 2 ** fault })))).toEqual([]));
});
