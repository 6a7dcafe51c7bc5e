import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = new URL('../../../', import.meta.url).pathname;

interface Planted {
  what: string;
  /** An existing file (its types are part of the program), whose text is replaced. */
  file: string;
  code: string;
  rule?: string;
}

const planted: Planted[] = [
  {
    what: 'a pure library imports another of ours',
    file: 'libs/events/src/catalogue.ts',
    code: `export { journal } from '@perennial/journal';\n`,
    rule: 'perennial/boundaries',
  },
  {
    what: 'a library imports an app',
    file: 'libs/journal/src/index.ts',
    code: `export { Collector } from '@perennial/collector';\n`,
    rule: 'perennial/boundaries',
  },
  {
    what: 'a library reaches into another by path',
    file: 'libs/journal/src/index.ts',
    code: `export * from '../../events/src/catalogue.js';\n`,
    rule: 'perennial/boundaries',
  },
  {
    what: "a library reaches behind another's index",
    file: 'libs/journal/src/index.ts',
    code: `export * from '@perennial/events/src/catalogue.js';\n`,
    rule: 'perennial/boundaries',
  },
  {
    what: "a test uses an entry that another library's package.json names",
    file: 'libs/read-models/src/any-order.spec.ts',
    code: `export { twoPlayings } from '@perennial/testing/any-order';\n`,
  },
  {
    what: 'a forbidden import at run time',
    file: 'libs/events/src/catalogue.ts',
    code: `export const journal = () => import('@perennial/journal');\n`,
    rule: 'perennial/boundaries',
  },
  {
    what: 'code that is no test imports what is for tests',
    file: 'libs/journal/src/index.ts',
    code: `export { testDatabase } from '@perennial/testing';\n`,
    rule: 'perennial/boundaries',
  },
  {
    what: "Kafka's client is named outside its adapter",
    file: 'libs/stream/src/index.ts',
    code: `export { Kafka } from 'kafkajs';\n`,
    rule: 'perennial/boundaries',
  },
  {
    what: 'an any',
    file: 'libs/journal/src/index.ts',
    code: 'export const take = (event: any) => [event];\n',
    rule: '@typescript-eslint/no-explicit-any',
  },
  {
    what: 'a promise that nobody waits for',
    file: 'libs/journal/src/index.ts',
    code: 'export const forget = () => {\n  Promise.resolve(1);\n};\n',
    rule: '@typescript-eslint/no-floating-promises',
  },
  {
    what: 'a library that imports the catalogue',
    file: 'libs/journal/src/index.ts',
    code: `export type { EventName } from '@perennial/events';\n`,
  },
];

const refusals = (texts: { file: string; code: string }[]) => {
  const { stdout, stderr } = spawnSync(process.execPath, ['libs/testing/lint/lint-texts.mjs'], {
    cwd: root,
    input: JSON.stringify(texts),
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '', TSESTREE_SINGLE_RUN: 'false' },
  });
  if (!stdout) throw new Error(stderr);
  return JSON.parse(stdout) as string[][];
};

describe('the linter', () => {
  let found: string[][];
  beforeAll(() => {
    found = refusals(planted);
  });

  it.each(planted.map(({ what, rule }, index) => ({ what, rule, index })).filter(({ rule }) => rule))(
    'refuses $what',
    ({ rule, index }) => expect(found[index]).toContain(rule),
  );

  it.each(planted.map(({ what, rule }, index) => ({ what, rule, index })).filter(({ rule }) => !rule))(
    'allows $what',
    ({ index }) => expect(found[index]).toEqual([]),
  );
});

describe('the rules by themselves', () => {
  const messages = (rule: string, file: string, code: string, workspace = root) => {
    const script = `
      import { Linter } from 'eslint';
      import { ${rule} } from '${join(workspace, 'libs/testing/lint')}/${rule === 'fileNames' ? 'file-names' : rule}.rule.mjs';
      const [workspace, file, code] = JSON.parse(process.argv[1]);
      const found = new Linter({ cwd: workspace }).verify(code, [{ files: ['**'], plugins: { p: { rules: { ${rule} } } }, rules: { 'p/${rule}': 2 } }], workspace + '/' + file);
      process.stdout.write(JSON.stringify(found.map(({ message }) => message)));`;
    const { stdout, stderr } = spawnSync(
      process.execPath,
      ['--input-type=module', '--eval', script, JSON.stringify([workspace, file, code])],
      { cwd: root, encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '' } },
    );
    if (!stdout) throw new Error(stderr);
    return JSON.parse(stdout) as string[];
  };

  it.each([
    ['const sql = `select now()`;', 'now('],
    ['const sql = `select current_date - placed_at`;', 'current_date'],
    ['const at = Date.now();', 'now()'],
    ['const at = new Date();', 'new Date()'],
    ['const dice = Math.random();', 'random()'],
  ])('a read model must not say %s', (code, found) =>
    expect(messages('determinism', 'apps/retention/src/purchases/purchases.derived.ts', code)).toEqual([
      expect.stringContaining(`"${found}"`),
    ]),
  );

  it('a read model may speak of times that events carry', () =>
    expect(
      messages('determinism', 'apps/retention/src/a.facts.ts', 'const at = new Date(event.time);'),
    ).toEqual([]));

  it("an adapter's folder is one of the workspace, wherever that lies", () => {
    const folder = mkdtempSync(join(tmpdir(), 'perennial-lint-'));
    try {
      // Given a workspace in a folder that is called like an adapter
      const workspace = join(folder, 'kafka');
      cpSync(join(root, 'libs/testing/lint'), join(workspace, 'libs/testing/lint'), { recursive: true });
      for (const project of ['libs/stream', 'libs/testing', 'apps/console']) {
        mkdirSync(join(workspace, project, 'src'), { recursive: true });
        cpSync(join(root, project, 'package.json'), join(workspace, project, 'package.json'));
      }
      const code = `import { Kafka } from 'kafkajs';`;
      const refused = (file: string) => messages('boundaries', file, code, workspace);
      expect(refused('libs/stream/src/index.ts')).toEqual([expect.stringContaining('called "kafka"')]);
      expect(refused('libs/stream/src/kafka/kafka.client.ts')).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it.each([
    'libs/journal/src/utils/append.ts',
    'libs/journal/src/journal-helpers.ts',
    'libs/journal/src/Append.ts',
  ])('no file is called %s', (file) => expect(messages('fileNames', file, '')).toHaveLength(1));
});
