/** `namespace:value`; the value has 1 to 500 characters, none of them a control character. */
export const SUBJECT_PATTERN = '^[a-z][a-z0-9_-]{0,30}:[^\\u0000-\\u001f\\u007f-\\u009f]{1,500}$';

const subjectForm = new RegExp(SUBJECT_PATTERN, 'u');

/** Namespaces that name things, not people. */
const things: ReadonlySet<string> = new Set([
  'product',
  'partner',
  'campaign',
  'customer',
  'order',
  'currency',
  'setting',
  'model',
]);

export interface Subject {
  namespace: string;
  value: string;
}

/** The parts of `namespace:value`; undefined if it is not a subject. The value may contain colons. */
export function parseSubject(text: string): Subject | undefined {
  if (!subjectForm.test(text) || !text.isWellFormed()) return undefined;
  const colon = text.indexOf(':');
  return { namespace: text.slice(0, colon), value: text.slice(colon + 1) };
}

/** Whether subjects of this namespace are customers (people or companies), whom links may join. */
export const isCustomerNamespace = (namespace: string): boolean => !things.has(namespace);
