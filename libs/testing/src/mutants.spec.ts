import { readFileSync } from 'node:fs';
import { mutants } from '../mutants/mutants.mjs';

const root = new URL('../../../', import.meta.url);
const textOf = (file: string) => readFileSync(new URL(file, root), 'utf8');

/** Running them takes minutes (`npm run mutants`); that they still name what is there takes none. */
describe.each(mutants)('the mutant "$name"', ({ file, from, noticedBy: [spec, test] }) => {
  it('removes something that is there, once', () => {
    expect(textOf(file).split(from)).toHaveLength(2);
  });

  it('names a test that is there', () => {
    const contract = spec.endsWith('postgres-journal.spec.ts')
      ? 'libs/journal/src/journal.contract.ts'
      : spec;
    expect(textOf(contract)).toContain(test);
  });
});
