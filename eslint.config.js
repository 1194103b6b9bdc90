import { builtinModules } from 'node:module';
import tseslint from 'typescript-eslint';

/** Workflows run in a sandbox of their own: nothing of Node's exists there, and time and chance are Temporal's. */
const nodeModules = builtinModules.flatMap((name) => [name, `node:${name}`]);

export default tseslint.config(
  { ignores: ['dist/', 'coverage/', '.tools/', '.lab/'] },
  ...tseslint.configs.recommended,
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      // A promise nobody waits for is a step nobody sees fail.
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      'no-restricted-syntax': ['error', { selector: 'ExportDefaultDeclaration', message: 'named exports only' }],
      'no-empty': ['error', { allowEmptyCatch: false }],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
    },
  },
  { files: ['*.config.ts'], extends: [tseslint.configs.disableTypeChecked], languageOptions: { parserOptions: { project: null } }, rules: { 'no-restricted-syntax': 'off' } },
  {
    files: ['workflows/**/*.ts', 'src/upgrade/**/*.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': ['error', { paths: nodeModules.map((name) => ({ name, message: 'workflow code knows nothing of Node' })) }],
      'no-restricted-globals': ['error', 'process', 'setInterval', 'fetch', 'require', 'Buffer'],
    },
  },
);
