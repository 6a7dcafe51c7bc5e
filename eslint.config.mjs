import prettier from 'eslint-config-prettier';
import typescript from 'typescript-eslint';
import { boundaries } from './libs/testing/lint/boundaries.rule.mjs';
import { determinism } from './libs/testing/lint/determinism.rule.mjs';
import { fileNames } from './libs/testing/lint/file-names.rule.mjs';

const perennial = { rules: { boundaries, determinism, 'file-names': fileNames } };

export default typescript.config(
  { ignores: ['**/dist/', '**/node_modules/', '.nx/', '.perennial/', '**/coverage/'] },
  { files: ['**/*.mjs'], plugins: { perennial }, rules: { 'perennial/file-names': 'error' } },
  {
    files: ['libs/*/src/**/*.ts', 'apps/*/src/**/*.ts'],
    extends: [...typescript.configs.strictTypeChecked],
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    plugins: { perennial },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      'perennial/boundaries': 'error',
      'perennial/file-names': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        {
          argsIgnorePattern: '^_',
          varsIgnorePattern: '^_',
          destructuredArrayIgnorePattern: '^_',
          ignoreRestSiblings: true,
        },
      ],
      // The parser knows which imports decorators need at run time (emitDecoratorMetadata).
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/return-await': ['error', 'in-try-catch'],
      'no-console': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],

      // A module's or entity's class is often its decorators alone.
      '@typescript-eslint/no-extraneous-class': 'off',
      // Numbers read well in messages and SQL positions.
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // Where an invariant says more than the type does, `!` is shorter than a branch that no test runs.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // Interfaces ask for promises of implementations that have nothing to wait for.
      '@typescript-eslint/require-await': 'off',
      // Cheap defence against what comes from outside typed code.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      // One type parameter often documents a caller's expectation (`query<Row>`).
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      '@typescript-eslint/unified-signatures': 'off',
      // Frameworks declare their option bags as classes.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
    },
  },
  {
    files: ['**/*.facts.ts', '**/*.derived.ts', '**/*.aggregate.ts'],
    plugins: { perennial },
    rules: { 'perennial/determinism': 'error' },
  },
  {
    files: ['**/*.spec.ts', '**/*.contract.ts', '**/*.bench.ts', 'libs/testing/**'],
    rules: {
      // JSON answers are compared, not computed with.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/unbound-method': 'off',
      'no-console': 'off',
    },
  },
  { files: ['apps/cli/**'], rules: { 'no-console': 'off' } },
  prettier,
);
