import tseslint from 'typescript-eslint'

/** What takes a message or a timer. */
const SAID_BY_VALUE = ['send', 'ask', 'command', 'timer', 'tell']

export default tseslint.config(
  { ignores: ['node_modules', '.tap', 'coverage', 'web/dist', 'dist', 'examples/integration-test'] },
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      eqeqeq: 'error'
    }
  },
  {
    // Models and those who drive them; a runtime knows neither states nor contracts and is left out.
    files: ['services/**', 'shared/{contracts,model,linux,trace,scenario,machine-room}/**'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: `CallExpression[callee.property.name=/^(${SAID_BY_VALUE.join('|')})$/] > Literal[value=/^[a-z-]+[.][a-z-]+$/]`,
          message: 'A message or a timer is said by its value, not by the name of its type.'
        },
        {
          selector: 'TSAsExpression > TSNeverKeyword',
          message: 'Nothing is `as never`: let the contract say the type.'
        }
      ]
    }
  },
  {
    files: ['services/**', 'shared/**', 'cli/**'],
    rules: {
      'no-restricted-globals': [
        'error',
        { name: 'fetch', message: 'Take `fetch` from the caller, or from cli/fetch.ts: it shows SEABUS_TOKEN.' }
      ]
    }
  },
  { files: ['**/*.js', '**/*.mjs'], extends: [tseslint.configs.disableTypeChecked] }
)
